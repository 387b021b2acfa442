package portstest

import (
	"slices"
	"testing"
	"time"

	"github.com/opossum-go/opossum/ports"
)

// ProjectionFixture tells the rules of [ports.ProjectionStore] how to get at stores.
// Open is required; a nil capability skips the rules that need it. A store that has
// a method Close() error is also held to the rules about closing.
type ProjectionFixture struct {
	// Open returns a new empty store, which sees nothing of any other. It is freed
	// with t.Cleanup.
	Open func(t testing.TB) ports.ProjectionStore

	// Reopen closes a store made by Open and returns a new handle on the same
	// projections, as a new process would see them. Writers that were not released
	// go with the old handle. The new one is freed with t.Cleanup.
	Reopen func(t testing.TB, store ports.ProjectionStore) ports.ProjectionStore

	// OpenOther returns another handle on the same projections, open at the same
	// time, as another process would have. It is freed with t.Cleanup.
	OpenOther func(t testing.TB, store ports.ProjectionStore) ports.ProjectionStore

	// Patience is how long a rule waits for something that must happen, such as the
	// end of an Await, before it fails. A correct store never makes it wait that
	// long. Zero means 30 seconds.
	Patience time.Duration
}

// ProjectionRule is one behaviour that the contract of [ports.ProjectionStore]
// demands.
type ProjectionRule struct {
	// Title says the behaviour in one sentence.
	Title string
	// Check fails t when a store of the fixture behaves differently, and skips it
	// when the fixture lacks a capability that the rule needs.
	Check func(t testing.TB, f ProjectionFixture)
}

// ProjectionRules returns all rules about projections.
func ProjectionRules() []ProjectionRule {
	return slices.Concat(
		projectionCommitRules,
		projectionCopyRules,
		projectionParkedRules,
		projectionSelectRules,
		projectionStateRules,
		projectionAcquireRules,
		projectionAwaitRules,
		projectionInvalidRules,
		projectionLifecycleRules,
		projectionConcurrencyRules,
		projectionHandleRules,
	)
}

// RunProjections checks every rule about projections in a subtest of its own, named
// by the rule's title.
func RunProjections(t *testing.T, f ProjectionFixture) {
	t.Helper()
	for _, rule := range ProjectionRules() {
		t.Run(rule.Title, func(t *testing.T) { rule.Check(t, f) })
	}
}

// patient is what helpers that wait need of a fixture.
func (f ProjectionFixture) patient() Fixture { return Fixture{Patience: f.Patience} }

func reopenProjections(t testing.TB, f ProjectionFixture, store ports.ProjectionStore) ports.ProjectionStore {
	t.Helper()
	if f.Reopen == nil {
		t.Skip("the fixture has no Reopen: this store cannot be opened again")
	}
	return f.Reopen(t, store)
}

func otherProjections(t testing.TB, f ProjectionFixture, store ports.ProjectionStore) ports.ProjectionStore {
	t.Helper()
	if f.OpenOther == nil {
		t.Skip("the fixture has no OpenOther: this store has one handle only")
	}
	return f.OpenOther(t, store)
}

func mustCloseProjections(t testing.TB, f ProjectionFixture, store ports.ProjectionStore) {
	t.Helper()
	c, ok := store.(closer)
	if !ok {
		t.Skip("the store has no Close")
	}
	closed := make(chan error, 1)
	go func() { closed <- c.Close() }()
	if err := await(t, f.patient(), "Close", closed); err != nil {
		t.Fatalf("Close() = %v, want nil", err)
	}
}
