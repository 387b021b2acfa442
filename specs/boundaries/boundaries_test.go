package boundaries_test

import (
	"context"
	"encoding/json"
	"time"

	. "github.com/onsi/ginkgo/v2"

	"github.com/opossum-go/opossum/application"
	"github.com/opossum-go/opossum/application/decisiontest"
	"github.com/opossum-go/opossum/domain"
	school "github.com/opossum-go/opossum/examples/coursemanagement"
	courses "github.com/opossum-go/opossum/examples/coursesubscriptions"
	aggregates "github.com/opossum-go/opossum/examples/eventsourcedaggregate"
	invoices "github.com/opossum-go/opossum/examples/invoicenumber"
	"github.com/opossum-go/opossum/examples/library"
	tokens "github.com/opossum-go/opossum/examples/optintoken"
	shop "github.com/opossum-go/opossum/examples/productprice"
	orders "github.com/opossum-go/opossum/examples/recordduplication"
	accounts "github.com/opossum-go/opossum/examples/uniqueusername"
	"github.com/opossum-go/opossum/ports"
)

var (
	bill       = json.RawMessage(`{"foo":"bar"}`)
	writeBill  = invoices.CreateInvoice{Data: bill}
	goCourse   = school.CourseCreated{Course: "go", Title: "Go", Capacity: 2}
	adaStudies = school.StudentRegistered{Student: "ada", Name: "Ada", Email: "ada@example.org"}
	benStudies = school.StudentRegistered{Student: "ben", Name: "Ben", Email: "ben@example.org"}
)

// changing loads a course as an aggregate, changes it and saves it.
func changing(id string, change func(*aggregates.Course) error) func(context.Context, ports.EventStore) error {
	return func(ctx context.Context, store ports.EventStore) error {
		repository, err := aggregates.NewRepository(store)
		if err != nil {
			return err
		}
		course, err := repository.Load(ctx, id)
		if err != nil {
			return err
		}
		if err := change(course); err != nil {
			return err
		}
		return repository.Save(ctx, course)
	}
}

// subscribing is [changing] by one more student.
func subscribing(student, id string) func(context.Context, ports.EventStore) error {
	return changing(id, func(c *aggregates.Course) error { return c.Subscribe(student) })
}

var _ = DescribeTableSubtree("A decision", func(open decisiontest.Opener) {
	given := on(open)

	Context("of a course subscription", func() {
		It("depends on the course and on the student, and on no other", func() {
			given(
				courses.CourseDefined{Course: "c1", Capacity: 1},
				courses.CourseCapacityChanged{Course: "c1", NewCapacity: 2},
				courses.StudentSubscribedToCourse{Student: "s2", Course: "c1"},
				courses.StudentSubscribedToCourse{Student: "s1", Course: "c2"}).
				Noise(
					courses.CourseDefined{Course: "c2", Capacity: 1},
					courses.StudentSubscribedToCourse{Student: "s2", Course: "c2"}).
				WhenExecuting(courses.Register, courses.SubscribeStudent{Student: "s1", Course: "c1"}).
				Then(courses.StudentSubscribedToCourse{Student: "s1", Course: "c1"}).
				Boundary(
					domain.OfTypes("CourseDefined", "CourseCapacityChanged", "StudentSubscribedToCourse").Tagged("course:c1"),
					domain.OfTypes("StudentSubscribedToCourse").Tagged("student:s1"))
		})

		It("wins or loses against another student who wants the last seat", func() {
			given(courses.CourseDefined{Course: "c1", Capacity: 1}).
				When(courses.SubscribeStudent{Student: "s1", Course: "c1"}.Decide).
				Against(courses.SubscribeStudent{Student: "s2", Course: "c1"}.Decide).
				Then(courses.StudentSubscribedToCourse{Student: "s1", Course: "c1"})
		})

		It("is carried out once with a command id", func() {
			given(courses.CourseDefined{Course: "c1", Capacity: 9}).
				When(courses.SubscribeStudent{Student: "s1", Course: "c1"}.Decide, application.CommandID("subscribe-1")).
				Idempotent().
				Then(courses.StudentSubscribedToCourse{Student: "s1", Course: "c1"})
		})
	})

	Context("about a username", func() {
		It("refuses a name for three days after it was given up, and not longer", func() {
			closed := accounts.AccountClosed{Username: "u1"}
			register := accounts.RegisterAccount{Username: "u1"}
			registered := accounts.AccountRegistered{Username: "u1"}
			given(registered, decisiontest.Ago(accounts.Retention, closed)).
				When(register.Decide).
				ThenError(accounts.Refusal(`Username "u1" is claimed`))
			given(registered, decisiontest.Ago(accounts.Retention+1, closed)).
				When(register.Decide).
				Then(registered)
		})
	})

	Context("of an order at a shown price", func() {
		It("lets the same order be made twice at a time", func() {
			given(
				decisiontest.Ago(20*time.Minute, shop.ProductDefined{Product: "p1", Price: 123}),
				decisiontest.Ago(9*time.Minute, shop.ProductPriceChanged{Product: "p1", NewPrice: 150})).
				Noise(shop.ProductOrdered{Product: "p1", Price: 123}).
				When(shop.OrderProduct{Product: "p1", DisplayedPrice: 123}.Decide).
				TwinsBothWin().
				Then(shop.ProductOrdered{Product: "p1", Price: 123})
		})
	})

	Context("about a token", func() {
		It("accepts it once, within the hour", func() {
			initiated := tokens.SignUpInitiated{EmailAddress: "ada@example.com", OTP: "111", Name: "Ada"}
			confirm := tokens.ConfirmSignUp{EmailAddress: "ada@example.com", OTP: "111"}
			confirmed := tokens.SignUpConfirmed{EmailAddress: "ada@example.com", OTP: "111", Name: "Ada"}
			given(decisiontest.Ago(tokens.Lifetime, initiated)).When(confirm.Decide).Idempotent().Then(confirmed)
			given(decisiontest.Ago(tokens.Lifetime+1, initiated)).When(confirm.Decide).ThenError(tokens.OTPExpired)
			given(initiated, confirmed).When(confirm.Decide).ThenError(tokens.OTPUsed)
		})
	})

	Context("that carries a token of its caller", func() {
		It("is idempotent by what it reads", func() {
			given().
				Noise(orders.OrderPlaced{OrderID: "o1", IdempotencyToken: "other"}).
				When(orders.PlaceOrder{OrderID: "o1", IdempotencyToken: "t1"}.Decide).
				Idempotent().
				Then(orders.OrderPlaced{OrderID: "o1", IdempotencyToken: "t1"})
		})
	})

	Context("to lend a book", func() {
		It("depends on the book and on the member", func() {
			given(
				library.BookAcquired{Book: "dune"},
				decisiontest.Ago(time.Hour, library.BookLent{Book: "emma", Member: "ada"})).
				WhenExecuting(library.Register, library.LendBook{Book: "dune", Member: "ada"}).
				Then(library.BookLent{Book: "dune", Member: "ada"}).
				Boundary(
					domain.OfTypes("BookAcquired", "BookLent", "BookReturned").Tagged("book:dune"),
					domain.OfTypes("BookLent", "BookReturned").Tagged("member:ada"))
		})
	})

	Context("about the number of an invoice", func() {
		It("depends on all invoices, and so never gives a number twice", func() {
			given().
				When(writeBill.Decide).
				Then(invoices.InvoiceCreated{Number: 1, Data: bill}).
				Boundary(domain.OfTypes("InvoiceCreated"))
			given(invoices.InvoiceCreated{Number: 7, Data: bill}).
				Noise(courses.CourseDefined{Course: "c1", Capacity: 1}).
				When(writeBill.Decide).
				Then(invoices.InvoiceCreated{Number: 8, Data: bill}).
				Boundary(domain.OfTypes("InvoiceCreated"))
		})

		It("is carried out once with a command id", func() {
			given(invoices.InvoiceCreated{Number: 7, Data: bill}).
				When(writeBill.Decide, application.CommandID("invoice-1")).
				Idempotent().
				Then(invoices.InvoiceCreated{Number: 8, Data: bill})
		})
	})

	Context("of an aggregate", func() {
		It("depends on everything that the aggregate consists of, and on no other", func() {
			given(
				aggregates.CourseDefined{Course: "c1", Title: "Go", Capacity: 1},
				aggregates.CourseCapacityChanged{Course: "c1", NewCapacity: 2},
				aggregates.StudentSubscribedToCourse{Course: "c1", Student: "s1"}).
				Noise(
					aggregates.CourseDefined{Course: "c2", Title: "SQL", Capacity: 1},
					aggregates.StudentSubscribedToCourse{Course: "c2", Student: "s2"}).
				WhenRunning(subscribing("s2", "c1")).
				Then(aggregates.StudentSubscribedToCourse{Course: "c1", Student: "s2"}).
				Boundary(domain.OfTypes("CourseDefined", "CourseCapacityChanged", "StudentSubscribedToCourse").Tagged("course:c1"))
		})

		It("is refused by the rules of the aggregate", func() {
			given(
				aggregates.CourseDefined{Course: "c1", Title: "Go", Capacity: 1},
				aggregates.StudentSubscribedToCourse{Course: "c1", Student: "s1"}).
				WhenRunning(subscribing("s2", "c1")).
				ThenError(aggregates.Refusal(`Course "c1" is already fully booked`))
		})

		It("makes a new aggregate once", func() {
			given().
				Noise(aggregates.CourseDefined{Course: "c2", Title: "SQL", Capacity: 1}).
				WhenRunning(func(ctx context.Context, store ports.EventStore) error {
					repository, err := aggregates.NewRepository(store)
					if err != nil {
						return err
					}
					return repository.Save(ctx, aggregates.NewCourse("c1", "Go", 1))
				}).
				Idempotent().
				Then(aggregates.CourseDefined{Course: "c1", Title: "Go", Capacity: 1})
		})
	})

	Context("at the school", func() {
		It("about an enrolment depends on the course and on the student, and on no other", func() {
			given(goCourse, adaStudies).
				Noise(
					school.CourseCreated{Course: "sql", Title: "SQL", Capacity: 1},
					school.StudentEnrolled{Course: "sql", Student: "ben"}).
				WhenExecuting(school.Register, school.EnrolStudent{Course: "go", Student: "ada"}).
				Then(school.StudentEnrolled{Course: "go", Student: "ada"}).
				Boundary(
					domain.OfTypes("CourseCreated", "CourseCapacityChanged", "StudentEnrolled").Tagged("course:go"),
					domain.OfTypes("StudentRegistered", "SubscriptionTierChanged", "StudentEnrolled").Tagged("student:ada"))
		})

		It("about an enrolment wins or loses against another student who wants the last seat", func() {
			given(goCourse, adaStudies, school.StudentEnrolled{Course: "go", Student: "eva"}).
				Noise(benStudies).
				When(school.EnrolStudent{Course: "go", Student: "ada"}.Decide).
				Against(school.EnrolStudent{Course: "go", Student: "ben"}.Decide).
				Then(school.StudentEnrolled{Course: "go", Student: "ada"})
		})

		It("about an announcement is idempotent by the token of its caller", func() {
			given(goCourse).
				Noise(school.AnnouncementPosted{Course: "go", Token: "other", Title: "Room 4"}).
				When(school.PostAnnouncement{Course: "go", Token: "t1", Title: "Room 5"}.Decide).
				Idempotent().
				Then(school.AnnouncementPosted{Course: "go", Token: "t1", Title: "Room 5"})
		})

		It("about a book goes by the price that was shown, for half an hour", func() {
			defined := school.CourseBookDefined{Book: "b1", Course: "go", Title: "Gopher", Price: 1000}
			changed := school.CourseBookPriceChanged{Book: "b1", Price: 1200}
			buy := school.PurchaseCourseBook{Student: "ada", Book: "b1", ShownPrice: 1000}
			given(adaStudies, defined, decisiontest.Ago(school.PriceGrace, changed)).
				When(buy.Decide).
				TwinsBothWin().
				Then(school.CourseBookPurchased{Student: "ada", Book: "b1", Course: "go", Price: 1000}).
				Boundary(
					domain.OfTypes("StudentRegistered").Tagged("student:ada"),
					domain.OfTypes("CourseBookDefined", "CourseBookPriceChanged").Tagged("book:b1"))
			given(adaStudies, defined, decisiontest.Ago(school.PriceGrace+1, changed)).
				When(buy.Decide).
				ThenError(school.Refusal(`The price of course book "b1" is 12.00, no longer 10.00`))
		})
	})
},
	Entry("in memory", decisiontest.Opener(inMemory)),
	Entry("on the file system", decisiontest.Opener(inFolder)))
