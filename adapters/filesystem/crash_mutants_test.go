package filesystem

import (
	"bytes"
	"strings"
	"testing"

	"github.com/opossum-go/opossum/adapters/filesystem/internal/vfs/vfstest"
)

// lie lets a call do nothing and return nil.
var lie = vfstest.Fault{Effect: vfstest.Nothing}

// mutants are mistakes that a store of this kind can be made with. Each is planted
// between the store and the disk, so that no line of the store has to change.
var mutants = []struct {
	name     string
	plant    func(*world) decider // nil for a mistake that is not in the use of files
	unlocked bool
}{
	{name: "segments are never synced", plant: lies(func(_ *world, c vfstest.Call) bool {
		return c.Kind == vfstest.Sync && isSegment(c)
	})},
	{name: "every tenth sync of a segment is forgotten", plant: lies(func(w *world, c vfstest.Call) bool {
		return c.Kind == vfstest.Sync && isSegment(c) && w.oneIn(10)
	})},
	{name: "the names of segments are never synced", plant: lies(func(_ *world, c vfstest.Call) bool {
		return c.Kind == vfstest.SyncDir && c.Name == eventsDir
	})},
	{name: "the names in the store's directory are never synced", plant: lies(func(_ *world, c vfstest.Call) bool {
		return c.Kind == vfstest.SyncDir && c.Name == "."
	})},
	{name: "the manifest is renamed before it is synced", plant: lies(func(_ *world, c vfstest.Call) bool {
		return c.Kind == vfstest.Sync && c.Name == manifestTemp
	})},
	{name: "an unfinished append is not cut off", plant: lies(func(_ *world, c vfstest.Call) bool {
		return c.Kind == vfstest.Truncate
	})},
	{name: "recovery does not write the last batch again", plant: lies(isRewrite)},
	{name: "recovery does not sync what it wrote again", plant: recoveryUnsynced},
	{name: "the ledger is written before the segment is synced", plant: syncAfter(func(c vfstest.Call) bool {
		return c.Kind == vfstest.Close && c.Name == ledgerName
	})},
	{name: "an append is acknowledged before it is synced", plant: syncAfter(func(c vfstest.Call) bool {
		return c.Kind == vfstest.Open && c.Name == ledgerName
	})},
	{name: "the append lock excludes nobody", unlocked: true},
}

func isSegment(c vfstest.Call) bool { return strings.HasSuffix(c.Name, segmentExt) }

// lies makes a bug of the calls that which selects: they do nothing.
func lies(which func(*world, vfstest.Call) bool) func(*world) decider {
	return func(w *world) decider {
		return func(c vfstest.Call) vfstest.Fault {
			if which(w, c) {
				return lie
			}
			return vfstest.Fault{}
		}
	}
}

// isRewrite reports whether c writes to a segment what readers see there already.
func isRewrite(w *world, c vfstest.Call) bool {
	if c.Kind != vfstest.Write || !isSegment(c) {
		return false
	}
	content, _ := w.disk.Content(c.Name)
	end := c.Offset + int64(len(c.Data))
	return end <= int64(len(content)) && bytes.Equal(content[c.Offset:end], c.Data)
}

func recoveryUnsynced(w *world) decider {
	recovering := false
	return func(c vfstest.Call) vfstest.Fault {
		switch {
		case c.Kind == vfstest.Write && isSegment(c):
			recovering = isRewrite(w, c)
		case c.Kind == vfstest.Sync && recovering:
			return lie
		}
		return vfstest.Fault{}
	}
}

// syncAfter puts the syncs of segments off until the next call that late selects, or
// until the segment is closed.
func syncAfter(late func(vfstest.Call) bool) func(*world) decider {
	return func(*world) decider {
		var due []func() error
		return func(c vfstest.Call) vfstest.Fault {
			switch {
			case c.Kind == vfstest.Sync && isSegment(c):
				due = append(due, c.Do)
				return lie
			case late(c) || (c.Kind == vfstest.Close && isSegment(c)):
				for _, do := range due {
					if err := do(); err != nil {
						return vfstest.Fault{Err: err, Effect: vfstest.Nothing}
					}
				}
				due = nil
			}
			return vfstest.Fault{}
		}
	}
}

func TestTheSimulationFindsPlantedBugs(t *testing.T) {
	t.Parallel()
	if brief() {
		t.Skip("takes too long in a short run and under the race detector")
	}
	for _, m := range mutants {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			const patience = 50_000
			states := 0
			for seed := firstSeed(t); states < patience; seed++ {
				w := newWorld(seed, samples(seed), &states)
				w.unlocked = m.unlocked
				if m.plant != nil {
					w.plantBug(m.plant)
				}
				if w.life(24); w.err != nil {
					t.Logf("found after %d crashes: %v", states, w.err)
					return
				}
			}
			t.Errorf("not found in %d crashes", states)
		})
	}
}
