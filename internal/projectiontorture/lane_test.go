package projectiontorture_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
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
	// deaf ignores what children complain of, mute leaves the outbox out.
	deaf, mute bool

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
		p := drawPlan(l.random, l.plans, n, l.pairs)
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
				p = drawPlan(l.random, []func(*rand.Rand) plan{raised, raisedToSwap}, n, l.pairs)
			}
		case rebuild, atSwap:
			if fresh && l.random.IntN(2) == 0 {
				p = drawPlan(l.random, []func(*rand.Rand) plan{starting}, n, l.pairs)
			}
		}
		if l.mute && p.moment != nil {
			p.moment.Projection = "" // of any, not of the outbox
		}
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
	if err != nil {
		return err
	}
	l.world.posts = !l.mute
	if !l.built {
		return nil
	}
	bug := l.bug
	defer func() { l.bug = bug }()
	l.bug = ""
	return errors.Join(l.world.append(ctx, l.random, backlog), l.end(ctx))
}

// end has a process run everything to the head and end by itself.
func (l *lane) end(ctx context.Context) error {
	p, err := l.start(l.world.versions, nil)
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
	err = l.world.look(ctx, true, true)
	l.tally.repeats(l.world.repeated)
	return err
}

// start starts a process that runs everything.
func (l *lane) start(versions map[string]int, m *moment) (*process, error) {
	return start(setup{
		Dir: l.world.dir, Versions: maps.Clone(versions), Outbox: l.world.posts, Bug: l.bug,
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
	before := maps.Clone(w.versions)
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
	for i := range processes {
		versions := w.versions
		if p.mixed && i == 0 {
			versions = before
		}
		r, err := l.start(versions, atStart)
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
	if p.gentle {
		err = l.part(victim)
	} else {
		err = l.kill(ctx, victim, p.moment)
	}
	if err != nil {
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

// kill kills a process, or sees it kill itself.
func (l *lane) kill(ctx context.Context, p *process, m *moment) error {
	l.world.deaths++
	if m != nil && m.Self && p.isDue() {
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

// part has a process end by itself, whatever it does.
func (l *lane) part(p *process) error {
	l.world.deaths++ // what the outbox has delivered when it is told to end may come again
	l.tally.end()
	return p.end()
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
