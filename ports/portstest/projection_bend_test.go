package portstest_test

import (
	"context"
	"errors"
	"slices"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// projectionMutant is a store of projections that is wrong in one respect.
type projectionMutant struct {
	name string
	bend func(*projectionHandle)
	// breaks are the rules that must all fail on this store, for what is wrong with it.
	breaks saying
}

func projectionMutants() []projectionMutant {
	return slices.Concat(
		projectionCommitMutants, projectionCopyMutants(), projectionParkedMutants, projectionWriterMutants,
		projectionReadMutants, projectionIterationMutants(), projectionStateMutants, projectionInputMutants,
		projectionAwaitMutants(), projectionCloseMutants(),
	)
}

// The functions below bend one aspect of a handle, whatever it does otherwise.

func bendWriters(bend func(w *projectionWriterHandle)) func(*projectionHandle) {
	return func(h *projectionHandle) {
		before := h.bendWith
		h.bendWith = func(w *projectionWriterHandle) {
			if before != nil {
				before(w)
			}
			bend(w)
		}
	}
}

func bendCommits(bend func(w *projectionWriterHandle, right commitFunc, ctx context.Context, which ports.Copy, batch ports.ProjectionBatch) error) func(*projectionHandle) {
	return bendWriters(func(w *projectionWriterHandle) {
		right := w.commit
		w.commit = func(ctx context.Context, which ports.Copy, batch ports.ProjectionBatch) error {
			return bend(w, right, ctx, which, batch)
		}
	})
}

// bendSteps bends batches that are valid. The bend may change its batch.
func bendSteps(bend func(w *projectionWriterHandle, which ports.Copy, batch *ports.ProjectionBatch)) func(*projectionHandle) {
	return bendCommits(func(w *projectionWriterHandle, right commitFunc, ctx context.Context, which ports.Copy, batch ports.ProjectionBatch) error {
		if batch.Validate() == nil {
			batch.Put = slices.Clone(batch.Put)
			bend(w, which, &batch)
		}
		return right(ctx, which, batch)
	})
}

func bendSwap(bend func(w *projectionWriterHandle, right func(context.Context) error, ctx context.Context) error) func(*projectionHandle) {
	return bendWriters(func(w *projectionWriterHandle) {
		right := w.swap
		w.swap = func(ctx context.Context) error { return bend(w, right, ctx) }
	})
}

// bendStates bends every state that is given out.
func bendStates(bend func(s ports.ProjectionState) ports.ProjectionState) func(*projectionHandle) {
	through := func(states stateSequence) stateSequence {
		return func(yield func(ports.ProjectionState, error) bool) {
			for s, err := range states {
				if err == nil {
					s = bend(s)
				}
				if !yield(s, err) {
					return
				}
			}
		}
	}
	return func(h *projectionHandle) {
		state, states := h.state, h.states
		h.state = func(ctx context.Context, name, key string) (ports.ProjectionState, bool, error) {
			s, found, err := state(ctx, name, key)
			if found {
				s = bend(s)
			}
			return s, found, err
		}
		h.states = func(ctx context.Context, name string, selection ports.StateSelection) stateSequence {
			return through(states(ctx, name, selection))
		}
		bendWriters(func(w *projectionWriterHandle) {
			load, states := w.load, w.states
			w.load = func(ctx context.Context, which ports.Copy, keys []string) (map[string]ports.ProjectionState, error) {
				found, err := load(ctx, which, keys)
				for key, s := range found {
					found[key] = bend(s)
				}
				return found, err
			}
			w.states = func(ctx context.Context, which ports.Copy) stateSequence { return through(states(ctx, which)) }
		})(h)
	}
}

// bendReads bends what a read by States yields, as a list. Counting goes the same way.
func bendReads(bend func(all func(ports.StateSelection) []ports.ProjectionState, selection ports.StateSelection) []ports.ProjectionState) func(*projectionHandle) {
	return func(h *projectionHandle) {
		right := h.states
		read := func(ctx context.Context, name string, selection ports.StateSelection) ([]ports.ProjectionState, error) {
			if _, err := statesListed(right(ctx, name, selection)); err != nil {
				return nil, err
			}
			var failed error
			out := bend(func(s ports.StateSelection) []ports.ProjectionState {
				states, err := statesListed(right(ctx, name, s))
				failed = errors.Join(failed, err)
				return states
			}, selection)
			return out, failed
		}
		h.states = func(ctx context.Context, name string, selection ports.StateSelection) stateSequence {
			return func(yield func(ports.ProjectionState, error) bool) {
				states, err := read(ctx, name, selection)
				if err != nil {
					yield(ports.ProjectionState{}, err)
					return
				}
				for _, s := range states {
					if !yield(s, nil) {
						return
					}
				}
			}
		}
		h.count = func(ctx context.Context, name string, tags []domain.Tag) (int, error) {
			states, err := read(ctx, name, ports.StateSelection{Tags: tags})
			return len(states), err
		}
	}
}

func statesListed(states stateSequence) ([]ports.ProjectionState, error) {
	var out []ports.ProjectionState
	for s, err := range states {
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}

func bendAwait(bend func(h *projectionHandle, right awaitFunc, ctx context.Context, name, signature string, at domain.Position) error) func(*projectionHandle) {
	return func(h *projectionHandle) {
		right := h.await
		h.await = func(ctx context.Context, name, signature string, at domain.Position) error {
			return bend(h, right, ctx, name, signature, at)
		}
	}
}

type awaitFunc = func(context.Context, string, string, domain.Position) error

// copyInfo returns how far a copy of the writer's projection is, nil when it does not exist.
func (w *projectionWriterHandle) copyInfo(which ports.Copy) *ports.CopyInfo {
	info, err := w.store.shared.Projection(context.Background(), w.name)
	if err != nil {
		return nil
	}
	if which == ports.Live {
		return info.Live
	}
	return info.Shadow
}
