package memory_test

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/opossum-go/opossum/adapters/memory"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

func TestTheZeroStoreFillsInTheMachinesTimeAndUUIDs(t *testing.T) {
	var store memory.Store
	before := time.Now()
	appendOne(t, &store)
	after := time.Now()

	e := only(t, &store)
	if e.RecordedAt.Before(before.Round(0)) || e.RecordedAt.After(after) {
		t.Errorf("RecordedAt = %v, want it between %v and %v", e.RecordedAt, before, after)
	}
	if !e.Metadata.OccurredAt.Equal(e.RecordedAt) {
		t.Errorf("OccurredAt = %v, want %v", e.Metadata.OccurredAt, e.RecordedAt)
	}
	if id, err := uuid.Parse(e.Metadata.ID); err != nil || id.Version() != 7 {
		t.Errorf("ID = %q, want a UUID of version 7", e.Metadata.ID)
	}
}

func TestIDsComeFromTheGivenSource(t *testing.T) {
	store := memory.New(memory.Options{IDs: sameID{}})
	appendOne(t, store)
	if got := only(t, store).Metadata.ID; got != "same" {
		t.Errorf("ID = %q, want %q", got, "same")
	}
}

type sameID struct{}

func (sameID) NewID() string { return "same" }

func appendOne(t *testing.T, store *memory.Store) {
	t.Helper()
	if _, err := store.Append(t.Context(), []domain.Event{{Type: "Happened"}}); err != nil {
		t.Fatal(err)
	}
}

func only(t *testing.T, store *memory.Store) domain.SequencedEvent {
	t.Helper()
	result, err := store.Read(t.Context(), domain.All(), ports.ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var events []domain.SequencedEvent
	for e, err := range result.Events {
		if err != nil {
			t.Fatal(err)
		}
		events = append(events, e)
	}
	if len(events) != 1 {
		t.Fatalf("the store holds %d events, want 1", len(events))
	}
	return events[0]
}
