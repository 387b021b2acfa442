package filesystem

import (
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/opossum-go/opossum/adapters/filesystem/internal/vfs/vfstest"
	"github.com/opossum-go/opossum/domain"
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

// life runs two or three processes through a random life, with faults of the disk in it, and
// tries crashes wherever something changes. It ends at the first thing that is wrong.
func (w *world) life(steps int) {
	w.processes = make([]*process, 2+w.pick(2))
	w.lends = w.oneIn(2)
	for step := 0; step < steps && w.err == nil; step++ {
		p := &w.processes[w.pick(len(w.processes))]
		if *p == nil || (*p).store == nil {
			*p = w.start()
			continue
		}
		switch w.pick(24) {
		case 0:
			(*p).dies() // between two calls
			*p = nil
		case 1:
			(*p).stop()
		case 2, 3:
			(*p).query()
		case 4:
			w.killAt = w.calls + 1 + w.pick(12)
		case 5, 6:
			w.intrude = w.calls + 1 + w.pick(24)
			(*p).append(1, w.conditions())
			(*p).append(1, nil)
			w.intrude = 0
		case 11, 12:
			(*p).background()
		case 13:
			(*p).letGo()
		case 14, 15, 16, 17:
			if w.oneIn(3) {
				w.fault = w.anyFault()
			}
			(*p).appendTogether([]int{1 + w.pick(2), 1, 1 + w.pick(2)}, [][]domain.AppendCondition{w.conditions(), w.conditions(), w.conditions()})
			if w.fault = pass; w.oneIn(4) {
				(*p).check()
			}
		case 7, 8, 9, 10:
			w.fault = w.anyFault()
			(*p).append(1+w.pick(3), w.conditions())
			switch w.pick(4) { // what is next has to recover, perhaps with the same fault
			case 0, 1:
				(*p).append(1, nil)
			case 2:
				(*p).check()
			}
			w.fault = pass
			w.small = w.oneIn(2) // and do not cover what was left behind
		default:
			(*p).append(1+w.pick(4), w.conditions())
		}
	}
	w.killAt, w.samples = 0, 3
	w.tryCrashes("the end")
	for _, p := range w.processes {
		p.stop()
	}
	if w.err == nil {
		w.survive(w.disk.Clone(), "the end of all processes")
	}
}

// anyFault lets one kind of call fail, once or until it is repaired. Sometimes a
// failed write cannot be undone either.
func (w *world) anyFault() decider {
	kinds := []vfstest.Kind{vfstest.Sync, vfstest.Sync, vfstest.Sync, vfstest.Write, vfstest.Write, vfstest.SyncDir, vfstest.Create, vfstest.Truncate, vfstest.Read, vfstest.Open, vfstest.Close}
	fault := vfstest.Nth(kinds[w.pick(len(kinds))], 1+w.pick(3), w.oneIn(3), vfstest.Fault{
		Err: errnos[w.pick(len(errnos))], Effect: []vfstest.Effect{vfstest.Nothing, vfstest.Part, vfstest.Whole}[w.pick(3)], Bytes: w.pick(900),
	})
	if w.oneIn(4) {
		return notUndone(fault)
	}
	return fault
}

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
// garbage and keeps nothing.
var littleGarbage = sync.OnceFunc(func() { debug.SetGCPercent(800) })

func TestNoCrashLosesOrTearsWhatWasAcknowledged(t *testing.T) {
	t.Parallel()
	littleGarbage()
	const enough = 20_000
	goal := enough * int64(rounds(t))
	if brief() {
		goal = enough / 20
	}
	first := firstSeed(t)
	var lives, states atomic.Int64
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for states.Load() < goal && !t.Failed() {
				seed, tried := first+uint64(lives.Add(1))-1, 0
				w := newWorld(seed, samples(seed), &tried)
				if w.life(24); w.err != nil {
					t.Errorf("OPOSSUM_SEED=%d, state %d of this life: %v", seed, tried, w.err)
				}
				states.Add(int64(tried))
			}
		})
	}
	workers.Wait()
	t.Logf("%d crashes of %d lives, none lost anything", states.Load(), lives.Load())
}
