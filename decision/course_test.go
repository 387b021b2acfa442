package decision_test

import (
	"testing"
	"time"

	"github.com/opossum-go/opossum/adapters/memory"
	"github.com/opossum-go/opossum/decision"
	"github.com/opossum-go/opossum/domain"
)

// The domain of these tests: courses with a capacity, students who subscribe.

type CourseDefined struct {
	Course   string `json:"course"`
	Capacity int    `json:"capacity"`
}

func (CourseDefined) EventType() string    { return "CourseDefined" }
func (e CourseDefined) Tags() []domain.Tag { return []domain.Tag{course(e.Course)} }

type StudentSubscribed struct {
	Student string `json:"student"`
	Course  string `json:"course"`
}

func (StudentSubscribed) EventType() string { return "StudentSubscribed" }
func (e StudentSubscribed) Tags() []domain.Tag {
	return []domain.Tag{student(e.Student), course(e.Course)}
}

type InvoiceCreated struct {
	Number int `json:"number"`
}

func (InvoiceCreated) EventType() string    { return "InvoiceCreated" }
func (e InvoiceCreated) Tags() []domain.Tag { return nil }

func course(id string) domain.Tag  { return domain.NewTag("course", id) }
func student(id string) domain.Tag { return domain.NewTag("student", id) }

// SeatsLeft is the number of free seats of a course.
func SeatsLeft(id string) *decision.Model[int] {
	return decision.New(0, course(id)).With(
		decision.On(func(_ int, e CourseDefined) int { return e.Capacity }),
		decision.On(func(left int, _ StudentSubscribed) int { return left - 1 }))
}

// CoursesOf is the set of courses that a student takes.
func CoursesOf(id string) *decision.Model[map[string]bool] {
	return decision.New(map[string]bool{}, student(id)).With(
		decision.On(func(taken map[string]bool, e StudentSubscribed) map[string]bool {
			taken[e.Course] = true
			return taken
		}))
}

// NextInvoice is the number of the next invoice of all.
func NextInvoice() *decision.Model[int] {
	return decision.New(1).With(
		decision.On(func(_ int, e InvoiceCreated) int { return e.Number + 1 }))
}

func mustAppend(t testing.TB, store *memory.Store, events ...decision.Event) domain.Positions {
	t.Helper()
	var encoded []domain.Event
	for _, e := range events {
		stored, err := decision.Encode(e)
		if err != nil {
			t.Fatalf("Encode(%+v) failed: %v", e, err)
		}
		encoded = append(encoded, stored)
	}
	positions, err := store.Append(t.Context(), encoded)
	if err != nil {
		t.Fatalf("Append failed: %v", err)
	}
	return positions
}

// sequenced puts events at the positions 1, 2, 3 …
func sequenced(t testing.TB, events ...decision.Event) []domain.SequencedEvent {
	t.Helper()
	var out []domain.SequencedEvent
	for i, e := range events {
		stored, err := decision.Encode(e)
		if err != nil {
			t.Fatalf("Encode(%+v) failed: %v", e, err)
		}
		out = append(out, domain.SequencedEvent{
			Position: domain.Position(i + 1), RecordedAt: time.Unix(int64(i), 0).UTC(), Event: stored,
		})
	}
	return out
}
