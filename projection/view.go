package projection

import (
	"context"
	"fmt"
	"iter"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// View reads the states of a projection, in the process that runs it or in another
// one. Make it with [Definition.View]. Safe for concurrent use.
//
// It sees the live copy, of whatever version that is: until a new version is built, and
// as long as an older program runs the projection, the old states are decoded into the
// new S. What JSON does not find there is zero, without an error, such as a field that
// has another name now. Who cannot bear that calls Wait with position 0 before the
// first read: it returns when there is a copy of this version.
type View[S any] struct {
	name, signature string
	err             error // a mistake in the definition
	states          ports.ProjectionReader
}

// Selection narrows what a view lists: by tags, which must all be there, from a key
// on, in either direction, up to a limit. The zero Selection is everything.
type Selection = ports.StateSelection

// View returns a view of the projection's states. Its methods return [ErrDefinition]
// when there is a mistake in the definition.
func (d *Definition[S]) View(states ports.ProjectionReader) *View[S] {
	return &View[S]{name: d.name, signature: d.signature(), err: d.check(), states: states}
}

// Get returns the state with the given key. Found is false when there is none.
func (v *View[S]) Get(ctx context.Context, key string) (state State[S], found bool, err error) {
	if v.err != nil {
		return State[S]{}, false, v.err
	}
	stored, found, err := v.states.State(ctx, v.name, key)
	if err != nil || !found {
		return State[S]{}, false, err
	}
	if state, err = stateOf[S](stored); err != nil {
		return State[S]{}, false, v.wrap(err)
	}
	return state, true, nil
}

// All yields the selected states in the order of their keys, all of one moment. An
// error is yielded with a zero state and ends the sequence. Breaking out of the loop
// frees everything.
func (v *View[S]) All(ctx context.Context, selection Selection) iter.Seq2[State[S], error] {
	return func(yield func(State[S], error) bool) {
		if v.err != nil {
			yield(State[S]{}, v.err)
			return
		}
		for stored, err := range v.states.States(ctx, v.name, selection) {
			if err != nil {
				yield(State[S]{}, err)
				return
			}
			state, err := stateOf[S](stored)
			if err != nil {
				yield(State[S]{}, v.wrap(err))
				return
			}
			if !yield(state, nil) {
				return
			}
		}
	}
}

// List returns the selected states in the order of their keys. The next page of a
// limited selection begins after the last key of this one.
func (v *View[S]) List(ctx context.Context, selection Selection) ([]State[S], error) {
	var states []State[S]
	for state, err := range v.All(ctx, selection) {
		if err != nil {
			return nil, err
		}
		states = append(states, state)
	}
	return states, nil
}

// Count returns the number of states that carry all of the given tags; of all
// states without tags.
func (v *View[S]) Count(ctx context.Context, tags ...domain.Tag) (int, error) {
	if v.err != nil {
		return 0, v.err
	}
	return v.states.CountStates(ctx, v.name, tags...)
}

// Wait returns as soon as the projection, in this version of its definition, has
// taken everything up to position into account, whoever runs it: after an append, wait
// for its last position to read your own write. Give it a context with a timeout; when
// that ends, Wait returns its error within a moment, whatever the store is busy with, and
// says how far the projection is if that is known by then. It returns a [*ports.ProjectionStoppedError] when
// the projection has stopped before that, also if it did so in an earlier run: who
// has only just started a runner uses [Runner.Wait].
//
// A projection that stopped because the store's events were replaced, as after a backup
// was restored, has come to no position but 0. Only a runner finds that out, when it
// takes the projection over; until then nobody is told.
func (v *View[S]) Wait(ctx context.Context, position domain.Position) error {
	if v.err != nil {
		return v.err
	}
	return awaited(ctx, v.states, v.name, v.signature, position)
}

func (v *View[S]) wrap(err error) error { return fmt.Errorf("projection %q: %w", v.name, err) }
