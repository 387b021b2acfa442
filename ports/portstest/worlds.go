package portstest

import (
	"testing"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// Small worlds that several rules look at. The name of an event is its data.

// openDay returns a store with six events a to f, of three types and two tags.
//
//	a opened [day shop]    c opened [day]         e opened [day shop]
//	b closed [day]         d counted [day shop]   f closed [day shop]
func openDay(t testing.TB, f Fixture) ports.EventStore {
	t.Helper()
	store := open(t, f)
	mustAppend(t, store,
		named("a", "opened", "day", "shop"),
		named("b", "closed", "day"),
		named("c", "opened", "day"),
	)
	mustAppend(t, store,
		named("d", "counted", "day", "shop"),
		named("e", "opened", "day", "shop"),
		named("f", "closed", "day", "shop"),
	)
	return store
}

// openLookAlikes returns a store with eight events 1 to 8 of one type, whose tags
// contain each other as texts.
func openLookAlikes(t testing.TB, f Fixture) ports.EventStore {
	t.Helper()
	store := open(t, f)
	mustAppend(t, store,
		named("1", "seen", "box:red"),
		named("2", "seen", "box:red", "lid:oak"),
		named("3", "seen", "lid:oak", "box:red"),
		named("4", "seen", "lid:oak"),
		named("5", "seen", "lid:oaken"),
		named("6", "seen", "box:red", "lid:notoak"),
		named("7", "seen", "lid:oak", "box:red", "oak:lid"),
		named("8", "seen", "lid:oa", "box:notred", "oak:red"),
	)
	return store
}

// openThree returns a store with one event x and then, in one append, y and z.
//
//	x first [tx]    y second [ta tb]    z third [ta tc]
func openThree(t testing.TB, f Fixture) ports.EventStore {
	t.Helper()
	store := open(t, f)
	mustAppend(t, store, named("x", "first", "tx"))
	mustAppend(t, store,
		named("y", "second", "ta", "tb"),
		named("z", "third", "ta", "tc"),
	)
	return store
}

func items(items ...domain.QueryItem) domain.Query { return domain.NewQuery(items...) }

func backwards(options ports.ReadOptions) ports.ReadOptions {
	options.Backwards = true
	return options
}

// selection is one question to a world, and the names of the events that answer it.
type selection struct {
	query   domain.Query
	options ports.ReadOptions
	want    string
}

func wantSelections(t testing.TB, store ports.Reader, rows []selection) {
	t.Helper()
	for _, row := range rows {
		if got := names(t, store, row.query, row.options); got != row.want {
			t.Errorf("Read(%v, %+v) = %q, want %q", row.query, row.options, got, row.want)
		}
	}
}
