package projectiontest

import (
	"context"
	"sync"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// shelf is where a runner of one projection keeps it. It writes down each step. What
// a runner does not ask for by itself, such as lists of states, it does not have.
type shelf struct {
	ports.ProjectionReader // nil

	mu      sync.Mutex // guards everything below
	copies  map[ports.Copy]*content
	steps   []ports.ProjectionBatch
	target  domain.Position
	settled func() // called when the live copy is at target, or the projection has stopped
}

// content is a copy of the projection.
type content struct {
	info   ports.CopyInfo
	states map[string]ports.ProjectionState
}

func newShelf() *shelf { return &shelf{copies: make(map[ports.Copy]*content)} }

// expect has settled called when the live copy gets to a position.
func (s *shelf) expect(target domain.Position, settled func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.target, s.settled = target, settled
}

// made returns the copy that got furthest: the live one, or the shadow in which the
// projection stopped.
func (s *shelf) made() content {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, which := range []ports.Copy{ports.Shadow, ports.Live} {
		if c := s.copies[which]; c != nil {
			return *c
		}
	}
	return content{}
}

func (s *shelf) Projection(_ context.Context, name string) (ports.ProjectionInfo, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	info := func(which ports.Copy) *ports.CopyInfo {
		c := s.copies[which]
		if c == nil {
			return nil
		}
		known := c.info
		return &known
	}
	return ports.ProjectionInfo{Name: name, Live: info(ports.Live), Shadow: info(ports.Shadow)}, nil
}

func (s *shelf) Acquire(context.Context, string) (ports.ProjectionWriter, error) {
	return &pen{shelf: s}, nil
}

// pen writes on a shelf.
type pen struct {
	ports.ProjectionWriter // nil
	*shelf
}

func (p *pen) Begin(_ context.Context, signature string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.copies[ports.Shadow] = &content{info: ports.CopyInfo{Signature: signature}, states: make(map[string]ports.ProjectionState)}
	return nil
}

func (p *pen) Load(_ context.Context, which ports.Copy, keys []string) (map[string]ports.ProjectionState, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	found := make(map[string]ports.ProjectionState)
	for _, key := range keys {
		if state, ok := p.copies[which].states[key]; ok {
			found[key] = state
		}
	}
	return found, nil
}

func (p *pen) Commit(_ context.Context, which ports.Copy, step ports.ProjectionBatch) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	c := p.copies[which]
	if c == nil || c.info.Checkpoint != step.After {
		return ports.ErrCheckpoint
	}
	for _, state := range step.Put {
		c.states[state.Key] = state
	}
	for _, key := range step.Delete {
		delete(c.states, key)
	}
	c.info.Checkpoint, c.info.Failure = step.UpTo, step.Failure
	p.steps = append(p.steps, step)
	p.settleLocked(step.Failure != nil)
	return nil
}

func (p *pen) Swap(context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.copies[ports.Shadow] == nil {
		return ports.ErrCheckpoint
	}
	p.copies = map[ports.Copy]*content{ports.Live: p.copies[ports.Shadow]}
	p.settleLocked(false)
	return nil
}

func (p *pen) Release() error { return nil }

func (s *shelf) settleLocked(stopped bool) {
	if live := s.copies[ports.Live]; stopped || live != nil && live.info.Checkpoint >= s.target {
		s.settled()
	}
}
