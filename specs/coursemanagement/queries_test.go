package coursemanagement_test

import (
	"context"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/opossum-go/opossum/adapters/memory"
	courses "github.com/opossum-go/opossum/examples/coursemanagement"
	"github.com/opossum-go/opossum/projection"
)

// onScreen returns what a projection shows under a key when it has taken everything
// into account that is stored.
func onScreen[S any](ctx context.Context, s *school, d *projection.Definition[S], key string) (state S, found bool) {
	GinkgoHelper()
	states := memory.NewProjections()
	runner, err := projection.NewRunner(s.there, states, projection.Options{}, d)
	Expect(err).NotTo(HaveOccurred())
	running, stop := context.WithCancel(ctx)
	ended := make(chan error)
	go func() { ended <- runner.Run(running) }()
	defer func() {
		stop()
		Expect(<-ended).NotTo(HaveOccurred())
	}()
	head, err := s.there.Head(ctx)
	Expect(err).NotTo(HaveOccurred())
	view := d.View(states)
	Expect(view.Wait(ctx, head)).To(Succeed())
	shown, found, err := view.Get(ctx, key)
	Expect(err).NotTo(HaveOccurred())
	return shown.Value, found
}

var _ = onEveryStore("What the school shows", func(s *school) {
	var opened time.Time

	BeforeEach(func(ctx SpecContext) {
		opened = s.Now()
		s.does(ctx,
			create("go", 2), create("sql", 9), register("ada"), register("eva"),
			enrol("sql", "ada"), enrol("go", "eva"), enrol("go", "ada"),
			courses.ChangeSubscriptionTier{Student: "ada", Tier: courses.Standard},
			courses.ChangeCourseCapacity{Course: "go", Capacity: 5},
			book("b1", "go", 1000), book("b2", "sql", 2000),
			courses.PostAnnouncement{Course: "go", Token: "t1", Title: "Room 5", Body: "Today only"},
			courses.PostAnnouncement{Course: "go", Token: "t2", Title: "Room 6"},
			courses.RetractAnnouncement{Course: "go", Token: "t2"},
			courses.PurchaseCourseBook{Student: "ada", Book: "b2", ShownPrice: 2000},
		)
		s.advance(time.Minute)
		s.does(ctx, courses.OrderCourseBooks{Student: "ada", Cart: []courses.CartItem{item("b2", 2000), item("b1", 1000)}})
	})

	It("of a student is the tier, the courses and the books", func(ctx SpecContext) {
		student, found := onScreen(ctx, s, courses.DetailsOfStudents(), "ada")
		Expect(found).To(BeTrue())
		Expect(student.Books).To(HaveExactElements(
			And(HaveField("Book", "b2"), HaveField("Price", courses.Cents(2000)), HaveField("At", BeTemporally("==", opened))),
			And(HaveField("Book", "b2"), HaveField("At", BeTemporally("==", opened.Add(time.Minute)))),
			And(HaveField("Book", "b1"), HaveField("Price", courses.Cents(1000)))))
		student.Books = nil
		Expect(student).To(Equal(courses.StudentDetails{
			Student: "ada", Name: "Student ada", Email: "ada@school.example", Tier: courses.Standard,
			Courses: []courses.CourseTaken{{Course: "sql", Title: "Course sql"}, {Course: "go", Title: "Course go"}},
		}))
	})

	It("of a new student is next to nothing", func(ctx SpecContext) {
		s.does(ctx, register("ben"))
		student, found := onScreen(ctx, s, courses.DetailsOfStudents(), "ben")
		Expect(found).To(BeTrue())
		Expect(student).To(Equal(courses.StudentDetails{Student: "ben", Name: "Student ben", Email: "ben@school.example", Tier: courses.Basic}))
	})

	It("of a course is the seats, the students, the books and the announcements that stand", func(ctx SpecContext) {
		course, found := onScreen(ctx, s, courses.DetailsOfCourses(), "go")
		Expect(found).To(BeTrue())
		Expect(course.Announcements).To(HaveExactElements(And(
			HaveField("Token", "t1"), HaveField("Title", "Room 5"), HaveField("Body", "Today only"), HaveField("At", BeTemporally("==", opened)))))
		course.Announcements = nil
		Expect(course).To(Equal(courses.CourseDetails{
			Course: "go", Title: "Course go", Capacity: 5,
			Students: []courses.StudentEnlisted{{Student: "eva", Name: "Student eva"}, {Student: "ada", Name: "Student ada"}},
			Books:    []courses.BookOffered{{Book: "b1", Title: "Book b1"}},
		}))
	})

	It("of invoices is each by its number", func(ctx SpecContext) {
		s.does(ctx, courses.IssueInvoice{Customer: "Ada", Amount: 5000}, courses.IssueInvoice{Customer: "Eva", Amount: 1})
		invoice, found, err := courses.Invoice(ctx, s.there, 2)
		Expect(err).NotTo(HaveOccurred())
		Expect(found).To(BeTrue())
		Expect(invoice).To(Equal(courses.InvoiceIssued{Number: 2, Customer: "Eva", Amount: 1}))
	})

	It("of what does not exist is that it does not", func(ctx SpecContext) {
		_, found := onScreen(ctx, s, courses.DetailsOfStudents(), "zoe")
		Expect(found).To(BeFalse())
		_, found = onScreen(ctx, s, courses.DetailsOfCourses(), "art")
		Expect(found).To(BeFalse())
		_, found, err := courses.Invoice(ctx, s.there, 1)
		Expect(err).NotTo(HaveOccurred())
		Expect(found).To(BeFalse())
		Expect(courses.Invoices(ctx, s.there)).To(BeEmpty())
	})
})
