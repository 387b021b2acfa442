package projectiontorture_test

import (
	"errors"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
)

// plantedRounds is how many rounds a bug has to be found in.
const plantedRounds = 60

func TestEveryPlantedBugIsFound(t *testing.T) {
	t.Parallel()
	if underRace {
		t.Skip("processes are ten times slower under the race detector, and what is planted is no race")
	}
	// In these, nothing is written while readers look, so that what they see is of one
	// moment; and there are no dry runs, which find wrong states too.
	still := []func(*rand.Rand) plan{raised, lively, catchingUp}
	swaps := []func(*rand.Rand) plan{raisedToSwap}
	// Those of the test in which only the lock is missing: two builds of one shadow would
	// break more than states.
	unbuilt := []func(*rand.Rand) plan{lively, catchingUp}
	tests := []struct {
		bug       string
		rules     []string // any of them
		configure func(*lane)
	}{
		{bug: twoTransactions, rules: []string{ruleFold}, configure: func(l *lane) { l.plans = still }},
		{bug: statesLater, rules: []string{ruleFold}, configure: func(l *lane) { l.plans = still }},
		{bug: halfSwap, rules: []string{ruleFold}, configure: func(l *lane) { l.plans, l.built = swaps, true }},
		// The slower process writes again what the faster one has brought to the head, also
		// while readers look: then states change between two looks at one checkpoint, and
		// queries by tag do not agree with them.
		{bug: noLock, rules: []string{ruleFold, ruleLetters, ruleTags}, configure: func(l *lane) { l.plans, l.pairs, l.built, l.deaf = unbuilt, true, true, true }},
		{bug: sendLater, rules: []string{ruleLetters}},
	}
	for _, tt := range tests {
		t.Run(tt.bug, func(t *testing.T) {
			t.Parallel()
			if tt.bug == noLock && runtime.GOOS == "windows" {
				t.Skip("a lock file that is in use cannot be taken away here")
			}
			counted := newTally()
			err := torture(t, counted, plantedRounds, func(l *lane) {
				l.bug = tt.bug
				if tt.configure != nil {
					tt.configure(l)
				}
			})
			found, is := errors.AsType[*finding](err)
			if !is {
				t.Fatalf("after %d rounds: %v, want it to be found", counted.rounds, err)
			}
			t.Logf("after %d kills: %v", counted.kills, err)
			if !slices.Contains(tt.rules, found.rule) {
				t.Errorf("found by the rule that %s, want one of %q", found.rule, tt.rules)
			}
		})
	}
}
