package portstest_test

import (
	"context"
	"iter"
	"sync"
	"testing"

	"github.com/opossum-go/opossum/adapters/memory"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
	"github.com/opossum-go/opossum/ports/portstest"
)

type (
	commitFunc = func(context.Context, ports.Copy, ports.ProjectionBatch) error
	statesFunc = func(context.Context, string, ports.StateSelection) stateSequence
	// stateSequence is what reads of states yield.
	stateSequence = iter.Seq2[ports.ProjectionState, error]
)

// projectionHandle is a store of projections with all capabilities of a fixture:
// several handles share one memory, and each can be closed on its own. It is correct
// as it comes; a mutant replaces one or the other of its functions.
type projectionHandle struct {
	shared   *memory.Projections
	second   bool            // another handle was opened on the memory before
	life     context.Context // ends with Close
	end      func()          // ends life
	info     func(ctx context.Context, name string) (ports.ProjectionInfo, error)
	infos    func(ctx context.Context) ([]ports.ProjectionInfo, error)
	state    func(ctx context.Context, name, key string) (ports.ProjectionState, bool, error)
	states   statesFunc
	count    func(ctx context.Context, name string, tags []domain.Tag) (int, error)
	parked   func(ctx context.Context, name string) ([]ports.ParkedEvent, error)
	await    func(ctx context.Context, name, signature string, at domain.Position) error
	acquire  func(ctx context.Context, name string) (ports.ProjectionWriter, error)
	close    func() error
	bendWith func(*projectionWriterHandle) // bends the writers; nil for none

	mu      sync.Mutex // guards writers
	writers []ports.ProjectionWriter
}

// projectionWriterHandle is a writer whose functions a mutant may replace.
type projectionWriterHandle struct {
	store   *projectionHandle
	name    string
	begin   func(ctx context.Context, signature string) error
	load    func(ctx context.Context, which ports.Copy, keys []string) (map[string]ports.ProjectionState, error)
	states  func(ctx context.Context, which ports.Copy) stateSequence
	commit  commitFunc
	swap    func(ctx context.Context) error
	drop    func(ctx context.Context) error
	release func() error
}

func newProjectionHandle(t testing.TB, shared *memory.Projections, second bool, bend func(*projectionHandle)) *projectionHandle {
	life, end := context.WithCancel(context.Background())
	h := &projectionHandle{shared: shared, second: second, life: life, end: end}
	h.use(shared)
	h.close = func() error {
		end()
		h.mu.Lock()
		defer h.mu.Unlock()
		for _, writer := range h.writers {
			_ = writer.Release()
		}
		return nil
	}
	t.Cleanup(func() { _ = h.close() })
	if bend != nil {
		bend(h)
	}
	return h
}

// use makes the handle work on a memory.
func (h *projectionHandle) use(shared *memory.Projections) {
	h.info, h.infos, h.state, h.parked, h.states = shared.Projection, shared.Projections, shared.State, shared.Parked, shared.States
	h.count = func(ctx context.Context, name string, tags []domain.Tag) (int, error) {
		return shared.CountStates(ctx, name, tags...)
	}
	h.await = func(ctx context.Context, name, signature string, at domain.Position) error {
		own, cancel := context.WithCancel(ctx)
		defer cancel()
		defer context.AfterFunc(h.life, cancel)()
		err := shared.Await(own, name, signature, at)
		if err != nil && ctx.Err() == nil && h.life.Err() != nil {
			return ports.ErrClosed
		}
		return err
	}
	h.acquire = shared.Acquire
}

// alive returns ErrClosed after Close.
func (h *projectionHandle) alive() error {
	if h.life.Err() != nil {
		return ports.ErrClosed
	}
	return nil
}

func (h *projectionHandle) Projection(ctx context.Context, name string) (ports.ProjectionInfo, error) {
	if err := h.alive(); err != nil {
		return ports.ProjectionInfo{}, err
	}
	return h.info(ctx, name)
}

func (h *projectionHandle) Projections(ctx context.Context) ([]ports.ProjectionInfo, error) {
	if err := h.alive(); err != nil {
		return nil, err
	}
	return h.infos(ctx)
}

func (h *projectionHandle) State(ctx context.Context, name, key string) (ports.ProjectionState, bool, error) {
	if err := h.alive(); err != nil {
		return ports.ProjectionState{}, false, err
	}
	return h.state(ctx, name, key)
}

func (h *projectionHandle) States(ctx context.Context, name string, selection ports.StateSelection) stateSequence {
	states := h.states(ctx, name, selection)
	return func(yield func(ports.ProjectionState, error) bool) {
		if err := h.alive(); err != nil {
			yield(ports.ProjectionState{}, err)
			return
		}
		states(yield)
	}
}

func (h *projectionHandle) CountStates(ctx context.Context, name string, tags ...domain.Tag) (int, error) {
	if err := h.alive(); err != nil {
		return 0, err
	}
	return h.count(ctx, name, tags)
}

func (h *projectionHandle) Parked(ctx context.Context, name string) ([]ports.ParkedEvent, error) {
	if err := h.alive(); err != nil {
		return nil, err
	}
	return h.parked(ctx, name)
}

func (h *projectionHandle) Await(ctx context.Context, name, signature string, at domain.Position) error {
	if err := h.alive(); err != nil {
		return err
	}
	return h.await(ctx, name, signature, at)
}

func (h *projectionHandle) Acquire(ctx context.Context, name string) (ports.ProjectionWriter, error) {
	if err := h.alive(); err != nil {
		return nil, err
	}
	right, err := h.acquire(ctx, name)
	if err != nil {
		return nil, err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.writers = append(h.writers, right)
	w := &projectionWriterHandle{store: h, name: name}
	w.begin, w.load, w.states, w.commit, w.swap, w.drop, w.release = right.Begin, right.Load, right.States, right.Commit, right.Swap, right.Drop, right.Release
	if h.bendWith != nil {
		h.bendWith(w)
	}
	return w, nil
}

func (h *projectionHandle) Close() error { return h.close() }

func (w *projectionWriterHandle) Begin(ctx context.Context, signature string) error {
	return w.begin(ctx, signature)
}

func (w *projectionWriterHandle) Load(ctx context.Context, which ports.Copy, keys []string) (map[string]ports.ProjectionState, error) {
	return w.load(ctx, which, keys)
}

func (w *projectionWriterHandle) States(ctx context.Context, which ports.Copy) stateSequence {
	return w.states(ctx, which)
}

func (w *projectionWriterHandle) Commit(ctx context.Context, which ports.Copy, batch ports.ProjectionBatch) error {
	return w.commit(ctx, which, batch)
}

func (w *projectionWriterHandle) Swap(ctx context.Context) error { return w.swap(ctx) }

func (w *projectionWriterHandle) Drop(ctx context.Context) error { return w.drop(ctx) }

func (w *projectionWriterHandle) Release() error { return w.release() }

// projectionHandles returns a fixture with all capabilities, whose handles are bent.
func projectionHandles(bend func(*projectionHandle)) portstest.ProjectionFixture {
	return portstest.ProjectionFixture{
		Open: func(t testing.TB) ports.ProjectionStore {
			return newProjectionHandle(t, memory.NewProjections(), false, bend)
		},
		Reopen: func(t testing.TB, store ports.ProjectionStore) ports.ProjectionStore {
			old := store.(*projectionHandle)
			if err := old.close(); err != nil {
				t.Fatalf("Close() = %v", err)
			}
			return newProjectionHandle(t, old.shared, true, bend)
		},
		OpenOther: func(t testing.TB, store ports.ProjectionStore) ports.ProjectionStore {
			return newProjectionHandle(t, store.(*projectionHandle).shared, true, bend)
		},
	}
}
