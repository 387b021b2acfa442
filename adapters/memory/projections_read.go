package memory

import (
	"context"
	"iter"
	"slices"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// State returns the state with the given key; see [ports.ProjectionReader].
func (p *Projections) State(ctx context.Context, name, key string) (state ports.ProjectionState, found bool, err error) {
	if err := ports.ValidateStateKey(key); err != nil {
		return ports.ProjectionState{}, false, err
	}
	unlock, err := p.use(ctx, name)
	if err != nil {
		return ports.ProjectionState{}, false, err
	}
	defer unlock()
	live := p.copyLocked(name, ports.Live)
	if live == nil || live.states[key] == nil {
		return ports.ProjectionState{}, false, nil
	}
	return ownState(live.states[key]), true, nil
}

// States yields the selected states in the order of their keys, of the moment at
// which it is ranged over; see [ports.ProjectionReader]. The sequence looks at ctx
// while it is ranged over.
func (p *Projections) States(ctx context.Context, name string, selection ports.StateSelection) iter.Seq2[ports.ProjectionState, error] {
	return yieldStates(ctx, func() ([]*ports.ProjectionState, error) {
		if err := selection.Validate(); err != nil {
			return nil, err
		}
		unlock, err := p.use(ctx, name)
		if err != nil {
			return nil, err
		}
		defer unlock()
		return p.copyLocked(name, ports.Live).selected(selection), nil
	})
}

// CountStates returns the number of states that carry all tags; see
// [ports.ProjectionReader].
func (p *Projections) CountStates(ctx context.Context, name string, tags ...domain.Tag) (int, error) {
	tags, err := domain.PrepareTags(tags)
	if err != nil {
		return 0, err
	}
	unlock, err := p.use(ctx, name)
	if err != nil {
		return 0, err
	}
	defer unlock()
	return p.copyLocked(name, ports.Live).count(tags), nil
}

// yieldStates takes states when it is ranged over, and yields copies of them.
func yieldStates(ctx context.Context, take func() ([]*ports.ProjectionState, error)) iter.Seq2[ports.ProjectionState, error] {
	return func(yield func(ports.ProjectionState, error) bool) {
		states, err := take()
		if err != nil {
			yield(ports.ProjectionState{}, err)
			return
		}
		for _, state := range states {
			if err := ended(ctx); err != nil {
				yield(ports.ProjectionState{}, err)
				return
			}
			if !yield(ownState(state), nil) {
				return
			}
		}
	}
}

// selected returns the states of a valid selection, in its order; none of no copy.
func (c *projectionCopy) selected(selection ports.StateSelection) []*ports.ProjectionState {
	if c == nil {
		return nil
	}
	list, belongs := c.rarest(selection.Tags)
	keys := list.inOrder(belongs)
	if selection.After != "" {
		at, found := slices.BinarySearch(keys, selection.After)
		switch {
		case selection.Backwards:
			keys = keys[:at]
		case found:
			keys = keys[at+1:]
		default:
			keys = keys[at:]
		}
	}
	most := list.size
	if selection.Limit > 0 {
		most = min(most, selection.Limit)
	}
	inOrder := slices.All(keys)
	if selection.Backwards {
		inOrder = slices.Backward(keys)
	}
	states := make([]*ports.ProjectionState, 0, min(most, len(keys)))
	for _, key := range inOrder {
		if len(states) == most {
			break
		}
		if state := c.states[key]; state != nil && carries(state, selection.Tags) {
			states = append(states, state)
		}
	}
	return states
}

func (c *projectionCopy) count(tags []domain.Tag) int {
	if c == nil {
		return 0
	}
	list, belongs := c.rarest(tags)
	if len(tags) < 2 {
		return list.size
	}
	n := 0
	for _, key := range list.inOrder(belongs) {
		if state := c.states[key]; state != nil && carries(state, tags) {
			n++
		}
	}
	return n
}

// rarest returns the shortest list that holds all states with the given tags.
func (c *projectionCopy) rarest(tags []domain.Tag) (list *keyList, belongs func(key string) bool) {
	list, belongs = &c.keys, c.has
	for _, tag := range tags {
		found := c.tagged[tag]
		if found == nil {
			return &keyList{}, c.carrying(tag)
		}
		if list == &c.keys || found.size < list.size {
			list, belongs = found, c.carrying(tag)
		}
	}
	return list, belongs
}

func carries(state *ports.ProjectionState, tags []domain.Tag) bool {
	for _, tag := range tags {
		if !slices.Contains(state.Tags, tag) {
			return false
		}
	}
	return true
}

// ownState returns a copy that shares no memory with the store.
func ownState(state *ports.ProjectionState) ports.ProjectionState {
	own := *state
	own.Data = slices.Clone(own.Data)
	own.Tags = slices.Clone(own.Tags)
	return own
}
