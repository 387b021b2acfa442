package memory

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

var _ ports.EventStore = (*Store)(nil)

// Options tunes New. The zero Options is valid.
type Options struct {
	// Clock gives the time at which events are recorded. Nil means the machine's clock.
	// An append fails when it is not in the years 1 to 9999.
	Clock ports.Clock
	// IDs gives an id to events that come without one. Nil means UUIDs of version 7.
	// An append fails when it does not obey the limits of [domain.Metadata].
	IDs ports.IDs
}

// Store is an event store in memory. The zero Store is empty and ready to use,
// with the machine's clock and UUIDs. It must not be copied after its first use.
// Safe for concurrent use.
type Store struct {
	clock ports.Clock // nil means the machine's clock
	ids   ports.IDs   // nil means UUIDs

	mu     sync.Mutex              // guards everything below
	events []domain.SequencedEvent // append-only; events[i].Position == i+1; elements never change
	moved  chan struct{}           // closed and dropped by Append and Close; nil while nobody waits
	closed bool
}

// New returns an empty store.
func New(options Options) *Store {
	return &Store{clock: options.Clock, ids: options.IDs}
}

// Close ends the store: subscriptions end with [ports.ErrClosed], and so does
// every later use. What a read returned before can still be ranged over. Close
// may be called several times and returns nil.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	s.wakeLocked()
	return nil
}

// Head returns the position of the last event, 0 for an empty store.
func (s *Store) Head(ctx context.Context) (domain.Position, error) {
	events, err := s.snapshot(ctx)
	if err != nil {
		return 0, err
	}
	return domain.Position(len(events)), nil
}

// snapshot returns the events as they stand now. Later appends write behind the
// end of the slice, never into it, so it may be read without the lock.
func (s *Store) snapshot(ctx context.Context) ([]domain.SequencedEvent, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.usableLocked(ctx); err != nil {
		return nil, err
	}
	return slices.Clip(s.events), nil
}

func (s *Store) usableLocked(ctx context.Context) error {
	if s.closed {
		return ports.ErrClosed
	}
	return ended(ctx)
}

// ended returns an error when ctx has ended.
func ended(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("opossum: %w", err)
	}
	return nil
}

// movedLocked returns the channel that the next append, or Close, closes.
func (s *Store) movedLocked() <-chan struct{} {
	if s.moved == nil {
		s.moved = make(chan struct{})
	}
	return s.moved
}

func (s *Store) wakeLocked() {
	if s.moved != nil {
		close(s.moved)
		s.moved = nil
	}
}
