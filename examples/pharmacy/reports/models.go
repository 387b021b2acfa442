package reports

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/examples/pharmacy/dispensing"
	"github.com/opossum-go/opossum/ports"
	"github.com/opossum-go/opossum/projection"
)

// ErrUnequal reports a read model that is not what the events make of it.
var ErrUnequal = errors.New("the read model differs from a fold of the events")

// Model is a read model of any type of state.
type Model interface {
	projection.Projection

	// Wait waits until the read model has taken everything up to position into
	// account; see [projection.View.Wait].
	Wait(ctx context.Context, states ports.ProjectionReader, position domain.Position) error

	// Check compares the read model with a fold of the events from scratch: keys,
	// states, tags, versions, times and positions. Events are all that the read model has
	// taken into account. It returns the number of states; [ErrUnequal] names the first
	// difference.
	Check(ctx context.Context, states ports.ProjectionReader, events []domain.SequencedEvent) (int, error)
}

// Models returns all read models of a pharmacy with the given calendar.
func Models(calendar dispensing.Calendar) []Model {
	return []Model{
		model[Product]{Products()},
		model[Entry]{LogEntries()},
		model[Prescription]{Histories(calendar)},
		model[Deadline]{Deadlines(calendar)},
		model[Case]{Discrepancies()},
		model[Dose]{Doses()},
		model[Day]{Days(calendar)},
	}
}

// Projections returns models as what a runner takes.
func Projections(models []Model) []projection.Projection {
	all := make([]projection.Projection, len(models))
	for i, m := range models {
		all[i] = m
	}
	return all
}

type model[S any] struct{ *projection.Definition[S] }

func (m model[S]) Wait(ctx context.Context, states ports.ProjectionReader, position domain.Position) error {
	return m.View(states).Wait(ctx, position)
}

func (m model[S]) Check(ctx context.Context, states ports.ProjectionReader, events []domain.SequencedEvent) (int, error) {
	left, err := projection.Fold(m.Definition, events)
	if err != nil {
		return 0, err
	}
	unequal := func(format string, args ...any) error {
		return fmt.Errorf("%w: %s: %s", ErrUnequal, m.Name(), fmt.Sprintf(format, args...))
	}
	count := 0
	for got, err := range m.View(states).All(ctx, projection.Selection{}) {
		if err != nil {
			return 0, err
		}
		want, found := left[got.Key]
		if !found {
			return 0, unequal("state %q does not follow from the events", got.Key)
		}
		gotText, err := json.Marshal(got)
		if err != nil {
			return 0, err
		}
		wantText, err := json.Marshal(want)
		if err != nil {
			return 0, err
		}
		if !bytes.Equal(gotText, wantText) {
			is, should := apart(gotText, wantText)
			return 0, unequal("state %q is %s, the events make %s", got.Key, is, should)
		}
		delete(left, got.Key)
		count++
	}
	if len(left) > 0 {
		return 0, unequal("state %q is missing", slices.Min(slices.Collect(maps.Keys(left))))
	}
	return count, nil
}

// apart returns where two texts begin to differ, with a little around it.
func apart(a, b []byte) (string, string) {
	const before, after = 60, 60
	same := 0
	for same < min(len(a), len(b)) && a[same] == b[same] {
		same++
	}
	part := func(text []byte) string {
		from, to := max(0, same-before), min(len(text), same+after)
		return fmt.Sprintf("…%s…", bytes.ToValidUTF8(text[from:to], nil))
	}
	return part(a), part(b)
}

// folded returns the states that a read model has after all events of a store, in
// the order of their keys.
func folded[S any](ctx context.Context, store ports.Reader, d *projection.Definition[S]) ([]projection.State[S], error) {
	events, err := Events(ctx, store, domain.All())
	if err != nil {
		return nil, err
	}
	states, err := projection.Fold(d, events)
	if err != nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	all := make([]projection.State[S], 0, len(states))
	for _, key := range slices.Sorted(maps.Keys(states)) {
		all = append(all, states[key])
	}
	return all, nil
}

// Events returns the events of a store that match, oldest first.
func Events(ctx context.Context, store ports.Reader, query domain.Query) ([]domain.SequencedEvent, error) {
	read, err := store.Read(ctx, query, ports.ReadOptions{})
	if err != nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	var events []domain.SequencedEvent
	for event, err := range read.Events {
		if err != nil {
			return nil, fmt.Errorf("report: %w", err)
		}
		events = append(events, event)
	}
	return events, nil
}

// Values returns the states without what is known about them.
func Values[S any](states []projection.State[S]) []S {
	values := make([]S, len(states))
	for i, s := range states {
		values[i] = s.Value
	}
	return values
}

// Oldest sorts states by when they came to be.
func Oldest[S any](states []projection.State[S]) []projection.State[S] {
	return slices.SortedStableFunc(slices.Values(states), func(a, b projection.State[S]) int {
		return a.CreatedAt.Compare(b.CreatedAt)
	})
}

// carrying returns the states with a tag, all of them for the empty tag.
func carrying[S any](states []projection.State[S], tag domain.Tag) []projection.State[S] {
	if tag == "" {
		return states
	}
	return slices.DeleteFunc(states, func(s projection.State[S]) bool { return !slices.Contains(s.Tags, tag) })
}

// known drops the empty tags, of things that a state does not know.
func known(tags ...domain.Tag) []domain.Tag {
	return slices.DeleteFunc(tags, func(t domain.Tag) bool { return t == "" })
}

// of is the item that matches events of the types of the given values.
func of(events ...projection.Event) domain.QueryItem {
	types := make([]string, len(events))
	for i, e := range events {
		types[i] = e.EventType()
	}
	return domain.OfTypes(types...)
}
