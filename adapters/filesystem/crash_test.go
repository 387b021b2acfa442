package filesystem

import (
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
)

// rounds multiplies the work of the simulations: OPOSSUM_ROUNDS=100 for a soak.
func rounds(t testing.TB) uint64 { return fromEnvironment(t, "OPOSSUM_ROUNDS", 1) }

// firstSeed is where the simulations begin: OPOSSUM_SEED repeats a failure.
func firstSeed(t testing.TB) uint64 { return fromEnvironment(t, "OPOSSUM_SEED", 1) }

func fromEnvironment(t testing.TB, name string, otherwise uint64) uint64 {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

// brief says that a small part of the work has to do.
func brief() bool { return testing.Short() || underRace }

// samples lets most lives go on undisturbed, up to a crash at their end, and tries
// crashes at every step of the others. The first kind finds what takes long to go
// wrong, the second what goes wrong in a moment.
func samples(seed uint64) int {
	if seed%8 == 0 {
		return 3
	}
	return 0
}

// littleGarbage lets the collector run less often: a simulated world makes much
// garbage and keeps nothing. The limit keeps that within what a small machine has.
// Without a profile of the memory a long run stays as fast as it begins.
var littleGarbage = sync.OnceFunc(func() {
	debug.SetGCPercent(2400)
	debug.SetMemoryLimit(400 << 20) // bytes
	runtime.MemProfileRate = 0      // each place that allocates is kept for ever, and looked at in each collection
})

// A longer run does after every crash what a plain one does after some, see recovers.
func TestNoCrashLosesOrTearsWhatWasAcknowledged(t *testing.T) {
	t.Parallel()
	littleGarbage()
	const enough, tell = 20_000, 500_000 // crashes
	goal := enough * int64(rounds(t))
	if brief() {
		goal = enough / 20
	}
	first, thorough := firstSeed(t), rounds(t) > 1
	var lives, judged, again, repairs atomic.Int64
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for judged.Load() < goal && !t.Failed() {
				seed := first + uint64(lives.Add(1)) - 1
				var met tally
				w := newWorld(seed, samples(seed), &met)
				w.thorough = thorough
				if w.life(24); w.err != nil {
					t.Errorf("OPOSSUM_ROUNDS=%d OPOSSUM_SEED=%d, crash %d of this life: %v", rounds(t), seed, met.crashes, w.err)
				}
				again.Add(int64(met.again))
				repairs.Add(int64(met.repairs))
				news := int64(met.crashes - met.again)
				if all := judged.Add(news); all/tell > (all-news)/tell {
					t.Logf("%d crashes of %d lives", all, lives.Load())
				}
			}
		})
	}
	workers.Wait()
	t.Logf("%d crashes of %d lives with %d repairs judged, none lost anything; %d more left what one of these had left, byte for byte and after the same history",
		judged.Load(), lives.Load(), repairs.Load(), again.Load())
}
