package projectiontorture_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"time"
)

const (
	// backlog is the most events that come while nobody runs, at least half of them.
	backlog = 120
	// worldEvents is how many events a world has before a new one is made.
	worldEvents = 700
	// looks is how often readers look while a process rebuilds.
	looks = 2
)

// lane is a row of rounds, one after the other.
type lane struct {
	dir    string
	random *rand.Rand
	tally  *killed
	// bug is planted in the children, pairs has two of them in each round.
	bug   string
	pairs bool

	world  *world
	worlds int
}

// run runs rounds until one finds something.
func (l *lane) run(ctx context.Context, rounds int) (err error) {
	defer func() {
		if l.world != nil {
			err = errors.Join(err, l.world.close())
		}
	}()
	for n := range rounds {
		p := drawPlan(l.random, n)
		if l.world == nil || len(l.world.log) >= worldEvents {
			if err := l.next(ctx); err != nil {
				return err
			}
			if p.about == catchUp { // everything has to be built before
				p = drawPlan(l.random, 0)
			}
		}
		p.pair = p.pair || l.pairs
		if err := l.round(ctx, p); err != nil {
			return fmt.Errorf("round %d, %+v at %+v: %w", n, p, p.moment, err)
		}
		l.tally.round(p.pair)
	}
	return l.end(ctx)
}

// next ends a world and makes another one.
func (l *lane) next(ctx context.Context) error {
	if l.world != nil {
		err := errors.Join(l.end(ctx), l.world.close())
		if err = errors.Join(err, os.RemoveAll(l.world.dir)); err != nil {
			return err
		}
	}
	l.worlds++
	var err error
	l.world, err = newWorld(ctx, filepath.Join(l.dir, fmt.Sprintf("world-%d", l.worlds)), l.random)
	return err
}

// end has a process run everything to the head and end by itself.
func (l *lane) end(ctx context.Context) error {
	p, err := l.start(nil)
	if err != nil {
		return err
	}
	defer p.kill()
	if _, err := l.world.settle(ctx, p); err != nil {
		return err
	}
	if err := p.end(); err != nil {
		return err
	}
	l.tally.repeats(l.world.repeated)
	return l.world.look(ctx, true, true)
}

// start starts a process that runs everything.
func (l *lane) start(m *moment) (*process, error) {
	return start(setup{
		Dir: l.world.dir, Versions: maps.Clone(l.world.versions), Outbox: true, Bug: l.bug,
		Batch: []int{4, 8, 16}[l.random.IntN(3)], Parallel: 1 + l.random.IntN(3), Takeover: 20 * time.Millisecond,
		ReadOnly: l.random.IntN(2) == 0, Seed: l.random.Uint64(), Moment: m,
	})
}

// round starts processes, disturbs them and judges what is left.
func (l *lane) round(ctx context.Context, p plan) error {
	w := l.world
	if err := w.append(ctx, l.random, backlog/2+l.random.IntN(backlog/2)); err != nil {
		return err
	}
	for _, i := range l.random.Perm(len(models))[:p.raise] {
		w.versions[models[i].name]++
	}
	var atStart *moment
	if !p.afterwards {
		atStart = p.moment
	}
	var running []*process
	defer func() {
		for _, r := range running {
			r.kill()
		}
	}()
	processes := 1
	if p.pair {
		processes = 2
	}
	for range processes {
		r, err := l.start(atStart)
		if err != nil {
			return err
		}
		running = append(running, r)
	}
	if p.afterwards {
		if _, err := w.settle(ctx, running...); err != nil {
			return fmt.Errorf("at the start: %w", err)
		}
		if err := w.look(ctx, true, false); err != nil {
			return fmt.Errorf("at the head: %w", err)
		}
		l.tally.whole()
	}
	victim, err := l.disturb(ctx, p, running)
	if err != nil {
		return err
	}
	l.kill(victim, p)
	survivors := running[:0:0]
	for _, r := range running {
		if r != victim {
			survivors = append(survivors, r)
		}
	}
	if err := l.survive(ctx, p, survivors); err != nil {
		return fmt.Errorf("after the kill, in the other process: %w", err)
	}
	for _, r := range running {
		if found := r.complaint(); found != nil {
			return found
		}
	}
	if err := w.look(ctx, false, true); err != nil {
		return fmt.Errorf("after the kill: %w", err)
	}
	return nil
}

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
		o := order{Rebuild: p.rebuild}
		if p.afterwards {
			o.Moment = p.moment
		}
		r.order(o)
	}
	if p.feed {
		random := rand.New(rand.NewPCG(l.random.Uint64(), 0))
		feeding.Go(func() {
			for ctx.Err() == nil && feedErr == nil {
				feedErr = l.world.append(ctx, random, 1+random.IntN(3))
			}
		})
	}
	if p.moment == nil {
		victim = running[l.random.IntN(len(running))]
		return victim, alive(ctx, victim, p.delay)
	}
	if p.rebuild && !p.feed {
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
	return victim, alive(ctx, victim, p.delay)
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
		return a, nil
	case <-b.due:
		return b, nil
	case <-a.gone:
		return nil, a.obituary()
	case <-b.gone:
		return nil, b.obituary()
	case <-timer.C:
		return nil, errors.New("the moment did not come")
	case <-ctx.Done():
		return nil, ctx.Err()
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

func (l *lane) kill(p *process, about plan) {
	l.world.kill(p)
	doing, inside := p.phase()
	if about.moment != nil {
		doing = about.moment.Phase
	}
	l.tally.kill(doing, inside, about.moment)
}

// survive has the other process take over half of the time, as far as its own moment lets it.
func (l *lane) survive(ctx context.Context, p plan, survivors []*process) error {
	for _, r := range survivors {
		if l.random.IntN(2) == 0 {
			continue // it is killed at the same time
		}
		if p.rebuild && p.moment == nil {
			continue // it rebuilds without end, so that it is never done
		}
		due, err := l.world.settle(ctx, r)
		if err != nil {
			return err
		}
		if due != nil {
			l.kill(due, p)
			continue
		}
		l.tally.takeover()
		if err := l.world.look(ctx, !p.rebuild, false); err != nil {
			return err
		}
	}
	for _, r := range survivors {
		select {
		case <-r.gone:
		default:
			l.kill(r, plan{})
		}
	}
	return nil
}
