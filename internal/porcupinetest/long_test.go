package porcupinetest_test

import (
	"testing"

	"github.com/opossum-go/opossum/internal/history"
)

// A long history is too much for porcupine; package history needs a second for
// each few hundred thousand calls.
const longWindow = 64

func TestALongHistoryOfAStoreInMemoryIsRight(t *testing.T) {
	t.Parallel()
	store, last := inMemory()
	calls := min(50_000*rounds(t), 2_000_000)
	wantLongRight(t, scene{calls: calls, window: longWindow, tags: 200, last: last}, newVague(store, 1))
}

func TestALongHistoryOfAFolderIsRight(t *testing.T) {
	t.Parallel()
	open, last, closeAll := folder(t, 3)
	calls := min(4_000*rounds(t), 1_000_000)
	wantLongRight(t, scene{calls: calls, window: longWindow, tags: 200, last: last}, allVague(open, 1)...)
	closeAll()
}

func wantLongRight(t *testing.T, s scene, handles ...history.Store) {
	t.Helper()
	h := play(t, s, handles...)
	if err := h.Check(); err != nil {
		t.Fatal(err)
	}
	told := tally{}
	told.add(h)
	told.wantTold(t, history.Acknowledged, history.Conflicted, history.Unknown)
	t.Logf("%d calls, %d events", len(h.Appends)+len(h.Reads), len(h.Log))
}
