package portstest

import (
	"errors"
	"strings"
	"testing"

	"github.com/opossum-go/opossum/ports"
)

var projectionCopyRules = []ProjectionRule{
	{"Begin makes an empty shadow at checkpoint 0 and leaves the live copy alone", beginMakesAShadow},
	{"Begin drops the shadow that was there", beginAnew},
	{"readers see nothing of the shadow", shadowIsHidden},
	{"Load and States of a writer tell the copies apart", writerTellsCopiesApart},
	{"a copy that does not exist has no states", noCopyNoStates},
	{"the live copy goes on while a shadow is made", liveGoesOn},
	{"a swap makes the shadow the live copy, with all that belongs to it", swapTakesAll},
	{"a swap leaves nothing of the old copy", swapLeavesNothing},
	{"a swap without a shadow returns ErrCheckpoint and changes nothing", swapOfNothing},
	{"a projection may be made anew many times", swapAgainAndAgain},
	{"Drop removes the shadow and nothing else", dropRemovesTheShadow},
	{"projections see nothing of each other", projectionsAreSeparate},
	{"Projections tells about all of them, sorted by name", projectionsAreListed},
	{"two stores of projections see nothing of each other", projectionStoresAreSeparate},
}

func beginMakesAShadow(t testing.TB, f ProjectionFixture) {
	store := f.Open(t)
	writer := mustAcquire(t, store, stock)
	mustBegin(t, writer, `v1 "first" 100% ü`)
	wantInfo(t, store, stock, `stock: live none, shadow v1 "first" 100% ü at 0`)
	mustCommit(t, writer, ports.Shadow, step(0, 10, itemsOf("a", "b")...))
	wantInfo(t, store, stock, `stock: live none, shadow v1 "first" 100% ü at 10`)
	mustSwap(t, writer)
	mustBegin(t, writer, "v2")
	wantInfo(t, store, stock, `stock: live v1 "first" 100% ü at 10, shadow v2 at 0`)
	wantCopy(t, writer, ports.Shadow, "")
	wantVersions(t, store, stock, "a1 b1")
}

func beginAnew(t testing.TB, f ProjectionFixture) {
	store, writer := openStock(t, f, itemsOf("a")...)
	mustBegin(t, writer, "v2")
	batch := step(0, 5, item("b", 1, "shelf:1"))
	batch.Park, batch.Failure = []ports.ParkedEvent{parkedAt(4)}, failureAt(6)
	mustCommit(t, writer, ports.Shadow, batch)
	mustBegin(t, writer, "v3")
	wantInfo(t, store, stock, "stock: live v1 at 10, shadow v3 at 0")
	wantCopy(t, writer, ports.Shadow, "")
	wantLoaded(t, writer, ports.Shadow, []string{"a", "b"}, "")
	mustCommit(t, writer, ports.Shadow, step(0, 7, item("c", 1)))
	mustSwap(t, writer)
	wantInfo(t, store, stock, "stock: live v3 at 7, shadow none")
	wantVersions(t, store, stock, "c1")
	wantTagged(t, store, stock, "", "shelf:1")
	wantParked(t, store, stock)
}

func shadowIsHidden(t testing.TB, f ProjectionFixture) {
	store, writer := openStock(t, f, item("a", 1, "shelf:1"), item("b", 1, "shelf:1"))
	mustBegin(t, writer, "v2")
	batch := step(0, 5, item("a", 9, "shelf:1", "shelf:9"), item("c", 1, "shelf:1"))
	batch.Park, batch.Failure = []ports.ParkedEvent{parkedAt(4)}, failureAt(6)
	mustCommit(t, writer, ports.Shadow, batch)
	wantVersions(t, store, stock, "a1 b1")
	wantState(t, store, stock, item("a", 1, "shelf:1"))
	wantNoState(t, store, stock, "c")
	wantTagged(t, store, stock, "a b", "shelf:1")
	wantTagged(t, store, stock, "", "shelf:9")
	wantTagged(t, store, stock, "a b")
	wantParked(t, store, stock)
	mustCommit(t, writer, ports.Shadow, ports.ProjectionBatch{After: 5, UpTo: 6, Delete: []string{"b", "a"}})
	wantVersions(t, store, stock, "a1 b1")
}

func writerTellsCopiesApart(t testing.TB, f ProjectionFixture) {
	_, writer := openStock(t, f, itemsOf("a", "b")...)
	mustBegin(t, writer, "v2")
	mustCommit(t, writer, ports.Shadow, step(0, 5, item("b", 2), item("c", 3)))
	wantCopy(t, writer, ports.Live, "a1 b1")
	wantCopy(t, writer, ports.Shadow, "b2 c3")
	wantLoaded(t, writer, ports.Live, []string{"a", "b", "c", "d"}, "a1 b1")
	wantLoaded(t, writer, ports.Shadow, []string{"a", "b", "c", "d"}, "b2 c3")
	wantLoaded(t, writer, ports.Live, nil, "")
}

func noCopyNoStates(t testing.TB, f ProjectionFixture) {
	store := f.Open(t)
	writer := mustAcquire(t, store, stock)
	for _, which := range []ports.Copy{ports.Live, ports.Shadow} {
		wantCopy(t, writer, which, "")
		wantLoaded(t, writer, which, []string{"a"}, "")
	}
}

func liveGoesOn(t testing.TB, f ProjectionFixture) {
	store, writer := openStock(t, f, itemsOf("a")...)
	mustBegin(t, writer, "v2")
	mustCommit(t, writer, ports.Shadow, step(0, 5, item("a", 7)))
	mustCommit(t, writer, ports.Live, step(10, 11, item("a", 2), item("b", 1)))
	mustCommit(t, writer, ports.Shadow, step(5, 8, item("a", 8)))
	mustCommit(t, writer, ports.Live, step(11, 12, item("b", 2)))
	wantInfo(t, store, stock, "stock: live v1 at 12, shadow v2 at 8")
	wantVersions(t, store, stock, "a2 b2")
	wantCopy(t, writer, ports.Shadow, "a8")
}

func swapTakesAll(t testing.TB, f ProjectionFixture) {
	store, writer := openStock(t, f, itemsOf("a")...)
	mustBegin(t, writer, "v2")
	batch := step(0, 5, item("b", 3, "shelf:1"), item("c", 4, "shelf:1", "shelf:2"))
	batch.Park, batch.Failure = []ports.ParkedEvent{parkedAt(4), parkedAt(2)}, failureAt(6)
	mustCommit(t, writer, ports.Shadow, batch)
	mustSwap(t, writer)
	wantInfo(t, store, stock, `stock: live v2 at 5 with 2 parked stopped at 6 "counted": "no shelf" on 2031-03-05T14:07:09.123456789Z, shadow none`)
	wantVersions(t, store, stock, "b3 c4")
	wantState(t, store, stock, item("c", 4, "shelf:1", "shelf:2"))
	wantTagged(t, store, stock, "b c", "shelf:1")
	wantTagged(t, store, stock, "c", "shelf:2")
	wantParked(t, store, stock, parkedAt(2), parkedAt(4))
	wantCopy(t, writer, ports.Live, "b3 c4")
	mustCommit(t, writer, ports.Live, step(5, 9, item("b", 4)))
	wantInfo(t, store, stock, "stock: live v2 at 9 with 2 parked, shadow none")
	wantVersions(t, store, stock, "b4 c4")
}

func swapLeavesNothing(t testing.TB, f ProjectionFixture) {
	store, writer := openStock(t, f, item("a", 1, "shelf:1"), item("b", 1, "shelf:1", "shelf:2"))
	batch := step(10, 11)
	batch.Park, batch.Failure = []ports.ParkedEvent{parkedAt(11)}, failureAt(12)
	mustCommit(t, writer, ports.Live, batch)
	mustBegin(t, writer, "v2")
	mustCommit(t, writer, ports.Shadow, step(0, 5, item("b", 2, "shelf:3")))
	mustSwap(t, writer)
	wantInfo(t, store, stock, "stock: live v2 at 5, shadow none")
	wantVersions(t, store, stock, "b2")
	wantNoState(t, store, stock, "a")
	wantTagged(t, store, stock, "", "shelf:1")
	wantTagged(t, store, stock, "", "shelf:2")
	wantTagged(t, store, stock, "b", "shelf:3")
	wantParked(t, store, stock)
	wantCopy(t, writer, ports.Shadow, "")
	wantLoaded(t, writer, ports.Live, []string{"a", "b"}, "b2")
	mustBegin(t, writer, "v3")
	wantCopy(t, writer, ports.Shadow, "")
}

func swapOfNothing(t testing.TB, f ProjectionFixture) {
	store := f.Open(t)
	writer := mustAcquire(t, store, stock)
	if err := writer.Swap(t.Context()); !errors.Is(err, ports.ErrCheckpoint) {
		t.Errorf("Swap of a projection without copies = %v, want ports.ErrCheckpoint", err)
	}
	wantInfo(t, store, stock, "stock: live none, shadow none")
	mustRelease(t, writer)
	writer = mustBuild(t, store, stock, itemsOf("a", "b")...)
	if err := writer.Swap(t.Context()); !errors.Is(err, ports.ErrCheckpoint) {
		t.Errorf("Swap without a shadow = %v, want ports.ErrCheckpoint", err)
	}
	wantInfo(t, store, stock, "stock: live v1 at 10, shadow none")
	wantVersions(t, store, stock, "a1 b1")
}

func swapAgainAndAgain(t testing.TB, f ProjectionFixture) {
	store, writer := openStock(t, f, item("a", 1, "shelf:1"))
	for round := 2; round < 8; round++ {
		mustBegin(t, writer, "again")
		mustCommit(t, writer, ports.Shadow, step(0, position(round), item("a", round, "shelf:1"), item("b", 1, "shelf:1")))
		mustCommit(t, writer, ports.Shadow, ports.ProjectionBatch{After: position(round), UpTo: 10, Delete: []string{"b"}})
		mustSwap(t, writer)
		wantState(t, store, stock, item("a", round, "shelf:1"))
		wantTagged(t, store, stock, "a", "shelf:1")
	}
	wantInfo(t, store, stock, "stock: live again at 10, shadow none")
}

func dropRemovesTheShadow(t testing.TB, f ProjectionFixture) {
	store, writer := openStock(t, f, itemsOf("a")...)
	drop := func() {
		t.Helper()
		if err := writer.Drop(t.Context()); err != nil {
			t.Errorf("Drop() = %v, want nil", err)
		}
	}
	drop()
	mustBegin(t, writer, "v2")
	mustCommit(t, writer, ports.Shadow, step(0, 5, item("a", 2), item("b", 1)))
	drop()
	drop()
	wantInfo(t, store, stock, "stock: live v1 at 10, shadow none")
	wantVersions(t, store, stock, "a1")
	wantCopy(t, writer, ports.Shadow, "")
	if err := writer.Swap(t.Context()); !errors.Is(err, ports.ErrCheckpoint) {
		t.Errorf("Swap after Drop = %v, want ports.ErrCheckpoint", err)
	}
	mustBegin(t, writer, "v3")
	wantCopy(t, writer, ports.Shadow, "")
}

func projectionsAreSeparate(t testing.TB, f ProjectionFixture) {
	store, writer := openStock(t, f, item("a", 1, "shelf:1"), item("b", 1))
	sales := mustBuild(t, store, "sales", item("a", 5, "shelf:1"), item("c", 6))
	mustCommit(t, sales, ports.Live, ports.ProjectionBatch{After: 10, UpTo: 12, Delete: []string{"a"}, Park: []ports.ParkedEvent{parkedAt(12)}})
	mustCommit(t, writer, ports.Live, step(10, 11, item("a", 2, "shelf:1")))
	wantVersions(t, store, stock, "a2 b1")
	wantVersions(t, store, "sales", "c6")
	wantTagged(t, store, stock, "a", "shelf:1")
	wantTagged(t, store, "sales", "", "shelf:1")
	wantInfo(t, store, stock, "stock: live v1 at 11, shadow none")
	wantInfo(t, store, "sales", "sales: live v1 at 12 with 1 parked, shadow none")
	mustBegin(t, sales, "v2")
	mustSwap(t, sales)
	wantVersions(t, store, stock, "a2 b1")
	wantVersions(t, store, "sales", "")
}

func projectionsAreListed(t testing.TB, f ProjectionFixture) {
	store := f.Open(t)
	for _, name := range []string{"stock", "a_b", "9-lives", "a-b", "a", strings.Repeat("z", ports.MaxProjectionNameBytes)} {
		mustBuild(t, store, name)
	}
	mustBegin(t, mustAcquire(t, store, "being-made"), "v7")
	infos, err := store.Projections(t.Context())
	if err != nil {
		t.Fatalf("Projections() = %v, want no error", err)
	}
	var got []string
	for _, info := range infos {
		got = append(got, infoPicture(info))
	}
	want := []string{
		"9-lives: live v1 at 10, shadow none",
		"a: live v1 at 10, shadow none",
		"a-b: live v1 at 10, shadow none",
		"a_b: live v1 at 10, shadow none",
		"being-made: live none, shadow v7 at 0",
		"stock: live v1 at 10, shadow none",
		strings.Repeat("z", ports.MaxProjectionNameBytes) + ": live v1 at 10, shadow none",
	}
	if g, w := strings.Join(got, "\n"), strings.Join(want, "\n"); g != w {
		t.Errorf("Projections() =\n%s\nwant\n%s", g, w)
	}
}

func projectionStoresAreSeparate(t testing.TB, f ProjectionFixture) {
	one, _ := openStock(t, f, itemsOf("a")...)
	two := f.Open(t)
	wantInfo(t, two, stock, "stock: live none, shadow none")
	mustBuild(t, two, stock, itemsOf("b")...)
	wantVersions(t, one, stock, "a1")
	wantVersions(t, two, stock, "b1")
}
