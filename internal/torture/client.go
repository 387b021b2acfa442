package torture

import (
	"context"
	"errors"
	"fmt"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/internal/history"
	"github.com/opossum-go/opossum/ports"
)

// client is a store whose calls the parent is told of. One goroutine uses it.
type client struct {
	store store
	out   *reporter
	name  string
	calls *counter // shared by the clients of a child
	ahead bool     // see glance.Ahead
	torn  int      // unfinished appends that its store is known to have cut off
}

// append gives each event an id and appends. The error is nil for every answer
// that a store can give on a machine that works; positions are empty unless the
// append was acknowledged.
func (c *client) append(ctx context.Context, events []domain.Event, conditions ...domain.AppendCondition) (domain.Positions, error) {
	call := c.calls.next()
	b := begun{Call: call, Client: c.name, Events: events}
	for i := range events {
		events[i].Metadata.ID = fmt.Sprintf("%s/%d.%d", c.name, call, i)
	}
	for _, condition := range conditions {
		b.Conditions = append(b.Conditions, sentCondition(condition))
	}
	b.At = now()
	c.out.tell(report{Begun: &b})
	positions, err := c.store.Append(ctx, events, conditions...)
	e := ended{Call: call, At: now(), Outcome: history.OutcomeOf(err), Positions: positions, LockTimeout: errors.Is(err, ports.ErrLockTimeout)}
	errors.As(err, &e.Conflict)
	c.out.tell(report{Ended: &e})
	switch {
	case err == nil:
		return positions, nil
	case errors.Is(err, ports.ErrUnknownOutcome):
		return domain.Positions{}, fmt.Errorf("append: %w", err)
	case errors.Is(err, ports.ErrConflict), errors.Is(err, ports.ErrLockTimeout), ctx.Err() != nil && errors.Is(err, ctx.Err()):
		return domain.Positions{}, nil
	}
	return domain.Positions{}, fmt.Errorf("append: %w", err)
}

// read reads and collects everything.
func (c *client) read(ctx context.Context, q domain.Query, options ports.ReadOptions) ([]domain.SequencedEvent, domain.Position, error) {
	g := glance{Client: c.name, Invoked: now(), Query: sent(q), Options: options, Ahead: c.ahead}
	result, err := c.store.Read(ctx, q, options)
	g.Ending, g.Head = now(), result.Head
	if err != nil {
		return nil, 0, fmt.Errorf("read %v %+v: %w", q, options, err)
	}
	var events []domain.SequencedEvent
	for e, err := range result.Events {
		if err != nil {
			return nil, 0, fmt.Errorf("read %v %+v, after %d events: %w", q, options, len(events), err)
		}
		events = append(events, e)
		g.Positions = append(g.Positions, e.Position)
		g.Prints = append(g.Prints, fingerprint(e))
	}
	c.out.tell(report{Read: &g})
	return events, result.Head, nil
}

// head asks for the head.
func (c *client) head(ctx context.Context) (domain.Position, error) {
	g := glance{Client: c.name, Invoked: now(), Ahead: c.ahead}
	head, err := c.store.Head(ctx)
	g.Ending, g.Head = now(), head
	if err != nil {
		return 0, fmt.Errorf("head: %w", err)
	}
	c.out.tell(report{Read: &g})
	return head, nil
}

// last returns the last event that carries tag, nil when there is none.
func (c *client) last(ctx context.Context, tag domain.Tag) (*domain.SequencedEvent, domain.Position, error) {
	events, head, err := c.read(ctx, domain.NewQuery(domain.Tagged(tag)), ports.ReadOptions{Backwards: true, Limit: 1})
	if err != nil || len(events) == 0 {
		return nil, head, err
	}
	return &events[0], head, nil
}

// tellTorn tells of the unfinished appends that the store cut off since the last time.
func (c *client) tellTorn() {
	if torn := len(c.store.Repairs()); torn > c.torn {
		c.out.tell(report{Torn: torn - c.torn})
		c.torn = torn
	}
}

func sentCondition(c domain.AppendCondition) condition {
	return condition{sent(c.FailIfEventsMatch), c.After}
}
