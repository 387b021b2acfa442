package filesystem_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/opossum-go/opossum/adapters/filesystem"
	"github.com/opossum-go/opossum/domain"
)

// countedIDs makes ids that say how many were made before.
type countedIDs struct{ made int }

func (c *countedIDs) NewID() string {
	c.made++
	return fmt.Sprintf("made-%04d", c.made)
}

// partlyNamed makes events of which every third has an id.
func partlyNamed(count int) []domain.Event {
	events := make([]domain.Event, count)
	for i := range events {
		events[i].Type = "Happened"
		if i%3 == 2 {
			events[i].Metadata.ID = fmt.Sprintf("given-%04d", i)
		}
	}
	return events
}

func TestEventsKeepTheirIDsAndOthersGetNewOnesInTheirOrder(t *testing.T) {
	for _, count := range []int{1, 2, 3, 200, 1000} {
		t.Run(fmt.Sprint("events=", count), func(t *testing.T) {
			dir := t.TempDir()
			store := openStore(t, dir, filesystem.Options{})
			events := partlyNamed(count)
			mustAppend(t, store, events...)
			mustAppend(t, store, events...)
			var made []string
			for i, e := range eventsOf(t, dir) {
				switch given := events[i%count].Metadata.ID; {
				case given == "":
					made = append(made, e.Metadata.ID)
				case e.Metadata.ID != given:
					t.Errorf("event %d has the id %q, want %q", i, e.Metadata.ID, given)
				}
			}
			if want := 2 * (count - count/3); len(made) != want {
				t.Fatalf("%d events have a new id, want %d", len(made), want)
			}
			if !slices.IsSorted(made) || len(slices.Compact(slices.Clone(made))) != len(made) {
				t.Error("the new ids are not different and sorted as their events are")
			}
		})
	}
}

func TestIDsOfTheOptionsAreAskedForOnceForEachEventThatHasNone(t *testing.T) {
	dir := t.TempDir()
	ids := &countedIDs{}
	store := openStore(t, dir, filesystem.Options{IDs: ids})
	mustAppend(t, store, partlyNamed(200)...)
	want := &countedIDs{}
	for i, e := range eventsOf(t, dir) {
		if i%3 != 2 {
			if next := want.NewID(); e.Metadata.ID != next {
				t.Errorf("event %d has the id %q, want %q", i, e.Metadata.ID, next)
			}
		}
	}
	if ids.made != want.made {
		t.Errorf("%d ids were made, want %d", ids.made, want.made)
	}
}

func TestNoIDIsMadeForABatchThatIsRefused(t *testing.T) {
	ids := &countedIDs{}
	store := openStore(t, t.TempDir(), filesystem.Options{IDs: ids})
	events := partlyNamed(200)
	events[150].Type = ""
	if _, err := store.Append(t.Context(), events); err == nil {
		t.Error("an event without a type was appended")
	}
	if ids.made != 0 {
		t.Errorf("%d ids were made", ids.made)
	}
}

// badIDs panics when it is asked for more than a few ids.
type badIDs struct{ countedIDs }

func (b *badIDs) NewID() string {
	if b.made == 100 {
		panic("no more ids")
	}
	return b.countedIDs.NewID()
}

func TestAPanicOfTheIDsReachesTheCallerAndTheStoreGoesOn(t *testing.T) {
	ids := &badIDs{}
	store := openStore(t, t.TempDir(), filesystem.Options{IDs: ids})
	func() {
		defer func() {
			if r := recover(); r != "no more ids" {
				t.Errorf("Append() panicked with %v, want what the ids panicked with", r)
			}
		}()
		_, err := store.Append(t.Context(), partlyNamed(200))
		t.Errorf("Append() = %v, want a panic", err)
	}()
	ids.made = 0
	if got := mustAppend(t, store, partlyNamed(90)...); got.First != 1 {
		t.Errorf("the next event has position %d, want 1", got.First)
	}
}
