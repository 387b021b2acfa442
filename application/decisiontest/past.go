package decisiontest

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/opossum-go/opossum/adapters/memory"
	"github.com/opossum-go/opossum/application"
	"github.com/opossum-go/opossum/decision"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// Noon is the time of a decision where [Past.At] sets no other: the first of
// January 2001, 12:00 UTC.
var Noon = time.Date(2001, time.January, 1, 12, 0, 0, 0, time.UTC)

// Opener returns a new, empty store that records at the clock's time. What has to
// be closed or removed is left to t.Cleanup.
type Opener func(t testing.TB, clock ports.Clock) ports.EventStore

// Past is what has happened before a command arrives. Make it with [Given].
type Past struct {
	t      testing.TB
	events []decision.Event
	noise  []decision.Event
	now    time.Time
	open   Opener
}

// Given returns the past in which these events have happened, oldest first. Each
// of them has to matter to the command; see [Past.Noise].
func Given(t testing.TB, events ...decision.Event) *Past {
	return &Past{t: t, events: events, now: Noon, open: inMemory}
}

func inMemory(_ testing.TB, clock ports.Clock) ports.EventStore {
	return memory.New(memory.Options{Clock: clock})
}

// Noise adds events that the command must not care about. They are stored after
// the given ones, and once more while the command is decided.
func (p *Past) Noise(events ...decision.Event) *Past {
	p.noise = append(p.noise, events...)
	return p
}

// At sets the time at which the command is decided.
func (p *Past) At(now time.Time) *Past {
	p.now = now
	return p
}

// On runs the command on another kind of store than the one in memory. It is
// called several times for each command.
func (p *Past) On(open Opener) *Past {
	p.open = open
	return p
}

// When says which function decides. The options are those of [application.Decide].
func (p *Past) When(decide func(*application.Decision) error, options ...application.Option) *Case {
	p.t.Helper()
	return newCase(p, deciding(decide, options))
}

// WhenExecuting says which command an App executes that register has registered
// it with. The options are those of [application.App.Execute].
func (p *Past) WhenExecuting(register func(*application.App), command any, options ...application.Option) *Case {
	p.t.Helper()
	return newCase(p, func(ctx context.Context, store ports.EventStore, clock ports.Clock, more ...application.Option) error {
		app := application.New(store, settings(clock, nil)...)
		register(app)
		_, err := app.Execute(ctx, command, slices.Concat(options, more)...)
		return err
	})
}

// WhenRunning is [Past.When] for code that uses a store directly, or that has one
// beside its decision. It is called again when it returns [ports.ErrConflict], as
// its caller would do. The kit cannot hand it a clock: [Past.At] sets the time at
// which the store records.
func (p *Past) WhenRunning(run func(ctx context.Context, store ports.EventStore) error) *Case {
	p.t.Helper()
	return newCase(p, func(ctx context.Context, store ports.EventStore, _ ports.Clock, _ ...application.Option) error {
		return run(ctx, store)
	})
}

// runner carries out the command once, with more options than its own.
type runner func(ctx context.Context, store ports.EventStore, clock ports.Clock, more ...application.Option) error

func deciding(decide func(*application.Decision) error, options []application.Option) runner {
	return func(ctx context.Context, store ports.EventStore, clock ports.Clock, more ...application.Option) error {
		_, err := application.Decide(ctx, store, decide, settings(clock, slices.Concat(options, more))...)
		return err
	}
}

// settings puts the kit's options before those of the test.
func settings(clock ports.Clock, options []application.Option) []application.Option {
	return append([]application.Option{
		application.WithClock(clock),
		application.WithRetry(application.Retry{InitialDelay: time.Microsecond, MaxDelay: time.Microsecond}),
	}, options...)
}

// aged is an event of the past that happened some time ago.
type aged struct {
	decision.Event
	age time.Duration
}

// Ago says that an event of the past happened, and was recorded, this long before
// the time of the command. An event that is given without an age is as old as the
// next one that has an age, or happened just now.
func Ago(age time.Duration, event decision.Event) decision.Event { return aged{event, age} }

// stored is an event of the past in its stored form.
type stored struct{ domain.Event }

func (s stored) EventType() string  { return s.Type }
func (s stored) Tags() []domain.Tag { return s.Event.Tags }

// Stored gives an event in the form in which it is stored: with metadata, or with
// the data of an old version.
func Stored(event domain.Event) decision.Event { return stored{event} }

// encode returns an event of the past as it is stored, and its age if it has one.
func encode(e decision.Event) (event domain.Event, age time.Duration, hasAge bool, err error) {
	switch e := e.(type) {
	case aged:
		event, _, _, err = encode(e.Event)
		return event, e.age, true, err
	case stored:
		return e.Event, 0, false, nil
	}
	event, err = decision.Encode(e)
	return event, 0, false, err
}

// fact is an event of the past, ready to be stored.
type fact struct {
	event domain.Event
	age   time.Duration
	noise bool
}

// facts returns the past in its order.
func (p *Past) facts() ([]fact, error) {
	var all []fact
	var known []bool
	for i, e := range append(append([]decision.Event{}, p.events...), p.noise...) {
		event, age, hasAge, err := encode(e)
		if err != nil {
			return nil, fmt.Errorf("event %d of the past: %w", i+1, err)
		}
		all = append(all, fact{event, age, i >= len(p.events)})
		known = append(known, hasAge)
	}
	var age time.Duration // of the event that follows
	for i := len(all) - 1; i >= 0; i-- {
		switch {
		case !known[i]:
			all[i].age = age
		case all[i].age < age:
			return nil, fmt.Errorf("event %d of the past, %s, is %v old and precedes one that is %v old: give events oldest first", i+1, all[i].event.Type, all[i].age, age)
		}
		age = all[i].age
	}
	return all, nil
}
