package portstest

import (
	"sync"
	"testing"

	"github.com/opossum-go/opossum/domain"
)

// outcome is how one append of a race ended.
type outcome struct {
	positions domain.Positions
	err       error
}

// race starts n appends at once, the i-th made by try(i), and waits for all.
func race(t testing.TB, f Fixture, n int, try func(i int) (domain.Positions, error)) []outcome {
	t.Helper()
	outcomes := make([]outcome, n)
	together(t, f, n, func(i int) { outcomes[i].positions, outcomes[i].err = try(i) })
	return outcomes
}

// together runs do(0) to do(n-1) in goroutines that start at once, and waits for all.
func together(t testing.TB, f Fixture, n int, do func(i int)) {
	t.Helper()
	var all sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		all.Go(func() { <-start; do(i) })
	}
	close(start)
	within(t, f, "appends that race", all.Wait)
}

// wantOneWinner wants one append accepted and each other one refused by a conflict
// with an event of the winner, which it returns.
func wantOneWinner(t testing.TB, outcomes []outcome) domain.Positions {
	t.Helper()
	var winners []domain.Positions
	for _, o := range outcomes {
		if o.err == nil {
			winners = append(winners, o.positions)
		}
	}
	if len(winners) != 1 {
		t.Fatalf("%d of %d appends that exclude each other were accepted (at %v), want 1", len(winners), len(outcomes), winners)
	}
	for i, o := range outcomes {
		if o.err == nil {
			continue
		}
		conflict, ok := asConflict(o.err)
		if !ok {
			t.Errorf("append %d lost with %v, want a *ports.ConflictError", i, o.err)
			continue
		}
		if p := conflict.Position; p < winners[0].First || p > winners[0].Last {
			t.Errorf("append %d lost against position %d, want the winner's, %d to %d", i, p, winners[0].First, winners[0].Last)
		}
	}
	return winners[0]
}

func wantAllAccepted(t testing.TB, outcomes []outcome) {
	t.Helper()
	for i, o := range outcomes {
		if o.err != nil {
			t.Errorf("append %d of %d that do not exclude each other = %v, want it accepted", i, len(outcomes), o.err)
		}
	}
}
