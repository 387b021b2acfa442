package projection_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/opossum-go/opossum/adapters/memory"
	"github.com/opossum-go/opossum/decision"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
	"github.com/opossum-go/opossum/projection"
)

type Defined struct {
	Course   string `json:"course"`
	Capacity int    `json:"capacity"`
}

func (Defined) EventType() string    { return "Defined" }
func (e Defined) Tags() []domain.Tag { return []domain.Tag{domain.NewTag("course", e.Course)} }

type Subscribed struct {
	Course  string `json:"course"`
	Student string `json:"student"`
}

func (Subscribed) EventType() string { return "Subscribed" }
func (e Subscribed) Tags() []domain.Tag {
	return []domain.Tag{domain.NewTag("course", e.Course), domain.NewTag("student", e.Student)}
}

type Closed struct {
	Course string `json:"course"`
}

func (Closed) EventType() string    { return "Closed" }
func (e Closed) Tags() []domain.Tag { return []domain.Tag{domain.NewTag("course", e.Course)} }

type Course struct {
	Capacity int
	Students []string
}

func courses(version int) *projection.Definition[Course] {
	return projection.Define[Course]("courses", version, projection.ByTag("course")).With(
		projection.On(func(_ Course, e Defined) Course { return Course{Capacity: e.Capacity} }),
		projection.On(func(c Course, e Subscribed) Course {
			c.Students = append(c.Students, e.Student)
			return c
		}),
		projection.Delete[Course, Closed](),
	).Tagged(func(_ string, c Course) []domain.Tag {
		return []domain.Tag{domain.NewTag("full", strconv.FormatBool(len(c.Students) >= c.Capacity))}
	})
}

func record(t *testing.T, store ports.Appender, events ...decision.Event) domain.Position {
	t.Helper()
	var stored []domain.Event
	for _, e := range events {
		encoded, err := decision.Encode(e)
		if err != nil {
			t.Fatal(err)
		}
		stored = append(stored, encoded)
	}
	positions, err := store.Append(t.Context(), stored)
	if err != nil {
		t.Fatal(err)
	}
	return positions.Last
}

// start runs the projections until the test ends.
func start(t *testing.T, store projection.EventStore, states ports.ProjectionStore, options projection.Options, projections ...projection.Projection) *projection.Runner {
	t.Helper()
	runner, err := projection.NewRunner(store, states, options, projections...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(run(t, runner))
	return runner
}

// run runs the projections until end is called.
func run(t *testing.T, runner *projection.Runner) (end func()) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- runner.Run(ctx) }()
	return func() {
		t.Helper()
		stop()
		if err := <-ended; err != nil {
			t.Errorf("Run: %v", err)
		}
	}
}

// within bounds what takes milliseconds on a machine with little else to do.
func within(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func TestAProjectionFollowsTheStore(t *testing.T) {
	t.Parallel()
	store, states := memory.New(memory.Options{}), memory.NewProjections()
	record(t, store, Defined{"c1", 1}, Defined{"c2", 5})
	start(t, store, states, projection.Options{}, courses(1))
	last := record(t, store, Subscribed{"c1", "s1"}, Subscribed{"c2", "s1"}, Defined{"c3", 2}, Closed{"c3"})
	view := courses(1).View(states)
	if err := view.Wait(within(t), last); err != nil {
		t.Fatal(err)
	}
	full, err := view.List(t.Context(), projection.Selection{Tags: []domain.Tag{"full:true"}})
	if err != nil {
		t.Fatal(err)
	}
	if len(full) != 1 || full[0].Key != "c1" || full[0].Version != 2 || !slices.Equal(full[0].Value.Students, []string{"s1"}) {
		t.Errorf("full courses: got %+v, want c1 of version 2 with s1", full)
	}
	if n, err := view.Count(t.Context()); n != 2 || err != nil {
		t.Errorf("got %d courses, %v, want 2", n, err)
	}
}

func TestManyEventsGiveTheStatesOfAFold(t *testing.T) {
	t.Parallel()
	store, states := memory.New(memory.Options{}), memory.NewProjections()
	var last domain.Position
	for i := range 300 {
		last = record(t, store, Defined{fmt.Sprint(i % 7), i}, Subscribed{fmt.Sprint(i % 11), fmt.Sprint(i)}, Closed{fmt.Sprint(i % 13)})
	}
	start(t, store, states, projection.Options{BatchSize: 7}, courses(1))
	view := courses(1).View(states)
	if err := view.Wait(within(t), last); err != nil {
		t.Fatal(err)
	}
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
	want, err := projection.Fold(courses(1), events)
	if err != nil {
		t.Fatal(err)
	}
	got := make(map[string]projection.State[Course])
	for s, err := range view.All(t.Context(), projection.Selection{}) {
		if err != nil {
			t.Fatal(err)
		}
		got[s.Key] = s
	}
	if !maps.EqualFunc(got, want, func(a, b projection.State[Course]) bool { return fmt.Sprint(a) == fmt.Sprint(b) }) {
		t.Errorf("got\n%v\nwant\n%v", got, want)
	}
}
