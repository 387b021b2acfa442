package eventsourcedaggregate_test

import (
	"errors"
	"fmt"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/opossum-go/opossum/domain"
	courses "github.com/opossum-go/opossum/examples/eventsourcedaggregate"
	"github.com/opossum-go/opossum/ports"
	"github.com/opossum-go/opossum/specs/internal/stage"
)

func repositoryOn(store courses.Store) *courses.Repository {
	GinkgoHelper()
	repository, err := courses.NewRepository(store)
	Expect(err).NotTo(HaveOccurred())
	return repository
}

var _ = DescribeTableSubtree("A course", func(open stage.Opener) {
	var (
		here, there ports.EventStore
		repository  *courses.Repository
	)
	BeforeEach(func(ctx SpecContext) {
		here, there = open(ctx, GinkgoTB())
		repository = repositoryOn(here)
	})
	load := func(ctx SpecContext, id string) *courses.Course {
		GinkgoHelper()
		course, err := repository.Load(ctx, id)
		Expect(err).NotTo(HaveOccurred())
		return course
	}
	define := func(ctx SpecContext, id string, capacity, subscribed int) {
		GinkgoHelper()
		course := courses.NewCourse(id, "Title of "+id, capacity)
		for i := range subscribed {
			Expect(course.Subscribe(fmt.Sprintf("s%d", i+1))).To(Succeed())
		}
		Expect(repository.Save(ctx, course)).To(Succeed())
	}

	It("is loaded as it was saved", func(ctx SpecContext) {
		course := courses.NewCourse("c1", "Go for beginners", 3)
		Expect(course.Subscribe("s1")).To(Succeed())
		Expect(course.ChangeCapacity(5)).To(Succeed())
		Expect(repository.Save(ctx, course)).To(Succeed())

		Expect(load(ctx, "c1")).To(Equal(course))
		loaded := load(ctx, "c1")
		Expect([]any{loaded.ID(), loaded.Title(), loaded.Capacity(), loaded.Subscribed()}).To(Equal([]any{"c1", "Go for beginners", 5, 1}))
	})

	It("is stored as one event for each change, all about the course", func(ctx SpecContext) {
		course := courses.NewCourse("c1", "Go for beginners", 3)
		Expect(course.ChangeCapacity(5)).To(Succeed())
		Expect(course.Subscribe("s1")).To(Succeed())
		Expect(repository.Save(ctx, course)).To(Succeed())

		var stored []string
		for _, e := range stage.After(ctx, GinkgoTB(), here, 0) {
			stored = append(stored, fmt.Sprintf("%s%v %s", e.Type, e.Tags, e.Data))
		}
		Expect(stored).To(Equal([]string{
			`CourseDefined[course:c1] {"courseId":"c1","title":"Go for beginners","capacity":3}`,
			`CourseCapacityChanged[course:c1] {"courseId":"c1","newCapacity":5}`,
			`StudentSubscribedToCourse[course:c1] {"courseId":"c1","studentId":"s1"}`,
		}))
	})

	It("goes on after it was saved, without being loaded again", func(ctx SpecContext) {
		course := courses.NewCourse("c1", "Go for beginners", 3)
		for i := range 3 {
			Expect(course.Subscribe(fmt.Sprintf("s%d", i+1))).To(Succeed())
			Expect(repository.Save(ctx, course)).To(Succeed())
		}
		Expect(load(ctx, "c1").Subscribed()).To(Equal(3))
		Expect(repository.Save(ctx, course)).To(Succeed(), "saving no change")
		Expect(stage.After(ctx, GinkgoTB(), here, 0)).To(HaveLen(4))
	})

	It("does not exist before it is defined", func(ctx SpecContext) {
		_, err := repository.Load(ctx, "c0")
		Expect(err).To(Equal(courses.Refusal(`Course "c0" does not exist`)))
	})

	It("is not what others say about other courses, or about it", func(ctx SpecContext) {
		noise := []domain.Event{
			stage.Fact(GinkgoTB(), courses.CourseDefined{Course: "c2", Title: "Other", Capacity: 9}, 0),
			stage.Fact(GinkgoTB(), courses.StudentSubscribedToCourse{Course: "c2", Student: "s1"}, 0),
			{Type: "CourseRated", Tags: []domain.Tag{"course:c1"}, Data: []byte(`{"stars":5}`)},
			{Type: "CourseCapacityChanged", Data: []byte(`{"courseId":"c1","newCapacity":0}`)},
		}
		stage.Store(ctx, GinkgoTB(), here, noise...)
		define(ctx, "c1", 2, 1)
		stage.Store(ctx, GinkgoTB(), here, noise...)
		course := load(ctx, "c1")
		Expect([]any{course.Title(), course.Capacity(), course.Subscribed()}).To(Equal([]any{"Title of c1", 2, 1}))
	})

	DescribeTable("with 5 seats, 3 of them taken, refuses", func(ctx SpecContext, seats int, want courses.Refusal) {
		define(ctx, "c1", 5, 3)
		course := load(ctx, "c1")
		Expect(course.ChangeCapacity(seats)).To(Equal(want))
		Expect(repository.Save(ctx, course)).To(Succeed())
		Expect(stage.After(ctx, GinkgoTB(), here, 4)).To(BeEmpty())
	},
		Entry("5 seats, which it has", 5, courses.Refusal(`Course "c1" already has a capacity of "5"`)),
		Entry("2 seats, which is one too few", 2,
			courses.Refusal(`Course "c1" already has 3 active subscriptions, can't set the capacity below that`)),
	)

	DescribeTable("with 5 seats, 3 of them taken, accepts", func(ctx SpecContext, seats int) {
		define(ctx, "c1", 5, 3)
		course := load(ctx, "c1")
		Expect(course.ChangeCapacity(seats)).To(Succeed())
		Expect(repository.Save(ctx, course)).To(Succeed())
		Expect(load(ctx, "c1").Capacity()).To(Equal(seats))
	},
		Entry("3 seats, which are all taken", 3),
		Entry("6 seats", 6),
	)

	It("gives its seats away until it is full", func(ctx SpecContext) {
		define(ctx, "c1", 2, 0)
		for _, student := range []string{"s1", "s2"} {
			course := load(ctx, "c1")
			Expect(course.Subscribe(student)).To(Succeed())
			Expect(repository.Save(ctx, course)).To(Succeed())
		}
		course := load(ctx, "c1")
		full := courses.Refusal(`Course "c1" is already fully booked`)
		Expect(course.Subscribe("s3")).To(Equal(full))
		Expect(course.ChangeCapacity(3)).To(Succeed())
		Expect(course.Subscribe("s3")).To(Succeed(), "the changed capacity counts")
		Expect(course.Subscribe("s4")).To(Equal(full))
	})

	When("it is changed in two places at once", func() {
		// meet loads the course on both handles, changes both, and saves first, then
		// second.
		meet := func(ctx SpecContext, first, second func(*courses.Course) error) (error, error) {
			GinkgoHelper()
			var errs [2]error
			do := func(i int, change func(*courses.Course) error) func(ports.EventStore) {
				return func(store ports.EventStore) {
					defer GinkgoRecover()
					r := repositoryOn(store)
					course, err := r.Load(ctx, "c1")
					Expect(err).NotTo(HaveOccurred())
					Expect(change(course)).To(Succeed())
					errs[i] = r.Save(ctx, course)
				}
			}
			stage.Meet(here, there, do(0, first), do(1, second))
			return errs[0], errs[1]
		}
		changeTo := func(seats int) func(*courses.Course) error {
			return func(c *courses.Course) error { return c.ChangeCapacity(seats) }
		}
		subscribe := func(student string) func(*courses.Course) error {
			return func(c *courses.Course) error { return c.Subscribe(student) }
		}

		DescribeTable("saves the first change and refuses the second, also when it is made again",
			func(ctx SpecContext, first, second func(*courses.Course) error, want courses.Refusal) {
				define(ctx, "c1", 2, 1)
				won, lost := meet(ctx, first, second)

				Expect(won).NotTo(HaveOccurred())
				var conflict *ports.ConflictError
				Expect(lost).To(MatchError(ports.ErrConflict))
				Expect(lost).To(MatchError(ContainSubstring(`save course "c1"`)))
				happened := stage.After(ctx, GinkgoTB(), here, 2)
				Expect(happened).To(HaveLen(1))
				Expect(errors.As(lost, &conflict)).To(BeTrue())
				Expect(*conflict).To(Equal(ports.ConflictError{After: 2, Position: 3, Type: happened[0].Type, Tags: happened[0].Tags}))

				Expect(second(load(ctx, "c1"))).To(Equal(want))
			},
			Entry("two changes to one capacity", changeTo(4), changeTo(4), courses.Refusal(`Course "c1" already has a capacity of "4"`)),
			Entry("two students and the last seat", subscribe("s2"), subscribe("s3"), courses.Refusal(`Course "c1" is already fully booked`)),
			Entry("a student, and a capacity too low for one more", subscribe("s2"), changeTo(1),
				courses.Refusal(`Course "c1" already has 2 active subscriptions, can't set the capacity below that`)),
		)

		It("saves the second change when it is made again and no rule forbids it", func(ctx SpecContext) {
			define(ctx, "c1", 2, 1)
			_, lost := meet(ctx, changeTo(4), changeTo(5))
			Expect(lost).To(MatchError(ports.ErrConflict))
			course := load(ctx, "c1")
			Expect(course.ChangeCapacity(5)).To(Succeed())
			Expect(repository.Save(ctx, course)).To(Succeed())
			Expect(load(ctx, "c1").Capacity()).To(Equal(5))
		})
	})

	It("is defined once: a second course with its id is not saved", func(ctx SpecContext) {
		var errs [2]error
		stage.Meet(here, there,
			func(store ports.EventStore) {
				errs[0] = repositoryOn(store).Save(ctx, courses.NewCourse("c1", "First", 1))
			},
			func(store ports.EventStore) {
				errs[1] = repositoryOn(store).Save(ctx, courses.NewCourse("c1", "Second", 2))
			})
		Expect(errs[0]).NotTo(HaveOccurred())
		Expect(errs[1]).To(MatchError(ports.ErrConflict))
		Expect(load(ctx, "c1").Title()).To(Equal("First"))
	})

	DescribeTable("is saved at once although, since it was loaded,", func(ctx SpecContext, between func() domain.Event) {
		define(ctx, "c1", 2, 1)
		store := stage.Interrupted(here, func() { stage.Store(ctx, GinkgoTB(), there, between()) })
		r := repositoryOn(store)
		course, err := r.Load(ctx, "c1")
		Expect(err).NotTo(HaveOccurred())
		Expect(course.Subscribe("s2")).To(Succeed())
		Expect(r.Save(ctx, course)).To(Succeed())
		Expect(stage.After(ctx, GinkgoTB(), here, 2)).To(HaveLen(2))
	},
		Entry("the same student subscribed to another course", func() domain.Event {
			return stage.Fact(GinkgoTB(), courses.StudentSubscribedToCourse{Course: "c2", Student: "s2"}, 0)
		}),
		Entry("another course was defined", func() domain.Event {
			return stage.Fact(GinkgoTB(), courses.CourseDefined{Course: "c2", Title: "Other", Capacity: 1}, 0)
		}),
		Entry("something was said about it that is none of its events", func() domain.Event {
			return domain.Event{Type: "CourseRated", Tags: []domain.Tag{"course:c1"}}
		}),
	)
}, adapters)
