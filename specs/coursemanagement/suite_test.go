// Package coursemanagement_test specifies the school of the course management
// example, on every adapter: its rules, what happens when two commands meet, and
// what its screens show.
package coursemanagement_test

import (
	"context"
	"sync"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/opossum-go/opossum/adapters/filesystem"
	"github.com/opossum-go/opossum/adapters/memory"
	"github.com/opossum-go/opossum/application"
	"github.com/opossum-go/opossum/decision"
	"github.com/opossum-go/opossum/domain"
	courses "github.com/opossum-go/opossum/examples/coursemanagement"
	"github.com/opossum-go/opossum/ports"
)

func TestCourseManagement(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "Course management")
}

// opener returns two handles on one new, empty store: two offices.
type opener func(ctx context.Context, clock ports.Clock) (here, there ports.EventStore)

// onEveryStore describes a subject for each adapter, with a new school for each
// spec.
func onEveryStore(subject string, body func(s *school)) bool {
	return DescribeTableSubtree(subject, func(open opener) {
		s := &school{}
		BeforeEach(func(ctx SpecContext) {
			s.clock = &clock{now: time.Date(2026, time.September, 7, 9, 0, 0, 0, time.UTC)}
			s.here, s.there = open(ctx, s.clock)
			s.app = office(s.clock, s.here)
		})
		body(s)
	},
		Entry("in memory", opener(inMemory)),
		Entry("on the file system", opener(inFolder)),
	)
}

func inMemory(_ context.Context, clock ports.Clock) (ports.EventStore, ports.EventStore) {
	store := memory.New(memory.Options{Clock: clock})
	DeferCleanup(store.Close)
	return store, store
}

func inFolder(ctx context.Context, clock ports.Clock) (ports.EventStore, ports.EventStore) {
	GinkgoHelper()
	dir := GinkgoT().TempDir()
	DeferCleanup(func(ctx SpecContext) {
		_, err := filesystem.Verify(ctx, dir)
		Expect(err).NotTo(HaveOccurred(), "the folder verifies after the spec")
	})
	open := func() *filesystem.Store {
		store, err := filesystem.Open(ctx, dir, filesystem.Options{Clock: clock})
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(store.Close)
		return store
	}
	return open(), open()
}

// clock is a clock that moves when a spec says so.
type clock struct {
	mu  sync.Mutex
	now time.Time // guarded by mu
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// school is a store with two offices that work on it.
type school struct {
	*clock
	here, there ports.EventStore
	app         *application.App // works here
}

func office(clock ports.Clock, store ports.EventStore) *application.App {
	app := application.New(store, application.WithClock(clock),
		application.WithRetry(application.Retry{InitialDelay: time.Microsecond, MaxDelay: time.Microsecond}))
	courses.Register(app)
	return app
}

// does carries out commands that are to succeed.
func (s *school) does(ctx context.Context, commands ...any) {
	GinkgoHelper()
	for _, command := range commands {
		_, err := s.app.Execute(ctx, command)
		Expect(err).NotTo(HaveOccurred(), "%T", command)
	}
}

// tries carries out a command and returns how it ended.
func (s *school) tries(ctx context.Context, command any) error {
	_, err := s.app.Execute(ctx, command)
	return err
}

// refuses expects a command to be refused with a sentence, and nothing to be stored.
func (s *school) refuses(ctx context.Context, command any, sentence string) {
	GinkgoHelper()
	before := s.events(ctx)
	Expect(s.tries(ctx, command)).To(Equal(courses.Refusal(sentence)), "%+v", command)
	Expect(s.events(ctx)).To(HaveLen(len(before)))
}

// events returns everything that is stored.
func (s *school) events(ctx context.Context) []decision.Event {
	GinkgoHelper()
	all := []decision.Event{}
	for _, stored := range s.stored(ctx) {
		event, err := courses.Codec().Decode(stored.Event)
		Expect(err).NotTo(HaveOccurred())
		all = append(all, event)
	}
	return all
}

// stored returns everything that is stored, as it is stored.
func (s *school) stored(ctx context.Context) []domain.SequencedEvent {
	GinkgoHelper()
	read, err := s.there.Read(ctx, domain.All(), ports.ReadOptions{})
	Expect(err).NotTo(HaveOccurred())
	var all []domain.SequencedEvent
	for stored, err := range read.Events {
		Expect(err).NotTo(HaveOccurred())
		all = append(all, stored)
	}
	return all
}

// newest returns the newest event.
func (s *school) newest(ctx context.Context) decision.Event {
	GinkgoHelper()
	all := s.events(ctx)
	Expect(all).NotTo(BeEmpty())
	return all[len(all)-1]
}

// Commands that most specs begin with.

func register(student string) courses.RegisterStudent {
	return courses.RegisterStudent{Student: student, Name: "Student " + student, Email: student + "@school.example"}
}

func create(course string, capacity int) courses.CreateCourse {
	return courses.CreateCourse{Course: course, Title: "Course " + course, Capacity: capacity}
}

func enrol(course, student string) courses.EnrolStudent {
	return courses.EnrolStudent{Course: course, Student: student}
}

func book(id, course string, price courses.Cents) courses.DefineCourseBook {
	return courses.DefineCourseBook{Book: id, Course: course, Title: "Book " + id, Price: price}
}

func item(book string, shown courses.Cents) courses.CartItem {
	return courses.CartItem{Book: book, ShownPrice: shown}
}
