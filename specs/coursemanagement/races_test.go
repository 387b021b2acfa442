package coursemanagement_test

import (
	"context"
	"sync"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/opossum-go/opossum/application"
	"github.com/opossum-go/opossum/domain"
	courses "github.com/opossum-go/opossum/examples/coursemanagement"
)

// command is what the commands of the school have in common.
type command interface {
	Decide(d *application.Decision) error
}

// races carries out a command here. Between its decision and its append the rival
// is carried out at the other office, from reading to storing.
func (s *school) races(ctx context.Context, c, rival command) (application.Result, error) {
	GinkgoHelper()
	there := office(s.clock, s.there)
	return application.Decide(ctx, s.here, func(d *application.Decision) error {
		err := c.Decide(d)
		if d.Attempt() == 1 {
			Expect(err).NotTo(HaveOccurred(), "the first decision of %T", c)
			_, err := there.Execute(ctx, rival)
			Expect(err).NotTo(HaveOccurred(), "the rival %T", rival)
		}
		return err
	}, application.WithClock(s.clock))
}

// prepare makes a school of one course with one seat left, a student who can take
// one course more, and one of everything else.
func (s *school) prepare(ctx context.Context) {
	GinkgoHelper()
	s.does(ctx,
		create("go", 2), create("sql", 9), create("dcb", 9), create("art", 9),
		register("ada"), register("eva"), register("ben"),
		enrol("go", "eva"), enrol("art", "ada"),
		courses.PostAnnouncement{Course: "go", Token: "posted", Title: "Room 5"},
		courses.IssueExamToken{Token: "ticket", Exam: "final", Course: "go"},
		book("b1", "go", 1000), book("b2", "sql", 2000),
	)
}

var _ = onEveryStore("Two commands that were decided on the same facts", func(s *school) {
	BeforeEach(func(ctx SpecContext) { s.prepare(ctx) })

	DescribeTable("are not both stored: the slower one decides again and is refused",
		func(ctx SpecContext, slow, fast command, sentence string) {
			head := domain.Position(len(s.stored(ctx)))
			result, err := s.races(ctx, slow, fast)
			Expect(err).To(Equal(courses.Refusal(sentence)))
			Expect(result.Attempts).To(Equal(2))
			happened := s.stored(ctx)[head:]
			Expect(happened).To(HaveLen(1))
			Expect(result.Conflicts).To(HaveExactElements(And(
				HaveField("Position", head+1), HaveField("Type", happened[0].Type), HaveField("Tags", happened[0].Tags))))
		},
		Entry("two students and the last seat", enrol("go", "ada"), enrol("go", "ben"),
			`Course "go" is full: all 2 seats are taken`),
		Entry("one student and the last course of the tier", enrol("go", "ada"), enrol("sql", "ada"),
			`Student "ada" takes 2 courses, more are not part of Basic`),
		Entry("one student and one course, twice", enrol("sql", "ben"), enrol("sql", "ben"),
			`Student "ben" is enrolled in course "sql" already`),
		Entry("the last seat and its removal", enrol("go", "ada"), courses.ChangeCourseCapacity{Course: "go", Capacity: 1},
			`Course "go" is full: all 1 seats are taken`),
		Entry("the removal of a seat and who takes it", courses.ChangeCourseCapacity{Course: "go", Capacity: 1}, enrol("go", "ada"),
			`Course "go" has 2 students, too many for 1 seats`),
		Entry("one address, two students", register("zoe"), courses.RegisterStudent{Student: "kim", Name: "Kim", Email: "ZOE@school.example"},
			`A student with the e-mail address zoe@school.example is registered already`),
		Entry("one announcement, sent twice",
			courses.PostAnnouncement{Course: "go", Token: "t", Title: "Room 6"}, courses.PostAnnouncement{Course: "go", Token: "t", Title: "Room 6"},
			`An announcement with the token "t" was posted already, in course "go"`),
		Entry("one announcement, retracted twice",
			courses.RetractAnnouncement{Course: "go", Token: "posted"}, courses.RetractAnnouncement{Course: "go", Token: "posted"},
			`No announcement with the token "posted" stands in course "go"`),
		Entry("one exam token, two students",
			courses.RedeemExamToken{Token: "ticket", Student: "ada"}, courses.RedeemExamToken{Token: "ticket", Student: "eva"},
			`Exam token "ticket" was redeemed already`),
		Entry("a redemption and the token's end",
			courses.RedeemExamToken{Token: "ticket", Student: "ada"}, courses.RevokeExamToken{Token: "ticket"},
			`Exam token "ticket" was revoked`),
		Entry("two prices of a book", courses.ChangeCourseBookPrice{Book: "b1", Price: 900}, courses.ChangeCourseBookPrice{Book: "b1", Price: 900},
			`Course book "b1" costs 9.00 already`),
	)

	DescribeTable("are both stored when the slower one, decided again, is still right",
		func(ctx SpecContext, slow, fast command) {
			head := len(s.stored(ctx))
			result, err := s.races(ctx, slow, fast)
			Expect(err).NotTo(HaveOccurred())
			Expect(result.Attempts).To(Equal(2))
			Expect(result.Conflicts).To(HaveLen(1))
			Expect(s.stored(ctx)).To(HaveLen(head + 2))
		},
		Entry("two students and a course with room for both", enrol("sql", "ada"), enrol("sql", "ben")),
		Entry("a purchase for a price that has just been replaced",
			courses.PurchaseCourseBook{Student: "ada", Book: "b1", ShownPrice: 1000}, courses.ChangeCourseBookPrice{Book: "b1", Price: 1100}),
		Entry("an order and the new price of its second book",
			courses.OrderCourseBooks{Student: "ada", Cart: []courses.CartItem{item("b1", 1000), item("b2", 2000)}},
			courses.ChangeCourseBookPrice{Book: "b2", Price: 2200}),
	)

	DescribeTable("do not disturb each other when they are about different things",
		func(ctx SpecContext, slow, fast command) {
			head := len(s.stored(ctx))
			result, err := s.races(ctx, slow, fast)
			Expect(err).NotTo(HaveOccurred())
			Expect(result.Attempts).To(Equal(1))
			Expect(result.Conflicts).To(BeEmpty())
			Expect(s.stored(ctx)).To(HaveLen(head + 2))
		},
		Entry("two students in two courses", enrol("go", "ada"), enrol("sql", "ben")),
		Entry("two registrations", register("zoe"), register("kim")),
		Entry("an enrolment and an announcement in the same course",
			enrol("go", "ada"), courses.PostAnnouncement{Course: "go", Token: "t", Title: "Room 6"}),
		Entry("an announcement and an enrolment in the same course",
			courses.PostAnnouncement{Course: "go", Token: "t", Title: "Room 6"}, enrol("go", "ada")),
		Entry("an enrolment and what the student buys",
			enrol("go", "ada"), courses.PurchaseCourseBook{Student: "ada", Book: "b1", ShownPrice: 1000}),
		Entry("two purchases of one book by one student",
			courses.PurchaseCourseBook{Student: "ada", Book: "b1", ShownPrice: 1000}, courses.PurchaseCourseBook{Student: "ada", Book: "b1", ShownPrice: 1000}),
		Entry("an order and the new price of a book that is not in it",
			courses.OrderCourseBooks{Student: "ada", Cart: []courses.CartItem{item("b1", 1000)}}, courses.ChangeCourseBookPrice{Book: "b2", Price: 1}),
		Entry("two tokens of one exam",
			courses.IssueExamToken{Token: "t2", Exam: "final", Course: "go"}, courses.IssueExamToken{Token: "t3", Exam: "final", Course: "go"}),
		Entry("an invoice and anything but an invoice", courses.IssueInvoice{Customer: "Ada", Amount: 1}, enrol("go", "ada")),
	)
})

var _ = onEveryStore("Invoices that are issued at once", func(s *school) {
	It("are numbered one after the other, when one is decided again", func(ctx SpecContext) {
		result, err := s.races(ctx, courses.IssueInvoice{Customer: "Ada", Amount: 1}, courses.IssueInvoice{Customer: "Eva", Amount: 2})
		Expect(err).NotTo(HaveOccurred())
		Expect(result.Attempts).To(Equal(2))
		Expect(s.events(ctx)).To(HaveExactElements(
			courses.InvoiceIssued{Number: 1, Customer: "Eva", Amount: 2}, courses.InvoiceIssued{Number: 2, Customer: "Ada", Amount: 1}))
	})

	It("have all numbers from 1, without a gap and without a double, from two offices with three clerks each", func(ctx SpecContext) {
		const clerks, each = 6, 5
		offices := []*application.App{s.app, office(s.clock, s.there)}
		var working sync.WaitGroup
		for clerk := range clerks {
			working.Go(func() {
				defer GinkgoRecover()
				for range each {
					_, err := offices[clerk%2].Execute(ctx, courses.IssueInvoice{Customer: "Ada", Amount: 1},
						application.WithRetry(application.Retry{MaxAttempts: clerks * each}))
					Expect(err).NotTo(HaveOccurred())
				}
			})
		}
		working.Wait()
		invoices, err := courses.Invoices(ctx, s.here)
		Expect(err).NotTo(HaveOccurred())
		Expect(invoices).To(HaveLen(clerks * each))
		for i, invoice := range invoices {
			Expect(invoice.Number).To(Equal(i + 1))
		}
	})
})
