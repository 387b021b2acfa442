package filesystem

import (
	"context"
	"fmt"
	"runtime"
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
	body       []byte // the lines of events, without position and time; in a buffer that is used again
	since      time.Time

	// Answered by whoever commits it.
	at       domain.Positions
	err      error
	answered bool

	leads bool          // guarded by the mutex of the queue
	wake  chan struct{} // with room for one: that it leads, or is answered; nil for one that led at once
}

// lineBytes returns about how long its lines will be.
func (w *waiting) lineBytes() int {
	const place = 80 // position and time
	return len(w.body) + place*len(w.events)
}

func (w *waiting) answer(at domain.Positions, err error) {
	w.at, w.err, w.answered = at, err, true
	select {
	case w.wake <- struct{}{}:
	default: // who leads needs no telling
	}
}

// queue holds the appends that wait, in the order in which they came. One of them
// leads, the first: it commits for all. Whoever comes meanwhile is for the next.
// Safe for concurrent use.
type queue struct {
	mu      sync.Mutex
	all     []*waiting
	led     bool // somebody leads
	crowded bool // the last group was more than one append
}

// push adds w. It returns true when w leads.
func (q *queue) push(w *waiting) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.all = append(q.all, w)
	if q.led {
		w.wake = make(chan struct{}, 1)
		return false
	}
	q.led, w.leads = true, true
	return true
}

// pass makes the next of those who wait lead in place of w.
func (q *queue) pass(w *waiting) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.all) > 0 && q.all[0] == w { // it panicked, or ended its goroutine
		q.all = slices.Delete(q.all, 0, 1)
	}
	if q.led = len(q.all) > 0; q.led {
		next := q.all[0]
		next.leads = true
		next.wake <- struct{}{}
	}
}

// remove takes w out if it is still there.
func (q *queue) remove(w *waiting) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if i := slices.Index(q.all, w); i >= 0 {
		q.all = slices.Delete(q.all, i, i+1)
	}
}

// leave takes w out, unless it leads or is not there any more: then somebody commits
// it, or has.
func (q *queue) leave(w *waiting) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	i := slices.Index(q.all, w)
	if i < 0 || w.leads {
		return false
	}
	q.all = slices.Delete(q.all, i, i+1)
	return true
}

// company reports whether others are likely to be on their way.
func (q *queue) company() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.crowded || len(q.all) > 1
}

// take takes the next group out: at least one append, and as many as one commit
// may hold.
func (q *queue) take() []*waiting {
	q.mu.Lock()
	defer q.mu.Unlock()
	n, bytes := 0, 0
	for ; n < len(q.all); n++ {
		if bytes += q.all[n].lineBytes(); n > 0 && bytes > maxGroupBytes {
			break
		}
	}
	group := slices.Clone(q.all[:n])
	q.all = slices.Delete(q.all, 0, n)
	q.crowded = n > 1
	return group
}

// await queues w and returns when it is answered.
func (s *Store) await(w *waiting) {
	if !s.queue.push(w) {
		select {
		case <-w.wake:
		case <-w.ctx.Done():
			if s.queue.leave(w) {
				w.err = fmt.Errorf("opossum: wait for another append: %w", w.ctx.Err())
				return
			}
			<-w.wake // on its way to the disk: what comes of it is the answer
		}
		if w.answered {
			return
		}
	}
	defer s.queue.pass(w)
	var err error
	select {
	case s.gate <- struct{}{}:
		defer func() { <-s.gate }()
		if s.queue.company() {
			// Whoever is ready to append does so first, and shares the sync.
			runtime.Gosched()
		}
		s.lead(w)
		return
	case <-w.ctx.Done():
		err = fmt.Errorf("opossum: wait for another append: %w", w.ctx.Err())
	case <-s.done:
		err = ports.ErrClosed
	}
	s.queue.remove(w)
	w.answer(domain.Positions{}, err)
}

// lead commits a group of those who wait, with one write and one sync. leader is
// one of them. What waits is taken after the lock is held, so that it is as much
// as possible. The caller holds gate.
func (s *Store) lead(leader *waiting) {
	var group []*waiting
	err := s.locked(leader.ctx, leader.since, func() error {
		group = s.queue.take()
		done := false
		defer func() {
			if done {
				return
			}
			// It panicked, or ended its goroutine. Nobody may wait for ever; the leader's caller
			// sees the panic. What was entered and what was written is settled before the next
			// read or append.
			s.suspect = true
			s.unsettled.Store(true)
			s.lease.current = false
			s.rewind()
			for _, w := range group {
				if w != leader && !w.answered {
					w.answer(domain.Positions{}, fmt.Errorf("%w: the append that led the commit panicked or ended its goroutine", ports.ErrUnknownOutcome))
				}
			}
		}()
		s.commitAll(group)
		done = true
		return nil
	})
	if err == nil {
		return
	}
	// The lock was not to be had. Nothing was taken: each of those who wait tries for
	// himself.
	s.queue.remove(leader)
	leader.answer(domain.Positions{}, err)
}
