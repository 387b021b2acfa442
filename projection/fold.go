package projection

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// State is one state of a projection, with what is known about it.
type State[S any] struct {
	// Key names the state within its projection.
	Key string
	// Value is the state. It is the receiver's.
	Value S
	// Tags are what queries find it by, sorted.
	Tags []domain.Tag
	// Version is the number of events applied to it, from 1.
	Version int
	// CreatedAt and UpdatedAt are when the first and the last of these events were
	// recorded, in UTC.
	CreatedAt, UpdatedAt time.Time
	// Position is the position of the last of them.
	Position domain.Position
}

// Fold returns the states that a projection has after the given events, by key. The
// events are in the order of their positions. They are all that related events are
// looked for in. It fails with an [*EventError] at the first event that cannot be
// applied, whatever the definition's failure policy is.
//
// It is what a [Runner] does, without a store: for tests, and to hold a projection
// against the events it is made from.
func Fold[S any](d *Definition[S], events []domain.SequencedEvent) (map[string]State[S], error) {
	if err := d.check(); err != nil {
		return nil, err
	}
	f := newFolder(d, func(_ context.Context, query domain.Query, before domain.Position) ([]domain.SequencedEvent, error) {
		var found []domain.SequencedEvent
		for _, e := range events {
			if e.Position >= before {
				break
			}
			if query.Matches(e.Event) {
				found = append(found, e)
			}
		}
		return found, nil
	})
	query := d.Query()
	for i := range events {
		if !query.Matches(events[i].Event) {
			continue
		}
		f.prepare(events[i : i+1])
		if err := f.apply(context.Background(), 0, 1); err != nil {
			return nil, err
		}
	}
	put, _, err := f.changes()
	if err != nil {
		return nil, err
	}
	states := make(map[string]State[S], len(put))
	for _, stored := range put {
		if states[stored.Key], err = stateOf[S](stored); err != nil {
			return nil, fmt.Errorf("projection %q: %w", d.name, err)
		}
	}
	return states, nil
}

func stateOf[S any](s ports.ProjectionState) (State[S], error) {
	state := State[S]{
		Key: s.Key, Tags: s.Tags, Version: s.Version, CreatedAt: s.CreatedAt, UpdatedAt: s.UpdatedAt, Position: s.Position,
	}
	if err := json.Unmarshal(s.Data, &state.Value); err != nil {
		return State[S]{}, fmt.Errorf("state %q does not fit %T: %w", s.Key, state.Value, err)
	}
	return state, nil
}
