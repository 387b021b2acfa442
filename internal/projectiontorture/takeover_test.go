package projectiontorture_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/opossum-go/opossum/projection"
)

// takeovers is how often a process is killed in a test of takeovers.
const takeovers = 4

func TestAnotherProcessTakesOverWhenOneIsKilled(t *testing.T) {
	t.Parallel()
	w := openWorld(t, "counts", "places")
	// One asks for places when the other one has it already.
	slow := w.start(t, &moment{Call: acquire, Phase: opening, Projection: "places", Nth: 1, Freeze: true})
	if _, err := firstDue(t.Context(), slow, nil); err != nil {
		t.Fatal(err)
	}
	slow.waitUntilHeld(t, "counts")
	pair := [2]*process{slow, w.start(t, nil)}
	pair[1].waitUntilHeld(t, "places")
	slow.order(order{Thaw: true})
	for _, name := range w.names() {
		w.holder(t, name, pair)
	}
	for n := range takeovers {
		w.mustAppend(t, 40)
		name := w.names()[n%len(w.names())]
		victim, heir := w.holder(t, name, pair)
		left := held(victim)
		for _, name := range left {
			heir.waitFor(t, name, projection.Elsewhere)
		}
		w.mustAppend(t, 40) // of which the victim may be in the middle
		w.deaths++
		victim.kill()
		death := time.Now()
		w.mustAppend(t, 10)
		for _, name := range left {
			taken := heir.takes(t, name, death)
			t.Logf("%s was taken over %v after the death of the other process, which is asked for every %v", name, taken.Sub(death), heir.setup.Takeover)
		}
		w.settleAndLook(t, heir)
		pair = [2]*process{heir, w.start(t, nil)}
		if err := heir.complaint(); err != nil {
			t.Error(err)
		}
	}
	for _, p := range pair {
		if err := p.end(); err != nil {
			t.Error(err)
		}
	}
	if err := w.look(t.Context(), true, true); err != nil {
		t.Error(err)
	}
}

// openWorld makes a world in which some models run, all of them and the outbox
// without names.
func openWorld(t *testing.T, names ...string) *world {
	t.Helper()
	w, err := newWorld(t.Context(), t.TempDir(), rand.New(rand.NewPCG(rand.Uint64(), 0)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.close(); err != nil {
			t.Error(err)
		}
	})
	if len(names) > 0 {
		w.posts = false
		for name := range w.versions {
			if !slices.Contains(names, name) {
				delete(w.versions, name)
			}
		}
	}
	return w
}

// start starts a process that runs what the world says, with a moment or none, until the test ends.
func (w *world) start(t *testing.T, m *moment) *process {
	t.Helper()
	p, err := start(setup{Dir: w.dir, Versions: w.versions, Outbox: w.posts, Batch: 8, Parallel: 2, Takeover: 100 * time.Millisecond, Moment: m})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.kill)
	return p
}

func (w *world) mustAppend(t *testing.T, n int) {
	t.Helper()
	if err := w.append(t.Context(), w.random, n); err != nil {
		t.Fatal(err)
	}
}

// settleAndLook waits until everything is at the head and judges it.
func (w *world) settleAndLook(t *testing.T, running ...*process) {
	t.Helper()
	if _, err := w.settle(t.Context(), running...); err != nil {
		t.Fatal(err)
	}
	if err := w.look(t.Context(), true, false); err != nil {
		t.Fatal(err)
	}
}

// holder waits until one of two processes has a projection and the other one has
// asked for it in vain.
func (w *world) holder(t *testing.T, name string, pair [2]*process) (holder, other *process) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for {
		news := newsOf(pair[:])
		for i, p := range pair {
			if slices.Contains(held(p), name) && len(pair[1-i].asked(name)) > 0 {
				return p, pair[1-i]
			}
		}
		select {
		case <-news[0]:
		case <-news[1]:
		case <-ctx.Done():
			t.Fatalf("nobody runs %s: %v", name, ctx.Err())
		}
	}
}

// waitUntilHeld waits until a process has a projection.
func (p *process) waitUntilHeld(t *testing.T, name string) {
	t.Helper()
	err := p.until(t.Context(), "acquire "+name, func() bool { return slices.Contains(p.heldLocked(), name) })
	if err != nil {
		t.Fatal(err)
	}
}

// held returns the projections that a process has.
func held(p *process) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.heldLocked()
}

func (p *process) heldLocked() []string {
	var names []string
	for _, r := range p.reports {
		if r.Call == acquire && r.After && r.Failed == "" {
			names = append(names, r.Projection)
		}
	}
	return names
}

// attempt is an attempt to have a projection.
type attempt struct {
	began, ended time.Time
	failed       string
}

// asked returns the attempts that have come to an end.
func (p *process) asked(name string) (attempts []attempt) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var began time.Time
	for _, r := range p.reports {
		switch {
		case r.Call != acquire || r.Projection != name:
		case !r.After:
			began = r.At
		default:
			attempts = append(attempts, attempt{began, r.At, r.Failed})
		}
	}
	return attempts
}

// takes waits until the process has a projection that nobody has since the given
// moment. It has to get it when it asks for the first time afterwards.
func (p *process) takes(t *testing.T, name string, free time.Time) time.Time {
	t.Helper()
	var taken time.Time
	p.waitUntilHeld(t, name)
	for _, a := range p.asked(name) {
		switch {
		case a.failed == "":
			taken = a.ended
		case a.began.After(free):
			t.Errorf("%s was free since %v, asked for at %v, and not given: %s", name, free, a.began, a.failed)
		}
	}
	return taken
}

// waitFor waits until the process says that a projection is in a condition.
func (p *process) waitFor(t *testing.T, name string, c projection.Condition) {
	t.Helper()
	for {
		p.mu.Lock()
		p.statuses = nil
		p.mu.Unlock()
		p.order(order{Status: true})
		is := false
		err := p.until(t.Context(), fmt.Sprintf("%s is %s", name, c), func() bool {
			is = slices.ContainsFunc(p.statuses, func(s status) bool { return s.Name == name && s.Condition == c })
			return p.statuses != nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if is {
			return
		}
	}
}
