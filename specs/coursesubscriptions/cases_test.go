package coursesubscriptions_test

import (
	"slices"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/opossum-go/opossum/domain"
	courses "github.com/opossum-go/opossum/examples/coursesubscriptions"
	"github.com/opossum-go/opossum/ports"
	"github.com/opossum-go/opossum/specs/internal/published"
	"github.com/opossum-go/opossum/specs/internal/stage"
)

// amongNoise puts events between those of the case that are about something else:
// other courses and students, other types with the same tags, the same types with
// none.
func amongNoise(c published.Case) []domain.Event {
	noise := slices.Concat(
		facts(
			courses.CourseDefined{Course: "elsewhere", Capacity: 1},
			courses.CourseCapacityChanged{Course: "elsewhere", NewCapacity: 15},
			courses.StudentSubscribedToCourse{Student: "nobody", Course: "elsewhere"},
		),
		[]domain.Event{
			{Type: "CourseRenamed", Tags: []domain.Tag{"course:c0", "course:c1", "course:c6"}, Data: []byte(`{"capacity":0}`)},
			{Type: "StudentMoved", Tags: []domain.Tag{"student:s1", "student:s4"}},
			{Type: "CourseDefined", Data: []byte(`{"courseId":"c1","capacity":15}`)},
			{Type: "StudentSubscribedToCourse", Tags: []domain.Tag{"pupil:s1", "lesson:c1"}},
		})
	return stage.Among(noise, c.Given(stage.Now, 0))
}

// commandOf returns the command of the case as a value.
func commandOf(c published.Case) command {
	GinkgoHelper()
	switch c.When.Name {
	case "defineCourse":
		return read[courses.DefineCourse](c)
	case "changeCourseCapacity":
		return read[courses.ChangeCourseCapacity](c)
	case "subscribeStudentToCourse":
		return read[courses.SubscribeStudent](c)
	}
	Fail("the cases have a command that this spec does not know: " + c.When.Name)
	return nil
}

func read[C command](c published.Case) C {
	GinkgoHelper()
	var cmd C
	Expect(c.When.Into(&cmd)).To(Succeed())
	return cmd
}

// entries makes one spec of each case.
func entries() []TableEntry { return published.Entries(published.CourseSubscriptions, Entry) }

func refusal(text string) error { return courses.Refusal(text) }

var _ = DescribeTableSubtree("A course subscription", func(open stage.Opener) {
	var courseBook ports.EventStore
	BeforeEach(func(ctx SpecContext) { courseBook, _ = open(ctx, GinkgoTB()) })

	DescribeTable("answers as published", Label(published.Label), func(ctx SpecContext, c published.Case) {
		stage.Play(ctx, GinkgoTB(), courseBook, c, c.Given(stage.Now, 0), commandOf(c).Decide, refusal)
	}, entries())

	DescribeTable("answers the same among events about something else", Label(published.Label), func(ctx SpecContext, c published.Case) {
		stage.Play(ctx, GinkgoTB(), courseBook, c, amongNoise(c), commandOf(c).Decide, refusal)
	}, entries())
}, adapters)

var _ = ReportAfterSuite("no published case was left out", func(report Report) {
	Expect(published.LeftOut(published.CourseSubscriptions, 2*len(adapters), report)).To(Succeed(), "each case alone and among noise, on each adapter")
})
