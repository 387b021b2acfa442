package filesystem

import (
	"context"
	"errors"
	"iter"
	"time"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// Subscribe follows what all processes commit. See [ports.Subscriber] for the
// contract. Events that are appended through this store are seen at once, those of
// other handles and processes as soon as the system tells that the ledger was
// written, and where it does not, within [Options.PollInterval].
func (s *Store) Subscribe(ctx context.Context, query domain.Query, after domain.Position) iter.Seq2[domain.SequencedEvent, error] {
	return func(yield func(domain.SequencedEvent, error) bool) {
		after := after // each range is a subscription of its own
		for {
			// Taken before the read: what is committed in between closes this channel.
			s.mu.RLock()
			changed := s.changed
			s.mu.RUnlock()
			written := s.notifier.next(s.path)
			result, err := s.Read(ctx, query, ports.ReadOptions{After: after})
			switch {
			case errors.Is(err, ports.ErrLockTimeout): // an append is to be settled, and cannot be yet
			case err != nil:
				yield(domain.SequencedEvent{}, err)
				return
			default:
				for event, err := range result.Events {
					if !yield(event, err) || err != nil {
						return
					}
				}
			}
			if after = max(after, result.Head); !s.wait(ctx, changed, written) {
				yield(domain.SequencedEvent{}, s.usable(ctx))
				return
			}
		}
	}
}

// wait returns true when there may be something new to read, and false when ctx
// or the store has ended.
func (s *Store) wait(ctx context.Context, changed, written <-chan struct{}) bool {
	poll := time.NewTicker(s.options.PollInterval)
	defer poll.Stop()
	for {
		select {
		case <-ctx.Done():
			return false
		case <-s.done:
			return false
		case <-changed:
			return true
		case <-written:
			written = s.notifier.next(s.path)
		case <-poll.C:
		}
		if s.unsettled.Load() {
			return true // the next read settles it
		}
		// Asking the ledger is all it takes; one that does not tell, and one that cannot be
		// read, are for the next read to do without, or to tell of.
		if l, ok, err := s.ledger.read(); err != nil || !ok || l.Position > s.visible() {
			return true
		}
	}
}
