package boundaries_test

import (
	"time"

	. "github.com/onsi/ginkgo/v2"

	"github.com/opossum-go/opossum/application"
	"github.com/opossum-go/opossum/application/decisiontest"
	"github.com/opossum-go/opossum/domain"
	courses "github.com/opossum-go/opossum/examples/coursesubscriptions"
	"github.com/opossum-go/opossum/examples/library"
	tokens "github.com/opossum-go/opossum/examples/optintoken"
	shop "github.com/opossum-go/opossum/examples/productprice"
	orders "github.com/opossum-go/opossum/examples/recordduplication"
	accounts "github.com/opossum-go/opossum/examples/uniqueusername"
)

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
},
	Entry("in memory", decisiontest.Opener(inMemory)),
	Entry("on the file system", decisiontest.Opener(inFolder)))
