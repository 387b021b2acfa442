package term_test

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/opossum-go/opossum/adapters/memory"
	"github.com/opossum-go/opossum/application"
	"github.com/opossum-go/opossum/decision"
	"github.com/opossum-go/opossum/domain"
	school "github.com/opossum-go/opossum/examples/coursemanagement"
	"github.com/opossum-go/opossum/examples/coursemanagement/seed/term"
	"github.com/opossum-go/opossum/ports"
)

func plan(t *testing.T, preset string, options term.Options) *term.Term {
	t.Helper()
	planned, err := term.New(term.Presets()[preset], options)
	if err != nil {
		t.Fatal(err)
	}
	return planned
}

// events returns all events of a term.
func events(t *testing.T, planned *term.Term) []domain.Event {
	t.Helper()
	all := make([]domain.Event, 0, planned.Len())
	for event, err := range planned.Events() {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, event)
	}
	return all
}

func TestAPresetHasAsManyEventsAsItSays(t *testing.T) {
	t.Parallel()
	for preset, want := range map[string]int{"small": 1_446, "medium": 233_300, "large": 2_324_000} {
		t.Run(preset, func(t *testing.T) {
			t.Parallel()
			if preset == "large" && testing.Short() {
				t.Skip("two million events are planned without -short only")
			}
			if got := plan(t, preset, term.Options{Seed: 1}).Len(); got != want {
				t.Errorf("%d events, want %d", got, want)
			}
		})
	}
}

func TestOneSeedGivesTheSameEventsAnotherOneOthers(t *testing.T) {
	t.Parallel()
	first := events(t, plan(t, "small", term.Options{Seed: 1}))
	if again := events(t, plan(t, "small", term.Options{Seed: 1})); !reflect.DeepEqual(first, again) {
		t.Error("the second time the events differ")
	}
	other := events(t, plan(t, "small", term.Options{Seed: 2}))
	for i := range first {
		if first[i].Metadata.ID == other[i].Metadata.ID {
			t.Fatalf("event %d of another seed has the same id", i)
		}
	}
	if slices.EqualFunc(first, other, func(a, b domain.Event) bool { return string(a.Data) == string(b.Data) }) {
		t.Error("another seed gives the same events")
	}
}

func TestEventsAreOrderedByTimeAndAValidBatch(t *testing.T) {
	t.Parallel()
	planned := plan(t, "small", term.Options{Seed: 5})
	ids, last := make(map[string]bool), term.Start()
	all := events(t, planned)
	if len(all) != planned.Len() {
		t.Errorf("%d events, Len says %d", len(all), planned.Len())
	}
	for i, event := range all {
		if event.Metadata.OccurredAt.Before(last) {
			t.Errorf("event %d occurred at %v, the one before at %v", i, event.Metadata.OccurredAt, last)
		}
		last, ids[event.Metadata.ID] = event.Metadata.OccurredAt, true
	}
	if len(ids) != len(all) {
		t.Errorf("%d ids for %d events", len(ids), len(all))
	}
	if _, err := domain.PrepareEvents(all); err != nil {
		t.Error(err)
	}
}

// clock is set to the time of each event.
type clock struct{ now time.Time }

func (c *clock) Now() time.Time { return c.now }

// command returns the command that is answered with an event.
func command(t *testing.T, event decision.Event) any {
	t.Helper()
	switch e := event.(type) {
	case school.StudentRegistered:
		return school.RegisterStudent(e)
	case school.SubscriptionTierChanged:
		return school.ChangeSubscriptionTier(e)
	case school.CourseCreated:
		return school.CreateCourse(e)
	case school.CourseCapacityChanged:
		return school.ChangeCourseCapacity(e)
	case school.StudentEnrolled:
		return school.EnrolStudent(e)
	case school.AnnouncementPosted:
		return school.PostAnnouncement(e)
	case school.AnnouncementRetracted:
		return school.RetractAnnouncement(e)
	case school.ExamTokenIssued:
		return school.IssueExamToken(e)
	case school.ExamTokenRedeemed:
		return school.RedeemExamToken{Token: e.Token, Student: e.Student}
	case school.ExamTokenRevoked:
		return school.RevokeExamToken{Token: e.Token}
	case school.CourseBookDefined:
		return school.DefineCourseBook(e)
	case school.CourseBookPriceChanged:
		return school.ChangeCourseBookPrice(e)
	case school.CourseBookPurchased:
		return school.PurchaseCourseBook{Student: e.Student, Book: e.Book, ShownPrice: e.Price}
	case school.CourseBooksOrdered:
		order := school.OrderCourseBooks{Student: e.Student}
		for _, line := range e.Lines {
			order.Cart = append(order.Cart, school.CartItem{Book: line.Book, ShownPrice: line.Price})
		}
		return order
	case school.InvoiceIssued:
		return school.IssueInvoice{Customer: e.Customer, Amount: e.Amount}
	default:
		t.Fatalf("no command is answered with %T", event)
		return nil
	}
}

func TestTheSchoolAcceptsATermAsCommandsAndRecordsTheSame(t *testing.T) {
	t.Parallel()
	clock, store := &clock{}, &memory.Store{}
	app := application.New(store, application.WithClock(clock))
	school.Register(app)
	// The second term comes into a store that holds the first one.
	for _, options := range []term.Options{{Seed: 1}, {Seed: 1, Prefix: "again-", LastInvoice: 30}} {
		for i, event := range events(t, plan(t, "small", options)) {
			fact, err := school.Codec().Decode(event)
			if err != nil {
				t.Fatal(err)
			}
			clock.now = event.Metadata.OccurredAt
			result, err := app.Execute(t.Context(), command(t, fact))
			if err != nil {
				t.Fatalf("%+v: event %d, %+v: %v", options, i, fact, err)
			}
			stored := at(t.Context(), t, store, result.Positions.First)
			if stored.Type != event.Type || string(stored.Data) != string(event.Data) {
				t.Fatalf("%+v: event %d is %s %s, the school recorded %s %s", options, i, event.Type, event.Data, stored.Type, stored.Data)
			}
		}
	}
}

// at returns the event at a position.
func at(ctx context.Context, t *testing.T, store ports.Reader, position domain.Position) domain.SequencedEvent {
	t.Helper()
	read, err := store.Read(ctx, domain.All(), ports.ReadOptions{After: position - 1, Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	for event, err := range read.Events {
		if err != nil {
			t.Fatal(err)
		}
		return event
	}
	t.Fatalf("there is no event at position %d", position)
	return domain.SequencedEvent{}
}

func TestATermThatIsTooSmallIsRefused(t *testing.T) {
	t.Parallel()
	for _, preset := range []term.Preset{{}, {Students: 1, Courses: 24}, {Courses: 25}, {Students: 1, Courses: 25, Carts: -1}} {
		if _, err := term.New(preset, term.Options{}); err == nil {
			t.Errorf("%+v was planned", preset)
		}
	}
	if _, err := term.New(term.Preset{Students: 1, Courses: 25}, term.Options{}); err != nil {
		t.Error(err)
	}
}

func TestATermEndsWhenSomebodyElseWrites(t *testing.T) {
	t.Parallel()
	store, planned := &memory.Store{}, plan(t, "small", term.Options{Seed: 1})
	var reached []int
	types, err := planned.Write(t.Context(), store, 0, 500, func(done int) {
		if reached = append(reached, done); done == 1000 {
			if _, err := store.Append(t.Context(), []domain.Event{{Type: "SchoolClosed"}}); err != nil {
				t.Error(err)
			}
		}
	})
	if !errors.Is(err, ports.ErrConflict) {
		t.Errorf("error = %v, want a conflict", err)
	}
	if head, err := store.Head(t.Context()); head != 1001 || err != nil {
		t.Errorf("head = %d, %v; want two batches and the other event", head, err)
	}
	sum := 0
	for _, n := range types {
		sum += n
	}
	if !slices.Equal(reached, []int{500, 1000}) || sum != 1000 {
		t.Errorf("stored was told %v, and types are of %d events; want 500 and 1000", reached, sum)
	}
}
