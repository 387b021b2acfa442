package projection

import (
	"fmt"
	"sync"
	"time"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// Condition is what a projection is doing.
type Condition string

// The conditions of a projection.
const (
	// Starting: the runner has not got to it yet.
	Starting Condition = "starting"
	// CatchingUp: it reads what the store holds already.
	CatchingUp Condition = "catching up"
	// Live: it has caught up and takes what comes.
	Live Condition = "live"
	// Rebuilding: it is built anew, or waits for its turn to be; readers see the live copy as
	// it was.
	Rebuilding Condition = "rebuilding"
	// Outdated: it has to be built anew and [RebuildNone] says that nobody does so
	// without being asked, or what is stored is of a newer version than this program has.
	Outdated Condition = "outdated"
	// Retrying: an event could not be applied and is tried again.
	Retrying Condition = "retrying"
	// Stopped: an event could not be applied, see [Runner.Resume]; or the events that it
	// was made of are not those of the store, see [Runner.Rebuild].
	Stopped Condition = "stopped"
	// Interrupted: a store failed; it is tried again.
	Interrupted Condition = "interrupted"
	// Elsewhere: another process runs it.
	Elsewhere Condition = "elsewhere"
	// Ended: the runner has ended, or a handler ended the goroutine that ran it.
	Ended Condition = "ended"
)

// Status tells how a projection is.
type Status struct {
	Name      string
	Condition Condition
	// Position is the last position that the live copy has taken into account, Head
	// the last one of the store that the runner knows.
	Position, Head domain.Position
	// Lag is how many events of the store are behind Position, whether the projection takes them or
	// not. LagTime is how long the oldest of them has been waiting.
	Lag     int
	LagTime time.Duration
	// Rate is how many positions it passed in a second lately.
	Rate float64
	// Parked is the number of events set aside.
	Parked int
	// Err is why the projection is stopped, retrying, interrupted or cannot be built, why
	// it has ended when nobody wanted that, or why it does not hear of new events; nil
	// otherwise.
	Err error
	// Build is how far the build is while the projection is rebuilding, nil otherwise.
	Build *ports.Progress
}

// status is a Status that several goroutines look at.
type status struct {
	mu     sync.Mutex
	now    Status
	rate   rate
	passed time.Time // when the last event that was taken into account was recorded
}

func (s *status) enter(c Condition) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now.Condition, s.now.Err, s.now.Build = c, nil, nil
}

func (s *status) trouble(c Condition, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now.Condition, s.now.Err = c, err
	if c == Stopped || c == Ended {
		s.now.Build = nil
	}
}

// reach notes the position of the live copy and when the event there was recorded,
// the zero time when that is not known.
func (s *status) reach(position domain.Position, recorded, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rate.note(position, now)
	s.now.Position = position
	if !recorded.IsZero() {
		s.passed = recorded
	}
}

func (s *status) park(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now.Parked = n
}

func (s *status) build(p ports.Progress) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now.Build = &p
}

// tell returns the status of a worker.
func (w *worker) tell() Status {
	w.mu.Lock()
	s, passed := w.now, w.passed
	s.Rate = w.rate.at(time.Now())
	w.mu.Unlock()
	waiting, head, _, held := w.feed.after(s.Position, 1)
	s.Head = max(head, s.Position)
	if err := w.feed.problem(); err != nil && s.Err == nil {
		s.Err = fmt.Errorf("the subscription to the store failed and is taken up again: %w", err)
	}
	s.Lag = int(s.Head - s.Position)
	if s.Lag == 0 {
		return s
	}
	if held && len(waiting) > 0 {
		passed = waiting[0].RecordedAt
	}
	if !passed.IsZero() {
		s.LagTime = max(0, w.options.Clock.Now().Sub(passed))
	}
	return s
}

// rate measures how many positions are passed in a second, over windows of a second.
type rate struct {
	from  domain.Position
	begun time.Time
	value float64
}

func (r *rate) note(position domain.Position, now time.Time) {
	if r.begun.IsZero() || position < r.from {
		r.from, r.begun, r.value = position, now, 0
		return
	}
	if passed := now.Sub(r.begun); passed >= time.Second || r.value == 0 && passed > 0 {
		r.value = float64(position-r.from) / passed.Seconds()
		if passed >= time.Second {
			r.from, r.begun = position, now
		}
	}
}

// at returns the rate, which is 0 when nothing was noted for a while.
func (r *rate) at(now time.Time) float64 {
	if now.Sub(r.begun) > 3*time.Second {
		return 0
	}
	return r.value
}

func (s *status) condition() Condition {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now.Condition
}

// problem returns why the projection does not go on.
func (s *status) problem() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now.Err
}
