package projection

import (
	"context"
	"errors"
	"fmt"
	"reflect"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/internal/typed"
	"github.com/opossum-go/opossum/ports"
)

// Outbox does something in the outside world for each event of the types it has
// handlers for: sends a letter, calls a service, prints a label. Make it with
// [NewOutbox] and run it with a [Runner], beside projections.
//
//	reports := projection.NewOutbox("reports").With(
//		projection.Send(func(ctx context.Context, d projection.Delivery, e Dispensed) error {
//			return client.Report(ctx, d.IdempotencyKey, e)
//		}),
//	).OnFailure(projection.Failure{Retries: projection.Forever})
//
// Events are delivered one after the other in the order of their positions, each at
// least once: the next one follows when the handler of this one has returned nil and
// that is stored. When the process dies in between, the last event comes again; when
// the power is cut, the last few may. They come in order again and with the same
// idempotency keys, by which the receiver tells.
type Outbox struct {
	name     string
	senders  map[string]Sender
	types    []string
	failure  Failure
	fromHead bool
	err      error
}

// Delivery is what a sender knows beside the event itself.
type Delivery struct {
	// IdempotencyKey is the same whenever this event is delivered by this outbox, and
	// no other event's.
	IdempotencyKey string
	// Attempt counts the tries of this run, from 1.
	Attempt int
	// Event is the event as it is stored. It is shared: do not change it.
	Event domain.SequencedEvent
}

// Sender delivers events of one type. Make it with [Send].
type Sender struct {
	name string
	err  error
	send func(context.Context, Delivery) error
}

// Send returns the sender of events of type E. An error is a failure of the event,
// whose policy [Outbox.OnFailure] sets. It has to return when its context ends.
func Send[E Event](send func(ctx context.Context, d Delivery, e E) error) Sender {
	name, err := typed.Name[E]()
	if send == nil && err == nil {
		err = fmt.Errorf("the sender of %v has no function", reflect.TypeFor[E]())
	}
	return Sender{name: name, err: err, send: func(ctx context.Context, d Delivery) error {
		e, err := decode[E](d.Event)
		if err != nil {
			return err
		}
		return send(ctx, d, e)
	}}
}

// NewOutbox begins an outbox. Its name shares a space with those of projections.
// Mistakes are reported by [NewRunner], as [ErrDefinition].
func NewOutbox(name string) *Outbox {
	o := &Outbox{name: name, senders: make(map[string]Sender)}
	if err := ports.ValidateProjectionName(name); err != nil {
		o.mistake(err)
	}
	return o
}

// With adds senders, one for each event type, and returns the outbox.
func (o *Outbox) With(senders ...Sender) *Outbox {
	for i, s := range senders {
		_, twice := o.senders[s.name]
		switch {
		case s.err != nil:
			o.mistake(s.err)
		case s.send == nil:
			o.mistake(fmt.Errorf("sender %d is the zero Sender, make it with Send", i))
		case twice:
			o.mistake(fmt.Errorf("two senders of the event type %q", s.name))
		default:
			o.senders[s.name] = s
			o.types = append(o.types, s.name)
		}
	}
	return o
}

// OnFailure says what happens when an event cannot be delivered. Without it the
// outbox stops there. It returns the outbox.
func (o *Outbox) OnFailure(f Failure) *Outbox {
	o.failure = f
	return o
}

// FromNow makes an outbox that runs for the first time begin with the events that
// come after its start. Without it, it begins with the first event of the store. It
// returns the outbox.
func (o *Outbox) FromNow() *Outbox {
	o.fromHead = true
	return o
}

// Name returns the outbox's name.
func (o *Outbox) Name() string { return o.name }

// Query returns which events are delivered.
func (o *Outbox) Query() domain.Query { return domain.NewQuery(domain.OfTypes(o.types...)) }

func (o *Outbox) mistake(err error) {
	if o.err == nil {
		o.err = fmt.Errorf("%w: outbox %q: %w", ErrDefinition, o.name, err)
	}
}

func (o *Outbox) check() error {
	switch {
	case o.err != nil:
		return o.err
	case len(o.types) == 0:
		return fmt.Errorf("%w: outbox %q has no senders", ErrDefinition, o.name)
	}
	if err := o.Query().Validate(); err != nil {
		return fmt.Errorf("%w: outbox %q: %w", ErrDefinition, o.name, err)
	}
	return o.failure.check(o.name)
}

// signature does not change with the senders: what was delivered stays delivered.
func (o *Outbox) signature() string { return outboxSignature }

const outboxSignature = "outbox"

func (o *Outbox) plan() plan { return plan{failure: o.failure, batch: 1, fromHead: o.fromHead} }

func (o *Outbox) engine(relatedEvents) engine { return &delivery{outbox: o} }

// delivery is the engine of an outbox. It has no states.
type delivery struct {
	outbox *Outbox
	events []domain.SequencedEvent
}

func (d *delivery) prepare(events []domain.SequencedEvent) []string {
	d.events = events
	return nil
}

func (d *delivery) apply(ctx context.Context, index, attempt int) error {
	e := d.events[index]
	err := guarded(func() error {
		return d.outbox.senders[e.Type].send(ctx, Delivery{
			IdempotencyKey: fmt.Sprintf("%s/%d/%s", d.outbox.name, e.Position, e.Metadata.ID), Attempt: attempt, Event: e,
		})
	})
	if err != nil && ctx.Err() != nil {
		return errors.Join(ctx.Err(), err) // the runner ends, that is not the event's fault
	}
	if err != nil {
		return &EventError{Projection: d.outbox.name, Position: e.Position, Type: e.Type, Err: err}
	}
	return nil
}

func (d *delivery) adopt([]string, map[string]ports.ProjectionState) error { return nil }
func (d *delivery) changes() ([]ports.ProjectionState, []string, error)    { return nil, nil, nil }
func (d *delivery) unsaved() (states, bytes int)                           { return 0, 0 }
func (d *delivery) settle()                                                {}
func (d *delivery) forget()                                                {}
