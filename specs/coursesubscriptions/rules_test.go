package coursesubscriptions_test

import (
	"fmt"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/opossum-go/opossum/application"
	"github.com/opossum-go/opossum/decision"
	"github.com/opossum-go/opossum/domain"
	courses "github.com/opossum-go/opossum/examples/coursesubscriptions"
	"github.com/opossum-go/opossum/ports"
	"github.com/opossum-go/opossum/specs/internal/stage"
)

var _ = DescribeTableSubtree("The course office", func(open stage.Opener) {
	var (
		book  ports.EventStore
		given = func(ctx SpecContext, events ...decision.Event) {
			GinkgoHelper()
			stage.Store(ctx, GinkgoTB(), book, facts(events...)...)
		}
		send = func(ctx SpecContext, c command) error {
			_, err := application.Decide(ctx, book, c.Decide)
			return err
		}
	)
	BeforeEach(func(ctx SpecContext) { book, _ = open(ctx, GinkgoTB()) })

	When("a course has 15 seats", func() {
		BeforeEach(func(ctx SpecContext) { given(ctx, courses.CourseDefined{Course: "c1", Capacity: 15}) })

		It("refuses to change its capacity to 15", func(ctx SpecContext) {
			Expect(send(ctx, courses.ChangeCourseCapacity{Course: "c1", NewCapacity: 15})).
				To(MatchError(courses.Refusal("New capacity 15 is the same as the current capacity")))
		})

		It("compares with the changed capacity, not with the first one", func(ctx SpecContext) {
			given(ctx, courses.CourseCapacityChanged{Course: "c1", NewCapacity: 20})
			Expect(send(ctx, courses.ChangeCourseCapacity{Course: "c1", NewCapacity: 20})).
				To(MatchError(courses.Refusal("New capacity 20 is the same as the current capacity")))
			Expect(send(ctx, courses.ChangeCourseCapacity{Course: "c1", NewCapacity: 15})).To(Succeed())
		})
	})

	When("the only seat of a course is taken", func() {
		BeforeEach(func(ctx SpecContext) {
			given(ctx, courses.CourseDefined{Course: "c1", Capacity: 1}, courses.StudentSubscribedToCourse{Student: "s1", Course: "c1"})
		})

		It("gives the second seat away as soon as there is one", func(ctx SpecContext) {
			given(ctx, courses.CourseCapacityChanged{Course: "c1", NewCapacity: 2})
			Expect(send(ctx, courses.SubscribeStudent{Student: "s2", Course: "c1"})).To(Succeed())
		})

		It("tells a student who sits in it that it is full: that rule is asked first", func(ctx SpecContext) {
			Expect(send(ctx, courses.SubscribeStudent{Student: "s1", Course: "c1"})).
				To(MatchError(courses.Refusal(`Course "c1" is already fully booked`)))
		})
	})

	It("treats a course as full when it has fewer seats than students", func(ctx SpecContext) {
		given(ctx,
			courses.CourseDefined{Course: "c1", Capacity: 10},
			courses.StudentSubscribedToCourse{Student: "s1", Course: "c1"},
			courses.StudentSubscribedToCourse{Student: "s2", Course: "c1"},
			courses.CourseCapacityChanged{Course: "c1", NewCapacity: 1})
		Expect(send(ctx, courses.SubscribeStudent{Student: "s3", Course: "c1"})).
			To(MatchError(courses.Refusal(`Course "c1" is already fully booked`)))
	})

	When("a student takes one course after the other", func() {
		It("accepts five and refuses the sixth", func(ctx SpecContext) {
			for i := range 6 {
				given(ctx, courses.CourseDefined{Course: fmt.Sprintf("c%d", i+1), Capacity: 10})
			}
			for i := range 5 {
				Expect(send(ctx, courses.SubscribeStudent{Student: "s1", Course: fmt.Sprintf("c%d", i+1)})).To(Succeed())
			}
			Expect(send(ctx, courses.SubscribeStudent{Student: "s1", Course: "c6"})).
				To(MatchError(courses.Refusal("Student already subscribed to 5 courses")))
		})
	})

	It("refuses a command that names no student before it looks at any course", func(ctx SpecContext) {
		app := application.New(book)
		courses.Register(app)
		_, err := app.Execute(ctx, courses.SubscribeStudent{Course: "c1"})
		Expect(err).To(MatchError(domain.ErrInvalid))
		Expect(err).To(MatchError(ContainSubstring("studentId")))
	})
}, adapters)
