package portstest

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

var historyRules = []Rule{
	{"random reads return what the definition of a query and its options says", randomReads},
	{"random conditions hold exactly when their definition says so", randomConditions},
	{"a concurrent history proves every acceptance and every refusal right", concurrentHistory},
}

// The rules below hold a store to the definition, written down a second time
// here: an event matches when for some item its type is one of the item's, or
// there are none, and it carries each of the item's tags.

func selects(query domain.Query, e domain.Event) bool {
	return query.IsAll() || slices.ContainsFunc(query.Items(), func(item domain.QueryItem) bool {
		if len(item.Types) > 0 && !slices.Contains(item.Types, e.Type) {
			return false
		}
		return !slices.ContainsFunc(item.Tags, func(tag domain.Tag) bool { return !slices.Contains(e.Tags, tag) })
	})
}

// firstMatch returns the first position past after that query selects, 0 for none.
func firstMatch(log []domain.SequencedEvent, query domain.Query, after domain.Position) domain.Position {
	for _, e := range log {
		if e.Position > after && selects(query, e.Event) {
			return e.Position
		}
	}
	return 0
}

// dice makes small random worlds; the same seed makes the same one.
type dice struct{ *rand.Rand }

func newDice(seed uint64) dice { return dice{rand.New(rand.NewPCG(seed, 1))} }

func (d dice) types(most int) []string {
	var out []string
	for range d.IntN(most + 1) {
		out = append(out, fmt.Sprintf("type%d", d.IntN(5)))
	}
	return out
}

func (d dice) tags(most int) []domain.Tag {
	var out []domain.Tag
	for range d.IntN(most + 1) {
		out = append(out, domain.Tag(fmt.Sprintf("tag%d", d.IntN(6))))
	}
	return out
}

func (d dice) event(name string) domain.Event {
	return named(name, fmt.Sprintf("type%d", d.IntN(5)), d.tags(3)...)
}

func (d dice) query() domain.Query {
	if d.IntN(12) == 0 {
		return domain.All()
	}
	var list []domain.QueryItem
	for range 1 + d.IntN(3) {
		item := domain.QueryItem{Types: d.types(3), Tags: d.tags(2)}
		if len(item.Types)+len(item.Tags) == 0 {
			item.Types = []string{"type0"}
		}
		list = append(list, item)
	}
	return domain.NewQuery(list...)
}

func (d dice) position(head int) domain.Position { return domain.Position(d.IntN(head + 4)) }

// openRandom returns a store with n random events.
func openRandom(t testing.TB, f Fixture, d dice, n int) (ports.EventStore, []domain.SequencedEvent) {
	t.Helper()
	store := open(t, f)
	var log []domain.SequencedEvent
	for len(log) < n {
		batch := make([]domain.Event, 1+d.IntN(10))
		for i := range batch {
			batch[i] = d.event(fmt.Sprint("e", len(log)+1))
			log = append(log, domain.SequencedEvent{Position: domain.Position(len(log) + 1), Event: batch[i]})
		}
		mustAppend(t, store, batch...)
	}
	return store, log
}

func randomReads(t testing.TB, f Fixture) {
	d := newDice(11)
	store, log := openRandom(t, f, d, 80)
	for range 400 {
		query := d.query()
		options := ports.ReadOptions{Backwards: d.IntN(2) == 0}
		if d.IntN(2) == 0 {
			options.After = d.position(len(log))
		}
		if d.IntN(2) == 0 {
			options.Before = d.position(len(log))
		}
		if d.IntN(2) == 0 {
			options.Limit = 1 + d.IntN(20)
		}
		var want []domain.SequencedEvent
		for _, e := range log {
			if selects(query, e.Event) && e.Position > options.After && (options.Before == 0 || e.Position < options.Before) {
				want = append(want, e)
			}
		}
		if options.Backwards {
			slices.Reverse(want)
		}
		if options.Limit > 0 && len(want) > options.Limit {
			want = want[:options.Limit]
		}
		if got := names(t, store, query, options); got != namesOf(want) {
			t.Fatalf("Read(%v, %+v) = %q, want %q", query, options, got, namesOf(want))
		}
	}
}

func randomConditions(t testing.TB, f Fixture) {
	d := newDice(12)
	store, log := openRandom(t, f, d, 60)
	accepted := 0
	for n := range 300 {
		conditions := make([]domain.AppendCondition, 1+d.IntN(3))
		for i := range conditions {
			conditions[i] = noneAfter(d.position(len(log)), d.query())
		}
		failed := slices.IndexFunc(conditions, func(c domain.AppendCondition) bool {
			return firstMatch(log, c.FailIfEventsMatch, c.After) > 0
		})
		e := d.event(fmt.Sprint("n", n))
		if failed < 0 {
			positions := mustAppendIf(t, store, []domain.Event{e}, conditions...)
			log = append(log, domain.SequencedEvent{Position: positions.First, Event: e})
			accepted++
			continue
		}
		conflict := mustConflict(t, store, []domain.Event{e}, conditions...)
		want := firstMatch(log, conditions[failed].FailIfEventsMatch, conditions[failed].After)
		if conflict.Condition != failed || conflict.Position != want {
			t.Fatalf("Append under [%s] fails on condition %d by position %d, want condition %d by position %d",
				guards(conditions), conflict.Condition, conflict.Position, failed, want)
		}
	}
	if accepted == 0 || accepted == 300 {
		t.Fatalf("%d of 300 appends were accepted: the rule tells nothing", accepted)
	}
	if got, want := names(t, store, domain.All(), forwards), namesOf(log); got != want {
		t.Errorf("the store holds %q, want %q", got, want)
	}
}

// attempt is an append of a concurrent history and what came of it.
type attempt struct {
	name      string
	size      int
	condition domain.AppendCondition
	acked     domain.Position // the highest position that anybody was told of when the attempt began
	outcome
}

func concurrentHistory(t testing.TB, f Fixture) {
	const workers, each = 8, 25
	store := open(t, f)
	attempts := make([][]attempt, workers)
	var acked atomic.Uint64
	together(t, f, workers, func(w int) {
		d := newDice(uint64(100 + w))
		for n := range each {
			a := attempt{name: fmt.Sprintf("%d-%d", w, n), size: 1 + d.IntN(2), acked: domain.Position(acked.Load())}
			query := d.query()
			head, err := store.Head(t.Context())
			if err != nil {
				t.Errorf("Head() = %v, want a position", err)
				return
			}
			if d.IntN(4) == 0 {
				head -= min(head, 3) // a decision that is stale by up to three events
			}
			a.condition = noneAfter(head, query)
			var batch []domain.Event
			for k := range a.size {
				batch = append(batch, d.event(fmt.Sprintf("%s-%d", a.name, k)))
			}
			a.positions, a.err = store.Append(t.Context(), batch, a.condition)
			attempts[w] = append(attempts[w], a)
			if a.err == nil {
				raise(&acked, uint64(a.positions.Last))
			}
		}
	})
	wantRightHistory(t, readAll(t, store), slices.Concat(attempts...))
}

// raise sets v to at least n.
func raise(v *atomic.Uint64, n uint64) {
	for {
		old := v.Load()
		if old >= n || v.CompareAndSwap(old, n) {
			return
		}
	}
}

// wantRightHistory replays a log. Its order is the order of the appends, so every
// answer can be checked: an acceptance against the events in front of it, a
// refusal against the event that it names.
func wantRightHistory(t testing.TB, log []domain.SequencedEvent, attempts []attempt) {
	t.Helper()
	accepted, events := 0, 0
	for _, a := range attempts {
		if a.err != nil {
			wantRightRefusal(t, log, a)
			continue
		}
		accepted++
		events += a.size
		if a.positions.Len() != a.size || a.positions.First == 0 || int(a.positions.Last) > len(log) {
			t.Errorf("%s: %d events were acknowledged at %d to %d, in a store of %d", a.name, a.size, a.positions.First, a.positions.Last, len(log))
			continue
		}
		for p := range a.positions.All() {
			if got, want := string(log[p-1].Data), fmt.Sprintf(`"%s-%d"`, a.name, p-a.positions.First); got != want {
				t.Errorf("%s: position %d holds %s, want %s, which was acknowledged there", a.name, p, got, want)
			}
		}
		if p := firstMatch(log[:a.positions.First-1], a.condition.FailIfEventsMatch, a.condition.After); p > 0 {
			t.Errorf("%s was accepted at %d under [%s], but position %d matches", a.name, a.positions.First, guards([]domain.AppendCondition{a.condition}), p)
		}
		if a.positions.First <= a.acked {
			t.Errorf("%s began when position %d had been acknowledged, and got %d", a.name, a.acked, a.positions.First)
		}
	}
	if events != len(log) {
		t.Errorf("the store holds %d events, %d were acknowledged", len(log), events)
	}
	if accepted == 0 || accepted == len(attempts) {
		t.Errorf("%d of %d appends were accepted: the history tells nothing", accepted, len(attempts))
	}
}

func wantRightRefusal(t testing.TB, log []domain.SequencedEvent, a attempt) {
	t.Helper()
	conflict, ok := asConflict(a.err)
	if !ok {
		t.Errorf("%s = %v, want it accepted or a conflict", a.name, a.err)
		return
	}
	if want := firstMatch(log, a.condition.FailIfEventsMatch, a.condition.After); conflict.Position != want || want == 0 {
		t.Errorf("%s was refused under [%s] by position %d, and the first match is at %d", a.name, guards([]domain.AppendCondition{a.condition}), conflict.Position, want)
	}
	for _, e := range log {
		var name string
		if err := json.Unmarshal(e.Data, &name); err != nil || strings.HasPrefix(name, a.name+"-") {
			t.Errorf("%s was refused, and position %d holds %s", a.name, e.Position, e.Data)
		}
	}
}
