package filesystem

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// maxGroupBytes bounds the text of the appends that share one commit, unless one
// alone is larger. It keeps the time short that an append waits for others and
// that the lock is held.
const maxGroupBytes = 4 << 20

// waiting is an append that waits for its commit.
type waiting struct {
	ctx        context.Context
	events     []domain.Event
	conditions []domain.AppendCondition
	bytes      int // about how long its text will be
	since      time.Time

	// Answered by whoever commits it, who then closes done.
	at   domain.Positions
	err  error
	done chan struct{}
}

func (w *waiting) answer(at domain.Positions, err error) {
	w.at, w.err = at, err
	close(w.done)
}

func (w *waiting) answered() bool {
	select {
	case <-w.done:
		return true
	default:
		return false
	}
}

// queue holds the appends that wait, in the order in which they came. Safe for
// concurrent use.
type queue struct {
	mu  sync.Mutex
	all []*waiting
}

func (q *queue) push(w *waiting) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.all = append(q.all, w)
}

// remove takes w out. It returns false when w is not there any more: then somebody
// commits it, or has.
func (q *queue) remove(w *waiting) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	i := slices.Index(q.all, w)
	if i >= 0 {
		q.all = slices.Delete(q.all, i, i+1)
	}
	return i >= 0
}

// take takes the next group out: at least one append, and as many as one commit
// may hold.
func (q *queue) take() []*waiting {
	q.mu.Lock()
	defer q.mu.Unlock()
	n, bytes := 0, 0
	for ; n < len(q.all); n++ {
		if bytes += q.all[n].bytes; n > 0 && bytes > maxGroupBytes {
			break
		}
	}
	group := slices.Clone(q.all[:n])
	q.all = slices.Delete(q.all, 0, n)
	return group
}

// expired takes out what has waited since before the given moment.
func (q *queue) expired(before time.Time) []*waiting {
	q.mu.Lock()
	defer q.mu.Unlock()
	var old []*waiting
	q.all = slices.DeleteFunc(q.all, func(w *waiting) bool {
		if !w.since.Before(before) {
			return false
		}
		old = append(old, w)
		return true
	})
	return old
}

// await queues w and returns when it is answered. One of those who wait leads at a
// time: it commits for all, and whoever comes meanwhile is taken by the next.
func (s *Store) await(w *waiting) {
	s.queue.push(w)
	for {
		select {
		case <-w.done:
			return
		case s.gate <- struct{}{}:
			func() {
				defer func() { <-s.gate }()
				if !w.answered() {
					s.lead(w)
				}
			}()
		case <-w.ctx.Done():
			if s.queue.remove(w) {
				w.answer(domain.Positions{}, fmt.Errorf("opossum: wait for another append: %w", w.ctx.Err()))
				return
			}
			<-w.done // on its way to the disk: what comes of it is the answer
			return
		case <-s.done:
			if s.queue.remove(w) {
				w.answer(domain.Positions{}, ports.ErrClosed)
				return
			}
			<-w.done
			return
		}
	}
}

// lead commits a group of those who wait, with one write and one sync. leader is
// one of them. What waits is taken after the lock is held, so that it is as much
// as possible. The caller holds gate.
func (s *Store) lead(leader *waiting) {
	var group []*waiting
	err := s.locked(leader.ctx, leader.since, func() error {
		group = s.queue.take()
		defer func() {
			if r := recover(); r != nil {
				// Nobody may wait for ever; the leader's caller sees the panic. What was entered
				// and what was written is settled before the next read or append.
				s.suspect = true
				s.unsettled.Store(true)
				s.lease.current = false
				s.rewind()
				for _, w := range group {
					if w != leader && !w.answered() {
						w.answer(domain.Positions{}, fmt.Errorf("%w: the append that led the commit panicked", ports.ErrUnknownOutcome))
					}
				}
				panic(r)
			}
		}()
		s.commitAll(group)
		return nil
	})
	if err == nil {
		return
	}
	// The lock was not to be had. Nothing was taken: each of those who wait tries for
	// himself, except for those whose time is over too.
	if s.queue.remove(leader) {
		leader.answer(domain.Positions{}, err)
	}
	if errors.Is(err, ports.ErrLockTimeout) {
		for _, w := range s.queue.expired(time.Now().Add(-s.options.LockTimeout)) {
			w.answer(domain.Positions{}, err)
		}
	}
}
