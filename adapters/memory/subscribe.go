package memory

import (
	"context"
	"iter"
	"slices"

	"github.com/opossum-go/opossum/domain"
)

// Subscribe yields the events past after that match query, those to come
// included; see [ports.Subscriber]. A slow receiver delays nobody else.
func (s *Store) Subscribe(ctx context.Context, query domain.Query, after domain.Position) iter.Seq2[domain.SequencedEvent, error] {
	return func(yield func(domain.SequencedEvent, error) bool) {
		if err := s.follow(ctx, query, after, yield); err != nil {
			yield(domain.SequencedEvent{}, err)
		}
	}
}

// follow returns nil when the receiver has had enough, and the error that ends
// the subscription otherwise.
func (s *Store) follow(ctx context.Context, query domain.Query, after domain.Position, yield func(domain.SequencedEvent, error) bool) error {
	if err := query.Validate(); err != nil {
		return err
	}
	for {
		events, moved, err := s.past(ctx, after)
		if err != nil {
			return err
		}
		for _, e := range events {
			if err := ended(ctx); err != nil {
				return err
			}
			if query.Matches(e.Event) && !yield(owned(e), nil) {
				return nil
			}
			after = e.Position
		}
		select {
		case <-ctx.Done():
			return ended(ctx)
		case <-moved:
		}
	}
}

// past returns the events at positions greater than after, and a channel that is
// closed as soon as there is more to know than that.
func (s *Store) past(ctx context.Context, after domain.Position) ([]domain.SequencedEvent, <-chan struct{}, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.usableLocked(ctx); err != nil {
		return nil, nil, err
	}
	return slices.Clip(s.events[s.indexAfter(after):]), s.movedLocked(), nil
}
