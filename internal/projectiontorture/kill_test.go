package projectiontorture_test

import (
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"testing"
)

// These are how many rounds there are without OPOSSUM_ROUNDS.
const (
	usualRounds = 30
	fewRounds   = 6 // under the race detector
)

// lanes is how many worlds are tortured at the same time.
const lanes = 3

func TestNothingIsDoubledOrSkippedWhenAProcessIsKilled(t *testing.T) {
	t.Parallel()
	rounds := usualRounds
	if underRace {
		rounds = fewRounds
	}
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
	if rounds < usualRounds { // too few to hit each phase
		return
	}
	for _, p := range []phase{opening, catchUp, live, rebuild, atSwap} {
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
		l := &lane{
			dir: filepath.Join(dir, "lane-"+strconv.Itoa(i)), random: rand.New(rand.NewPCG(seed, uint64(i))),
			plans: roundsInTurn, tally: counted,
		}
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

// fencedRounds is how many rounds there are without a lock.
const fencedRounds = 9

func TestWithoutALockTheCheckpointKeepsStatesRight(t *testing.T) {
	t.Parallel()
	if underRace {
		t.Skip("processes are ten times slower under the race detector, and processes do not race in its sense")
	}
	if runtime.GOOS == "windows" {
		t.Skip("a lock file that is in use cannot be taken away here")
	}
	counted := newTally()
	err := torture(t, counted, fencedRounds, func(l *lane) {
		l.bug, l.pairs, l.built, l.deaf, l.mute = openLock, true, true, true, true // both would deliver
		l.plans = []func(*rand.Rand) plan{lively, catchingUp}
	})
	t.Logf("%v", counted)
	if err != nil {
		t.Fatal(err)
	}
}
