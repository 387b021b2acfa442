package portstest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/opossum-go/opossum/domain"
)

var appendRules = []Rule{
	{"positions start at 1 and follow each other without holes", positionsAreDense},
	{"an append returns the positions that its events got", appendReturnsItsPositions},
	{"the events of a batch keep their order", batchKeepsItsOrder},
	{"equal events are two events", equalEventsAreTwo},
	{"a refused append leaves no hole in the positions", refusedAppendLeavesNoHole},
	{"a batch with one invalid event is refused as a whole", batchIsAllOrNone},
	{"an unconditional append sent twice lands twice", unconditionalLandsTwice},
	{"two stores see nothing of each other", storesAreSeparate},
}

func positionsAreDense(t testing.TB, f Fixture) {
	store := open(t, f)
	want := domain.Position(0)
	for _, size := range []int{1, 3, 1, 20, 2} {
		batch := make([]domain.Event, size)
		for i := range batch {
			batch[i] = event("counted")
		}
		positions := mustAppend(t, store, batch...)
		if positions.First != want+1 || positions.Last != want+domain.Position(size) {
			t.Fatalf("Append of %d events after position %d = positions %d to %d, want the next ones", size, want, positions.First, positions.Last)
		}
		want = positions.Last
	}
	wantDense(t, store, int(want))
	if head := mustHead(t, store); head != want {
		t.Errorf("Head() = %d, want %d", head, want)
	}
}

func appendReturnsItsPositions(t testing.TB, f Fixture) {
	store, total := open(t, f), 0
	for i := range 4 {
		batch := []domain.Event{named(fmt.Sprintf("first%d", i), "counted")}
		for n := range i {
			batch = append(batch, named(fmt.Sprintf("more%d-%d", i, n), "counted"))
		}
		positions := mustAppend(t, store, batch...)
		total += len(batch)
		if want := domain.Position(total); positions.Last != want {
			t.Fatalf("append %d returned positions %d to %d, want them to end at %d", i, positions.First, positions.Last, want)
		}
		all := wantDense(t, store, total)
		for n, e := range all[positions.First-1:] {
			if string(e.Data) != string(batch[n].Data) {
				t.Errorf("position %d of append %d holds %s, want %s", e.Position, i, e.Data, batch[n].Data)
			}
		}
	}
}

func batchKeepsItsOrder(t testing.TB, f Fixture) {
	store := open(t, f)
	want := make([]string, 25)
	batch := make([]domain.Event, len(want))
	for i := range batch {
		// Types and tags in an order of their own must not become the events' order.
		batch[i] = named(fmt.Sprint(i), fmt.Sprintf("t%02d", (i*7)%25), domain.Tag(fmt.Sprintf("g%d", (i*3)%5)))
		want[i] = fmt.Sprint(i)
	}
	mustAppend(t, store, batch...)
	if got, want := names(t, store, domain.All(), forwards), strings.Join(want, " "); got != want {
		t.Errorf("a batch of 25 came back as %s, want %s", got, want)
	}
}

func equalEventsAreTwo(t testing.TB, f Fixture) {
	store := open(t, f)
	twin := named("twin", "born", "family:1")
	twin.Metadata.ID = "one id for both"
	mustAppend(t, store, twin, twin)
	mustAppend(t, store, twin)
	if got, want := names(t, store, tagged("family:1"), forwards), "twin twin twin"; got != want {
		t.Errorf("three equal events came back as %q, want %q", got, want)
	}
}

func refusedAppendLeavesNoHole(t testing.TB, f Fixture) {
	store := open(t, f)
	mustAppend(t, store, event("opened"))
	for range 3 {
		mustConflict(t, store, []domain.Event{event("opened"), event("opened")}, none(ofType("opened")))
		if _, err := store.Append(t.Context(), []domain.Event{event("")}); err == nil {
			t.Fatal("an event without a type was accepted")
		}
	}
	if positions := mustAppend(t, store, event("closed")); positions.First != 2 {
		t.Errorf("after refused appends the next event got position %d, want 2", positions.First)
	}
}

func batchIsAllOrNone(t testing.TB, f Fixture) {
	store := openDay(t, f)
	before := readAll(t, store)
	wantInvalid(t, store, []domain.Event{event("good"), event("good", "tag"), event("bad", "")})
	wantInvalid(t, store, []domain.Event{event("good"), {Type: "bad", Data: []byte("{")}})
	wantUnchanged(t, store, before)
}

func unconditionalLandsTwice(t testing.TB, f Fixture) {
	store := open(t, f)
	batch := []domain.Event{named("a", "sent", "to:x"), named("b", "sent", "to:x")}
	mustAppend(t, store, batch...)
	mustAppend(t, store, batch...)
	if got, want := names(t, store, tagged("to:x"), forwards), "a b a b"; got != want {
		t.Errorf("a batch sent twice came back as %q, want %q", got, want)
	}
}

func storesAreSeparate(t testing.TB, f Fixture) {
	one, two := open(t, f), open(t, f)
	mustAppend(t, one, named("one", "seen", "tag"))
	if head := mustHead(t, two); head != 0 {
		t.Errorf("the head of another store moved to %d", head)
	}
	mustAppendIf(t, two, []domain.Event{named("two", "seen", "tag")}, none(domain.All()))
	if got := names(t, one, tagged("tag"), forwards); got != "one" {
		t.Errorf("the first store holds %q, want %q", got, "one")
	}
	if got := names(t, two, tagged("tag"), forwards); got != "two" {
		t.Errorf("the second store holds %q, want %q", got, "two")
	}
}
