package application_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/opossum-go/opossum/adapters/memory"
	"github.com/opossum-go/opossum/application"
	"github.com/opossum-go/opossum/decision"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
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

func course(id string) domain.Tag  { return domain.NewTag("course", id) }
func student(id string) domain.Tag { return domain.NewTag("student", id) }

var (
	errFull  = errors.New("the course is full")
	errTwice = errors.New("the student takes the course already")
)

func SeatsLeft(id string) *decision.Model[int] {
	return decision.New(0, course(id)).With(
		decision.On(func(_ int, e CourseDefined) int { return e.Capacity }),
		decision.On(func(left int, _ StudentSubscribed) int { return left - 1 }))
}

func Takes(studentID, courseID string) *decision.Model[bool] {
	return decision.New(false, student(studentID), course(courseID)).With(
		decision.On(func(bool, StudentSubscribed) bool { return true }))
}

// Subscribe is the command of most tests.
type Subscribe struct {
	Student string `json:"student" validate:"required"`
	Course  string `json:"course"  validate:"required"`
}

func (cmd Subscribe) Decide(d *application.Decision) error {
	seats, taken := SeatsLeft(cmd.Course), Takes(cmd.Student, cmd.Course)
	if err := d.Load(seats, taken); err != nil {
		return err
	}
	if taken.State() {
		return errTwice
	}
	if seats.State() <= 0 {
		return errFull
	}
	return d.Record(StudentSubscribed(cmd))
}

// aCourse returns a store with the course c1, at position 1.
func aCourse(t testing.TB, capacity int) *memory.Store {
	t.Helper()
	store := &memory.Store{}
	mustAppend(t, store, CourseDefined{"c1", capacity})
	return store
}

func mustAppend(t testing.TB, store ports.Appender, events ...decision.Event) {
	t.Helper()
	for _, e := range events {
		stored, err := decision.Encode(e)
		if err != nil {
			t.Fatalf("Encode(%+v) failed: %v", e, err)
		}
		if _, err := store.Append(t.Context(), []domain.Event{stored}); err != nil {
			t.Fatalf("Append failed: %v", err)
		}
	}
}

func allEvents(t testing.TB, store ports.Reader) []domain.SequencedEvent {
	t.Helper()
	read, err := store.Read(t.Context(), domain.All(), ports.ReadOptions{})
	if err != nil {
		t.Fatalf("Read failed: %v", err)
	}
	var events []domain.SequencedEvent
	for e, err := range read.Events {
		if err != nil {
			t.Fatalf("Read yielded: %v", err)
		}
		events = append(events, e)
	}
	return events
}

// quick is a retry without noticeable pauses.
func quick(attempts int) application.Option {
	return application.WithRetry(application.Retry{MaxAttempts: attempts, InitialDelay: 1, MaxDelay: 1})
}

// spy is a store that remembers what it was asked and can be made to fail.
type spy struct {
	*memory.Store

	mu         sync.Mutex // guards the fields below
	reads      int
	appends    int
	conditions [][]domain.AppendCondition
	read       func(n int) error                     // called before the nth read
	append     func(n int, store func() error) error // in place of the nth append; store carries it out
}

func (s *spy) Read(ctx context.Context, q domain.Query, o ports.ReadOptions) (ports.ReadResult, error) {
	s.mu.Lock()
	s.reads++
	n := s.reads
	s.mu.Unlock()
	if s.read != nil {
		if err := s.read(n); err != nil {
			return ports.ReadResult{}, err
		}
	}
	return s.Store.Read(ctx, q, o)
}

func (s *spy) Append(ctx context.Context, events []domain.Event, conditions ...domain.AppendCondition) (positions domain.Positions, err error) {
	s.mu.Lock()
	s.appends++
	n := s.appends
	s.conditions = append(s.conditions, conditions)
	s.mu.Unlock()
	store := func() error {
		positions, err = s.Store.Append(ctx, events, conditions...)
		return err
	}
	if s.append == nil {
		return positions, store()
	}
	if failed := s.append(n, store); failed != nil {
		return domain.Positions{}, failed
	}
	return positions, nil
}

// fixedClock is a clock that stands still.
type fixedClock time.Time

func (c fixedClock) Now() time.Time { return time.Time(c) }

// countingIDs makes id-1, id-2, …
type countingIDs struct {
	mu sync.Mutex
	n  int
}

func (c *countingIDs) NewID() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n++
	return fmt.Sprintf("id-%d", c.n)
}
