package application

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// Store is the part of an event store that deciding needs. Every
// [ports.EventStore] is one.
type Store interface {
	ports.Reader
	ports.Appender
}

// Result is what became of a command. It is filled in as far as things went when
// there is an error, too.
type Result struct {
	// Positions are those of the recorded events; the empty block when nothing was
	// recorded.
	Positions domain.Positions
	// Attempts counts how often the function was run: 0 when the command was found
	// to have been carried out before.
	Attempts int
	// Conflicts says, for each attempt that lost, what it lost to. An entry is zero
	// when the store gave no details.
	Conflicts []*ports.ConflictError
	// Repeated is true when a command with the same [CommandID] had been carried out
	// by an earlier or concurrent call. Positions are those of that call.
	Repeated bool

	// refused is true when the error is what the function answered.
	refused bool
}

// Decide carries out one command: it runs fn, and when fn returns nil it appends
// the events that fn recorded, all or none, under the conditions of everything
// fn loaded and required. When that loses to another append, fn is run again
// after a pause, until the attempts of [Retry] are used up or ctx ends.
//
// fn may run several times, so it loads, decides and records, and does nothing
// else. A decision that records nothing appends nothing. A decision that records
// without having loaded or required anything is appended unconditionally: right
// for a mere observation, wrong for everything that has a rule.
//
// Errors: what fn returns, as it is; one that wraps the last conflict
// ([ports.ErrConflict]) when the attempts are used up; the context's error; what
// the store returns. Nothing was written in these cases, except as package ports
// says of the errors of an append: [ports.ErrUnknownOutcome] is returned when
// the events may have been stored. With [CommandID] that is looked up and retried
// first. Safe for concurrent use.
func Decide(ctx context.Context, store Store, fn func(*Decision) error, options ...Option) (Result, error) {
	s := collect(options)
	if err := s.complete(); err != nil {
		return Result{}, err
	}
	c := &call{settings: s, store: store, fn: fn}
	return c.run(ctx)
}

// call is one call of Decide.
type call struct {
	settings
	store  Store
	fn     func(*Decision) error
	result Result

	// unsettled is the unknown outcome that no read has settled yet, doubtful the
	// ids of the first events of the appends with an unknown outcome.
	unsettled error
	doubtful  []string
}

// outcome is how one attempt ended.
type outcome struct {
	err      error
	conflict *ports.ConflictError
	again    bool // the attempt may be repeated
}

// attempt looks whether the command was carried out already, decides and
// appends.
func (c *call) attempt(ctx context.Context) outcome {
	if err := ctx.Err(); err != nil {
		return outcome{err: contextError(ctx)}
	}
	if found, err := c.lookUp(ctx); found || err != nil {
		return outcome{err: err}
	}
	c.result.Attempts++
	d := c.newDecision(ctx)
	if err := d.run(c.fn); err != nil {
		c.result.refused = d.failure == nil // says something only beside an error
		return c.unlessCarriedOut(ctx, outcome{err: err})
	}
	if len(d.events) == 0 {
		return c.unlessCarriedOut(ctx, outcome{})
	}
	if known := c.bound(d); known != nil {
		return c.lost(ctx, known, false)
	}
	return c.append(ctx, d)
}

func (c *call) append(ctx context.Context, d *Decision) outcome {
	conditions := d.conditions
	if c.idempotent {
		conditions = append(conditions, domain.AppendCondition{FailIfEventsMatch: c.commandQuery()})
	}
	positions, err := c.store.Append(ctx, d.events, conditions...)
	switch {
	case err == nil:
		c.result.Positions = positions
		return outcome{}
	case errors.Is(err, ports.ErrConflict):
		return c.lost(ctx, err, true)
	case errors.Is(err, ports.ErrUnknownOutcome) && c.idempotent:
		c.unsettled = err
		c.doubtful = append(c.doubtful, d.events[0].Metadata.ID)
		return c.unlessCarriedOut(ctx, outcome{err: err, again: true})
	default:
		return outcome{err: fmt.Errorf("application: append: %w", err)}
	}
}

func (c *call) lost(ctx context.Context, err error, again bool) outcome {
	conflict := &ports.ConflictError{}
	errors.As(err, &conflict)
	c.result.Conflicts = append(c.result.Conflicts, conflict)
	return c.unlessCarriedOut(ctx, outcome{err: err, conflict: conflict, again: again})
}

// bound returns the earlier conflict that the attempt is bound to lose to again:
// it requires the absence of an event that is known to be stored.
func (c *call) bound(d *Decision) error {
	for _, conflict := range c.result.Conflicts {
		for _, query := range d.absent {
			if query.Matches(domain.Event{Type: conflict.Type, Tags: conflict.Tags}) {
				return conflict
			}
		}
	}
	return nil
}

// unlessCarriedOut returns o, or success when the command turns out to have been
// carried out meanwhile: what the function said to the traces of its own twin, or
// what the append ran into, is no answer then.
func (c *call) unlessCarriedOut(ctx context.Context, o outcome) outcome {
	if found, err := c.lookUp(ctx); err != nil || !found {
		return o // a failed look-up changes nothing: o stands
	}
	return outcome{conflict: o.conflict}
}

// lookUp reports whether the events of the command id are in the store and takes
// their positions into the result.
func (c *call) lookUp(ctx context.Context) (bool, error) {
	if !c.idempotent {
		return false, nil
	}
	read, err := c.store.Read(ctx, c.commandQuery(), ports.ReadOptions{})
	if err != nil {
		return false, fmt.Errorf("application: look up command %q: %w", c.commandID, err)
	}
	var found domain.Positions
	own := false
	for e, err := range read.Events {
		if err != nil {
			return false, fmt.Errorf("application: look up command %q: %w", c.commandID, err)
		}
		if found.First == 0 {
			found.First = e.Position
			own = slices.Contains(c.doubtful, e.Metadata.ID)
		}
		found.Last = e.Position
	}
	c.unsettled = nil
	if found.First == 0 {
		return false, nil
	}
	c.result.Positions, c.result.Repeated = found, !own
	return true, nil
}

func (c *call) newDecision(ctx context.Context) *Decision {
	d := &Decision{ctx: ctx, reader: c.store, ids: c.ids, attempt: c.result.Attempts, metadata: c.metadata}
	d.metadata.OccurredAt = c.clock.Now().Round(0) // without the monotonic reading, as it is stored
	if c.idempotent {
		d.command = CommandTag(c.commandID)
	}
	return d
}
