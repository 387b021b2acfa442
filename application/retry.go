package application

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// run makes attempts until one of them is final, the last one is used up or ctx
// ends during a pause.
func (c *call) run(ctx context.Context) (Result, error) {
	var last outcome
	told := 0
	tell := func(_ error, delay time.Duration) {
		if told < c.result.Attempts {
			told = c.result.Attempts
			c.tell(ctx, Attempt{Number: told, Err: last.err, Conflict: last.conflict, Delay: delay})
		}
	}
	_, err := backoff.Retry(ctx, func() (struct{}, error) {
		last = c.attempt(ctx)
		if last.err != nil && !last.again {
			return struct{}{}, backoff.Permanent(last.err)
		}
		return struct{}{}, last.err
	},
		backoff.WithBackOff(c.retry.backOff()),
		backoff.WithMaxTries(uint(c.retry.MaxAttempts)),
		backoff.WithMaxElapsedTime(0), // the context says how long
		backoff.WithNotify(tell),
	)
	tell(err, 0)
	switch {
	case err == nil:
		return c.result, nil
	case last.again && c.result.Attempts == c.retry.MaxAttempts,
		!last.again && last.conflict != nil:
		err = fmt.Errorf("application: gave up after attempt %d: %w", c.result.Attempts, last.err)
	case last.again:
		err = fmt.Errorf("application: no time for another attempt after %d: %w (last: %v)", c.result.Attempts, contextError(ctx), last.err)
	default:
		err = last.err
	}
	if c.unsettled != nil && !errors.Is(err, c.unsettled) {
		err = errors.Join(err, c.unsettled)
	}
	return c.result, err
}

func (c *call) tell(ctx context.Context, a Attempt) {
	if a.Conflict != nil {
		c.logger.LogAttrs(ctx, slog.LevelDebug, "conflict",
			slog.Int("attempt", a.Number),
			slog.Int("condition", a.Conflict.Condition),
			slog.Uint64("position", uint64(a.Conflict.Position)),
			slog.String("type", a.Conflict.Type),
			slog.Duration("delay", a.Delay))
	}
	c.onAttempt(a)
}

// backOff returns the pauses. The library spreads a pause around its interval,
// from nothing to twice as much; half the interval makes that full jitter with
// the whole interval, and the cap, as the upper bound.
func (r Retry) backOff() *backoff.ExponentialBackOff {
	return &backoff.ExponentialBackOff{
		InitialInterval:     r.InitialDelay / 2,
		RandomizationFactor: 1,
		Multiplier:          2,
		MaxInterval:         r.MaxDelay / 2,
	}
}

// contextError returns why ctx ended: its error, together with its cause when
// that is another one.
func contextError(ctx context.Context) error {
	err, cause := ctx.Err(), context.Cause(ctx)
	if errors.Is(cause, err) {
		return cause
	}
	return fmt.Errorf("%w: %w", err, cause)
}
