package projectiontorture_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"
)

// disturb waits until it is time to kill one of the processes, which it returns.
func (l *lane) disturb(ctx context.Context, p plan, running []*process) (victim *process, err error) {
	ctx, cancel := context.WithCancel(ctx)
	var feeding sync.WaitGroup
	var feedErr error
	defer func() {
		cancel()
		feeding.Wait()
		if errors.Is(feedErr, context.Canceled) {
			feedErr = nil
		}
		err = errors.Join(err, feedErr)
	}()
	for _, r := range running {
		o := order{Rebuild: p.rebuild, Calm: p.feed == 0}
		if p.afterwards {
			o.Moment = p.moment
		}
		r.order(o)
	}
	random := rand.New(rand.NewPCG(l.random.Uint64(), 0))
	feeding.Go(func() { feedErr = l.feed(ctx, random, p.feed, running) })
	if p.moment == nil {
		victim = running[l.random.IntN(len(running))]
		return victim, alive(ctx, victim, p.delay)
	}
	if p.rebuild && p.feed == 0 {
		for range l.random.IntN(looks + 1) {
			if err := l.world.look(ctx, false, false); err != nil {
				return nil, fmt.Errorf("meanwhile: %w", err)
			}
		}
	}
	var other *process
	if victim = running[0]; len(running) > 1 {
		other = running[1]
	}
	if victim, err = firstDue(ctx, victim, other); err != nil {
		return nil, err
	}
	if p.moment.Self {
		return victim, nil
	}
	return victim, alive(ctx, victim, p.delay)
}

// feed appends until ctx ends or the processes had enough. It does not run away from
// them: they would never be done with what they build.
func (l *lane) feed(ctx context.Context, random *rand.Rand, appends int, running []*process) error {
	for range appends {
		news := newsOf(running)
		if err := l.world.append(ctx, random, 1+random.IntN(3)); err != nil {
			return err
		}
		timer := time.NewTimer(20 * time.Millisecond) // what came may concern nobody
		select {
		case <-news[0]:
		case <-news[1]:
		case <-timer.C:
		case <-ctx.Done():
			return nil
		}
	}
	return nil
}

// firstDue returns the process whose moment has come. The second one may be nil.
func firstDue(ctx context.Context, a, b *process) (*process, error) {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	if b == nil {
		b = &process{}
	}
	select {
	case <-a.due:
	case <-b.due:
	case <-a.gone:
	case <-b.gone:
	case <-timer.C:
		return nil, errors.New("the moment did not come")
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	for _, p := range []*process{a, b} {
		if p.isDue() {
			return p, nil
		}
	}
	select {
	case <-a.gone:
		return nil, a.obituary()
	default:
		return nil, b.obituary()
	}
}

// alive waits for a while, in which the process must not end.
func alive(ctx context.Context, p *process, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-p.gone:
		return p.obituary()
	case <-ctx.Done():
		return ctx.Err()
	}
}
