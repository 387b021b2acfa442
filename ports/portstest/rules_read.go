package portstest

import (
	"fmt"
	"math"
	"testing"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

var readRules = []Rule{
	{"an empty store has head 0 and nothing to read", emptyStoreHasNothing},
	{"After skips up to and including its position", afterIsExclusive},
	{"Before skips from its position on", beforeIsExclusive},
	{"After and Before bound a window from both sides, in either direction", afterAndBeforeBoundAWindow},
	{"Backwards yields the newest event first", backwardsIsNewestFirst},
	{"After and Before mean the same when reading backwards", boundsMeanTheSameBackwards},
	{"Limit keeps the first matching events in the direction of the read", limitKeepsTheFirst},
	{"Limit counts matching events, not events looked at", limitCountsMatches},
	{"Limit 0 is no limit", limitZeroIsNoLimit},
	{"options compose with a query of several items", optionsComposeWithItems},
	{"a read reports the head of the store, whatever it matches and returns", readReportsTheHead},
	{"polling after the last position seen yields every event once", pollingYieldsEachOnce},
	{"the last event of a query is a backwards read with Limit 1", lastEventOfAQuery},
	{"five hundred events come back in either order", fiveHundredEvents},
}

func emptyStoreHasNothing(t testing.TB, f Fixture) {
	store := open(t, f)
	if head := mustHead(t, store); head != 0 {
		t.Errorf("Head() of an empty store = %d, want 0", head)
	}
	for _, options := range []ports.ReadOptions{{}, {Backwards: true}, {After: 5}, {Before: 5}, {Limit: 1}} {
		result := mustRead(t, store, domain.All(), options)
		if result.Head != 0 {
			t.Errorf("Read(%+v) of an empty store has head %d, want 0", options, result.Head)
		}
		if events := collect(t, result); len(events) != 0 {
			t.Errorf("Read(%+v) of an empty store = %v, want nothing", options, events)
		}
	}
}

func afterIsExclusive(t testing.TB, f Fixture) {
	wantSelections(t, openDay(t, f), []selection{
		{domain.All(), ports.ReadOptions{After: 0}, "a b c d e f"},
		{domain.All(), ports.ReadOptions{After: 1}, "b c d e f"},
		{domain.All(), ports.ReadOptions{After: 3}, "d e f"},
		{domain.All(), ports.ReadOptions{After: 5}, "f"},
		{domain.All(), ports.ReadOptions{After: 6}, ""},
		{domain.All(), ports.ReadOptions{After: 123}, ""},
		{domain.All(), ports.ReadOptions{After: math.MaxUint64}, ""},
		{ofType("opened"), ports.ReadOptions{After: 1}, "c e"},
		{tagged("shop"), ports.ReadOptions{After: 2}, "d e f"},
	})
}

func beforeIsExclusive(t testing.TB, f Fixture) {
	wantSelections(t, openDay(t, f), []selection{
		{domain.All(), ports.ReadOptions{Before: 0}, "a b c d e f"},
		{domain.All(), ports.ReadOptions{Before: 1}, ""},
		{domain.All(), ports.ReadOptions{Before: 2}, "a"},
		{domain.All(), ports.ReadOptions{Before: 6}, "a b c d e"},
		{domain.All(), ports.ReadOptions{Before: 7}, "a b c d e f"},
		{domain.All(), ports.ReadOptions{Before: math.MaxUint64}, "a b c d e f"},
		{ofType("opened"), ports.ReadOptions{Before: 5}, "a c"},
		{tagged("shop"), ports.ReadOptions{Before: 4}, "a"},
	})
}

func afterAndBeforeBoundAWindow(t testing.TB, f Fixture) {
	wantSelections(t, openDay(t, f), []selection{
		{domain.All(), ports.ReadOptions{After: 2, Before: 5}, "c d"},
		{domain.All(), ports.ReadOptions{After: 2, Before: 5, Backwards: true}, "d c"},
		{domain.All(), ports.ReadOptions{After: 2, Before: 4}, "c"},
		{domain.All(), ports.ReadOptions{After: 2, Before: 3}, ""},
		{domain.All(), ports.ReadOptions{After: 4, Before: 4}, ""},
		{domain.All(), ports.ReadOptions{After: 5, Before: 2}, ""},
		{domain.All(), ports.ReadOptions{After: 5, Before: 2, Backwards: true}, ""},
		{domain.All(), ports.ReadOptions{After: 4, Before: 100}, "e f"},
		{domain.All(), ports.ReadOptions{After: 100, Before: 200}, ""},
		{tagged("shop"), ports.ReadOptions{After: 1, Before: 6}, "d e"},
	})
}

func backwardsIsNewestFirst(t testing.TB, f Fixture) {
	wantSelections(t, openDay(t, f), []selection{
		{domain.All(), backwards(forwards), "f e d c b a"},
		{ofType("opened"), backwards(forwards), "e c a"},
		{tagged("shop"), backwards(forwards), "f e d a"},
		{ofType("counted"), backwards(forwards), "d"},
		{ofType("burnt"), backwards(forwards), ""},
	})
}

func boundsMeanTheSameBackwards(t testing.TB, f Fixture) {
	wantSelections(t, openDay(t, f), []selection{
		{domain.All(), ports.ReadOptions{Before: 5, Backwards: true}, "d c b a"},
		{domain.All(), ports.ReadOptions{Before: 2, Backwards: true}, "a"},
		{domain.All(), ports.ReadOptions{Before: 1, Backwards: true}, ""},
		{domain.All(), ports.ReadOptions{Before: 12, Backwards: true}, "f e d c b a"},
		{domain.All(), ports.ReadOptions{After: 4, Backwards: true}, "f e"},
		{domain.All(), ports.ReadOptions{After: 6, Backwards: true}, ""},
		{domain.All(), ports.ReadOptions{After: 1, Backwards: true}, "f e d c b"},
		{ofType("opened"), ports.ReadOptions{After: 1, Backwards: true}, "e c"},
		{ofType("opened"), ports.ReadOptions{Before: 5, Backwards: true}, "c a"},
	})
}

func limitKeepsTheFirst(t testing.TB, f Fixture) {
	wantSelections(t, openDay(t, f), []selection{
		{domain.All(), ports.ReadOptions{Limit: 1}, "a"},
		{domain.All(), ports.ReadOptions{Limit: 3}, "a b c"},
		{domain.All(), ports.ReadOptions{Limit: 6}, "a b c d e f"},
		{domain.All(), ports.ReadOptions{Limit: 100}, "a b c d e f"},
		{domain.All(), ports.ReadOptions{Limit: 3, Backwards: true}, "f e d"},
		{domain.All(), ports.ReadOptions{Limit: 1, After: 1}, "b"},
		{domain.All(), ports.ReadOptions{Limit: 10, After: 10}, ""},
		{domain.All(), ports.ReadOptions{Limit: 10, Before: 11, Backwards: true}, "f e d c b a"},
		{domain.All(), ports.ReadOptions{Limit: 2, Before: 5, Backwards: true}, "d c"},
		{domain.All(), ports.ReadOptions{Limit: 2, After: 1, Before: 5}, "b c"},
	})
}

func limitCountsMatches(t testing.TB, f Fixture) {
	wantSelections(t, openDay(t, f), []selection{
		{ofType("closed"), ports.ReadOptions{Limit: 2}, "b f"},
		{ofType("counted"), ports.ReadOptions{Limit: 1}, "d"},
		{ofType("opened"), ports.ReadOptions{Limit: 2, Backwards: true}, "e c"},
		{tagged("shop"), ports.ReadOptions{Limit: 2}, "a d"},
		{tagged("shop"), ports.ReadOptions{Limit: 2, After: 1}, "d e"},
	})
}

func limitZeroIsNoLimit(t testing.TB, f Fixture) {
	wantSelections(t, openDay(t, f), []selection{
		{domain.All(), ports.ReadOptions{Limit: 0}, "a b c d e f"},
		{tagged("shop"), ports.ReadOptions{Limit: 0, Backwards: true}, "f e d a"},
	})
}

func optionsComposeWithItems(t testing.TB, f Fixture) {
	query := items(domain.OfTypes("closed"), domain.OfTypes("opened").Tagged("shop"), domain.OfTypes("opened", "closed").Tagged("day", "shop"))
	wantSelections(t, openDay(t, f), []selection{
		{query, forwards, "a b e f"},
		{query, backwards(forwards), "f e b a"},
		{query, ports.ReadOptions{After: 2}, "e f"},
		{query, ports.ReadOptions{Before: 3}, "a b"},
		{query, ports.ReadOptions{After: 1, Before: 6}, "b e"},
		{query, ports.ReadOptions{Limit: 1}, "a"},
		{query, ports.ReadOptions{Limit: 3}, "a b e"},
		{query, ports.ReadOptions{Limit: 3, Backwards: true}, "f e b"},
		{query, ports.ReadOptions{After: 1, Before: 6, Limit: 1, Backwards: true}, "e"},
		{query, ports.ReadOptions{After: 2, Limit: 1}, "e"},
	})
}

func readReportsTheHead(t testing.TB, f Fixture) {
	store := openDay(t, f)
	for _, row := range []selection{
		{domain.All(), forwards, ""},
		{ofType("burnt"), forwards, ""},
		{ofType("counted"), forwards, ""},
		{tagged("night"), backwards(forwards), ""},
		{domain.All(), ports.ReadOptions{Limit: 1}, ""},
		{domain.All(), ports.ReadOptions{Limit: 1, Backwards: true}, ""},
		{domain.All(), ports.ReadOptions{Before: 3}, ""},
		{domain.All(), ports.ReadOptions{After: 100}, ""},
		{ofType("opened"), ports.ReadOptions{After: 2, Before: 4, Limit: 1}, ""},
	} {
		if got := mustRead(t, store, row.query, row.options).Head; got != 6 {
			t.Errorf("Read(%v, %+v).Head = %d, want 6", row.query, row.options, got)
		}
	}
	if got := mustHead(t, store); got != 6 {
		t.Errorf("Head() = %d, want 6", got)
	}
	mustAppend(t, store, event("burnt"))
	if got := mustRead(t, store, ofType("counted"), forwards).Head; got != 7 {
		t.Errorf("after one more append Read().Head = %d, want 7", got)
	}
}

func pollingYieldsEachOnce(t testing.TB, f Fixture) {
	store := open(t, f)
	var seen []domain.SequencedEvent
	last := domain.Position(0)
	poll := func() {
		for _, e := range collect(t, mustRead(t, store, ofType("wanted"), ports.ReadOptions{After: last})) {
			seen = append(seen, e)
			last = e.Position
		}
	}
	poll()
	for i := range 5 {
		mustAppend(t, store, named(fmt.Sprintf("w%d", 2*i), "wanted"), event("other"), named(fmt.Sprintf("w%d", 2*i+1), "wanted"))
		poll()
		poll()
	}
	if got, want := namesOf(seen), "w0 w1 w2 w3 w4 w5 w6 w7 w8 w9"; got != want {
		t.Errorf("polling saw %q, want %q", got, want)
	}
}

func lastEventOfAQuery(t testing.TB, f Fixture) {
	last := ports.ReadOptions{Limit: 1, Backwards: true}
	wantSelections(t, open(t, f), []selection{{domain.All(), last, ""}})
	wantSelections(t, openDay(t, f), []selection{
		{domain.All(), last, "f"},
		{ofType("opened"), last, "e"},
		{ofType("counted"), last, "d"},
		{items(domain.OfTypes("closed").Tagged("day")), last, "f"},
		{tagged("night"), last, ""},
	})
}

func fiveHundredEvents(t testing.TB, f Fixture) {
	const n = 500
	store := open(t, f)
	batch := make([]domain.Event, n)
	for i := range batch {
		batch[i] = event("numbered", domain.Tag(fmt.Sprintf("parity:%d", i%2)))
	}
	mustAppend(t, store, batch...)

	up := positionsOf(readAll(t, store))
	down := positionsOf(collect(t, mustRead(t, store, domain.All(), backwards(forwards))))
	if len(up) != n || len(down) != n {
		t.Fatalf("read %d events forwards and %d backwards, want %d", len(up), len(down), n)
	}
	for i := range n {
		if up[i] != domain.Position(i+1) || down[i] != domain.Position(n-i) {
			t.Fatalf("element %d is at position %d forwards and %d backwards, want %d and %d", i, up[i], down[i], i+1, n-i)
		}
	}
	odd := collect(t, mustRead(t, store, tagged("parity:1"), backwards(forwards)))
	if len(odd) != n/2 || odd[0].Position != n {
		t.Errorf("backwards by tag: positions %v, want %d from %d on", positionsOf(odd), n/2, n)
	}
}
