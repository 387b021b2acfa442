package torture

import (
	"context"
	"time"
)

// patienceSlice is the length of one wait.
const patienceSlice = time.Second

// patience is the clock that says for how long something was waited.
type patience struct {
	now   func() time.Time
	after func(time.Duration) <-chan time.Time
}

var machinePatience = patience{now: time.Now, after: time.After}

// outlast waits until done is closed, and returns false when that takes longer than
// longest, or ctx ends first. It waits in slices and counts none that took much longer
// than it should: then the machine stood still, or this process did, and the other one
// had no time either.
func (p patience) outlast(ctx context.Context, done <-chan struct{}, longest time.Duration) bool {
	for longest > 0 {
		slice := min(longest, patienceSlice)
		began := p.now()
		select {
		case <-done:
			return true
		case <-ctx.Done():
			return false
		case <-p.after(slice):
		}
		if p.now().Sub(began) < slice+patienceSlice {
			longest -= slice
		}
	}
	select {
	case <-done: // at the last moment
		return true
	default:
		return false
	}
}
