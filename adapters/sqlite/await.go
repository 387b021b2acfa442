package sqlite

import (
	"context"
	"time"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// Await waits until the live copy is at position or past it; see
// [ports.ProjectionReader]. It is woken by commits of the same handle. Only when
// another one may run the projection does it look again and again, ever more rarely,
// up to Options.PollInterval.
func (p *Projections) Await(ctx context.Context, name, signature string, position domain.Position) error {
	pause := min(firstPoll, p.options.PollInterval)
	timer := time.NewTimer(pause)
	defer timer.Stop()
	for {
		changed, own := p.change(name) // before the look: nothing is missed in between
		reached, err := p.reached(ctx, name, signature, position)
		if reached || err != nil {
			return err
		}
		var poll <-chan time.Time
		if !own {
			timer.Reset(pause)
			poll = timer.C
			pause = min(2*pause, p.options.PollInterval)
		}
		select {
		case <-ctx.Done():
			return ended(ctx)
		case <-p.done:
			return ports.ErrClosed
		case <-changed:
		case <-poll:
		}
	}
}

// reached looks once.
func (p *Projections) reached(ctx context.Context, name, signature string, position domain.Position) (bool, error) {
	info, err := p.Projection(ctx, name)
	if err != nil {
		return false, err
	}
	return info.Passed(signature, position)
}

// change returns a channel that is closed when this handle changes the projection
// or lets go of it, and whether this handle is the one that runs it.
func (p *Projections) change(name string) (changed <-chan struct{}, own bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.waiting[name] == nil {
		p.waiting[name] = make(chan struct{})
	}
	return p.waiting[name], p.writers[name] != nil
}

// wake wakes whoever waits for the projection.
func (p *Projections) wake(name string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if waiting := p.waiting[name]; waiting != nil {
		close(waiting)
		delete(p.waiting, name)
	}
}
