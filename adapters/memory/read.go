package memory

import (
	"context"
	"iter"
	"maps"
	"slices"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// Read returns the events that match query in a snapshot of the store; see
// [ports.Reader]. The sequence looks at ctx while it is ranged over and ends with
// the context's error when ctx ends first.
func (s *Store) Read(ctx context.Context, query domain.Query, options ports.ReadOptions) (ports.ReadResult, error) {
	if err := query.Validate(); err != nil {
		return ports.ReadResult{}, err
	}
	if err := options.Validate(); err != nil {
		return ports.ReadResult{}, err
	}
	events, err := s.snapshot(ctx)
	if err != nil {
		return ports.ReadResult{}, err
	}
	return ports.ReadResult{
		Head:   domain.Position(len(events)),
		Events: matching(ctx, window(events, options), query, options),
	}, nil
}

// window cuts events down to the positions between After and Before.
func window(events []domain.SequencedEvent, options ports.ReadOptions) []domain.SequencedEvent {
	end := domain.Position(len(events))
	if options.Before > 0 {
		end = min(end, options.Before-1)
	}
	return events[min(options.After, end):end]
}

func matching(ctx context.Context, events []domain.SequencedEvent, query domain.Query, options ports.ReadOptions) iter.Seq2[domain.SequencedEvent, error] {
	inOrder := slices.All(events)
	if options.Backwards {
		inOrder = slices.Backward(events)
	}
	return func(yield func(domain.SequencedEvent, error) bool) {
		given := 0
		for _, e := range inOrder {
			if err := ended(ctx); err != nil {
				yield(domain.SequencedEvent{}, err)
				return
			}
			if !query.Matches(e.Event) {
				continue
			}
			if !yield(owned(e), nil) {
				return
			}
			if given++; given == options.Limit {
				return
			}
		}
	}
}

// owned returns a copy that shares no memory with the store.
func owned(e domain.SequencedEvent) domain.SequencedEvent {
	e.Tags = slices.Clone(e.Tags)
	e.Data = slices.Clone(e.Data)
	e.Metadata.Values = maps.Clone(e.Metadata.Values)
	return e
}
