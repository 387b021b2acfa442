package projections_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// countedReads is a store of events that counts its reads.
type countedReads struct {
	ports.EventStore

	reads atomic.Int32
}

// Read reads and counts.
func (s *countedReads) Read(ctx context.Context, query domain.Query, options ports.ReadOptions) (ports.ReadResult, error) {
	s.reads.Add(1)
	return s.EventStore.Read(ctx, query, options)
}

var errDead = errors.New("the process is dead")

// mortalStates is what a process sees of a store of projections when it dies at the
// first step that it writes: before it, or right after it. Afterwards nothing works.
type mortalStates struct {
	ports.ProjectionStore

	after bool
	die   func()
	dead  chan struct{} // closed at its death
}

func mortal(states ports.ProjectionStore, after bool) ports.ProjectionStore {
	m := &mortalStates{ProjectionStore: states, after: after, dead: make(chan struct{})}
	m.die = sync.OnceFunc(func() { close(m.dead) })
	return m
}

func (m *mortalStates) alive() error {
	select {
	case <-m.dead:
		return errDead
	default:
		return nil
	}
}

// Acquire acquires the projection while the process lives.
func (m *mortalStates) Acquire(ctx context.Context, name string) (ports.ProjectionWriter, error) {
	if err := m.alive(); err != nil {
		return nil, err
	}
	w, err := m.ProjectionStore.Acquire(ctx, name)
	if err != nil {
		return nil, err
	}
	return &mortalWriter{w, m}, nil
}

// mortalWriter lets go of the projection also after its death, as the system does.
type mortalWriter struct {
	ports.ProjectionWriter

	of *mortalStates
}

// last does what a process does last.
func (w *mortalWriter) last(write func() error) error {
	if err := w.of.alive(); err != nil {
		return err
	}
	var err error
	if w.of.after {
		err = write()
	}
	w.of.die()
	return errors.Join(errDead, err)
}

// Commit is the last thing that the process does, if it is a step at all.
func (w *mortalWriter) Commit(ctx context.Context, which ports.Copy, batch ports.ProjectionBatch) error {
	if batch.UpTo == batch.After {
		if err := w.of.alive(); err != nil {
			return err
		}
		return w.ProjectionWriter.Commit(ctx, which, batch)
	}
	return w.last(func() error { return w.ProjectionWriter.Commit(ctx, which, batch) })
}

// Swap is the last thing that the process does.
func (w *mortalWriter) Swap(ctx context.Context) error {
	return w.last(func() error { return w.ProjectionWriter.Swap(ctx) })
}

// pause is something that is waited for until it ends. When the spec has no more
// patience it ends, too, late.
type pause struct {
	over chan struct{}
	late atomic.Bool
	end  func()
}

func newPause() *pause {
	p := &pause{over: make(chan struct{})}
	p.end = sync.OnceFunc(func() { close(p.over) })
	time.AfterFunc(patience, func() {
		p.late.Store(true)
		p.end()
	})
	return p
}

// wait reports whether the pause has ended in time.
func (p *pause) wait() bool {
	<-p.over
	return !p.late.Load()
}
