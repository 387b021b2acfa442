package portstest

import (
	"errors"
	"testing"

	"github.com/opossum-go/opossum/ports"
)

var projectionCommitRules = []ProjectionRule{
	{"a projection that was never built reads as one without states", projectionNeverBuilt},
	{"a commit writes states, deletions and checkpoint in one step", commitWritesAll},
	{"a commit that does not begin at the checkpoint writes nothing and returns ErrCheckpoint", commitElsewhere},
	{"a commit to a copy that does not exist returns ErrCheckpoint", commitWithoutCopy},
	{"a commit may leave the checkpoint where it is", commitInPlace},
	{"a commit may move the checkpoint alone", commitOfNothing},
	{"a copy tells which event the last commit has ended at", commitNamesItsEvent},
	{"deleting a key without a state is no error", deleteOfNothing},
	{"a state that was deleted and comes again is the new one only", deletedAndBackAgain},
}

func projectionNeverBuilt(t testing.TB, f ProjectionFixture) {
	store := f.Open(t)
	wantInfo(t, store, stock, "stock: live none, shadow none")
	wantNoState(t, store, stock, "a")
	wantVersions(t, store, stock, "")
	wantTagged(t, store, stock, "")
	wantTagged(t, store, stock, "", "shelf:1")
	if parked := mustParked(t, store, stock); len(parked) != 0 {
		t.Errorf("%d events are parked, want none", len(parked))
	}
	if infos, err := store.Projections(t.Context()); err != nil || len(infos) != 0 {
		t.Errorf("Projections() of an empty store = %v, %v; want none", infos, err)
	}
}

func commitWritesAll(t testing.TB, f ProjectionFixture) {
	store, writer := openStock(t, f, itemsOf("a", "b", "c")...)
	batch := step(10, 20, item("a", 2), item("d", 1))
	batch.Delete = []string{"b"}
	mustCommit(t, writer, ports.Live, batch)
	wantVersions(t, store, stock, "a2 c1 d1")
	wantCopy(t, writer, ports.Live, "a2 c1 d1")
	wantLoaded(t, writer, ports.Live, []string{"a", "b", "c", "d", "e"}, "a2 c1 d1")
	wantState(t, store, stock, item("a", 2))
	wantNoState(t, store, stock, "b")
	wantInfo(t, store, stock, "stock: live v1 at 20, shadow none")
}

func commitElsewhere(t testing.TB, f ProjectionFixture) {
	store, writer := openStock(t, f, itemsOf("a", "b")...)
	mustBegin(t, writer, "v2")
	mustCommit(t, writer, ports.Shadow, step(0, 5, item("a", 1)))
	const before = "stock: live v1 at 10, shadow v2 at 5"
	for which, checkpoint := range map[ports.Copy]int{ports.Live: 10, ports.Shadow: 5} {
		for _, after := range []int{0, checkpoint - 1, checkpoint + 1, 10_000} {
			batch := step(position(after), position(after+20), item("a", 7), item("z", 1))
			batch.Delete = []string{"b"}
			batch.Park = []ports.ParkedEvent{parkedAt(3)}
			batch.Failure = failureAt(21)
			if err := writer.Commit(t.Context(), which, batch); !errors.Is(err, ports.ErrCheckpoint) {
				t.Errorf("Commit after %d to the %v copy at %d = %v, want ports.ErrCheckpoint", after, which, checkpoint, err)
			}
		}
	}
	wantInfo(t, store, stock, before)
	wantVersions(t, store, stock, "a1 b1")
	wantCopy(t, writer, ports.Shadow, "a1")
	mustCommit(t, writer, ports.Live, step(10, 11, item("a", 2)))
	wantVersions(t, store, stock, "a2 b1")
}

func commitWithoutCopy(t testing.TB, f ProjectionFixture) {
	store := f.Open(t)
	writer := mustAcquire(t, store, stock)
	refused := func(which ports.Copy) {
		t.Helper()
		if err := writer.Commit(t.Context(), which, step(0, 1, item("a", 1))); !errors.Is(err, ports.ErrCheckpoint) {
			t.Errorf("Commit to a %v copy that does not exist = %v, want ports.ErrCheckpoint", which, err)
		}
	}
	refused(ports.Live)
	refused(ports.Shadow)
	wantInfo(t, store, stock, "stock: live none, shadow none")
	mustBegin(t, writer, "v1")
	refused(ports.Live)
	mustSwap(t, writer)
	refused(ports.Shadow)
	wantInfo(t, store, stock, "stock: live v1 at 0, shadow none")
	wantVersions(t, store, stock, "")
}

func commitInPlace(t testing.TB, f ProjectionFixture) {
	store, writer := openStock(t, f, itemsOf("a")...)
	mustCommit(t, writer, ports.Live, step(10, 10, item("a", 2)))
	mustCommit(t, writer, ports.Live, step(10, 10, item("b", 1)))
	wantVersions(t, store, stock, "a2 b1")
	wantInfo(t, store, stock, "stock: live v1 at 10, shadow none")
}

func commitOfNothing(t testing.TB, f ProjectionFixture) {
	store, writer := openStock(t, f, itemsOf("a")...)
	mustCommit(t, writer, ports.Live, step(10, 1_000_000))
	wantVersions(t, store, stock, "a1")
	wantInfo(t, store, stock, "stock: live v1 at 1000000, shadow none")
}

func commitNamesItsEvent(t testing.TB, f ProjectionFixture) {
	store, writer := openStock(t, f, itemsOf("a")...)
	mustCommit(t, writer, ports.Live, endingAt(step(10, 20, item("a", 2)), "0198 ü"))
	wantInfo(t, store, stock, `stock: live v1 at 20 "0198 ü", shadow none`)
	mustBegin(t, writer, "v2")
	mustCommit(t, writer, ports.Shadow, endingAt(step(0, 5), "s5"))
	wantInfo(t, store, stock, `stock: live v1 at 20 "0198 ü", shadow v2 at 5 "s5"`)
	if err := writer.Commit(t.Context(), ports.Live, endingAt(step(19, 20), "late")); !errors.Is(err, ports.ErrCheckpoint) {
		t.Errorf("Commit after 19 to the live copy at 20 = %v, want ports.ErrCheckpoint", err)
	}
	wantInfo(t, store, stock, `stock: live v1 at 20 "0198 ü", shadow v2 at 5 "s5"`)
	mustCommit(t, writer, ports.Live, endingAt(step(20, 20), "another"))
	wantInfo(t, store, stock, `stock: live v1 at 20 "another", shadow v2 at 5 "s5"`)
	mustCommit(t, writer, ports.Live, step(20, 30))
	wantInfo(t, store, stock, `stock: live v1 at 30, shadow v2 at 5 "s5"`)
	mustSwap(t, writer)
	wantInfo(t, store, stock, `stock: live v2 at 5 "s5", shadow none`)
	mustBegin(t, writer, "v3")
	wantInfo(t, store, stock, `stock: live v2 at 5 "s5", shadow v3 at 0`)
}

func deleteOfNothing(t testing.TB, f ProjectionFixture) {
	store, writer := openStock(t, f, itemsOf("a")...)
	mustCommit(t, writer, ports.Live, ports.ProjectionBatch{After: 10, UpTo: 11, Delete: []string{"b", "a", "never"}})
	mustCommit(t, writer, ports.Live, ports.ProjectionBatch{After: 11, UpTo: 12, Delete: []string{"a"}})
	wantVersions(t, store, stock, "")
	wantInfo(t, store, stock, "stock: live v1 at 12, shadow none")
}

func deletedAndBackAgain(t testing.TB, f ProjectionFixture) {
	store, writer := openStock(t, f, item("a", 5, "shelf:1"), item("b", 1, "shelf:1"))
	for after := position(10); after < 18; after += 2 {
		mustCommit(t, writer, ports.Live, ports.ProjectionBatch{After: after, UpTo: after + 1, Delete: []string{"a"}})
		wantNoState(t, store, stock, "a")
		wantTagged(t, store, stock, "b", "shelf:1")
		mustCommit(t, writer, ports.Live, step(after+1, after+2, item("a", 1, "shelf:2")))
		wantState(t, store, stock, item("a", 1, "shelf:2"))
		wantTagged(t, store, stock, "a", "shelf:2")
		wantTagged(t, store, stock, "b", "shelf:1")
		wantVersions(t, store, stock, "a1 b1")
	}
}
