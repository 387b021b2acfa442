package filesystem

import (
	"testing"

	"github.com/opossum-go/opossum/adapters/filesystem/internal/vfs/vfstest"
)

// mistake is one that a store of this kind can be made with. It is planted around
// the store, so that no line of the store has to change.
type mistake struct {
	name     string
	below    func(*world) decider       // between the disk and what is wrong with it
	above    func(*world) decider       // between that and the store
	commit   func(*process, []*waiting) // how appends that wait together are committed
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

	// What recovery does.
	{name: "an unfinished append is not cut off", below: lies(func(_ *world, c vfstest.Call) bool {
		return c.Kind == vfstest.Truncate
	})},
	{name: "recovery cuts off a whole append, too", below: recoveryCutsMore},
	{name: "recovery does not write the last batch again", below: lies(isRewrite)},
	{name: "recovery does not sync what it wrote again", below: recoveryUnsynced},
	{name: "a read does not settle an append with an unknown outcome", commit: unsettled},

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

func TestTheSimulationFindsPlantedBugs(t *testing.T) {
	t.Parallel()
	if brief() {
		t.Skip("takes too long in a short run and under the race detector")
	}
	littleGarbage()
	for _, m := range mistakes {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			const patience = 50_000
			crashes := 0
			for seed := firstSeed(t); crashes < patience; seed++ {
				var met tally
				w := newWorld(seed, samples(seed), &met).plant(&m)
				w.life(24)
				if crashes += met.crashes; w.err != nil {
					t.Logf("found after %d crashes of %d lives: %v", crashes, seed-firstSeed(t)+1, w.err)
					return
				}
			}
			t.Errorf("not found in %d crashes", crashes)
		})
	}
}
