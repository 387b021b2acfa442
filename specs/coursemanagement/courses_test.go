package coursemanagement_test

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/opossum-go/opossum/domain"
	courses "github.com/opossum-go/opossum/examples/coursemanagement"
)

var _ = onEveryStore("A course", func(s *school) {
	BeforeEach(func(ctx SpecContext) { s.does(ctx, create("go", 2), register("ada"), register("eva"), register("ben")) })

	It("is created once", func(ctx SpecContext) {
		s.refuses(ctx, create("go", 5), `Course "go" exists already`)
	})

	It("has at least one seat", func(ctx SpecContext) {
		Expect(s.tries(ctx, create("sql", 0))).To(MatchError(domain.ErrInvalid))
		Expect(s.tries(ctx, courses.ChangeCourseCapacity{Course: "go", Capacity: -1})).To(MatchError(domain.ErrInvalid))
	})

	It("gets more seats or fewer", func(ctx SpecContext) {
		s.does(ctx, courses.ChangeCourseCapacity{Course: "go", Capacity: 1})
		Expect(s.newest(ctx)).To(Equal(courses.CourseCapacityChanged{Course: "go", Capacity: 1}))
		s.does(ctx, courses.ChangeCourseCapacity{Course: "go", Capacity: 2})
	})

	It("refuses the capacity it has, the changed one included", func(ctx SpecContext) {
		s.refuses(ctx, courses.ChangeCourseCapacity{Course: "go", Capacity: 2}, `Course "go" has 2 seats already`)
		s.does(ctx, courses.ChangeCourseCapacity{Course: "go", Capacity: 3})
		s.refuses(ctx, courses.ChangeCourseCapacity{Course: "go", Capacity: 3}, `Course "go" has 3 seats already`)
	})

	It("takes no seat away from a student", func(ctx SpecContext) {
		s.does(ctx, enrol("go", "ada"), enrol("go", "eva"))
		s.refuses(ctx, courses.ChangeCourseCapacity{Course: "go", Capacity: 1}, `Course "go" has 2 students, too many for 1 seats`)
	})

	It("has to exist", func(ctx SpecContext) {
		s.refuses(ctx, courses.ChangeCourseCapacity{Course: "sql", Capacity: 3}, `There is no course "sql"`)
	})
})

var _ = onEveryStore("Enrolling a student", func(s *school) {
	BeforeEach(func(ctx SpecContext) {
		s.does(ctx, create("go", 2), create("sql", 9), create("dcb", 9), register("ada"), register("eva"), register("ben"))
	})

	It("gives the student a seat", func(ctx SpecContext) {
		s.does(ctx, enrol("go", "ada"))
		Expect(s.newest(ctx)).To(Equal(courses.StudentEnrolled{Course: "go", Student: "ada"}))
	})

	It("needs a course", func(ctx SpecContext) {
		s.refuses(ctx, enrol("art", "ada"), `There is no course "art"`)
	})

	It("needs a student", func(ctx SpecContext) {
		s.refuses(ctx, enrol("go", "zoe"), `There is no student "zoe"`)
	})

	It("happens once for each course", func(ctx SpecContext) {
		s.does(ctx, enrol("go", "ada"))
		s.refuses(ctx, enrol("go", "ada"), `Student "ada" is enrolled in course "go" already`)
		s.does(ctx, enrol("sql", "ada"))
	})

	When("a course is full", func() {
		BeforeEach(func(ctx SpecContext) { s.does(ctx, enrol("go", "ada"), enrol("go", "eva")) })

		It("is refused", func(ctx SpecContext) {
			s.refuses(ctx, enrol("go", "ben"), `Course "go" is full: all 2 seats are taken`)
		})

		It("is accepted when there is a seat more", func(ctx SpecContext) {
			s.does(ctx, courses.ChangeCourseCapacity{Course: "go", Capacity: 3}, enrol("go", "ben"))
			s.does(ctx, register("kim"))
			s.refuses(ctx, enrol("go", "kim"), `Course "go" is full: all 3 seats are taken`)
		})

		It("tells a student who sits in it so, rather than that it is full", func(ctx SpecContext) {
			s.refuses(ctx, enrol("go", "ada"), `Student "ada" is enrolled in course "go" already`)
		})
	})
})
