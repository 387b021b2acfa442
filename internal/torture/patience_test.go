package torture

import (
	"context"
	"testing"
	"time"
)

// scripted is a clock on which each wait takes as long as it should, but for those that
// it is told about, and that tells when it is looked at after a wait.
type scripted struct {
	at    time.Time
	waits int
	long  map[int]time.Duration // how long the wait of that number takes
	seen  func(wait int)        // called when it is looked at; nil is nobody
}

func (s *scripted) patience() patience {
	return patience{
		now: func() time.Time {
			if s.seen != nil {
				s.seen(s.waits)
			}
			return s.at
		},
		after: func(d time.Duration) <-chan time.Time {
			s.waits++
			if long := s.long[s.waits]; long > 0 {
				d = long
			}
			s.at = s.at.Add(d)
			over := make(chan time.Time, 1)
			over <- s.at
			return over
		},
	}
}

func TestWhatHangsIsWaitedForNoLongerThanOneIsPatient(t *testing.T) {
	t.Parallel()
	var clock scripted
	began := clock.at
	if clock.patience().outlast(t.Context(), make(chan struct{}), 90*time.Second) {
		t.Error("it came to its end")
	}
	if waited := clock.at.Sub(began); waited != 90*time.Second {
		t.Errorf("it was waited for %v, want 90 s", waited)
	}
}

func TestTheTimeForWhichTheMachineStoodStillIsNotCounted(t *testing.T) {
	t.Parallel()
	clock := scripted{long: map[int]time.Duration{5: time.Hour, 50: 3 * time.Second}}
	if clock.patience().outlast(t.Context(), make(chan struct{}), 90*time.Second) {
		t.Error("it came to its end")
	}
	if clock.waits != 92 {
		t.Errorf("it was waited for %d times, want 90 times and the two that took too long", clock.waits)
	}
}

func TestWhatEndsAtTheLastMomentHasEnded(t *testing.T) {
	t.Parallel()
	done := make(chan struct{})
	clock := scripted{seen: func(wait int) {
		if wait == 90 {
			close(done)
		}
	}}
	if !clock.patience().outlast(t.Context(), done, 90*time.Second) {
		t.Error("it did not come to its end")
	}
}

func TestNobodyIsWaitedForWhenTheRunIsInterrupted(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	never := patience{now: time.Now, after: func(time.Duration) <-chan time.Time { return nil }}
	if never.outlast(ctx, make(chan struct{}), 90*time.Second) {
		t.Error("it came to its end")
	}
}
