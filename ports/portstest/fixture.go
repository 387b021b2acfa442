package portstest

import (
	"slices"
	"testing"
	"time"

	"github.com/opossum-go/opossum/ports"
)

// Fixture tells the rules how to get at stores. Open is required; a nil
// capability skips the rules that need it. A store that has a method
// Close() error is also held to the rules about closing.
type Fixture struct {
	// Open returns a new empty store, which sees nothing of any other. The store
	// takes its time from clock and fills in ids of its own. It is freed with
	// t.Cleanup.
	Open func(t testing.TB, clock ports.Clock) ports.EventStore

	// Reopen closes a store made by Open and returns a new handle on the same
	// events, as a new process would see them. It is freed with t.Cleanup.
	Reopen func(t testing.TB, store ports.EventStore, clock ports.Clock) ports.EventStore

	// SecondHandle returns another handle on the same events, open at the same
	// time, as another process would have. It is freed with t.Cleanup.
	SecondHandle func(t testing.TB, store ports.EventStore, clock ports.Clock) ports.EventStore

	// Patience is how long a rule waits for something that must happen, such as the
	// delivery of an event, before it fails. A correct store never makes it wait that
	// long. Zero means 30 seconds.
	Patience time.Duration
}

// Rule is one behaviour that the contract demands.
type Rule struct {
	// Title says the behaviour in one sentence.
	Title string
	// Check fails t when a store of the fixture behaves differently, and skips it
	// when the fixture lacks a capability that the rule needs.
	Check func(t testing.TB, f Fixture)
}

// Rules returns all rules.
func Rules() []Rule {
	return slices.Concat(
		queryRules,
		readRules,
		snapshotRules,
		appendRules,
		eventRules,
		timeRules,
		conditionRules,
		conflictRules,
		invalidRules,
		limitRules,
		ownershipRules,
		lifecycleRules,
		concurrencyRules,
		historyRules,
		subscriptionRules,
		subscriptionEndRules,
		reopenRules,
		secondHandleRules,
	)
}

// Run checks every rule in a subtest of its own, named by the rule's title.
func Run(t *testing.T, f Fixture) {
	t.Helper()
	for _, rule := range Rules() {
		t.Run(rule.Title, func(t *testing.T) { rule.Check(t, f) })
	}
}

// closer is what a store may have beyond the port.
type closer interface{ Close() error }

func reopen(t testing.TB, f Fixture, store ports.EventStore, clock ports.Clock) ports.EventStore {
	t.Helper()
	if f.Reopen == nil {
		t.Skip("the fixture has no Reopen: this store cannot be opened again")
	}
	return f.Reopen(t, store, clock)
}

func secondHandle(t testing.TB, f Fixture, store ports.EventStore, clock ports.Clock) ports.EventStore {
	t.Helper()
	if f.SecondHandle == nil {
		t.Skip("the fixture has no SecondHandle: this store has one handle only")
	}
	return f.SecondHandle(t, store, clock)
}

func mustClose(t testing.TB, f Fixture, store ports.EventStore) {
	t.Helper()
	c, ok := store.(closer)
	if !ok {
		t.Skip("the store has no Close")
	}
	closed := make(chan error, 1)
	go func() { closed <- c.Close() }()
	if err := await(t, f, "Close", closed); err != nil {
		t.Fatalf("Close() = %v, want nil", err)
	}
}
