package projection

import (
	"errors"
	"fmt"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// Failure is what a projection or outbox does about an event that it cannot apply.
// The zero Failure tries once and stops.
type Failure struct {
	// Retries is how often the event is tried again before Then; [Forever] never gives
	// up.
	Retries int
	// MinDelay and MaxDelay are the pauses before the first retry and the longest one;
	// they double in between, with jitter. Zero means 100 ms and 30 s.
	MinDelay, MaxDelay time.Duration
	// Then is what happens after the last try.
	Then Action
}

// Forever as Failure.Retries tries an event until it can be applied or the runner
// ends.
const Forever = -1

// Action is what happens with an event that cannot be applied.
type Action uint8

const (
	// Stop leaves the projection where it is. The status shows the error, other
	// projections go on. [Runner.Resume] and a restart try the event again.
	Stop Action = iota
	// Park sets the event aside and goes on with the next one. [Runner.RetryParked]
	// applies it later.
	Park
	// Skip goes on with the next event as if this one did not exist. The log tells.
	Skip
)

// String returns "stop", "park" or "skip".
func (a Action) String() string {
	switch a {
	case Stop:
		return "stop"
	case Park:
		return "park"
	case Skip:
		return "skip"
	}
	return fmt.Sprintf("action %d", uint8(a))
}

// Permanent returns an error that wraps err and says that trying again is of no use:
// the event goes the way of [Failure].Then at once. Return it from a handler of
// [OnChange] or [Send].
func Permanent(err error) error {
	if err == nil {
		return nil
	}
	return permanent{err}
}

type permanent struct{ error }

func (p permanent) Unwrap() error { return p.error }

func (f Failure) check(name string) error {
	if f.Retries < Forever || f.MinDelay < 0 || f.MaxDelay < 0 || f.Then > Skip {
		return fmt.Errorf("%w: projection %q: failure policy %+v: counts and delays are not negative, and Then is Stop, Park or Skip", ErrDefinition, name, f)
	}
	return nil
}

// more reports whether an event that was tried so often is tried again, after an error.
func (f Failure) more(tried int, err error) bool {
	if _, final := errors.AsType[permanent](err); final {
		return false
	}
	return f.Retries == Forever || tried <= f.Retries
}

// pauses returns the pauses between tries.
func (f Failure) pauses() *backoff.ExponentialBackOff {
	b := backoff.NewExponentialBackOff()
	b.InitialInterval, b.MaxInterval, b.Multiplier = 100*time.Millisecond, 30*time.Second, 2
	if f.MinDelay > 0 {
		b.InitialInterval = f.MinDelay
	}
	if f.MaxDelay > 0 {
		b.MaxInterval = f.MaxDelay
	}
	b.MaxInterval = max(b.MaxInterval, b.InitialInterval)
	b.Reset()
	return b
}
