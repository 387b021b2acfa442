package coursesubscriptions_test

import (
	"context"
	"sync"
	"sync/atomic"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/opossum-go/opossum/application"
	"github.com/opossum-go/opossum/decision"
	"github.com/opossum-go/opossum/domain"
	courses "github.com/opossum-go/opossum/examples/coursesubscriptions"
	"github.com/opossum-go/opossum/ports"
	"github.com/opossum-go/opossum/specs/internal/stage"
)

// answer is what came of one command.
type answer struct {
	result application.Result
	err    error
}

// race lets two commands decide on the same facts: neither is appended before both
// are decided. It returns the answer of the one whose first attempt was stored,
// and that of the other.
func race(ctx context.Context, here, there ports.EventStore, commands [2]command) (winner, loser answer) {
	GinkgoHelper()
	var (
		undecided atomic.Int32
		both      = make(chan struct{})
		answers   [2]answer
		running   sync.WaitGroup
	)
	undecided.Store(2)
	for i, store := range []ports.EventStore{here, there} {
		running.Go(func() {
			answers[i].result, answers[i].err = application.Decide(ctx, store, func(d *application.Decision) error {
				err := commands[i].Decide(d)
				if d.Attempt() > 1 {
					return err
				}
				if undecided.Add(-1) == 0 {
					close(both)
				}
				select {
				case <-both:
					return err
				case <-ctx.Done():
					return ctx.Err()
				}
			})
		})
	}
	running.Wait()
	if answers[0].result.Attempts == 1 {
		return answers[0], answers[1]
	}
	return answers[1], answers[0]
}

var _ = DescribeTableSubtree("Two commands that were decided on the same facts", func(open stage.Opener) {
	var here, there ports.EventStore
	BeforeEach(func(ctx SpecContext) { here, there = open(ctx, GinkgoTB()) })

	DescribeTable("are not both stored: the slower one decides again and is refused",
		func(ctx SpecContext, given []decision.Event, twins [2]command, refusal courses.Refusal) {
			stage.Store(ctx, GinkgoTB(), here, facts(given...)...)
			head := domain.Position(len(given))

			winner, loser := race(ctx, here, there, twins)

			Expect(winner.err).NotTo(HaveOccurred())
			Expect(winner.result.Attempts).To(Equal(1))
			Expect(winner.result.Positions).To(Equal(domain.Positions{First: head + 1, Last: head + 1}))

			Expect(loser.err).To(Equal(refusal))
			Expect(loser.result.Attempts).To(Equal(2))
			Expect(loser.result.Conflicts).To(HaveLen(1))
			happened := stage.After(ctx, GinkgoTB(), here, head)
			Expect(happened).To(HaveLen(1))
			Expect(*loser.result.Conflicts[0]).To(Equal(ports.ConflictError{
				After: head, Position: head + 1, Type: happened[0].Type, Tags: happened[0].Tags,
			}), "the conflict names the winner's event")
		},
		Entry("two students and the last seat",
			[]decision.Event{
				courses.CourseDefined{Course: "c1", Capacity: 2},
				courses.StudentSubscribedToCourse{Student: "s1", Course: "c1"},
			},
			[2]command{courses.SubscribeStudent{Student: "s2", Course: "c1"}, courses.SubscribeStudent{Student: "s3", Course: "c1"}},
			courses.Refusal(`Course "c1" is already fully booked`)),
		Entry("one student, four courses, and a fifth and a sixth at once",
			[]decision.Event{
				courses.CourseDefined{Course: "c5", Capacity: 10},
				courses.CourseDefined{Course: "c6", Capacity: 10},
				courses.StudentSubscribedToCourse{Student: "s1", Course: "c1"},
				courses.StudentSubscribedToCourse{Student: "s1", Course: "c2"},
				courses.StudentSubscribedToCourse{Student: "s1", Course: "c3"},
				courses.StudentSubscribedToCourse{Student: "s1", Course: "c4"},
			},
			[2]command{courses.SubscribeStudent{Student: "s1", Course: "c5"}, courses.SubscribeStudent{Student: "s1", Course: "c6"}},
			courses.Refusal("Student already subscribed to 5 courses")),
		Entry("one student and one course, twice",
			[]decision.Event{courses.CourseDefined{Course: "c1", Capacity: 10}},
			[2]command{courses.SubscribeStudent{Student: "s1", Course: "c1"}, courses.SubscribeStudent{Student: "s1", Course: "c1"}},
			courses.Refusal("Student already subscribed to this course")),
		Entry("two courses with one id",
			nil,
			[2]command{courses.DefineCourse{Course: "c1", Capacity: 10}, courses.DefineCourse{Course: "c1", Capacity: 15}},
			courses.Refusal(`Course with id "c1" already exists`)),
		Entry("one change of capacity, twice",
			[]decision.Event{courses.CourseDefined{Course: "c1", Capacity: 10}},
			[2]command{courses.ChangeCourseCapacity{Course: "c1", NewCapacity: 15}, courses.ChangeCourseCapacity{Course: "c1", NewCapacity: 15}},
			courses.Refusal("New capacity 15 is the same as the current capacity")),
	)
}, adapters)

var _ = DescribeTableSubtree("A subscription of s1 to c1, when something is stored between its decision and its append", func(open stage.Opener) {
	var here, there ports.EventStore
	BeforeEach(func(ctx SpecContext) {
		here, there = open(ctx, GinkgoTB())
		stage.Store(ctx, GinkgoTB(), here, facts(
			courses.CourseDefined{Course: "c1", Capacity: 2},
			courses.CourseDefined{Course: "c2", Capacity: 10})...)
	})

	// subscribe decides, lets between happen on the other handle, and goes on.
	subscribe := func(ctx SpecContext, between domain.Event) answer {
		GinkgoHelper()
		result, err := application.Decide(ctx, here, func(d *application.Decision) error {
			err := courses.SubscribeStudent{Student: "s1", Course: "c1"}.Decide(d)
			if d.Attempt() == 1 {
				stage.Store(ctx, GinkgoTB(), there, between)
			}
			return err
		})
		return answer{result, err}
	}
	subscription := func(student, course string) domain.Event {
		return facts(courses.StudentSubscribedToCourse{Student: student, Course: course})[0]
	}

	DescribeTable("is not disturbed by",
		func(ctx SpecContext, between domain.Event) {
			got := subscribe(ctx, between)
			Expect(got.err).NotTo(HaveOccurred())
			Expect(got.result.Attempts).To(Equal(1))
			Expect(got.result.Conflicts).To(BeEmpty())
			Expect(got.result.Positions.First).To(Equal(domain.Position(4)))
		},
		Entry("another student in another course", subscription("s2", "c2")),
		Entry("a new course", facts(courses.CourseDefined{Course: "c3", Capacity: 1})[0]),
		Entry("another capacity of another course", facts(courses.CourseCapacityChanged{Course: "c2", NewCapacity: 1})[0]),
		Entry("an event about the course and the student that no rule asks for",
			domain.Event{Type: "CertificatePrinted", Tags: []domain.Tag{"course:c1", "student:s1"}}),
	)

	DescribeTable("is decided again, and accepted, after",
		func(ctx SpecContext, between domain.Event) {
			got := subscribe(ctx, between)
			Expect(got.err).NotTo(HaveOccurred())
			Expect(got.result.Attempts).To(Equal(2))
			Expect(got.result.Conflicts).To(HaveLen(1))
			Expect(got.result.Conflicts[0].Position).To(Equal(domain.Position(3)))
			Expect(got.result.Positions.First).To(Equal(domain.Position(4)))
		},
		Entry("another student in the same course", subscription("s2", "c1")),
		Entry("the same student in another course", subscription("s1", "c2")),
		Entry("another capacity of the course", facts(courses.CourseCapacityChanged{Course: "c1", NewCapacity: 1})[0]),
	)

	It("is refused when the course lost all its seats", func(ctx SpecContext) {
		got := subscribe(ctx, facts(courses.CourseCapacityChanged{Course: "c1", NewCapacity: 0})[0])
		Expect(got.err).To(Equal(courses.Refusal(`Course "c1" is already fully booked`)))
		Expect(got.result.Attempts).To(Equal(2))
		Expect(stage.After(ctx, GinkgoTB(), here, 3)).To(BeEmpty())
	})
}, adapters)
