package portstest

import (
	"math"
	"testing"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

var conditionRules = []Rule{
	{"a condition without After fails on any match in the whole store", conditionWithoutAfter},
	{"a condition ignores events up to and including its After", conditionAfterIsExclusive},
	{"a condition ignores events that its query does not match", conditionIgnoresTheRest},
	{"a condition's items are alternatives, its tags must all be carried", conditionMatchesLikeAQuery},
	{"an After beyond the head is accepted and holds", conditionBeyondTheHead},
	{"a decision made at the head holds until a matching event arrives", decisionAtTheHead},
	{"every condition has an After of its own, and all must hold", conditionsAreIndependent},
	{"an append never conflicts with its own events", ownEventsDoNotCount},
	{"a conditional append whose events match its condition lands once when sent twice", selfMatchingLandsOnce},
	{"a conditional append whose events do not match its condition lands twice when sent twice", othersMatchingLandsTwice},
	{"an append without conditions always holds", unconditionalHolds},
}

// verdict is a condition and whether it holds in a world.
type verdict struct {
	after domain.Position
	query domain.Query
	holds bool
}

// wantVerdicts tries row after row. What it appends on the way matches only All.
func wantVerdicts(t testing.TB, store ports.EventStore, rows []verdict) {
	t.Helper()
	for _, row := range rows {
		condition := noneAfter(row.after, row.query)
		if row.holds {
			mustAppendIf(t, store, []domain.Event{event("unrelated")}, condition)
		} else {
			mustConflict(t, store, []domain.Event{event("unrelated")}, condition)
		}
	}
}

func conditionWithoutAfter(t testing.TB, f Fixture) {
	wantVerdicts(t, open(t, f), []verdict{{0, domain.All(), true}, {0, domain.All(), false}})
	wantVerdicts(t, openDay(t, f), []verdict{
		{0, domain.All(), false},
		{0, ofType("counted"), false},
		{0, ofType("opened"), false},
		{0, items(domain.OfTypes("opened").Tagged("shop")), false},
		{0, tagged("day"), false},
		{0, ofType("burnt"), true},
		{0, tagged("night"), true},
		{0, items(domain.OfTypes("counted").Tagged("night")), true},
		{0, items(domain.OfTypes("burnt").Tagged("day")), true},
	})
}

func conditionAfterIsExclusive(t testing.TB, f Fixture) {
	store := openDay(t, f)
	wantVerdicts(t, store, []verdict{
		{3, ofType("counted"), false}, // d is at 4
		{4, ofType("counted"), true},
		{5, ofType("counted"), true},
		{5, domain.All(), false}, // more has been appended since, too
		{4, ofType("opened"), false},
		{5, ofType("opened"), true},
		{5, tagged("shop"), false},
		{6, tagged("shop"), true},
		{1, items(domain.OfTypes("opened").Tagged("shop")), false},
		{5, items(domain.OfTypes("opened").Tagged("shop")), true},
	})
	head := mustHead(t, store)
	wantVerdicts(t, store, []verdict{{head - 1, domain.All(), false}, {head, domain.All(), true}, {head, domain.All(), false}})
}

func conditionIgnoresTheRest(t testing.TB, f Fixture) {
	store := openDay(t, f)
	seen := mustHead(t, store)
	mustAppend(t, store, event("opened", "night"), event("closed"), event("shut", "shop:2"))
	wantVerdicts(t, store, []verdict{
		{seen, tagged("shop"), true},
		{seen, items(domain.OfTypes("opened").Tagged("day")), true},
		{seen, items(domain.OfTypes("counted"), domain.OfTypes("closed").Tagged("shop")), true},
		{seen, ofType("opened"), false},
		{seen, tagged("night"), false},
	})
}

func conditionMatchesLikeAQuery(t testing.TB, f Fixture) {
	wantVerdicts(t, openThree(t, f), []verdict{
		{0, domain.All(), false},
		{1, domain.All(), false},
		{0, ofType("first"), false},
		{0, ofType("none", "first"), false},
		{1, ofType("second"), false},
		{0, tagged("tx"), false},
		{1, tagged("ta"), false},
		{0, items(domain.OfTypes("first").Tagged("tx")), false},
		{1, items(domain.OfTypes("second").Tagged("ta")), false},
		{0, tagged("ta", "tb"), false},
		{0, items(domain.Tagged("tb"), domain.Tagged("tc")), false},
		{0, items(domain.Tagged("tx"), domain.Tagged("ty")), false},
		{0, items(domain.Tagged("ty"), domain.Tagged("tx")), false},
		{0, items(domain.OfTypes("second").Tagged("tb"), domain.OfTypes("third").Tagged("tc")), false},

		{0, ofType("fourth"), true},
		{0, tagged("ty"), true},
		{0, tagged("tb", "tc"), true},
		{0, tagged("tx", "ta"), true},
		{0, tagged("t"), true},
		{0, ofType("firs"), true},
		{0, items(domain.OfTypes("first").Tagged("ta")), true},
		{0, items(domain.OfTypes("second").Tagged("tc"), domain.OfTypes("third").Tagged("tb")), true},
		{1, ofType("first"), true},
		{1, tagged("tx"), true},
		{1, items(domain.OfTypes("first").Tagged("tx")), true},
		{1, items(domain.Tagged("tx"), domain.OfTypes("fourth")), true},
	})
	wantVerdicts(t, openLookAlikes(t, f), []verdict{
		{7, tagged("lid:oak"), true},
		{7, tagged("box:red"), true},
		{7, tagged("lid:oa"), false},
		{4, tagged("lid:oak"), false},
	})
}

func conditionBeyondTheHead(t testing.TB, f Fixture) {
	for _, after := range []domain.Position{7, 123, 1 << 40, math.MaxInt64, math.MaxUint64} {
		wantVerdicts(t, openDay(t, f), []verdict{{after, ofType("opened"), true}, {after, tagged("night"), true}})
		wantVerdicts(t, open(t, f), []verdict{{after, items(domain.OfTypes("burnt").Tagged("shop")), true}})
	}
}

func decisionAtTheHead(t testing.TB, f Fixture) {
	store := openDay(t, f)
	query := items(domain.OfTypes("opened").Tagged("shop"))
	for _, name := range []string{"g", "h"} {
		seen := mustRead(t, store, query, forwards).Head
		mustAppendIf(t, store, []domain.Event{named(name, "opened", "shop")}, noneAfter(seen, query))
	}
	if got, want := names(t, store, query, forwards), "a e g h"; got != want {
		t.Errorf("after two decisions the query selects %q, want %q", got, want)
	}

	empty := open(t, f)
	seen := mustRead(t, empty, query, forwards).Head
	mustAppend(t, empty, named("theirs", "opened", "shop"))
	mustConflict(t, empty, []domain.Event{named("mine", "opened", "shop")}, noneAfter(seen, query))

	seen = mustRead(t, store, tagged("shop"), forwards).Head
	mustAppend(t, store, named("theirs", "mended", "shop"))
	mustConflict(t, store, []domain.Event{named("mine", "opened", "shop")}, noneAfter(seen, tagged("shop")))
	seen = mustRead(t, store, tagged("shop"), forwards).Head
	mustAppendIf(t, store, []domain.Event{named("i", "opened", "shop")}, noneAfter(seen, tagged("shop")))
	if got, want := names(t, store, tagged("shop"), forwards), "a d e f g h theirs i"; got != want {
		t.Errorf("after a conflict and a new decision the query selects %q, want %q", got, want)
	}
}

func conditionsAreIndependent(t testing.TB, f Fixture) {
	// openDay: b closed at 2, d counted at 4, f closed at 6.
	burnt, counted, closed := ofType("burnt"), ofType("counted"), ofType("closed")
	store := openDay(t, f)
	unrelated := []domain.Event{event("unrelated")}
	mustAppendIf(t, store, unrelated, noneAfter(4, counted), none(burnt), noneAfter(6, closed))
	mustAppendIf(t, store, unrelated, noneAfter(6, closed), noneAfter(4, counted), none(burnt))
	mustConflict(t, store, unrelated, noneAfter(3, counted), noneAfter(6, closed))
	mustConflict(t, store, unrelated, noneAfter(4, counted), noneAfter(5, closed))
	mustConflict(t, store, unrelated, noneAfter(100, counted), none(burnt), none(counted))
	mustConflict(t, store, unrelated, noneAfter(6, counted), noneAfter(1, counted), noneAfter(6, counted))
	mustAppendIf(t, store, unrelated, noneAfter(6, counted), noneAfter(4, counted), noneAfter(5, counted))

	// Merging conditions into one query with one After gives another answer than these.
	mustAppendIf(t, store, unrelated, none(burnt), noneAfter(5, counted))
	mustConflict(t, store, unrelated, none(counted), noneAfter(6, burnt))
}

func ownEventsDoNotCount(t testing.TB, f Fixture) {
	store := open(t, f)
	mustAppendIf(t, store, []domain.Event{named("a", "opened", "shop")}, none(tagged("shop")))
	mustAppendIf(t, store, []domain.Event{named("b", "opened", "bar"), named("c", "opened", "bar")}, none(tagged("bar")))
	mustAppendIf(t, store, []domain.Event{named("d", "closed", "inn"), named("e", "opened", "inn")},
		noneAfter(3, domain.All()), none(ofType("closed")), none(tagged("inn")))
	if got, want := names(t, store, domain.All(), forwards), "a b c d e"; got != want {
		t.Errorf("the store holds %q, want %q", got, want)
	}
}

func selfMatchingLandsOnce(t testing.TB, f Fixture) {
	store := openDay(t, f)
	batch := []domain.Event{named("g", "ordered", "order:1"), named("h", "ordered", "order:1")}
	positions := mustAppendIf(t, store, batch, none(tagged("order:1")))
	for _, condition := range []domain.AppendCondition{none(tagged("order:1")), noneAfter(6, ofType("ordered"))} {
		if conflict := mustConflict(t, store, batch, condition); conflict.Position != positions.First {
			t.Errorf("the second try conflicts with position %d, want %d, where the first one landed", conflict.Position, positions.First)
		}
	}
	if got, want := names(t, store, tagged("order:1"), forwards), "g h"; got != want {
		t.Errorf("a batch sent twice under its own condition came back as %q, want %q", got, want)
	}
}

func othersMatchingLandsTwice(t testing.TB, f Fixture) {
	store := openDay(t, f)
	batch := []domain.Event{named("g", "ordered", "order:1")}
	for range 2 {
		mustAppendIf(t, store, batch, none(tagged("order:2")), noneAfter(6, ofType("opened")))
	}
	if got, want := names(t, store, tagged("order:1"), forwards), "g g"; got != want {
		t.Errorf("a batch sent twice under a condition on other events came back as %q, want %q", got, want)
	}
}

func unconditionalHolds(t testing.TB, f Fixture) {
	store := openDay(t, f)
	mustAppend(t, store, named("g", "opened", "shop"))
	var no []domain.AppendCondition
	mustAppendIf(t, store, []domain.Event{named("h", "opened", "shop")}, no...)
	if got, want := names(t, store, tagged("shop"), forwards), "a d e f g h"; got != want {
		t.Errorf("the store holds %q, want %q", got, want)
	}
}
