package filesystem

import (
	"fmt"
	"syscall"
	"testing"

	"github.com/opossum-go/opossum/adapters/filesystem/internal/vfs/vfstest"
	"github.com/opossum-go/opossum/domain"
)

// unfinished returns a disk with a store that has a recovery before it: the sync of
// its last batch failed, or only part of that batch was written.
func unfinished(t testing.TB, whole bool) (*vfstest.Disk, *history) {
	t.Helper()
	w := newWorld(7, 0, &tally{})
	p := w.start()
	p.append(2, nil)
	p.append(1, nil)
	fault := vfstest.Nth(vfstest.Write, 1, false, vfstest.Fault{Err: syscall.ENOSPC, Effect: vfstest.Part, Bytes: 300})
	if whole {
		fault = vfstest.Nth(vfstest.Sync, 1, false, vfstest.Fault{Err: syscall.EIO, Effect: vfstest.Nothing})
	}
	w.fault = notUndone(fault)
	p.append(3, nil)
	if w.err != nil || w.failed != 1 {
		t.Fatalf("%d calls failed, want 1: %v", w.failed, w.err)
	}
	return w.disk, w.history
}

// notUndone lets a write that failed not be undone either.
func notUndone(fault func(vfstest.Call) vfstest.Fault) func(vfstest.Call) vfstest.Fault {
	return func(c vfstest.Call) vfstest.Fault {
		if c.Kind == vfstest.Truncate {
			return vfstest.Fault{Err: syscall.EIO, Effect: vfstest.Nothing}
		}
		return fault(c)
	}
}

// work uses a store in every way that touches files: open, recover, append alone and
// together, fill ahead, roll, seal, catch up with another process, refuse, read,
// repair, close.
func (w *world) work() {
	nobody := []domain.AppendCondition{{FailIfEventsMatch: domain.NewQuery(domain.Tagged("nobody has this tag"))}}
	never := []domain.AppendCondition{{FailIfEventsMatch: domain.All()}}
	p := w.begin(nil)
	first := func() []domain.AppendCondition { // holds unless another append of the same commit comes first
		if p.store == nil {
			return nil
		}
		return []domain.AppendCondition{{FailIfEventsMatch: domain.All(), After: p.store.visible()}}
	}
	for range 3 {
		p.append(2, nil)
		p.background()
		p = w.begin(p)
	}
	p.letGo()
	q := w.begin(nil)
	q.append(1, nobody)
	q.letGo()
	p.append(1, never)
	p.check()
	for range 3 {
		q.append(3, nil)
		q.background()
		q.letGo()
		p.check()
		p.appendTogether([]int{1, 2, 1}, [][]domain.AppendCondition{nobody, nil, first()})
		p.letGo()
	}
	p.background()
	q.check()
	q.letGo()
	w.repair(w.oneIn(2)).stop()
	q.query()
	q.stop()
	p.stop()
}

// begin returns p when it has the store open, and opens it otherwise, at the second
// try when the first meets a fault.
func (w *world) begin(p *process) *process {
	for range 2 {
		if p == nil || p.store == nil {
			p = w.start()
		}
	}
	if p == nil {
		p = &process{w: w}
	}
	return p
}

// starts are the disks on which the work begins.
func starts(t testing.TB) map[string]func(seed uint64, tally *tally) *world {
	t.Helper()
	on := func(disk *vfstest.Disk, h *history, lends bool) func(uint64, *tally) *world {
		return func(seed uint64, tally *tally) *world {
			w := newWorld(seed, 0, tally)
			w.disk, w.history, w.opened, w.lends = disk.Clone(), h.fork(), true, lends
			return w
		}
	}
	torn, tornHistory := unfinished(t, false)
	unsynced, unsyncedHistory := unfinished(t, true)
	return map[string]func(uint64, *tally) *world{
		"a new directory":            func(seed uint64, tally *tally) *world { return newWorld(seed, 0, tally) },
		"an append that was torn":    on(torn, tornHistory, false),
		"an append that is unsynced": on(unsynced, unsyncedHistory, true),
	}
}

// A plain run lets every call fail in two of four ways, with one errno each: it changes
// with the call, the way to fail and the round. OPOSSUM_ROUNDS=8 lets every call fail in
// every way with each of the eight, and tries crashes after each fault: those that
// another errno has left are not judged again. Eight rounds are of one seed. Taking and
// giving back the append lock are calls, too.
func TestEveryCallThatFailsLeavesAWholeStore(t *testing.T) {
	t.Parallel()
	littleGarbage()
	errors, every := uint64(len(errnos)), uint64(2) // in a plain run
	switch {
	case brief():
		every = 16
	case rounds(t) > 1:
		every = 1
	}
	for name, start := range starts(t) {
		t.Run("on "+name, func(t *testing.T) {
			t.Parallel()
			judged, again, runs := 0, 0, 0
			var met map[uint64]struct{}
			for round := range rounds(t) {
				seed := firstSeed(t) + round/errors
				if round%errors == 0 {
					met = map[uint64]struct{}{}
				}
				clean := start(seed, &tally{})
				if clean.work(); clean.err != nil || clean.failed > 0 {
					t.Fatalf("without a fault %d calls failed: %v", clean.failed, clean.err)
				}
				for n := 1; n <= clean.calls; n++ {
					for variant := range variants {
						turn := uint64(n+variant) + round
						if turn%every > 0 {
							continue
						}
						w := start(seed, &tally{met: met})
						what := w.failAt(n, variants[variant], errnos[turn/every%errors], every == 1 || turn/every%60 == 0)
						w.work()
						w.heals(variants[variant].forever)
						if w.err != nil {
							t.Fatalf("OPOSSUM_ROUNDS=%d OPOSSUM_SEED=%d: %s: %v", rounds(t), firstSeed(t), what, w.err)
						}
						runs, judged, again = runs+1, judged+w.tally.crashes-w.tally.again, again+w.tally.again
					}
				}
			}
			t.Logf("%d runs with a fault, %d crashes judged, %d more left what one of these had left", runs, judged, again)
		})
	}
}

// variant is a way to fail.
type variant struct {
	effect  vfstest.Effect
	forever bool // all later calls of the same kind fail too
}

var variants = []variant{
	{vfstest.Nothing, false}, {vfstest.Nothing, true}, {vfstest.Part, false}, {vfstest.Whole, true},
}

// failAt lets call n fail. With crashes it tries some after each of the next calls.
func (w *world) failAt(n int, v variant, errno error, crashes bool) string {
	var kind vfstest.Kind
	w.fault = func(c vfstest.Call) vfstest.Fault {
		hit := w.calls == n && kind == "" // no other call of this number, in which another process did something
		switch {
		case hit:
			kind = c.Kind
			if crashes {
				w.samples = 3
			}
		case w.calls > n+12:
			w.samples = 0
		}
		if !hit && (!v.forever || c.Kind != kind) {
			return vfstest.Fault{}
		}
		return vfstest.Fault{Err: errno, Effect: v.effect, Bytes: 1 + w.pick(600)}
	}
	return fmt.Sprintf("call %d fails with %v (%+v)", n, errno, v)
}

// heals repairs the disk and holds the store to what it promised meanwhile.
func (w *world) heals(forever bool) {
	w.fault = pass
	if !forever && w.failed > 1 {
		w.fail(fmt.Errorf("one fault made %d calls fail", w.failed))
	}
	w.failed = 0
	p := w.start()
	if p == nil {
		return
	}
	p.append(1, nil)
	p.query()
	p.stop()
	if w.failed > 0 {
		w.fail(fmt.Errorf("%d calls fail on a disk that was repaired", w.failed))
	}
	w.survive(w.disk.Clone(), "the end of all processes")
}
