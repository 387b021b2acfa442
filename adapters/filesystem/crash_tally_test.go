package filesystem

import (
	"encoding/binary"
	"hash/maphash"

	"github.com/opossum-go/opossum/adapters/filesystem/internal/vfs/vfstest"
)

// tally counts the crashes of a life and of all that came of it. A machine that starts
// on the same disk after the same history as one before it shows nothing new but by
// another choice of what it does next, so it is counted and not started. Use one tally
// for one goroutine.
type tally struct {
	crashes  int
	again    int // of crashes: those of which disk and history were there before
	attempts int // that were made, in all histories
	repairs  int // that were begun
	met      map[uint64]struct{}
}

var tallySeed = maphash.MakeSeed()

// crash counts a crash of w that leaves disk behind. It returns false when one before
// it left the same behind: each file and name, and all that may or has to be in there.
// A hash of 64 bits stands for that, and a life has some hundred crashes.
func (t *tally) crash(w *world, disk *vfstest.Disk) bool {
	t.crashes++
	var sum maphash.Hash
	sum.SetSeed(tallySeed)
	disk.Identify(&sum)
	w.history.identify(&sum)
	flags := 0
	for i, set := range []bool{w.opened, w.indexRot} {
		if set {
			flags |= 1 << i
		}
	}
	hashNumbers(&sum, w.cuts, flags)
	key := sum.Sum64()
	if _, met := t.met[key]; met {
		t.again++
		return false
	}
	if t.met == nil {
		t.met = map[uint64]struct{}{}
	}
	t.met[key] = struct{}{}
	return true
}

// identify writes to sum what sets h apart from other histories of the same life.
func (h *history) identify(sum *maphash.Hash) {
	hashNumbers(sum, len(h.attempts))
	for _, a := range h.attempts {
		hashNumbers(sum, a.serial, len(a.outcome), int(a.at.First), int(a.at.Last))
		_, _ = sum.WriteString(string(a.outcome)) // never fails
	}
	hashNumbers(sum, len(h.seen))
	for _, id := range h.seen {
		hashNumbers(sum, len(id))
		_, _ = sum.WriteString(id)
	}
}

func hashNumbers(sum *maphash.Hash, all ...int) {
	for _, n := range all {
		var b [8]byte
		binary.LittleEndian.PutUint64(b[:], uint64(n))
		_, _ = sum.Write(b[:]) // never fails
	}
}
