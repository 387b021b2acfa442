package memory

import (
	"context"
	"fmt"
	"iter"

	"github.com/opossum-go/opossum/ports"
)

// projectionWriter may write as long as the store has it among its writers.
type projectionWriter struct {
	store *Projections
	name  string
}

// Acquire makes the caller the only one who writes the projection; see
// [ports.ProjectionStore].
func (p *Projections) Acquire(ctx context.Context, name string) (ports.ProjectionWriter, error) {
	unlock, err := p.use(ctx, name)
	if err != nil {
		return nil, err
	}
	defer unlock()
	if p.writers[name] != nil {
		return nil, fmt.Errorf("%w: %s", ports.ErrProjectionBusy, name)
	}
	if p.writers == nil {
		p.writers = map[string]*projectionWriter{}
	}
	writer := &projectionWriter{store: p, name: name}
	p.writers[name] = writer
	return writer, nil
}

// Release lets others run the projection.
func (w *projectionWriter) Release() error {
	w.store.mu.Lock()
	defer w.store.mu.Unlock()
	if w.store.writers[w.name] == w {
		delete(w.store.writers, w.name)
	}
	return nil
}

// Begin makes a new, empty shadow.
func (w *projectionWriter) Begin(ctx context.Context, signature string) error {
	unlock, err := w.use(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	projects := w.store.projects
	if projects == nil {
		projects = map[string]*projection{}
		w.store.projects = projects
	}
	if projects[w.name] == nil {
		projects[w.name] = &projection{}
	}
	projects[w.name].shadow = newProjectionCopy(signature)
	return nil
}

// Load returns the states that a copy has of the given keys.
func (w *projectionWriter) Load(ctx context.Context, which ports.Copy, keys []string) (map[string]ports.ProjectionState, error) {
	for i, key := range keys {
		if err := ports.ValidateStateKey(key); err != nil {
			return nil, fmt.Errorf("keys[%d]: %w", i, err)
		}
	}
	found, err := w.find(ctx, which, keys)
	if err != nil {
		return nil, err
	}
	states := make(map[string]ports.ProjectionState, len(found))
	for _, state := range found {
		states[state.Key] = ownState(state)
	}
	return states, nil
}

func (w *projectionWriter) find(ctx context.Context, which ports.Copy, keys []string) ([]*ports.ProjectionState, error) {
	unlock, err := w.use(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	from := w.store.copyLocked(w.name, which)
	if from == nil {
		return nil, nil
	}
	found := make([]*ports.ProjectionState, 0, len(keys))
	for _, key := range keys {
		if state := from.states[key]; state != nil {
			found = append(found, state)
		}
	}
	return found, nil
}

// States yields all states of a copy in the order of their keys.
func (w *projectionWriter) States(ctx context.Context, which ports.Copy) iter.Seq2[ports.ProjectionState, error] {
	return yieldStates(ctx, func() ([]*ports.ProjectionState, error) {
		unlock, err := w.use(ctx)
		if err != nil {
			return nil, err
		}
		defer unlock()
		return w.store.copyLocked(w.name, which).selected(ports.StateSelection{}), nil
	})
}

// Commit changes a copy in one step.
func (w *projectionWriter) Commit(ctx context.Context, which ports.Copy, batch ports.ProjectionBatch) error {
	if err := batch.Validate(); err != nil {
		return err
	}
	states := make([]*ports.ProjectionState, len(batch.Put))
	for i := range batch.Put {
		own := ownState(&batch.Put[i])
		own.CreatedAt, own.UpdatedAt = plainTime(own.CreatedAt), plainTime(own.UpdatedAt)
		states[i] = &own
	}
	unlock, err := w.use(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	to := w.store.copyLocked(w.name, which)
	if to == nil {
		return fmt.Errorf("%w: %s has no %v copy", ports.ErrCheckpoint, w.name, which)
	}
	if to.checkpoint != batch.After {
		return fmt.Errorf("%w: the %v copy of %s is at %d, the commit begins at %d", ports.ErrCheckpoint, which, w.name, to.checkpoint, batch.After)
	}
	to.apply(batch, states)
	w.store.wakeLocked(w.name)
	return nil
}

// Swap makes the shadow the live copy.
func (w *projectionWriter) Swap(ctx context.Context) error {
	unlock, err := w.use(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	shadow := w.store.copyLocked(w.name, ports.Shadow)
	if shadow == nil {
		return fmt.Errorf("%w: %s has no shadow", ports.ErrCheckpoint, w.name)
	}
	w.store.projects[w.name] = &projection{live: shadow}
	w.store.wakeLocked(w.name)
	return nil
}

// Drop removes the shadow.
func (w *projectionWriter) Drop(ctx context.Context) error {
	unlock, err := w.use(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	found := w.store.projects[w.name]
	if found == nil {
		return nil
	}
	found.shadow = nil
	if found.live == nil {
		delete(w.store.projects, w.name)
	}
	return nil
}

// use locks the store for a method, unless the writer was released.
func (w *projectionWriter) use(ctx context.Context) (unlock func(), err error) {
	unlock, err = w.store.use(ctx, w.name)
	if err != nil {
		return nil, err
	}
	if w.store.writers[w.name] != w {
		unlock()
		return nil, fmt.Errorf("%w: the writer of projection %s was released", ports.ErrClosed, w.name)
	}
	return unlock, nil
}
