package porcupinetest_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/anishathalye/porcupine"
	"github.com/samber/lo"

	"github.com/opossum-go/opossum/adapters/filesystem"
	"github.com/opossum-go/opossum/adapters/memory"
	"github.com/opossum-go/opossum/internal/history"
)

const (
	shortHistory = 1000
	everything   = 1 << 62 // a window that no history leaves
)

// tally counts how appends ended.
type tally map[history.Outcome]int

func (n tally) add(h history.History) {
	for outcome, count := range lo.CountValuesBy(h.Appends, func(a history.Append) history.Outcome { return a.Outcome }) {
		n[outcome] += count
	}
}

// wantTold fails when the histories held too little to tell anything.
func (n tally) wantTold(t *testing.T, outcomes ...history.Outcome) {
	t.Helper()
	for _, outcome := range outcomes {
		if n[outcome] == 0 {
			t.Errorf("no append had the outcome %q: %v", outcome, n)
		}
	}
	t.Logf("appends: %v", n)
}

// wantRight wants both judges to pass a history.
func wantRight(t *testing.T, seed uint64, h history.History) {
	t.Helper()
	if err := h.Check(); err != nil {
		t.Fatalf("seed %d: %v", seed, err)
	}
	if got := porcupineSays(h); got != porcupine.Ok {
		t.Fatalf("seed %d: porcupine says %q of a history that package history passes", seed, got)
	}
}

func inMemory() (store *memory.Store, last func() (history.Store, func() error, error)) {
	store = memory.New(memory.Options{})
	return store, func() (history.Store, func() error, error) { return store, func() error { return nil }, nil }
}

// folder opens handles on one folder. Segments are small, so that clients begin new
// ones.
func folder(t *testing.T, handles int) (open []history.Store, last func() (history.Store, func() error, error), closeAll func()) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "store")
	options := filesystem.Options{SegmentSize: 16 << 10}
	for range handles {
		store, err := filesystem.Open(t.Context(), dir, options)
		if err != nil {
			t.Fatal(err)
		}
		open = append(open, store)
	}
	last = func() (history.Store, func() error, error) {
		store, err := filesystem.Open(t.Context(), dir, options)
		if err != nil {
			return nil, nil, err
		}
		return store, store.Close, nil
	}
	closeAll = func() {
		for _, store := range open {
			if err := store.(*filesystem.Store).Close(); err != nil {
				t.Error(err)
			}
		}
		if report, err := filesystem.Verify(t.Context(), dir); err != nil || len(report.Unfinished) > 0 {
			t.Errorf("Verify() = %+v, %v", report, err)
		}
	}
	return open, last, closeAll
}

func allVague(handles []history.Store, seed uint64) []history.Store {
	return lo.Map(handles, func(h history.Store, i int) history.Store { return newVague(h, seed+uint64(i)) })
}

func TestClientsOfAStoreInMemoryGetAnswersInSomeOrder(t *testing.T) {
	t.Parallel()
	told := tally{}
	for seed := range uint64(20 * rounds(t)) {
		store, last := inMemory()
		h := play(t, scene{seed: seed, calls: shortHistory, window: everything, tags: 6, last: last}, newVague(store, seed))
		wantRight(t, seed, h)
		told.add(h)
	}
	told.wantTold(t, history.Acknowledged, history.Conflicted, history.Unknown)
}

func TestClientsOfAFolderGetAnswersInSomeOrder(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		handles, histories int
		told               []history.Outcome
	}{
		{1, 10, []history.Outcome{history.Acknowledged, history.Conflicted, history.Unknown}}, // all clients share commits
		{2, 8, []history.Outcome{history.Acknowledged, history.Conflicted, history.Unknown}},
		{clients, 4, []history.Outcome{history.Acknowledged, history.Conflicted}},
	} {
		t.Run(fmt.Sprintf("with %d handles", tt.handles), func(t *testing.T) {
			t.Parallel()
			told := tally{}
			for seed := range uint64(tt.histories * rounds(t)) {
				open, last, closeAll := folder(t, tt.handles)
				h := play(t, scene{seed: seed, calls: shortHistory, window: everything, tags: 6, last: last}, allVague(open, seed)...)
				wantRight(t, seed, h)
				closeAll()
				told.add(h)
			}
			told.wantTold(t, tt.told...)
		})
	}
}
