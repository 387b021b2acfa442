package coursemanagement_test

import (
	"context"
	"maps"
	"reflect"
	"slices"
	"testing"

	"github.com/opossum-go/opossum/adapters/memory"
	"github.com/opossum-go/opossum/decision"
	"github.com/opossum-go/opossum/domain"
	school "github.com/opossum-go/opossum/examples/coursemanagement"
	"github.com/opossum-go/opossum/examples/coursemanagement/seed/term"
	"github.com/opossum-go/opossum/ports"
	"github.com/opossum-go/opossum/projection"
)

// TestAWholeTermShowsTheSameHoweverItIsFolded follows a term while it goes on, and
// holds what the screens show in the end against a fold from scratch and against
// what decisions would see.
func TestAWholeTermShowsTheSameHoweverItIsFolded(t *testing.T) {
	t.Parallel()
	plan, err := term.New(term.Presets()["small"], term.Options{})
	if err != nil {
		t.Fatal(err)
	}
	store, states := memory.New(memory.Options{}), memory.NewProjections()
	runner, err := projection.NewRunner(store, states, projection.Options{BatchSize: 100}, school.Projections()...)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- runner.Run(ctx) }()
	defer func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}()

	events := stored(t, store, plan)
	students := sameAsAFold(t, school.ShortInfoOfStudents(), states, events)
	sameAsAFold(t, school.DetailsOfStudents(), states, events)
	courses := sameAsAFold(t, school.ShortInfoOfCourses(), states, events)
	sameAsAFold(t, school.DetailsOfCourses(), states, events)

	for id, shown := range students {
		allowance := school.AllowanceOf(id)
		if _, err := decision.Load(t.Context(), store, allowance); err != nil {
			t.Fatal(err)
		}
		if a := allowance.State(); a.Tier != shown.Value.Tier || a.Taken != shown.Value.Courses || a.UsedUp() != shown.Value.MaxedOut() {
			t.Errorf("student %q is shown as %+v, a decision sees %+v", id, shown.Value, a)
		}
	}
	for id, shown := range courses {
		seats := school.SeatsOf(id)
		if _, err := decision.Load(t.Context(), store, seats); err != nil {
			t.Fatal(err)
		}
		if s := seats.State(); s.Capacity != shown.Value.Capacity || s.Taken != shown.Value.Students || s.Full() != shown.Value.Full() {
			t.Errorf("course %q is shown as %+v, a decision sees %+v", id, shown.Value, s)
		}
	}
	if len(students) == 0 || len(courses) == 0 {
		t.Errorf("the term has %d students and %d courses", len(students), len(courses))
	}
}

// stored appends the events of a term, a few at a time, and returns them.
func stored(t *testing.T, store ports.EventStore, plan *term.Term) []domain.SequencedEvent {
	t.Helper()
	var all []domain.Event
	for e, err := range plan.Events() {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, e)
	}
	for some := range slices.Chunk(all, 20) {
		if _, err := store.Append(t.Context(), some); err != nil {
			t.Fatal(err)
		}
	}
	read, err := store.Read(t.Context(), domain.All(), ports.ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var events []domain.SequencedEvent
	for e, err := range read.Events {
		if err != nil {
			t.Fatal(err)
		}
		events = append(events, e)
	}
	return events
}

// sameAsAFold holds the states of a projection that has taken all events into
// account against a fold, and returns them.
func sameAsAFold[S any](t *testing.T, d *projection.Definition[S], states ports.ProjectionReader, events []domain.SequencedEvent) map[string]projection.State[S] {
	t.Helper()
	view, shown := d.View(states), make(map[string]projection.State[S])
	if err := view.Wait(t.Context(), domain.Position(len(events))); err != nil {
		t.Fatal(err)
	}
	for s, err := range view.All(t.Context(), projection.Selection{}) {
		if err != nil {
			t.Fatal(err)
		}
		shown[s.Key] = s
	}
	folded, err := projection.Fold(d, events)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := slices.Sorted(maps.Keys(shown)), slices.Sorted(maps.Keys(folded)); !slices.Equal(got, want) {
		t.Errorf("%s: got the keys %q, want %q", d.Name(), got, want)
	}
	for key, want := range folded {
		if got := shown[key]; !reflect.DeepEqual(got, want) {
			t.Errorf("%s %q: got\n%+v\nwant\n%+v", d.Name(), key, got, want)
		}
	}
	return shown
}
