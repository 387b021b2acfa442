package memory

import (
	"context"

	"github.com/opossum-go/opossum/domain"
)

// Await waits until the live copy is at position or past it; see
// [ports.ProjectionReader].
func (p *Projections) Await(ctx context.Context, name, signature string, position domain.Position) error {
	for {
		changed, err := p.reached(ctx, name, signature, position)
		if changed == nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ended(ctx)
		case <-changed:
		}
	}
}

// reached returns how waiting ends, or a channel that is closed as soon as it is
// worth another look.
func (p *Projections) reached(ctx context.Context, name, signature string, position domain.Position) (changed <-chan struct{}, err error) {
	unlock, err := p.use(ctx, name)
	if err != nil {
		return nil, err
	}
	defer unlock()
	if passed, err := p.infoLocked(name).Passed(signature, position); passed || err != nil {
		return nil, err
	}
	if p.waiting == nil {
		p.waiting = map[string]chan struct{}{}
	}
	if p.waiting[name] == nil {
		p.waiting[name] = make(chan struct{})
	}
	return p.waiting[name], nil
}

// wakeLocked wakes whoever waits for the projection.
func (p *Projections) wakeLocked(name string) {
	if waiting := p.waiting[name]; waiting != nil {
		close(waiting)
		delete(p.waiting, name)
	}
}
