package coursemanagement_test

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	courses "github.com/opossum-go/opossum/examples/coursemanagement"
)

var _ = onEveryStore("An announcement", func(s *school) {
	var (
		post    = courses.PostAnnouncement{Course: "go", Token: "t1", Title: "Room 5", Body: "Today only"}
		retract = courses.RetractAnnouncement{Course: "go", Token: "t1"}
	)
	BeforeEach(func(ctx SpecContext) { s.does(ctx, create("go", 9), create("sql", 9)) })

	It("is posted in a course that exists", func(ctx SpecContext) {
		s.does(ctx, post)
		Expect(s.newest(ctx)).To(Equal(courses.AnnouncementPosted(post)))
		s.refuses(ctx, courses.PostAnnouncement{Course: "art", Token: "t2", Title: "Room 6"}, `There is no course "art"`)
	})

	It("is posted once with a token, in whatever course and with whatever text", func(ctx SpecContext) {
		s.does(ctx, post)
		s.refuses(ctx, post, `An announcement with the token "t1" was posted already, in course "go"`)
		s.refuses(ctx, courses.PostAnnouncement{Course: "sql", Token: "t1", Title: "Room 7"},
			`An announcement with the token "t1" was posted already, in course "go"`)
		s.does(ctx, courses.PostAnnouncement{Course: "go", Token: "t2", Title: "Room 5", Body: "Today only"})
	})

	It("frees its token when it is retracted", func(ctx SpecContext) {
		s.does(ctx, post, retract, post)
		s.refuses(ctx, post, `An announcement with the token "t1" was posted already, in course "go"`)
		s.does(ctx, retract, courses.PostAnnouncement{Course: "sql", Token: "t1", Title: "Room 7"})
	})

	It("is retracted once, where it stands", func(ctx SpecContext) {
		s.refuses(ctx, retract, `No announcement with the token "t1" stands in course "go"`)
		s.does(ctx, post)
		s.refuses(ctx, courses.RetractAnnouncement{Course: "sql", Token: "t1"}, `No announcement with the token "t1" stands in course "sql"`)
		s.does(ctx, retract)
		s.refuses(ctx, retract, `No announcement with the token "t1" stands in course "go"`)
	})
})

var _ = onEveryStore("An exam token", func(s *school) {
	var (
		issue  = courses.IssueExamToken{Token: "t1", Exam: "final", Course: "go"}
		redeem = courses.RedeemExamToken{Token: "t1", Student: "ada"}
		revoke = courses.RevokeExamToken{Token: "t1"}
	)
	BeforeEach(func(ctx SpecContext) { s.does(ctx, create("go", 9), register("ada"), register("eva")) })

	It("is issued for a course that exists", func(ctx SpecContext) {
		s.refuses(ctx, courses.IssueExamToken{Token: "t1", Exam: "final", Course: "art"}, `There is no course "art"`)
	})

	It("has to be issued", func(ctx SpecContext) {
		s.refuses(ctx, redeem, `There is no exam token "t1"`)
		s.refuses(ctx, revoke, `There is no exam token "t1"`)
	})

	When("it was issued", func() {
		BeforeEach(func(ctx SpecContext) { s.does(ctx, issue) })

		It("is not issued again, not even for another exam", func(ctx SpecContext) {
			s.refuses(ctx, issue, `Exam token "t1" was issued already`)
			s.refuses(ctx, courses.IssueExamToken{Token: "t1", Exam: "other", Course: "go"}, `Exam token "t1" was issued already`)
		})

		It("is redeemed by a student, for its exam", func(ctx SpecContext) {
			s.does(ctx, redeem)
			Expect(s.newest(ctx)).To(Equal(courses.ExamTokenRedeemed{Token: "t1", Exam: "final", Student: "ada"}))
		})

		It("is not redeemed by a stranger", func(ctx SpecContext) {
			s.refuses(ctx, courses.RedeemExamToken{Token: "t1", Student: "zoe"}, `There is no student "zoe"`)
		})

		It("is worth nothing once it is redeemed", func(ctx SpecContext) {
			s.does(ctx, redeem)
			s.refuses(ctx, redeem, `Exam token "t1" was redeemed already`)
			s.refuses(ctx, courses.RedeemExamToken{Token: "t1", Student: "eva"}, `Exam token "t1" was redeemed already`)
			s.refuses(ctx, revoke, `Exam token "t1" was redeemed already`)
			s.refuses(ctx, issue, `Exam token "t1" was issued already`)
		})

		It("is worth nothing once it is revoked", func(ctx SpecContext) {
			s.does(ctx, revoke)
			Expect(s.newest(ctx)).To(Equal(courses.ExamTokenRevoked{Token: "t1", Exam: "final"}))
			s.refuses(ctx, redeem, `Exam token "t1" was revoked`)
			s.refuses(ctx, revoke, `Exam token "t1" was revoked`)
		})
	})
})

var _ = onEveryStore("An invoice", func(s *school) {
	It("gets the number after the newest one", func(ctx SpecContext) {
		for range 3 {
			s.does(ctx, courses.IssueInvoice{Customer: "Ada", Amount: 100}, create("c"+s.Now().Format("05"), 3))
			s.advance(time.Second)
		}
		invoices, err := courses.Invoices(ctx, s.here)
		Expect(err).NotTo(HaveOccurred())
		Expect(invoices).To(Equal([]courses.InvoiceIssued{
			{Number: 1, Customer: "Ada", Amount: 100}, {Number: 2, Customer: "Ada", Amount: 100}, {Number: 3, Customer: "Ada", Amount: 100},
		}))
	})

	It("uses no number up when it is refused", func(ctx SpecContext) {
		s.does(ctx, courses.IssueInvoice{Customer: "Ada", Amount: 1})
		s.refuses(ctx, courses.IssueInvoice{Customer: "Ada", Amount: 0}, "An invoice needs an amount above 0.00")
		s.refuses(ctx, courses.IssueInvoice{Customer: "Ada", Amount: -1}, "An invoice needs an amount above 0.00")
		s.refuses(ctx, courses.IssueInvoice{Customer: "", Amount: 1}, "An invoice needs a customer")
		s.refuses(ctx, courses.IssueInvoice{Customer: " \t", Amount: 1}, "An invoice needs a customer")
		s.does(ctx, courses.IssueInvoice{Customer: "Eva", Amount: 2})
		Expect(s.newest(ctx)).To(Equal(courses.InvoiceIssued{Number: 2, Customer: "Eva", Amount: 2}))
	})
})
