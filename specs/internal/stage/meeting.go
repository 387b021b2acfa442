package stage

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/opossum-go/opossum/application"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// Decider is a command as a function.
type Decider = func(*application.Decision) error

// Answer is what came of one command.
type Answer struct {
	Result application.Result
	Err    error
}

// Decide carries out one command.
func Decide(ctx context.Context, store ports.EventStore, decide Decider, options ...application.Option) Answer {
	result, err := application.Decide(ctx, store, decide, options...)
	return Answer{result, err}
}

// Race lets two commands decide on the same facts: both have read before the
// first append, which is that of first.
func Race(ctx context.Context, here, there ports.EventStore, first, second Decider, options ...application.Option) (Answer, Answer) {
	var answers [2]Answer
	Meet(here, there,
		func(store ports.EventStore) { answers[0] = Decide(ctx, store, first, options...) },
		func(store ports.EventStore) { answers[1] = Decide(ctx, store, second, options...) })
	return answers[0], answers[1]
}

// Meet runs first on here and second on there, at the same time. The first append
// of each waits: that of first until second wants to append or has returned, that
// of second until the one of first is done or first has returned.
func Meet(here, there ports.EventStore, first, second func(ports.EventStore)) {
	decided, appended := newSignal(), newSignal()
	var both sync.WaitGroup
	both.Go(func() {
		defer appended.give()
		first(&meeting{EventStore: here, wait: decided, done: appended})
	})
	both.Go(func() {
		defer decided.give()
		second(&meeting{EventStore: there, arrive: decided, wait: appended})
	})
	both.Wait()
}

// meeting is a store whose first append arrives, waits, appends and is done.
type meeting struct {
	ports.EventStore

	met          atomic.Bool
	arrive, done *signal // either may be nil
	wait         *signal
}

// Append stores events as the store behind does, the first time in its turn.
func (m *meeting) Append(ctx context.Context, events []domain.Event, conditions ...domain.AppendCondition) (domain.Positions, error) {
	if m.met.CompareAndSwap(false, true) {
		m.arrive.give()
		defer m.done.give()
		select {
		case <-m.wait.given:
		case <-ctx.Done():
			return domain.Positions{}, ctx.Err()
		}
	}
	return m.EventStore.Append(ctx, events, conditions...)
}

// signal is something that is said once and stays said.
type signal struct {
	given chan struct{}
	once  sync.Once
}

func newSignal() *signal { return &signal{given: make(chan struct{})} }

func (s *signal) give() {
	if s != nil {
		s.once.Do(func() { close(s.given) })
	}
}

// Interrupted returns a handle on store that calls between once, when its first
// append has been decided and is not yet made.
func Interrupted(store ports.EventStore, between func()) ports.EventStore {
	return &interrupted{EventStore: store, between: sync.OnceFunc(between)}
}

type interrupted struct {
	ports.EventStore

	between func()
}

// Append stores events after what comes between.
func (s *interrupted) Append(ctx context.Context, events []domain.Event, conditions ...domain.AppendCondition) (domain.Positions, error) {
	s.between()
	return s.EventStore.Append(ctx, events, conditions...)
}
