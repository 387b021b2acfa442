package projectiontorture_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
	"github.com/opossum-go/opossum/projection"
)

// Bugs that can be planted in a child.
const (
	twoTransactions = "states and checkpoint are two transactions"
	statesLater     = "states come a commit later than the checkpoint"
	halfSwap        = "a swap shows half for a moment"
	openLock        = "the lock excludes nobody"
	noLock          = "the lock excludes nobody and the checkpoint is not compared"
	sendLater       = "the outbox says that it has sent what it only wants to send"
)

// plant returns a store with a bug.
func plant(bug, world string, store ports.ProjectionStore) ports.ProjectionStore {
	return &planted{store, bug, statesDir(world)}
}

type planted struct {
	ports.ProjectionStore
	bug, dir string
}

// Acquire implements [ports.ProjectionStore].
func (p *planted) Acquire(ctx context.Context, name string) (ports.ProjectionWriter, error) {
	if p.bug == noLock || p.bug == openLock {
		// Whoever has the lock has that of a file that is gone.
		if err := os.Remove(filepath.Join(p.dir, name+".lock")); err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, err
		}
	}
	writer, err := p.ProjectionStore.Acquire(ctx, name)
	if err != nil {
		return nil, err
	}
	switch p.bug {
	case twoTransactions:
		return twice{writer}, nil
	case statesLater:
		return &late{ProjectionWriter: writer, open: make(map[ports.Copy]ports.ProjectionBatch)}, nil
	case halfSwap:
		return half{writer, p, name}, nil
	case noLock:
		return careless{writer, p, name}, nil
	}
	return writer, nil
}

// twice writes the states, and then the checkpoint with everything else that belongs
// to it: events that are set aside stay true, so that the states alone give it away.
type twice struct{ ports.ProjectionWriter }

// Commit implements [ports.ProjectionWriter].
func (w twice) Commit(ctx context.Context, which ports.Copy, batch ports.ProjectionBatch) error {
	states := ports.ProjectionBatch{After: batch.After, UpTo: batch.After, Put: batch.Put, Delete: batch.Delete}
	if err := w.ProjectionWriter.Commit(ctx, which, states); err != nil {
		return err
	}
	batch.Put, batch.Delete = nil, nil
	return w.ProjectionWriter.Commit(ctx, which, batch)
}

// late keeps the states of a commit in memory until the next one.
type late struct {
	ports.ProjectionWriter
	open map[ports.Copy]ports.ProjectionBatch
}

// Commit implements [ports.ProjectionWriter].
func (w *late) Commit(ctx context.Context, which ports.Copy, batch ports.ProjectionBatch) error {
	before := w.open[which]
	w.open[which] = ports.ProjectionBatch{Put: batch.Put, Delete: batch.Delete}
	batch.Put, batch.Delete = before.Put, before.Delete
	return w.ProjectionWriter.Commit(ctx, which, batch)
}

// Swap implements [ports.ProjectionWriter].
func (w *late) Swap(ctx context.Context) error {
	w.open[ports.Live] = w.open[ports.Shadow]
	delete(w.open, ports.Shadow)
	return w.ProjectionWriter.Swap(ctx)
}

// half puts half of the new states among the old ones before it swaps.
type half struct {
	ports.ProjectionWriter
	store ports.ProjectionReader
	name  string
}

// Swap implements [ports.ProjectionWriter].
func (w half) Swap(ctx context.Context) error {
	info, err := w.store.Projection(ctx, w.name)
	if err != nil {
		return err
	}
	if info.Live == nil {
		return w.ProjectionWriter.Swap(ctx)
	}
	batch := ports.ProjectionBatch{After: info.Live.Checkpoint, UpTo: info.Live.Checkpoint}
	even := false
	for s, err := range w.States(ctx, ports.Shadow) {
		if err != nil {
			return err
		}
		if even = !even; even {
			batch.Put = append(batch.Put, s)
		}
	}
	if err := w.Commit(ctx, ports.Live, batch); err != nil {
		return err
	}
	return w.ProjectionWriter.Swap(ctx)
}

// careless commits wherever the checkpoint is.
type careless struct {
	ports.ProjectionWriter
	store ports.ProjectionReader
	name  string
}

// Commit implements [ports.ProjectionWriter].
func (w careless) Commit(ctx context.Context, which ports.Copy, batch ports.ProjectionBatch) error {
	for {
		err := w.ProjectionWriter.Commit(ctx, which, batch)
		if !errors.Is(err, ports.ErrCheckpoint) {
			return err
		}
		info, err := w.store.Projection(ctx, w.name)
		if err != nil {
			return err
		}
		now := info.Live
		if which == ports.Shadow {
			now = info.Shadow
		}
		if now == nil {
			return ports.ErrCheckpoint
		}
		batch.After, batch.UpTo = now.Checkpoint, max(batch.UpTo, now.Checkpoint)
	}
}

// planSend returns what an outbox with a bug does to send.
func planSend(bug string, send func(context.Context, projection.Delivery) error) func(context.Context, projection.Delivery) error {
	if bug != sendLater {
		return send
	}
	var mu sync.Mutex
	var waiting *projection.Delivery
	var last domain.Position
	return func(ctx context.Context, d projection.Delivery) error {
		mu.Lock()
		defer mu.Unlock()
		if waiting != nil && waiting.Event.Position > last {
			if err := send(ctx, *waiting); err != nil {
				return err
			}
			last = waiting.Event.Position
		}
		waiting = &d
		return nil
	}
}
