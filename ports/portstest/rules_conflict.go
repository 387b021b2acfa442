package portstest

import (
	"errors"
	"slices"
	"testing"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

var conflictRules = []Rule{
	{"a conflict names the first matching event past After: position, type and tags", conflictNamesTheFirstMatch},
	{"a conflict names the first condition that failed, by its index", conflictNamesTheCondition},
	{"a conflict leaves the store unchanged", conflictChangesNothing},
	{"after a conflict the next append works", appendWorksAfterAConflict},
	{"the receiver owns the tags that a conflict names", conflictTagsAreOwned},
}

func wantConflict(t testing.TB, got *ports.ConflictError, want ports.ConflictError) {
	t.Helper()
	if got.Condition != want.Condition {
		t.Errorf("the conflict names condition %d, want %d", got.Condition, want.Condition)
	}
	if got.After != want.After {
		t.Errorf("the conflict says after position %d, want %d", got.After, want.After)
	}
	if got.Position != want.Position {
		t.Errorf("the conflict names the event at position %d, want %d", got.Position, want.Position)
	}
	if got.Type != want.Type || !slices.Equal(got.Tags, want.Tags) {
		t.Errorf("the conflict names an event %s %v, want %s %v", got.Type, got.Tags, want.Type, want.Tags)
	}
}

func conflictNamesTheFirstMatch(t testing.TB, f Fixture) {
	store := openDay(t, f)
	mustAppend(t, store, named("g", "opened", "shop", "day", "bar"))
	batch := []domain.Event{event("unrelated")}
	day, both := []domain.Tag{"day"}, []domain.Tag{"day", "shop"}
	for _, row := range []struct {
		after domain.Position
		query domain.Query
		want  ports.ConflictError
	}{
		{0, domain.All(), ports.ConflictError{Position: 1, Type: "opened", Tags: both}},
		{2, domain.All(), ports.ConflictError{After: 2, Position: 3, Type: "opened", Tags: day}},
		{0, ofType("closed"), ports.ConflictError{Position: 2, Type: "closed", Tags: day}},
		{2, ofType("closed"), ports.ConflictError{After: 2, Position: 6, Type: "closed", Tags: both}},
		{1, tagged("shop"), ports.ConflictError{After: 1, Position: 4, Type: "counted", Tags: both}},
		{4, tagged("shop"), ports.ConflictError{After: 4, Position: 5, Type: "opened", Tags: both}},
		{5, ofType("opened"), ports.ConflictError{After: 5, Position: 7, Type: "opened", Tags: []domain.Tag{"bar", "day", "shop"}}},
		{1, items(domain.OfTypes("counted"), domain.OfTypes("closed")), ports.ConflictError{After: 1, Position: 2, Type: "closed", Tags: day}},
		{1, items(domain.OfTypes("closed"), domain.OfTypes("counted")), ports.ConflictError{After: 1, Position: 2, Type: "closed", Tags: day}},
		{2, items(domain.OfTypes("closed"), domain.OfTypes("counted")), ports.ConflictError{After: 2, Position: 4, Type: "counted", Tags: both}},
	} {
		wantConflict(t, mustConflict(t, store, batch, noneAfter(row.after, row.query)), row.want)
	}

	untagged := open(t, f)
	mustAppend(t, untagged, event("ticked"))
	wantConflict(t, mustConflict(t, untagged, batch, none(ofType("ticked"))), ports.ConflictError{Position: 1, Type: "ticked"})
}

func conflictNamesTheCondition(t testing.TB, f Fixture) {
	store := openDay(t, f)
	batch := []domain.Event{event("unrelated")}
	holds := none(ofType("burnt"))
	both := []domain.Tag{"day", "shop"}
	wantConflict(t, mustConflict(t, store, batch, noneAfter(3, ofType("counted")), holds),
		ports.ConflictError{Condition: 0, After: 3, Position: 4, Type: "counted", Tags: both})
	wantConflict(t, mustConflict(t, store, batch, holds, noneAfter(3, ofType("counted"))),
		ports.ConflictError{Condition: 1, After: 3, Position: 4, Type: "counted", Tags: both})
	// Both of the last two fail; the later one names an earlier event and does not count.
	wantConflict(t, mustConflict(t, store, batch, holds, holds, noneAfter(5, ofType("closed")), none(ofType("opened"))),
		ports.ConflictError{Condition: 2, After: 5, Position: 6, Type: "closed", Tags: both})
	wantConflict(t, mustConflict(t, store, batch, holds, none(ofType("opened")), noneAfter(5, ofType("closed"))),
		ports.ConflictError{Condition: 1, Position: 1, Type: "opened", Tags: both})
}

func conflictChangesNothing(t testing.TB, f Fixture) {
	store := openDay(t, f)
	before := readAll(t, store)
	batch := []domain.Event{event("opened", "shop"), event("burnt"), event("closed", "night")}
	mustConflict(t, store, batch, none(ofType("opened")))
	mustConflict(t, store, batch, none(ofType("burnt")), noneAfter(3, tagged("shop")))
	wantUnchanged(t, store, before)
	wantSelections(t, store, []selection{
		{ofType("burnt"), forwards, ""},
		{tagged("night"), forwards, ""},
		{tagged("shop"), forwards, "a d e f"},
	})
	mustAppendIf(t, store, []domain.Event{event("burnt")}, none(ofType("burnt")), none(tagged("night")))
}

func appendWorksAfterAConflict(t testing.TB, f Fixture) {
	store := openDay(t, f)
	within(t, f, "appends after a conflict", func() {
		for range 3 {
			if _, err := store.Append(t.Context(), []domain.Event{event("opened")}, none(domain.All())); !errors.Is(err, ports.ErrConflict) {
				t.Errorf("Append = %v, want a conflict", err)
			}
		}
		mustAppendLater(t, store, named("g", "closed"))
	})
	if got, want := names(t, store, ofType("closed"), forwards), "b f g"; got != want {
		t.Errorf("the store holds %q, want %q", got, want)
	}
}

func conflictTagsAreOwned(t testing.TB, f Fixture) {
	store := openDay(t, f)
	before := pictures(t, store)
	conflict := mustConflict(t, store, []domain.Event{event("opened")}, none(tagged("shop")))
	for i := range conflict.Tags {
		conflict.Tags[i] = "spoilt"
	}
	wantPictures(t, store, before)
}
