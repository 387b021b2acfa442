package history_test

import (
	"fmt"
	"slices"
	"time"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/internal/history"
	"github.com/opossum-go/opossum/ports"
)

// event returns an event with an id.
func event(id, typ string, tags ...domain.Tag) domain.Event {
	return domain.Event{Type: typ, Tags: tags, Data: fmt.Appendf(nil, "%q", id), Metadata: domain.Metadata{ID: id}}
}

func tagged(tags ...domain.Tag) domain.Query { return domain.NewQuery(domain.Tagged(tags...)) }

func ofType(types ...string) domain.Query { return domain.NewQuery(domain.OfTypes(types...)) }

func no(query domain.Query, after domain.Position) domain.AppendCondition {
	return domain.AppendCondition{FailIfEventsMatch: query, After: after}
}

// store puts events behind a log, as a store does.
func store(log []domain.SequencedEvent, events ...domain.Event) []domain.SequencedEvent {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, e := range events {
		e.Metadata.OccurredAt = at
		log = append(log, domain.SequencedEvent{Position: domain.Position(len(log) + 1), RecordedAt: at, Event: e})
	}
	return log
}

func at(first, last domain.Position) domain.Positions {
	return domain.Positions{First: first, Last: last}
}

// school is a right history of two clients. In the order of the log:
//
//	1       course  {c1}          append 0
//	2 to 3  student {s1}, {s2}    append 1
//	4       seat    {c1 s1}       append 3, of which its caller heard nothing
//	5       seat    {c1 s2}       append 5
func school() history.History {
	h := history.History{
		Appends: []history.Append{
			{
				Client: "ada", Invoked: 10, Returned: 20, Outcome: history.Acknowledged, Positions: at(1, 1),
				Events: []domain.Event{event("course", "course", "c1")}, Conditions: []domain.AppendCondition{no(tagged("c1"), 0)},
			},
			{
				Client: "bob", Invoked: 15, Returned: 30, Outcome: history.Acknowledged, Positions: at(2, 3),
				Events: []domain.Event{event("student1", "student", "s1"), event("student2", "student", "s2")},
			},
			{
				Client: "ada", Invoked: 25, Returned: 35, Outcome: history.Conflicted,
				Events:     []domain.Event{event("student1again", "student", "s1")},
				Conditions: []domain.AppendCondition{no(tagged("c9"), 0), no(tagged("s1"), 0), no(domain.All(), 2)},
				Conflict:   &ports.ConflictError{Condition: 1, Position: 2, Type: "student", Tags: []domain.Tag{"s1"}},
			},
			{
				Client: "bob", Invoked: 40, Returned: 50, Outcome: history.Unknown,
				Events: []domain.Event{event("seat1", "seat", "c1", "s1")}, Conditions: []domain.AppendCondition{no(ofType("seat"), 0)},
			},
			{
				Client: "ada", Invoked: 42, Outcome: history.Unknown,
				Events: []domain.Event{event("nothing", "seat", "c1", "s3")},
			},
			{
				Client: "bob", Invoked: 60, Returned: 80, Outcome: history.Acknowledged, Positions: at(5, 5),
				Events:     []domain.Event{event("seat2", "seat", "c1", "s2")},
				Conditions: []domain.AppendCondition{no(ofType("course", "student"), 3), no(tagged("c1", "s2"), 0), no(domain.All(), 4)},
			},
			{
				Client: "ada", Invoked: 62, Returned: 70, Outcome: history.Unwritten,
				Events: []domain.Event{event("late", "seat", "c1", "s4")},
			},
		},
	}
	for _, n := range []int{0, 1, 3, 5} {
		h.Log = store(h.Log, h.Appends[n].Events...)
	}
	h.Reads = []history.Read{
		{Client: "eve", Invoked: 1, Returned: 2, Query: domain.All()},
		{Client: "eve", Invoked: 31, Returned: 33, Head: 3, Query: domain.All(), Events: slices.Clone(h.Log[:3])},
		{Client: "eve", Invoked: 52, Returned: 55, Head: 4},
		{Client: "eve", Invoked: 61, Returned: 75, Head: 4, Query: tagged("s1"), Events: []domain.SequencedEvent{h.Log[1], h.Log[3]}},
		{
			Client: "eve", Invoked: 90, Returned: 95, Head: 5, Query: domain.NewQuery(domain.OfTypes("seat").Tagged("c1"), domain.OfTypes("student")),
			Options: ports.ReadOptions{Backwards: true, Limit: 2, After: 1, Before: 5}, Events: []domain.SequencedEvent{h.Log[3], h.Log[2]},
		},
	}
	return h
}

// renumber gives the events of a log the positions where they stand.
func renumber(log []domain.SequencedEvent) []domain.SequencedEvent {
	for i := range log {
		log[i].Position = domain.Position(i + 1)
	}
	return log
}
