package portstest

import (
	"testing"
	"time"

	"github.com/opossum-go/opossum/domain"
)

var reopenRules = []Rule{
	{"acknowledged events survive closing and opening again, in every detail", eventsSurviveReopening},
	{"positions go on where they ended after opening again", positionsGoOnAfterReopening},
	{"conditions see the events from before opening again", conditionsSeeEarlierEvents},
	{"what was refused does not appear after opening again", refusedStaysRefused},
	{"RecordedAt never goes backwards across opening again", recordedAtAcrossReopening},
	{"ids are not issued twice across opening again", idsAcrossReopening},
	{"a subscription resumes after opening again", subscriptionAcrossReopening},
	{"an empty store is empty after opening again", emptyAfterReopening},
}

func eventsSurviveReopening(t testing.TB, f Fixture) {
	clock := newClock()
	store := f.Open(t, clock)
	mustAppend(t, store, unsorted(), named("b", "closed"))
	clock.set(dayOne.Add(time.Hour))
	full := named("c", "noted", "tag:1", "tag:2")
	full.Metadata = domain.Metadata{
		ID: "id", OccurredAt: dayOne.In(time.FixedZone("", -5*3600)), CorrelationID: "corr", CausationID: "cause", OperationID: "op", UserID: "user",
		Values: map[string]string{"k": "v"},
	}
	mustAppend(t, store, full)
	before := readAll(t, store)
	for range 2 {
		store = reopen(t, f, store, clock)
		wantUnchanged(t, store, before)
	}
	wantSelections(t, store, []selection{
		{tagged("tag:1"), forwards, "c"},
		{ofType("closed"), forwards, "b"},
		{ofType("closed", "noted"), backwards(forwards), "c b"},
	})
}

func positionsGoOnAfterReopening(t testing.TB, f Fixture) {
	store := openDay(t, f)
	for n := range 3 {
		store = reopen(t, f, store, newClock())
		if positions := mustAppend(t, store, event("counted"), event("counted")); positions.First != domain.Position(7+2*n) {
			t.Errorf("after opening again the next position is %d, want %d", positions.First, 7+2*n)
		}
	}
	wantDense(t, store, 12)
}

func conditionsSeeEarlierEvents(t testing.TB, f Fixture) {
	store := reopen(t, f, openDay(t, f), newClock())
	wantVerdicts(t, store, []verdict{
		{0, domain.All(), false},
		{0, ofType("counted"), false},
		{3, ofType("counted"), false},
		{4, ofType("counted"), true},
		{5, tagged("shop"), false},
		{6, tagged("shop"), true},
		{0, tagged("night"), true},
	})
}

func refusedStaysRefused(t testing.TB, f Fixture) {
	store := openDay(t, f)
	before := readAll(t, store)
	mustConflict(t, store, []domain.Event{event("refused"), event("refused")}, none(ofType("opened")))
	wantInvalid(t, store, []domain.Event{event("refused"), event("")})
	store = reopen(t, f, store, newClock())
	wantUnchanged(t, store, before)
}

func recordedAtAcrossReopening(t testing.TB, f Fixture) {
	clock := newClock()
	store := f.Open(t, clock)
	mustAppend(t, store, event("a"))
	clock.set(dayOne.Add(-24 * time.Hour))
	store = reopen(t, f, store, clock)
	mustAppend(t, store, event("b"))
	clock.set(dayOne.Add(24 * time.Hour))
	mustAppend(t, store, event("c"))
	all := wantDense(t, store, 3)
	for i, want := range []time.Time{dayOne, dayOne, dayOne.Add(24 * time.Hour)} {
		if got := all[i].RecordedAt; got.Before(want) {
			t.Errorf("event %d was recorded at %v, want %v or later", i, got, want)
		}
	}
}

func idsAcrossReopening(t testing.TB, f Fixture) {
	store := open(t, f)
	mustAppend(t, store, event("a"), event("b"))
	store = reopen(t, f, store, newClock())
	mustAppend(t, store, event("c"), event("d"))
	seen := map[string]bool{"": true}
	for _, e := range readAll(t, store) {
		if seen[e.Metadata.ID] {
			t.Errorf("the id %q of the event at position %d was issued before", e.Metadata.ID, e.Position)
		}
		seen[e.Metadata.ID] = true
	}
}

func subscriptionAcrossReopening(t testing.TB, f Fixture) {
	store := openDay(t, f)
	follow(t, store.Subscribe(t.Context(), ofType("opened"), 0)).until(t, f, 3)
	store = reopen(t, f, store, newClock())
	fl := follow(t, store.Subscribe(t.Context(), ofType("opened"), 3))
	mustAppend(t, store, named("g", "opened"))
	wantFollowed(t, f, fl, 7, "e g")
}

func emptyAfterReopening(t testing.TB, f Fixture) {
	store := reopen(t, f, open(t, f), newClock())
	wantUnchanged(t, store, nil)
	if positions := mustAppendIf(t, store, []domain.Event{event("first")}, none(domain.All())); positions.First != 1 {
		t.Errorf("the first position is %d, want 1", positions.First)
	}
}
