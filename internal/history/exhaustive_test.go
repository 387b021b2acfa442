package history_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/internal/history"
	"github.com/opossum-go/opossum/ports"
)

// The checker claims to be exact. Here small histories, right ones and bent ones,
// are judged a second time in the slowest way: is there any order of the calls, in
// which each comes behind those that ended before it began, such that a store that
// does one thing at a time gives these answers and ends with this log?

// plain is a store that does one thing at a time.
type plain []domain.SequencedEvent

func (p plain) broken(conditions []domain.AppendCondition) *ports.ConflictError {
	for i, c := range conditions {
		for _, e := range p {
			if e.Position > c.After && c.FailIfEventsMatch.Matches(e.Event) {
				return &ports.ConflictError{Condition: i, After: c.After, Position: e.Position, Type: e.Type, Tags: e.Tags}
			}
		}
	}
	return nil
}

func (p plain) read(query domain.Query) []domain.SequencedEvent {
	var out []domain.SequencedEvent
	for _, e := range p {
		if query.Matches(e.Event) {
			out = append(out, e)
		}
	}
	return out
}

// call is an append or a read on the way to an order.
type call struct {
	invoked, returned history.Tick
	append            *history.Append
	read              *history.Read
}

func possible(h history.History) bool {
	var calls []call
	for i := range h.Appends {
		a := &h.Appends[i]
		ends := a.Returned
		if a.Outcome == history.Unknown {
			ends = ^history.Tick(0) // it may take effect at any later time
		}
		calls = append(calls, call{a.Invoked, ends, a, nil})
	}
	for i := range h.Reads {
		calls = append(calls, call{h.Reads[i].Invoked, h.Reads[i].Returned, nil, &h.Reads[i]})
	}
	return order(nil, calls, h.Log)
}

func order(log plain, left []call, want []domain.SequencedEvent) bool {
	if len(left) == 0 {
		return slices.Equal(ids(log), ids(want))
	}
	for i, next := range left {
		rest := slices.Delete(slices.Clone(left), i, i+1)
		if slices.ContainsFunc(rest, func(o call) bool { return o.returned < next.invoked }) {
			continue // another one has to come first
		}
		for _, after := range outcomes(log, next) {
			if order(after, rest, want) {
				return true
			}
		}
	}
	return false
}

// outcomes returns the logs that a call can leave behind, none when its answer is
// impossible at this place.
func outcomes(log plain, c call) []plain {
	if c.read != nil {
		if c.read.Head != domain.Position(len(log)) || !slices.Equal(ids(log.read(c.read.Query)), ids(c.read.Events)) {
			return nil
		}
		return []plain{log}
	}
	a, conflict := c.append, log.broken(c.append.Conditions)
	written := plain(store(slices.Clone(log), a.Events...))
	switch {
	case a.Outcome == history.Unwritten:
		return []plain{log}
	case a.Outcome == history.Unknown && conflict == nil:
		return []plain{log, written}
	case a.Outcome == history.Unknown:
		return []plain{log}
	case a.Outcome == history.Conflicted && conflict != nil && same(conflict, a.Conflict):
		return []plain{log}
	case a.Outcome == history.Acknowledged && conflict == nil && a.Positions.First == domain.Position(len(log)+1):
		return []plain{written}
	}
	return nil
}

func same(a, b *ports.ConflictError) bool {
	return a.Condition == b.Condition && a.After == b.After && a.Position == b.Position
}

func ids(log []domain.SequencedEvent) []string {
	var out []string
	for _, e := range log {
		out = append(out, fmt.Sprint(e.Position, e.Metadata.ID))
	}
	return out
}

// drawHistory runs a few calls against a plain store in the order of their
// effects, and lets each begin earlier and end later.
func drawHistory(t *rapid.T) history.History {
	var h history.History
	var log plain
	queries := rapid.SampledFrom([]domain.Query{domain.All(), ofType("a"), tagged("x"), domain.NewQuery(domain.OfTypes("b").Tagged("y"))})
	taken := map[history.Tick]bool{}
	tick := func(around, label int, name string) history.Tick {
		at := history.Tick(max(1, around+label*rapid.IntRange(0, 60).Draw(t, name)))
		for taken[at] {
			at++
		}
		taken[at] = true
		return at
	}
	for n := range rapid.IntRange(1, 6).Draw(t, "calls") {
		invoked := tick(100+n*20, -1, "begins earlier by")
		returned := tick(int(max(invoked, history.Tick(100+n*20)))+1, 1, "ends later by")
		if rapid.IntRange(0, 2).Draw(t, "reads") == 0 {
			query := queries.Draw(t, "query")
			h.Reads = append(h.Reads, history.Read{Invoked: invoked, Returned: returned, Query: query, Head: domain.Position(len(log)), Events: log.read(query)})
			continue
		}
		a := history.Append{Invoked: invoked, Returned: returned}
		for i := range rapid.IntRange(1, 2).Draw(t, "events") {
			a.Events = append(a.Events, event(fmt.Sprint(n, ".", i), rapid.SampledFrom([]string{"a", "b"}).Draw(t, "type"),
				rapid.SampledFrom([]domain.Tag{"x", "y"}).Draw(t, "tag")))
		}
		for range rapid.IntRange(0, 2).Draw(t, "conditions") {
			a.Conditions = append(a.Conditions, no(queries.Draw(t, "condition"), domain.Position(rapid.IntRange(0, len(log)+1).Draw(t, "after"))))
		}
		fate := rapid.IntRange(0, 9).Draw(t, "fate")
		switch conflict := log.broken(a.Conditions); {
		case fate == 0:
			a.Outcome = history.Unwritten
		case conflict != nil:
			a.Outcome, a.Conflict = history.Conflicted, conflict
		case fate > 1:
			a.Outcome, a.Positions = history.Acknowledged, at(domain.Position(len(log)+1), domain.Position(len(log)+len(a.Events)))
			fallthrough
		case fate == 1:
			log = store(log, a.Events...)
		}
		h.Appends = append(h.Appends, a)
	}
	h.Log = log
	return h
}

// bend changes one detail of a history, which makes most of them wrong.
func bend(t *rapid.T, h *history.History) {
	other := func(p domain.Position) domain.Position {
		return domain.Position(max(0, int(p)+rapid.SampledFrom([]int{-2, -1, 1, 2}).Draw(t, "shift")))
	}
	if len(h.Reads) > 0 && rapid.Bool().Draw(t, "bend a read") {
		r := &h.Reads[rapid.IntRange(0, len(h.Reads)-1).Draw(t, "read")]
		if rapid.Bool().Draw(t, "its time") {
			r.Invoked, r.Returned = r.Invoked+1000, r.Returned+1000
			return
		}
		// Another head, and what a store would return there.
		r.Head = min(other(r.Head), domain.Position(len(h.Log)))
		r.Events = plain(h.Log[:r.Head]).read(r.Query)
		return
	}
	if len(h.Appends) == 0 {
		return
	}
	a := &h.Appends[rapid.IntRange(0, len(h.Appends)-1).Draw(t, "append")]
	switch rapid.IntRange(0, 4).Draw(t, "detail") {
	case 0:
		a.Invoked, a.Returned = a.Invoked+1000, a.Returned+1000
	case 1:
		a.Outcome, a.Positions = history.Acknowledged, at(1, domain.Position(len(a.Events)))
	case 2:
		a.Outcome, a.Conflict = history.Unwritten, nil
	case 3:
		if len(a.Conditions) > 0 {
			a.Conditions[0].After = other(a.Conditions[0].After)
		}
	case 4:
		if conflict := plain(h.Log).broken(a.Conditions); conflict != nil {
			a.Outcome, a.Conflict = history.Conflicted, conflict
		}
	}
}

func TestTheCheckerAgreesWithTryingAllOrders(t *testing.T) {
	t.Parallel()
	right, wrong := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		for range 20 {
			h := drawHistory(t)
			if err := h.Check(); err != nil {
				t.Fatalf("Check() = %v, and the history is right: %+v", err, h)
			}
			for range rapid.IntRange(0, 2).Draw(t, "bends") {
				bend(t, &h)
			}
			err := h.Check()
			if want := possible(h); (err == nil) != want {
				t.Fatalf("Check() = %v, and there is an order for the calls: %v\n%+v", err, want, h)
			}
			if err == nil {
				right++
			} else {
				wrong++
			}
		}
	})
	if right == 0 || wrong == 0 {
		t.Errorf("%d histories were right and %d wrong: the comparison tells nothing", right, wrong)
	}
}
