package filesystem

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/opossum-go/opossum/adapters/filesystem/internal/vfs/vfstest"
)

// mistake is one that a store of this kind can be made with. It is planted around
// the store, so that no line of the store has to change.
type mistake struct {
	name     string
	below    func(*world) decider       // between the disk and what is wrong with it
	above    func(*world) decider       // between that and the store
	commit   func(*process, []*waiting) // how appends that wait together are committed
	repair   func(*world, *Store)       // done to a store that is about to be opened for repair
	unlocked bool                       // the append lock excludes nobody
}

var mistakes = []mistake{
	// What is synced, and when.
	{name: "segments are never synced", below: lies(func(_ *world, c vfstest.Call) bool {
		return c.Kind == vfstest.Sync && isSegment(c)
	})},
	{name: "every tenth sync of a segment is forgotten", below: lies(func(w *world, c vfstest.Call) bool {
		return c.Kind == vfstest.Sync && isSegment(c) && w.oneIn(10)
	})},
	{name: "the names of segments are never synced", below: lies(func(_ *world, c vfstest.Call) bool {
		return c.Kind == vfstest.SyncDir && c.Name == eventsDir
	})},
	{name: "the names in the store's directory are never synced", below: lies(func(_ *world, c vfstest.Call) bool {
		return c.Kind == vfstest.SyncDir && c.Name == "."
	})},
	{name: "the manifest is renamed before it is synced", below: lies(func(_ *world, c vfstest.Call) bool {
		return c.Kind == vfstest.Sync && c.Name == manifestTemp
	})},
	{name: "an index file is renamed before it is synced", below: lies(func(_ *world, c vfstest.Call) bool {
		return c.Kind == vfstest.Sync && isIndex(c)
	})},
	{name: "an index file is named before the segment behind its own is synced", above: indexedTooEarly},
	{name: "the ledger is written before the segment is synced", below: syncAfter(func(c vfstest.Call) bool {
		return c.Kind == vfstest.Close && c.Name == ledgerName
	})},
	{name: "an append is acknowledged before it is synced", below: syncAfter(func(c vfstest.Call) bool {
		return c.Kind == vfstest.Open && c.Name == ledgerName
	})},
	{name: "after a segment was rolled the one before it is synced", below: wrongSync},
	{name: "a sync that failed is tried again", above: retriedSync},
	{name: "a sync that failed is taken for one that did not", above: ignoredSync},
	{name: "an append that was undone is cut off without a sync", below: cutUnsynced},

	{name: "a ledger that could not be written is not tried again", commit: debtForgotten},

	// What recovery does.
	{name: "an unfinished append is not cut off", below: lies(func(_ *world, c vfstest.Call) bool {
		return c.Kind == vfstest.Truncate
	})},
	{name: "recovery cuts off a whole append, too", below: recoveryCutsMore},
	{name: "recovery does not write the last batch again", below: lies(isRewrite)},
	{name: "recovery does not sync what it wrote again", below: recoveryUnsynced},
	{name: "a read does not settle an append with an unknown outcome", commit: unsettled},

	// What repair does.
	{name: "repair renames an index file before it is synced", below: lies(inRepair(func(c vfstest.Call) bool {
		return c.Kind == vfstest.Sync && isIndex(c)
	}))},
	{name: "repair cuts off what the ledger does not speak of", repair: cutBehindLedger},
	{name: "repair makes no damaged index file anew", repair: distrustNothing},

	// Fill, and what is sealed.
	{name: "fill is written over the last events", below: fillOverEvents},
	{name: "fill is written at the size that the file had once", below: fillAtRememberedSize},
	{name: "a segment that is at its end is cut too short", below: endCutsMore},

	// Appends, conditions and the lock.
	{name: "the append lock excludes nobody", unlocked: true},
	{name: "nothing is caught up with after the lock was given back", commit: neverCaughtUp},
	{name: "what another process committed does not reach the index", commit: staleIndex},
	{name: "conditions are checked before the lock is taken", commit: checkedTooEarly},
	{name: "a condition looks behind the event after its After", commit: afterOff(1)},
	{name: "a condition looks at the event at its After", commit: afterOff(-1)},
	{name: "an append has two commit lines", commit: inTwoBatches},
	{name: "what a commit that failed has entered is not taken back", commit: rewindForgotten},
	{name: "a conflict with an append that failed is reported", commit: conflictWithNothing},
}

// Each mistake is to be found in less than a minute. A time cannot be held on a machine
// that does other things too, but a number of crashes can: a processor tries some 2,000
// of them in a second, so it has tried patience of them after 20 s. Most mistakes need a
// hundred, and the hardest to find some thousand. The log says how long each took.
func TestTheSimulationFindsPlantedBugs(t *testing.T) {
	t.Parallel()
	if brief() {
		t.Skip("takes too long in a short run and under the race detector")
	}
	littleGarbage()
	var mu sync.Mutex // guards the following
	var last time.Duration
	var slowest string
	t.Cleanup(func() { t.Logf("%d mistakes; the slowest to be found: %s, %v", len(mistakes), slowest, last) })
	for _, m := range mistakes {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			const patience = 40_000
			crashes, began := 0, time.Now()
			for seed := firstSeed(t); crashes < patience; seed++ {
				var met tally
				w := newWorld(seed, samples(seed), &met).plant(&m)
				w.life(24)
				if crashes += met.crashes; w.err != nil {
					took := time.Since(began).Round(time.Millisecond)
					t.Logf("found after %d crashes of %d lives and %v: %v", crashes, seed-firstSeed(t)+1, took, w.err)
					mu.Lock()
					defer mu.Unlock()
					if took > last {
						slowest, last = fmt.Sprintf("%s, after %d crashes", m.name, crashes), took
					}
					return
				}
			}
			t.Errorf("not found in %d crashes", crashes)
		})
	}
}
