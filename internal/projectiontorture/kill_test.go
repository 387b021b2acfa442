package projectiontorture_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"testing"
)

// usualRounds is how many rounds there are without OPOSSUM_ROUNDS.
const usualRounds = 30

// lanes is how many worlds are tortured at the same time.
const lanes = 3

func TestNothingIsDoubledOrSkippedWhenAProcessIsKilled(t *testing.T) {
	t.Parallel()
	rounds := usualRounds
	if text := os.Getenv("OPOSSUM_ROUNDS"); text != "" {
		var err error
		if rounds, err = strconv.Atoi(text); err != nil || rounds < 1 {
			t.Fatalf("OPOSSUM_ROUNDS is %q, want a number from 1", text)
		}
	}
	counted := newTally()
	err := torture(t, counted, rounds, func(*lane) {})
	t.Logf("%v", counted)
	if err != nil {
		t.Fatal(err)
	}
	if rounds < usualRounds {
		return
	}
	for _, p := range []phase{catchUp, live, rebuild, atSwap} {
		if counted.during[p] == 0 {
			t.Errorf("nobody was killed in the phase %s", p)
		}
	}
}

// torture runs so many rounds in several lanes and returns what they find.
func torture(t *testing.T, counted *killed, rounds int, configure func(*lane)) error {
	t.Helper()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var all sync.WaitGroup
	var mu sync.Mutex
	var found error
	for i := range min(lanes, rounds) {
		l := &lane{dir: filepath.Join(dir, "lane-"+strconv.Itoa(i)), random: rand.New(rand.NewPCG(seed, uint64(i))), tally: counted}
		configure(l)
		all.Go(func() {
			err := l.run(ctx, (rounds+i)/lanes)
			mu.Lock()
			defer mu.Unlock()
			if err != nil && found == nil {
				found = err
				cancel() // the others need not go on
			}
		})
	}
	all.Wait()
	return found
}

func TestEveryPlantedBugIsFound(t *testing.T) {
	t.Parallel()
	tests := []struct {
		bug   string
		rules []string // any of them
		pairs bool
	}{
		{bug: twoTransactions, rules: []string{ruleFold}},
		{bug: statesLater, rules: []string{ruleFold}},
		{bug: halfSwap, rules: []string{ruleFold}},
		{bug: noLock, rules: []string{ruleFold, ruleLetters}, pairs: true},
		{bug: sendLater, rules: []string{ruleLetters}},
	}
	for _, tt := range tests {
		t.Run(tt.bug, func(t *testing.T) {
			t.Parallel()
			if tt.bug == noLock && runtime.GOOS == "windows" {
				t.Skip("a lock file that is in use cannot be taken away here")
			}
			counted := newTally()
			err := torture(t, counted, 60, func(l *lane) { l.bug, l.pairs = tt.bug, tt.pairs })
			found, is := errors.AsType[*finding](err)
			if !is {
				t.Fatalf("after %d rounds: %v, want it to be found", counted.rounds, err)
			}
			t.Logf("after %d kills: %v", counted.kills, err)
			for _, rule := range tt.rules {
				if found.rule == rule {
					return
				}
			}
			t.Errorf("found by the rule that %s, want one of %q", found.rule, tt.rules)
		})
	}
}
