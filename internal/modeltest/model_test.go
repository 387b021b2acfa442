package modeltest_test

import (
	"bytes"
	"fmt"
	"reflect"
	"slices"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// model is the log as the contract defines it. What a store fills in is not known
// beforehand: it is learned when it is seen first, and must stay as it is.
type model struct {
	log  []domain.SequencedEvent
	seen map[domain.Position]domain.SequencedEvent
}

func (m *model) head() domain.Position { return domain.Position(len(m.log)) }

// selects is the definition of a match, written down once more.
func selects(query domain.Query, e domain.Event) bool {
	return query.IsAll() || slices.ContainsFunc(query.Items(), func(item domain.QueryItem) bool {
		typed := len(item.Types) == 0 || slices.Contains(item.Types, e.Type)
		return typed && !slices.ContainsFunc(item.Tags, func(tag domain.Tag) bool { return !slices.Contains(e.Tags, tag) })
	})
}

// broken returns the conflict of an append, nil when all conditions hold.
func broken(log []domain.SequencedEvent, conditions []domain.AppendCondition) *ports.ConflictError {
	for i, c := range conditions {
		for _, e := range log {
			if e.Position > c.After && selects(c.FailIfEventsMatch, e.Event) {
				return &ports.ConflictError{Condition: i, After: c.After, Position: e.Position, Type: e.Type, Tags: e.Tags}
			}
		}
	}
	return nil
}

func (m *model) append(events []domain.Event) domain.Positions {
	first := m.head() + 1
	for _, e := range events {
		e.Tags = slices.Clone(e.Tags)
		slices.Sort(e.Tags)
		e.Tags = slices.Compact(e.Tags)
		m.log = append(m.log, domain.SequencedEvent{Position: m.head() + 1, Event: e})
	}
	return domain.Positions{First: first, Last: m.head()}
}

// read returns what a read of the first head events gives.
func (m *model) read(query domain.Query, o ports.ReadOptions, head domain.Position) []domain.SequencedEvent {
	var out []domain.SequencedEvent
	for _, e := range m.log[:head] {
		if selects(query, e.Event) && e.Position > o.After && (o.Before == 0 || e.Position < o.Before) {
			out = append(out, e)
		}
	}
	if o.Backwards {
		slices.Reverse(out)
	}
	if o.Limit > 0 && len(out) > o.Limit {
		out = out[:o.Limit]
	}
	return out
}

// recognise compares an event that a store returned with the model's, and with
// what the store returned for it before.
func (m *model) recognise(got, want domain.SequencedEvent) error {
	switch {
	case got.Position != want.Position:
		return fmt.Errorf("position %d comes where %d is next", got.Position, want.Position)
	case got.Type != want.Type || !slices.Equal(got.Tags, want.Tags) || got.Metadata.ID != want.Metadata.ID || !bytes.Equal(got.Data, want.Data):
		return fmt.Errorf("position %d holds %s, want %s", got.Position, eventText(got.Event), eventText(want.Event))
	}
	if m.seen == nil {
		m.seen = map[domain.Position]domain.SequencedEvent{}
	}
	before, known := m.seen[got.Position]
	if known && !reflect.DeepEqual(before, got) {
		return fmt.Errorf("position %d was %+v before and is %+v now", got.Position, before, got)
	}
	m.seen[got.Position] = got
	return nil
}

func sameConflict(a, b *ports.ConflictError) bool {
	return a == b || (a != nil && b != nil && a.Condition == b.Condition && a.After == b.After &&
		a.Position == b.Position && a.Type == b.Type && slices.Equal(a.Tags, b.Tags))
}
