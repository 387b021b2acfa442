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
	// plans are what the rounds are about, in turn.
	plans []func(*rand.Rand) plan
	// bug is planted in the children, pairs has two of them in each round, built says
	// that a world is brought to its head first by a child without a bug.
	bug          string
	pairs, built bool
	// deaf ignores what children complain of.
	deaf bool

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
		p := drawPlan(l.random, l.plans, n)
		fresh := l.world == nil || len(l.world.log) >= worldEvents
		if fresh {
			if err := l.next(ctx); err != nil {
				return err
			}
		}
		switch p.about {
		case catchUp:
			if built, err := l.world.built(ctx); err != nil {
				return err
			} else if !built {
				p = drawPlan(l.random, []func(*rand.Rand) plan{raised, raisedToSwap}, n)
			}
		case rebuild, atSwap:
			if fresh && l.random.IntN(2) == 0 {
				p = drawPlan(l.random, []func(*rand.Rand) plan{starting}, n)
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
	if err != nil || !l.built {
		return err
	}
	bug := l.bug
	defer func() { l.bug = bug }()
	l.bug = ""
	return errors.Join(l.world.append(ctx, l.random, backlog), l.end(ctx))
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
	if err := l.kill(ctx, victim, p.moment); err != nil {
		return err
	}
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
		if found := r.complaint(); found != nil && !l.deaf {
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
	if p.moment.Suicide {
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

// kill kills a process, or sees it kill itself.
func (l *lane) kill(ctx context.Context, p *process, m *moment) error {
	l.world.deaths++
	if m != nil && m.Suicide && p.isDue() {
		if err := p.dies(ctx); err != nil {
			return err
		}
	}
	p.kill()
	doing, inside := p.phase()
	if m != nil && p.isDue() {
		doing = m.Phase
	}
	l.tally.kill(doing, inside, m)
	return nil
}

// survive lets the other process, if there is one, take over half of the time. Then
// it is killed too.
func (l *lane) survive(ctx context.Context, p plan, survivors []*process) error {
	for _, r := range survivors {
		if l.random.IntN(2) == 0 && !p.rebuild { // one that rebuilds without end is never done
			r.order(order{Moment: never})
			due, err := l.world.settle(ctx, r)
			if err != nil {
				return err
			}
			if due == nil {
				l.tally.takeover()
				if err := l.world.look(ctx, true, false); err != nil {
					return err
				}
			}
		}
		if err := l.kill(ctx, r, p.moment); err != nil {
			return err
		}
	}
	return nil
}
