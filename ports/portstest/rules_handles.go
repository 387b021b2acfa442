package portstest

import (
	"fmt"
	"testing"
	"time"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

var secondHandleRules = []Rule{
	{"two handles see each other's appends at once", handlesSeeEachOther},
	{"a condition sees what another handle appended", conditionsSeeOtherHandles},
	{"fifty appends by each of two handles leave no hole and lose nothing", fiftyAppendsEach},
	{"of appends by two handles that demand an empty store, exactly one wins", emptyStoreAcrossHandles},
	{"of concurrent appends by two handles under one boundary, exactly one wins", oneWinsAcrossHandles},
	{"a subscription yields what another handle appends", subscriptionAcrossHandles},
	{"RecordedAt never goes backwards across handles whose clocks differ", recordedAtAcrossHandles},
	{"closing one handle leaves the other usable", closingOneHandle},
	{"a result is a snapshot even when another handle appends", snapshotAcrossHandles},
}

func openTwo(t testing.TB, f Fixture) (one, two ports.EventStore) {
	t.Helper()
	one = open(t, f)
	return one, secondHandle(t, f, one, newClock())
}

func handlesSeeEachOther(t testing.TB, f Fixture) {
	one, two := openTwo(t, f)
	for n, want := range []string{"0", "0 1", "0 1 2", "0 1 2 3", "0 1 2 3 4", "0 1 2 3 4 5"} {
		writer, reader := one, two
		if n%2 == 1 {
			writer, reader = two, one
		}
		positions := mustAppend(t, writer, named(fmt.Sprint(n), "written", "by:both"))
		if head := mustHead(t, reader); head != positions.Last {
			t.Fatalf("the other handle's Head() = %d after an append at %d", head, positions.Last)
		}
		for _, query := range []domain.Query{domain.All(), ofType("written"), tagged("by:both")} {
			if got := names(t, reader, query, forwards); got != want {
				t.Fatalf("the other handle's Read(%v) = %q, want %q", query, got, want)
			}
		}
	}
	wantSame(t, readAll(t, one), readAll(t, two))
}

func conditionsSeeOtherHandles(t testing.TB, f Fixture) {
	one, two := openTwo(t, f)
	mustAppend(t, one, event("opened", "shop"))
	seen := mustHead(t, two)
	conflict := mustConflict(t, two, []domain.Event{event("opened", "shop")}, none(tagged("shop")))
	wantConflict(t, conflict, ports.ConflictError{Position: 1, Type: "opened", Tags: []domain.Tag{"shop"}})
	mustAppend(t, one, event("closed", "shop"))
	conflict = mustConflict(t, two, []domain.Event{event("opened", "shop")}, noneAfter(seen, tagged("shop")))
	wantConflict(t, conflict, ports.ConflictError{After: 1, Position: 2, Type: "closed", Tags: []domain.Tag{"shop"}})
	mustAppendIf(t, two, []domain.Event{event("opened", "shop")}, noneAfter(2, tagged("shop")))
	mustConflict(t, one, []domain.Event{event("opened", "shop")}, noneAfter(2, tagged("shop")))
}

func fiftyAppendsEach(t testing.TB, f Fixture) {
	const each = 50
	one, two := openTwo(t, f)
	handles := []ports.EventStore{one, two}
	together(t, f, 2, func(i int) {
		for n := range each {
			mustAppendLater(t, handles[i], named(fmt.Sprintf("%d-%d", i, n), "written", domain.Tag(fmt.Sprintf("mine:%d-%d", i, n))))
		}
	})
	wantDense(t, one, 2*each)
	wantDense(t, two, 2*each)
	for i := range handles {
		for n := range each {
			name := fmt.Sprintf("%d-%d", i, n)
			if got := names(t, handles[1-i], tagged(domain.Tag("mine:"+name)), forwards); got != name {
				t.Errorf("the other handle finds %q by the tag of event %s", got, name)
			}
		}
	}
}

func emptyStoreAcrossHandles(t testing.TB, f Fixture) {
	one, two := openTwo(t, f)
	handles := []ports.EventStore{one, two}
	wantOneWinner(t, race(t, f, racers, func(i int) (domain.Positions, error) {
		return handles[i%2].Append(t.Context(), []domain.Event{event("founded")}, none(domain.All()))
	}))
	wantDense(t, one, 1)
	wantDense(t, two, 1)
}

func oneWinsAcrossHandles(t testing.TB, f Fixture) {
	one, two := openTwo(t, f)
	handles := []ports.EventStore{one, two}
	for range rounds {
		seen := mustHead(t, two)
		won := wantOneWinner(t, race(t, f, racers, func(i int) (domain.Positions, error) {
			return handles[i%2].Append(t.Context(), []domain.Event{event("opened", "shop"), event("counted")}, noneAfter(seen, tagged("shop")))
		}))
		if a, b := mustHead(t, one), mustHead(t, two); a != won.Last || b != won.Last {
			t.Errorf("the handles' heads are %d and %d, and the winner ends at %d", a, b, won.Last)
		}
	}
}

func subscriptionAcrossHandles(t testing.TB, f Fixture) {
	one, two := openTwo(t, f)
	mustAppend(t, one, named("a", "opened"))
	fl := follow(t, two.Subscribe(t.Context(), domain.All(), 0))
	wantFollowed(t, f, fl, 1, "a")
	mustAppend(t, one, named("b", "opened"), named("c", "opened"))
	mustAppend(t, two, named("d", "opened"))
	mustAppend(t, one, named("e", "opened"))
	wantFollowed(t, f, fl, 5, "b c d e")
}

func recordedAtAcrossHandles(t testing.TB, f Fixture) {
	ahead, behind := newClock(), newClock()
	ahead.set(dayOne.Add(time.Hour))
	one := f.Open(t, ahead)
	two := secondHandle(t, f, one, behind)
	mustAppend(t, two, event("a"))
	mustAppend(t, one, event("b"))
	mustAppend(t, two, event("c"))
	all := wantDense(t, two, 3)
	for i, want := range []time.Duration{0, time.Hour, time.Hour} {
		if got := all[i].RecordedAt; got.Before(dayOne.Add(want)) {
			t.Errorf("event %d was recorded at %v, want %v or later", i, got, dayOne.Add(want))
		}
	}
}

func closingOneHandle(t testing.TB, f Fixture) {
	one, two := openTwo(t, f)
	mustAppend(t, one, named("a", "opened"))
	fl := follow(t, two.Subscribe(t.Context(), domain.All(), 0))
	wantFollowed(t, f, fl, 1, "a")
	mustClose(t, f, one)
	mustAppend(t, two, named("b", "opened"))
	wantFollowed(t, f, fl, 2, "b")
	if got, want := names(t, two, domain.All(), forwards), "a b"; got != want {
		t.Errorf("the other handle reads %q, want %q", got, want)
	}
}

func snapshotAcrossHandles(t testing.TB, f Fixture) {
	one, two := openTwo(t, f)
	mustAppend(t, one, named("a", "opened"), named("b", "opened"))
	result := mustRead(t, two, domain.All(), forwards)
	mustAppend(t, one, named("c", "opened"))
	if got := namesOf(collect(t, result)); got != "a b" || result.Head != 2 {
		t.Errorf("a result from before the append yields %q and head %d, want %q and 2", got, result.Head, "a b")
	}
}
