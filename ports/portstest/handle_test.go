package portstest_test

import (
	"context"
	"iter"
	"sync"
	"testing"
	"time"

	"github.com/opossum-go/opossum/adapters/memory"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
	"github.com/opossum-go/opossum/ports/portstest"
)

type (
	appendFunc    = func(context.Context, []domain.Event, []domain.AppendCondition) (domain.Positions, error)
	readFunc      = func(context.Context, domain.Query, ports.ReadOptions) (ports.ReadResult, error)
	headFunc      = func(context.Context) (domain.Position, error)
	subscribeFunc = func(context.Context, domain.Query, domain.Position) sequence
	sequence      = iter.Seq2[domain.SequencedEvent, error]
)

// handle is a store with all capabilities of a fixture: several handles share
// one world, and each can be closed on its own. It is correct as it comes; a
// mutant replaces one or the other of its functions.
type handle struct {
	world     *world
	clock     ports.Clock
	reopened  bool            // it looks at a world that another handle was closed on
	life      context.Context // ends with Close
	append    appendFunc
	read      readFunc
	head      headFunc
	subscribe subscribeFunc
	close     func() error
}

// world is what handles share.
type world struct {
	store *memory.Store

	mu    sync.Mutex  // guards clock and stamps; held during an append
	clock ports.Clock // of the handle that is appending
	// stamps is what the clock said at the append of a position, for mutants.
	stamps map[domain.Position]time.Time
}

// Now makes a world the clock of its store.
func (w *world) Now() time.Time { return w.clock.Now() }

func newWorld() *world {
	w := &world{stamps: map[domain.Position]time.Time{}}
	w.store = memory.New(memory.Options{Clock: w})
	return w
}

func newHandle(t testing.TB, w *world, clock ports.Clock, bend func(*handle), reopened bool) *handle {
	life, end := context.WithCancel(context.Background())
	h := &handle{world: w, clock: clock, life: life, reopened: reopened}
	h.append = func(ctx context.Context, events []domain.Event, conditions []domain.AppendCondition) (domain.Positions, error) {
		if h.life.Err() != nil {
			return domain.Positions{}, ports.ErrClosed
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		w.clock = h.clock
		positions, err := w.store.Append(ctx, events, conditions...)
		for p := range positions.All() {
			w.stamps[p] = h.clock.Now()
		}
		return positions, err
	}
	h.read = func(ctx context.Context, query domain.Query, options ports.ReadOptions) (ports.ReadResult, error) {
		if h.life.Err() != nil {
			return ports.ReadResult{}, ports.ErrClosed
		}
		return w.store.Read(ctx, query, options)
	}
	h.head = func(ctx context.Context) (domain.Position, error) {
		if h.life.Err() != nil {
			return 0, ports.ErrClosed
		}
		return w.store.Head(ctx)
	}
	h.subscribe = func(ctx context.Context, query domain.Query, after domain.Position) sequence {
		return h.untilClosed(ctx, query, after)
	}
	h.close = func() error { end(); return nil }
	t.Cleanup(end)
	if bend != nil {
		bend(h)
	}
	return h
}

// untilClosed is the store's subscription, ended by Close too.
func (h *handle) untilClosed(ctx context.Context, query domain.Query, after domain.Position) sequence {
	return func(yield func(domain.SequencedEvent, error) bool) {
		if h.life.Err() != nil {
			yield(domain.SequencedEvent{}, ports.ErrClosed)
			return
		}
		own, cancel := context.WithCancel(ctx)
		defer cancel()
		defer context.AfterFunc(h.life, cancel)()
		for e, err := range h.world.store.Subscribe(own, query, after) {
			if err != nil && ctx.Err() == nil && h.life.Err() != nil {
				err = ports.ErrClosed
			}
			if !yield(e, err) {
				return
			}
		}
	}
}

func (h *handle) Append(ctx context.Context, events []domain.Event, conditions ...domain.AppendCondition) (domain.Positions, error) {
	return h.append(ctx, events, conditions)
}

func (h *handle) Read(ctx context.Context, query domain.Query, options ports.ReadOptions) (ports.ReadResult, error) {
	return h.read(ctx, query, options)
}

func (h *handle) Head(ctx context.Context) (domain.Position, error) { return h.head(ctx) }

func (h *handle) Subscribe(ctx context.Context, query domain.Query, after domain.Position) sequence {
	return h.subscribe(ctx, query, after)
}

func (h *handle) Close() error { return h.close() }

// handles returns a fixture with all capabilities, whose handles are bent.
func handles(bend func(*handle)) portstest.Fixture {
	return portstest.Fixture{
		Open: func(t testing.TB, clock ports.Clock) ports.EventStore {
			return newHandle(t, newWorld(), clock, bend, false)
		},
		Reopen: func(t testing.TB, store ports.EventStore, clock ports.Clock) ports.EventStore {
			old := store.(*handle)
			if err := old.Close(); err != nil {
				t.Fatalf("Close() = %v", err)
			}
			return newHandle(t, old.world, clock, bend, true)
		},
		SecondHandle: func(t testing.TB, store ports.EventStore, clock ports.Clock) ports.EventStore {
			return newHandle(t, store.(*handle).world, clock, bend, false)
		},
	}
}
