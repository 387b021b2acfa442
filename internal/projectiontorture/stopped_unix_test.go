//go:build unix

package projectiontorture_test

import (
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/opossum-go/opossum/projection"
)

// stops is how often a process is stopped in a test.
const stops = 4

func TestAProcessThatIsStoppedKeepsItsProjections(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	w.mustAppend(t, 60)
	owner := w.start(t, nil)
	w.settleAndLook(t, owner)
	other := w.start(t, nil)
	looks := 0
	for n := range stops {
		so := len(owner.heard())
		w.mustAppend(t, 20)
		err := owner.until(t.Context(), "a commit", func() bool {
			return slices.ContainsFunc(owner.reports[so:], func(r report) bool { return r.Call == commit && r.After == (n%2 == 0) })
		})
		if err != nil {
			t.Fatal(err)
		}
		owner.signal(t, syscall.SIGSTOP) // wherever it is
		since := time.Now()
		w.mustAppend(t, 20)
		for _, name := range w.names() {
			other.asksInVain(t, name, since)
			other.waitFor(t, name, projection.Elsewhere)
		}
		// It may have been stopped in the moment in which SQLite keeps readers out, too.
		switch err := w.look(t.Context(), false, false); {
		case err == nil:
			looks++
		case !strings.Contains(err.Error(), "locking protocol"):
			t.Fatalf("while the process is stopped: %v", err)
		}
		owner.signal(t, syscall.SIGCONT)
		w.settleAndLook(t, owner)
	}
	if looks == 0 {
		t.Errorf("readers were kept out at each of %d stops", stops)
	}
	if w.repeated != 0 { // nobody died
		t.Errorf("%d deliveries were repeated, want none", w.repeated)
	}

	owner.signal(t, syscall.SIGSTOP)
	w.mustAppend(t, 20)
	w.deaths++
	owner.kill()
	death := time.Now()
	for _, name := range w.names() {
		other.takes(t, name, death)
	}
	w.settleAndLook(t, other)
	for _, p := range []*process{owner, other} {
		if err := p.complaint(); err != nil {
			t.Error(err)
		}
	}
}

// heard returns what the process has told of calls so far.
func (p *process) heard() []report {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.reports
}

func (p *process) signal(t *testing.T, s syscall.Signal) {
	t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
}

// asksInVain waits until the process has asked twice for a projection since the
// given moment, and checks that it did not get it.
func (p *process) asksInVain(t *testing.T, name string, since time.Time) {
	t.Helper()
	for heard := 0; heard < 2; {
		news := newsOf([]*process{p})
		heard = 0
		for _, a := range p.asked(name) {
			if !a.began.After(since) {
				continue
			}
			heard++
			if a.failed == "" {
				t.Fatalf("%s was taken from a process that is stopped", name)
			}
		}
		if heard >= 2 {
			return
		}
		select {
		case <-news[0]:
		case <-p.gone:
			t.Fatal(p.obituary())
		case <-time.After(patience):
			t.Fatalf("%s was not asked for within %v", name, patience)
		}
	}
}
