package portstest

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

var projectionHandleRules = []ProjectionRule{
	{"projections survive closing and opening again, in every detail", projectionsSurvive},
	{"a shadow survives closing and opening again, and is gone on with", shadowSurvives},
	{"what was deleted, dropped or swapped away stays away after opening again", goneStaysGone},
	{"a writer that was not released goes with its handle", writerGoesWithItsHandle},
	{"two handles see each other's commits and swaps at once", handlesSeeCommits},
	{"a projection that is acquired through one handle is busy through the other", handlesExclude},
	{"a writer goes on from where the writer of another handle stopped", handlesTakeOver},
	{"Await sees what another handle commits, swaps and stops at", handlesAwait},
	{"an iteration is of one moment although another handle commits and swaps", handlesIterate},
	{"closing one handle leaves the other usable", handlesCloseAlone},
}

// fullProjection fills both copies of stock with all that copies can have.
func fullProjection(t testing.TB, f ProjectionFixture) (ports.ProjectionStore, ports.ProjectionWriter) {
	t.Helper()
	store, writer := openStock(t, f, item("a", 3, "shelf:1"), item("B", 1), item("ü%'", 7, "red", "shelf:1"))
	batch := step(10, 12, item("c", 1, "red"))
	batch.Park, batch.Failure = []ports.ParkedEvent{parkedAt(11), parkedAt(12)}, failureAt(13)
	mustCommit(t, writer, ports.Live, endingAt(batch, "e12"))
	mustBegin(t, writer, `v2 "'`)
	batch = step(0, 5, item("a", 9, "shelf:9"), item("d", 4))
	batch.Park = []ports.ParkedEvent{parkedAt(5)}
	mustCommit(t, writer, ports.Shadow, endingAt(batch, "e5"))
	return store, writer
}

// wantFullProjection wants what fullProjection has made.
func wantFullProjection(t testing.TB, store ports.ProjectionReader) {
	t.Helper()
	wantInfo(t, store, stock, `stock: live v1 at 12 "e12" with 2 parked stopped at 13 "counted": "no shelf" on 2031-03-05T14:07:09.123456789Z, shadow v2 "' at 5 "e5" with 1 parked`)
	wantVersions(t, store, stock, "B1 a3 c1 ü%'7")
	for _, want := range []ports.ProjectionState{item("a", 3, "shelf:1"), item("B", 1), item("ü%'", 7, "red", "shelf:1"), item("c", 1, "red")} {
		wantState(t, store, stock, want)
	}
	wantNoState(t, store, stock, "d")
	wantTagged(t, store, stock, "a ü%'", "shelf:1")
	wantTagged(t, store, stock, "ü%'", "red", "shelf:1")
	wantTagged(t, store, stock, "", "shelf:9")
	wantParked(t, store, stock, parkedAt(11), parkedAt(12))
}

func projectionsSurvive(t testing.TB, f ProjectionFixture) {
	store, writer := fullProjection(t, f)
	wantFullProjection(t, store)
	mustRelease(t, writer)
	mustRelease(t, mustBuild(t, store, "sales", itemsOf("s")...))
	for range 2 {
		store = reopenProjections(t, f, store)
		wantFullProjection(t, store)
		wantVersions(t, store, "sales", "s1")
		infos, err := store.Projections(t.Context())
		if err != nil || len(infos) != 2 || infos[0].Name != "sales" || infos[1].Name != stock {
			t.Errorf("Projections() = %v, %v; want sales and stock", infos, err)
		}
	}
}

func shadowSurvives(t testing.TB, f ProjectionFixture) {
	store, writer := fullProjection(t, f)
	mustRelease(t, writer)
	store = reopenProjections(t, f, store)
	writer = mustAcquire(t, store, stock)
	wantCopy(t, writer, ports.Shadow, "a9 d4")
	wantLoaded(t, writer, ports.Shadow, []string{"a", "b", "d"}, "a9 d4")
	mustCommit(t, writer, ports.Shadow, step(5, 12, item("d", 5, "shelf:9")))
	mustRelease(t, writer)
	store = reopenProjections(t, f, store)
	mustSwap(t, mustAcquire(t, store, stock))
	wantInfo(t, store, stock, `stock: live v2 "' at 12 with 1 parked, shadow none`)
	wantVersions(t, store, stock, "a9 d5")
	wantTagged(t, store, stock, "a d", "shelf:9")
	wantParked(t, store, stock, parkedAt(5))
}

func goneStaysGone(t testing.TB, f ProjectionFixture) {
	store, writer := fullProjection(t, f)
	mustCommit(t, writer, ports.Shadow, ports.ProjectionBatch{After: 5, UpTo: 6, Delete: []string{"a"}, Unpark: []domain.Position{5}})
	mustSwap(t, writer)
	mustBegin(t, writer, "v3")
	mustCommit(t, writer, ports.Shadow, step(0, 3, item("e", 1)))
	if err := writer.Drop(t.Context()); err != nil {
		t.Fatalf("Drop() = %v, want nil", err)
	}
	mustRelease(t, writer)
	store = reopenProjections(t, f, store)
	wantInfo(t, store, stock, `stock: live v2 "' at 6, shadow none`)
	wantVersions(t, store, stock, "d4")
	wantTagged(t, store, stock, "", "shelf:1")
	wantTagged(t, store, stock, "", "shelf:9")
	wantParked(t, store, stock)
	writer = mustAcquire(t, store, stock)
	mustBegin(t, writer, "v4")
	wantCopy(t, writer, ports.Shadow, "")
}

func writerGoesWithItsHandle(t testing.TB, f ProjectionFixture) {
	store, old := fullProjection(t, f)
	store = reopenProjections(t, f, store)
	writer := mustAcquire(t, store, stock)
	if err := old.Commit(t.Context(), ports.Live, step(12, 13, item("a", 99))); !errors.Is(err, ports.ErrClosed) {
		t.Errorf("Commit of a writer whose store is closed = %v, want ports.ErrClosed", err)
	}
	mustRelease(t, old)
	wantBusy(t, store, stock)
	wantFullProjection(t, store)
	mustCommit(t, writer, ports.Live, step(12, 13, item("a", 4)))
	wantState(t, store, stock, item("a", 4))
}

func handlesSeeCommits(t testing.TB, f ProjectionFixture) {
	store, writer := openStock(t, f, itemsOf("a")...)
	other := otherProjections(t, f, store)
	wantVersions(t, other, stock, "a1")
	for round := range 5 {
		mustCommit(t, writer, ports.Live, step(position(10+round), position(11+round), item("a", round+2, "shelf:1")))
		wantState(t, other, stock, item("a", round+2, "shelf:1"))
		wantInfo(t, other, stock, fmt.Sprintf("stock: live v1 at %d, shadow none", 11+round))
	}
	mustBegin(t, writer, "v2")
	mustCommit(t, writer, ports.Shadow, step(0, 5, item("b", 1)))
	wantInfo(t, other, stock, "stock: live v1 at 15, shadow v2 at 5")
	wantVersions(t, other, stock, "a6")
	mustSwap(t, writer)
	wantInfo(t, other, stock, "stock: live v2 at 5, shadow none")
	wantVersions(t, other, stock, "b1")
	wantTagged(t, other, stock, "", "shelf:1")
	mustBuild(t, store, "sales", itemsOf("s")...)
	wantVersions(t, other, "sales", "s1")
	mustBuild(t, other, "returns", itemsOf("r")...)
	wantVersions(t, store, "returns", "r1")
	for _, handle := range []ports.ProjectionStore{store, other} {
		if infos, err := handle.Projections(t.Context()); err != nil || len(infos) != 3 {
			t.Errorf("Projections() = %v, %v; want three", infos, err)
		}
	}
}

func handlesExclude(t testing.TB, f ProjectionFixture) {
	store, writer := openStock(t, f, itemsOf("a")...)
	other := otherProjections(t, f, store)
	wantBusy(t, other, stock)
	sales := mustAcquire(t, other, "sales")
	wantBusy(t, store, "sales")
	mustRelease(t, sales)
	mustRelease(t, mustAcquire(t, store, "sales"))
	mustRelease(t, writer)
	taken := mustAcquire(t, other, stock)
	wantBusy(t, store, stock)
	mustRelease(t, writer)
	wantBusy(t, store, stock)
	wantBusy(t, other, stock)
	mustRelease(t, taken)
	mustRelease(t, mustAcquire(t, store, stock))
}

func handlesTakeOver(t testing.TB, f ProjectionFixture) {
	store, writer := openStock(t, f, item("a", 1, "shelf:1"), item("b", 1))
	handles := []ports.ProjectionStore{otherProjections(t, f, store), store}
	mustBegin(t, writer, "v2")
	for round := range 6 {
		mustRelease(t, writer)
		writer = mustAcquire(t, handles[round%2], stock)
		wantLoaded(t, writer, ports.Live, []string{"a", "b"}, fmt.Sprintf("a%d b1", round+1))
		if err := writer.Commit(t.Context(), ports.Live, step(position(9+round), position(20+round), item("a", 77))); !errors.Is(err, ports.ErrCheckpoint) {
			t.Errorf("Commit after what another handle has passed = %v, want ports.ErrCheckpoint", err)
		}
		mustCommit(t, writer, ports.Live, step(position(10+round), position(11+round), item("a", round+2, "shelf:1")))
		mustCommit(t, writer, ports.Shadow, step(position(round), position(round+1), item("s", round+1)))
	}
	mustSwap(t, writer)
	mustRelease(t, writer)
	writer = mustAcquire(t, handles[0], stock)
	mustCommit(t, writer, ports.Live, step(6, 7, item("s", 7)))
	wantVersions(t, store, stock, "s7")
}

func handlesAwait(t testing.TB, f ProjectionFixture) {
	store := f.Open(t)
	other := otherProjections(t, f, store)
	first := awaiting(t.Context(), t, f, other, stock, 0)
	writer := mustBuild(t, store, stock, itemsOf("a")...)
	wantAwaited(t, f, "of the first swap through another handle", first)
	for after := domain.Position(10); after < 15; after++ {
		next := awaiting(t.Context(), t, f, other, stock, after+1)
		mustCommit(t, writer, ports.Live, step(after, after+1))
		wantAwaited(t, f, "of a commit through another handle", next)
	}
	wantWaiting(t, f, other, 16)
	swapped := awaiting(t.Context(), t, f, other, stock, 40)
	mustBegin(t, writer, "v2")
	mustCommit(t, writer, ports.Shadow, step(0, 40))
	mustSwap(t, writer)
	wantAwaited(t, f, "of a swap through another handle", swapped)
	stopped := awaiting(t.Context(), t, f, other, stock, 60)
	mustCommit(t, writer, ports.Live, ports.ProjectionBatch{After: 40, UpTo: 50, Failure: failureAt(51)})
	wantStopped(t, f, "of a projection that stops through another handle", stopped, *failureAt(51))
}

func handlesIterate(t testing.TB, f ProjectionFixture) {
	store, writer := openStock(t, f, manyItems(300, 1)...)
	other := otherProjections(t, f, store)
	wantOneMoment(t, other, everyState, func() {
		mustCommit(t, writer, ports.Live, step(10, 11, manyItems(300, 2)...))
		mustBegin(t, writer, "v2")
		mustCommit(t, writer, ports.Shadow, step(0, 11, manyItems(100, 3)...))
		mustSwap(t, writer)
	})
	if count, err := other.CountStates(t.Context(), stock); err != nil || count != 100 {
		t.Errorf("CountStates() after the swap = %d, %v; want 100", count, err)
	}
}

func handlesCloseAlone(t testing.TB, f ProjectionFixture) {
	store, writer := openStock(t, f, itemsOf("a")...)
	other := otherProjections(t, f, store)
	mustAcquire(t, other, "sales")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	here, there := awaiting(ctx, t, f, store, stock, 11), awaiting(ctx, t, f, other, stock, 11)
	mustCloseProjections(t, f, other)
	if err := await(t, f.patient(), "Await beside Close", there); !errors.Is(err, ports.ErrClosed) {
		t.Errorf("Await of a handle that is closed = %v, want ports.ErrClosed", err)
	}
	wantBusy(t, store, stock)
	mustRelease(t, mustAcquire(t, store, "sales"))
	mustCommit(t, writer, ports.Live, step(10, 11, item("a", 2)))
	wantAwaited(t, f, "beside the Close of another handle", here)
	wantVersions(t, store, stock, "a2")
}
