package filesystem

import (
	"context"
	"errors"
	"time"

	"github.com/opossum-go/opossum/domain"
)

// The append lock may be kept for a moment after a commit, when more is to be
// expected: taking it, and looking at what other processes did meanwhile, costs
// a good part of what a sync costs on a fast disk. Another process that waits is
// kept off for no longer than leaseSlice at a time. While none does, the lock is
// kept for another slice, up to leaseSlices of them: nobody can tell for certain.
const (
	leaseSlice  = 4 * time.Millisecond // the lock is given back after that when it is wanted
	leaseSlices = 25                   // and after so many in any case
	leaseIdle   = time.Millisecond     // and when so long nothing was appended
	leaseHot    = time.Millisecond     // commits that follow one another in this time expect a next one
)

// lease is the append lock as the store has it. All fields are guarded by gate.
type lease struct {
	slice, idle time.Duration // zero slice: the lock is given back after each use

	held    bool
	current bool            // nobody else can have appended since the last catch-up
	kept    bool            // it was kept since the last commit
	since   time.Time       // the slice began
	slices  int             // that began since the lock was taken
	used    time.Time       // the last commit
	wanted  bool            // the lock was not free: whoever had it may want it back
	again   bool            // the last commit followed its predecessor closely
	armed   bool            // the timer runs
	knew    domain.Position // the head when the lock was wanted
	timer   *time.Timer
}

// locked calls do with the append lock held. The caller holds gate, and has waited
// since the given moment.
func (s *Store) locked(ctx context.Context, since time.Time, do func() error) error {
	if err := s.usable(ctx); err != nil {
		return err
	}
	l := &s.lease
	l.knew = s.visible()
	if l.held && s.leaseIsOver() {
		s.letGo()
	}
	if !l.held {
		s.keepUp() // what others did while this store was idle keeps nobody off
		waited, err := s.lock.acquire(ctx, since, s.done, s.keepUp)
		if err != nil {
			return err
		}
		l.held, l.current, l.kept, l.wanted, l.since, l.slices = true, false, false, waited, time.Now(), 1
	}
	defer s.keepOrLetGo()
	return do()
}

// shortly is exclusively for what is done in the background and takes a moment. When
// the store is about to be closed it waits no longer than that may take.
func (s *Store) shortly(do func() error) error {
	err := s.exclusively(s.tasks.ctx, do)
	if errors.Is(err, context.Canceled) {
		err = s.exclusively(s.tasks.grace, do)
	}
	return err
}

// leaseIsOver reports whether the lock is to be given back, or lengthens the lease.
func (s *Store) leaseIsOver() bool {
	l := &s.lease
	now := time.Now()
	if now.Sub(l.since) < l.slice {
		return false
	}
	if l.slices >= leaseSlices || l.slice == 0 || s.lock.wanted() {
		return true
	}
	l.since, l.slices = now, l.slices+1
	return false
}

// lendLock makes s keep the lock for slice when another process wants it, see
// leaseSlices, and for idle without a commit.
func (s *Store) lendLock(slice, idle time.Duration) {
	s.lease.slice, s.lease.idle = slice, idle
	if idle > 0 {
		s.lease.timer = time.AfterFunc(time.Hour, s.letGoWhenIdle)
		s.lease.timer.Stop()
	}
}

// keepOrLetGo decides what becomes of the lock after it was used.
func (s *Store) keepOrLetGo() {
	l := &s.lease
	switch {
	case !l.current || (!l.wanted && !l.again) || s.leaseIsOver():
		s.letGo()
	case l.idle > 0 && !l.armed: // otherwise the timer runs already, or letGo is called
		l.armed = true
		l.timer.Reset(l.idle)
	}
}

// letGoWhenIdle is what the timer calls.
func (s *Store) letGoWhenIdle() {
	l := &s.lease
	select {
	case s.gate <- struct{}{}:
		defer func() { <-s.gate }()
	case <-s.done:
		return // Close gives it back
	default:
		l.timer.Reset(l.idle) // somebody is at work
		return
	}
	if left := l.idle - time.Since(l.used); l.held && left > 0 {
		l.timer.Reset(left)
		return
	}
	l.armed = false
	s.letGo()
}

// letGo gives the lock back if it is held. The caller holds gate.
func (s *Store) letGo() {
	l := &s.lease
	if !l.held {
		return
	}
	l.held, l.current = false, false
	if err := s.lock.release(); err != nil {
		// What was done is done, whatever becomes of the lock.
		s.options.Logger.Error("opossum: append lock", "error", err)
	}
}

// committed notes a commit of this store. alone says that nothing was found before it that
// other processes had committed.
func (l *lease) committed(alone bool) {
	now := time.Now()
	l.again = alone && now.Sub(l.used) < leaseHot
	l.used = now
}
