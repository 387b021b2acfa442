package porcupinetest_test

import (
	"hash/maphash"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/internal/history"
	"github.com/opossum-go/opossum/ports"
)

// fact is what the model keeps of an event.
type fact struct {
	id, typ string
	tags    []domain.Tag
}

// state is the log of the model. States never change; two with the same facts have
// the same digest.
type state struct {
	log    []fact
	digest uint64
}

var seed = maphash.MakeSeed()

func (s state) with(events []domain.Event) state {
	next := state{log: slices.Clip(s.log), digest: s.digest}
	for _, e := range events {
		next.log = append(next.log, fact{e.Metadata.ID, e.Type, e.Tags})
		next.digest = next.digest*31 + maphash.String(seed, e.Metadata.ID)
	}
	return next
}

func (s state) equal(other state) bool {
	return s.digest == other.digest && slices.EqualFunc(s.log, other.log, func(a, b fact) bool { return a.id == b.id })
}

// selects is the definition of a match.
func selects(query domain.Query, items []domain.QueryItem, f fact) bool {
	return query.IsAll() || slices.ContainsFunc(items, func(item domain.QueryItem) bool {
		for _, tag := range item.Tags {
			if !slices.Contains(f.tags, tag) {
				return false
			}
		}
		return len(item.Types) == 0 || slices.Contains(item.Types, f.typ)
	})
}

// broken returns the index of the first condition that fails and the position of
// the event that makes it fail.
func (s state) broken(conditions []domain.AppendCondition) (condition int, position domain.Position, fails bool) {
	for i, c := range conditions {
		items := c.FailIfEventsMatch.Items()
		for at := c.After; at < domain.Position(len(s.log)); at++ {
			if selects(c.FailIfEventsMatch, items, s.log[at]) {
				return i, at + 1, true
			}
		}
	}
	return 0, 0, false
}

// append returns the states that an append may leave, given what its caller heard.
func (s state) append(a history.Append) []any {
	condition, position, fails := s.broken(a.Conditions)
	switch c := a.Conflict; {
	case a.Outcome == history.Unknown && fails:
		return []any{s}
	case a.Outcome == history.Unknown:
		return []any{s, s.with(a.Events)}
	case a.Outcome == history.Conflicted:
		if fails && c.Condition == condition && c.Position == position && c.After == a.Conditions[condition].After {
			return []any{s}
		}
	case !fails && a.Positions.First == domain.Position(len(s.log)+1) && a.Positions.Len() == len(a.Events):
		return []any{s.with(a.Events)}
	}
	return nil
}

// shows says whether a read of this log can have had the answer r.
func (s state) shows(r history.Read) bool {
	if r.Head != domain.Position(len(s.log)) {
		return false
	}
	if r.Query.IsZero() {
		return true // a call of Head
	}
	var (
		items = r.Query.Items()
		low   = r.Options.After // exclusive
		high  = r.Head          // inclusive
		given = 0
	)
	if r.Options.Before > 0 {
		high = min(high, r.Options.Before-1)
	}
	for i := range int64(high) - int64(min(low, high)) {
		at := low + domain.Position(i) // the index of position low+i+1
		if r.Options.Backwards {
			at = high - 1 - domain.Position(i)
		}
		if !selects(r.Query, items, s.log[at]) {
			continue
		}
		if given == len(r.Events) || r.Events[given].Position != at+1 || r.Events[given].Metadata.ID != s.log[at].id {
			return false
		}
		if given++; given == r.Options.Limit {
			break
		}
	}
	return given == len(r.Events)
}

var model = func() porcupine.Model {
	m := porcupine.NondeterministicModel{
		Init: func() []any { return []any{state{}} },
		Step: func(s, input, _ any) []any {
			switch call := input.(type) {
			case history.Append:
				return s.(state).append(call)
			case history.Read:
				if s.(state).shows(call) {
					return []any{s}
				}
			}
			return nil
		},
		Equal: func(a, b any) bool { return a.(state).equal(b.(state)) },
		Hash:  func(s any) uint64 { return s.(state).digest },
	}
	return m.ToModel()
}()

// operations returns the calls of a history for porcupine. Input and output of a
// call are one value. An append that told that nothing was written is none: that its
// events never show is what all other calls say.
func operations(h history.History) []porcupine.Operation {
	var all []porcupine.Operation
	for _, a := range h.Appends {
		returned := int64(a.Returned)
		switch a.Outcome {
		case history.Unwritten:
			continue
		case history.Unknown:
			returned = math.MaxInt64 // it may take effect at any time afterwards, or never
		case history.Acknowledged, history.Conflicted:
		}
		all = append(all, porcupine.Operation{Input: a, Call: int64(a.Invoked), Return: returned})
	}
	for _, r := range h.Reads {
		all = append(all, porcupine.Operation{Input: r, Call: int64(r.Invoked), Return: int64(r.Returned)})
	}
	return all
}

// patience is how long porcupine may search for an order. A history that it cannot
// decide counts as wrong.
const patience = 2 * time.Minute

func porcupineSays(h history.History) porcupine.CheckResult {
	return porcupine.CheckOperationsTimeout(model, operations(h), patience)
}

func TestTheModelTakesAnAnswerOnlyWhereItCanBeGiven(t *testing.T) {
	t.Parallel()
	log := state{}.with([]domain.Event{
		{Type: "a", Tags: []domain.Tag{"x"}, Metadata: domain.Metadata{ID: "1"}},
		{Type: "b", Tags: []domain.Tag{"x", "y"}, Metadata: domain.Metadata{ID: "2"}},
		{Type: "a", Tags: []domain.Tag{"y"}, Metadata: domain.Metadata{ID: "3"}},
	})
	events := func(positions ...domain.Position) []domain.SequencedEvent {
		var all []domain.SequencedEvent
		for _, p := range positions {
			f := log.log[p-1]
			all = append(all, domain.SequencedEvent{Position: p, Event: domain.Event{Type: f.typ, Tags: f.tags, Metadata: domain.Metadata{ID: f.id}}})
		}
		return all
	}
	x, all := domain.NewQuery(domain.Tagged("x")), domain.All()
	another := events(1)
	another[0].Metadata.ID = "9"
	reads := []struct {
		name string
		read history.Read
		want bool
	}{
		{"the head", history.Read{Head: 3}, true},
		{"an older head", history.Read{Head: 2}, false},
		{"everything", history.Read{Head: 3, Query: all, Events: events(1, 2, 3)}, true},
		{"everything but the last", history.Read{Head: 3, Query: all, Events: events(1, 2)}, false},
		{"everything twice", history.Read{Head: 3, Query: all, Events: events(1, 2, 3, 3)}, false},
		{"out of order", history.Read{Head: 3, Query: all, Events: events(2, 1, 3)}, false},
		{"by a tag", history.Read{Head: 3, Query: x, Events: events(1, 2)}, true},
		{"by a tag with what has another", history.Read{Head: 3, Query: x, Events: events(1, 2, 3)}, false},
		{"another event at its position", history.Read{Head: 3, Query: x, Options: ports.ReadOptions{Limit: 1}, Events: another}, false},
		{"by type and tag", history.Read{Head: 3, Query: domain.NewQuery(domain.OfTypes("a").Tagged("y")), Events: events(3)}, true},
		{"backwards, two", history.Read{Head: 3, Query: all, Options: ports.ReadOptions{Backwards: true, Limit: 2}, Events: events(3, 2)}, true},
		{"forwards, one after the first", history.Read{Head: 3, Query: all, Options: ports.ReadOptions{After: 1, Limit: 1}, Events: events(2)}, true},
		{"between two bounds", history.Read{Head: 3, Query: all, Options: ports.ReadOptions{After: 1, Before: 3, Backwards: true}, Events: events(2)}, true},
		{"between bounds without anything between", history.Read{Head: 3, Query: all, Options: ports.ReadOptions{After: 7, Before: 2}}, true},
	}
	for _, tt := range reads {
		if got := log.shows(tt.read); got != tt.want {
			t.Errorf("%s: shows(%+v) = %v, want %v", tt.name, tt.read, got, tt.want)
		}
	}
	one := []domain.Event{{Type: "a", Metadata: domain.Metadata{ID: "4"}}}
	no := func(after domain.Position) []domain.AppendCondition {
		return []domain.AppendCondition{{FailIfEventsMatch: all, After: 3}, {FailIfEventsMatch: x, After: after}}
	}
	at := func(first, last domain.Position) domain.Positions { return domain.Positions{First: first, Last: last} }
	appends := []struct {
		name   string
		append history.Append
		want   []int // lengths of the log afterwards
	}{
		{"at the end", history.Append{Events: one, Outcome: history.Acknowledged, Positions: at(4, 4)}, []int{4}},
		{"at a position that is taken", history.Append{Events: one, Outcome: history.Acknowledged, Positions: at(3, 3)}, nil},
		{"with more positions than events", history.Append{Events: one, Outcome: history.Acknowledged, Positions: at(4, 5)}, nil},
		{"conditions that hold", history.Append{Events: one, Conditions: no(2), Outcome: history.Acknowledged, Positions: at(4, 4)}, []int{4}},
		{"a condition that fails", history.Append{Events: one, Conditions: no(1), Outcome: history.Acknowledged, Positions: at(4, 4)}, nil},
		{"its conflict", history.Append{Events: one, Conditions: no(1), Outcome: history.Conflicted, Conflict: &ports.ConflictError{Condition: 1, After: 1, Position: 2}}, []int{3}},
		{"a conflict about another event", history.Append{Events: one, Conditions: no(0), Outcome: history.Conflicted, Conflict: &ports.ConflictError{Condition: 1, Position: 2}}, nil},
		{"a conflict about another condition", history.Append{Events: one, Conditions: no(1), Outcome: history.Conflicted, Conflict: &ports.ConflictError{After: 1, Position: 2}}, nil},
		{"a conflict without a reason", history.Append{Events: one, Conditions: no(2), Outcome: history.Conflicted, Conflict: &ports.ConflictError{Condition: 1, After: 2, Position: 3}}, nil},
		{"an unknown outcome", history.Append{Events: one, Conditions: no(2)}, []int{3, 4}},
		{"an unknown outcome that cannot be a success", history.Append{Events: one, Conditions: no(1)}, []int{3}},
	}
	for _, tt := range appends {
		var got []int
		for _, next := range log.append(tt.append) {
			got = append(got, len(next.(state).log))
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: logs of %v events afterwards, want %v", tt.name, got, tt.want)
		}
	}
}
