package portstest_test

import (
	"sync"
	"testing"

	"github.com/opossum-go/opossum/ports"
	"github.com/opossum-go/opossum/ports/portstest"
)

func TestTheStoreThatMutantsAreMadeOfKeepsEveryRule(t *testing.T) {
	for _, rule := range portstest.Rules() {
		t.Run(rule.Title, func(t *testing.T) {
			var used usage
			if r := try(t, rule, watched(&used)); r.Failed() || r.Skipped() {
				t.Fatalf("failed: %v, skipped: %v:\n%s", r.Failed(), r.Skipped(), r.Text())
			}
			for name, less := range used.fixturesWithout() {
				if r := try(t, rule, less); !r.Skipped() || r.Failed() || r.Text() == "" {
					t.Errorf("without %s the rule is skipped: %v, fails: %v, and says %q", name, r.Skipped(), r.Failed(), r.Text())
				}
			}
		})
	}
}

func TestCapabilitiesAreUsed(t *testing.T) {
	rules := rulesByTitle(t)
	for title, want := range map[string]*usage{
		"All selects every event, oldest first":                                  {},
		"acknowledged events survive closing and opening again, in every detail": {reopen: true},
		"two handles see each other's appends at once":                           {second: true},
		"a store may be closed more than once":                                   {closed: true},
		"closing one handle leaves the other usable":                             {second: true, closed: true},
	} {
		var used usage
		try(t, rules[title], watched(&used))
		if used.reopen != want.reopen || used.second != want.second || used.closed != want.closed {
			t.Errorf("the rule %q uses reopen %v, second handle %v, close %v", title, used.reopen, used.second, used.closed)
		}
	}
}

// usage says which capabilities a rule used.
type usage struct {
	mu                     sync.Mutex // guards the rest
	reopen, second, closed bool
}

func (u *usage) note(capability *bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	*capability = true
}

// watched is a fixture with all capabilities that notes which are used.
func watched(u *usage) portstest.Fixture {
	reopening := false // Reopen closes the old handle itself; rules run it from one goroutine
	f := handles(func(h *handle) {
		right := h.close
		h.close = func() error {
			if !reopening {
				u.note(&u.closed)
			}
			return right()
		}
	})
	reopen, second := f.Reopen, f.SecondHandle
	f.Reopen = func(t testing.TB, store ports.EventStore, clock ports.Clock) ports.EventStore {
		u.note(&u.reopen)
		reopening = true
		defer func() { reopening = false }()
		return reopen(t, store, clock)
	}
	f.SecondHandle = func(t testing.TB, store ports.EventStore, clock ports.Clock) ports.EventStore {
		u.note(&u.second)
		return second(t, store, clock)
	}
	return f
}

// fixturesWithout returns a fixture for each capability that was used, without it.
func (u *usage) fixturesWithout() map[string]portstest.Fixture {
	less := map[string]portstest.Fixture{}
	if u.reopen {
		f := handles(nil)
		f.Reopen = nil
		less["Reopen"] = f
	}
	if u.second {
		f := handles(nil)
		f.SecondHandle = nil
		less["SecondHandle"] = f
	}
	if u.closed {
		less["Close"] = withoutClose(handles(nil))
	}
	return less
}

// unclosable hides the Close of a store.
type unclosable struct{ ports.EventStore }

func withoutClose(f portstest.Fixture) portstest.Fixture {
	full := f
	f.Open = func(t testing.TB, clock ports.Clock) ports.EventStore {
		return unclosable{full.Open(t, clock)}
	}
	f.SecondHandle = func(t testing.TB, store ports.EventStore, clock ports.Clock) ports.EventStore {
		return unclosable{full.SecondHandle(t, store.(unclosable).EventStore, clock)}
	}
	return f
}
