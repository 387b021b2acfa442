package coursemanagement_test

import (
	"fmt"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/opossum-go/opossum/domain"
	courses "github.com/opossum-go/opossum/examples/coursemanagement"
)

var _ = onEveryStore("A course book", func(s *school) {
	buy := func(shown courses.Cents) courses.PurchaseCourseBook {
		return courses.PurchaseCourseBook{Student: "ada", Book: "b1", ShownPrice: shown}
	}
	change := func(price courses.Cents) courses.ChangeCourseBookPrice {
		return courses.ChangeCourseBookPrice{Book: "b1", Price: price}
	}
	BeforeEach(func(ctx SpecContext) {
		s.does(ctx, create("go", 9), register("ada"), book("b1", "go", 1000))
		s.advance(time.Hour)
	})

	It("is defined once, for a course that exists, at a price", func(ctx SpecContext) {
		s.refuses(ctx, book("b1", "go", 900), `Course book "b1" is defined already`)
		s.refuses(ctx, book("b2", "art", 900), `There is no course "art"`)
		Expect(s.tries(ctx, book("b2", "go", 0))).To(MatchError(domain.ErrInvalid))
	})

	It("is given another price when it exists", func(ctx SpecContext) {
		s.refuses(ctx, courses.ChangeCourseBookPrice{Book: "b2", Price: 900}, `There is no course book "b2"`)
		s.refuses(ctx, change(1000), `Course book "b1" costs 10.00 already`)
		s.does(ctx, change(900))
		Expect(s.newest(ctx)).To(Equal(courses.CourseBookPriceChanged{Book: "b1", Price: 900}))
	})

	It("is bought for its price, by a student, as often as one likes", func(ctx SpecContext) {
		s.does(ctx, buy(1000), buy(1000))
		Expect(s.newest(ctx)).To(Equal(courses.CourseBookPurchased{Student: "ada", Book: "b1", Course: "go", Price: 1000}))
		s.refuses(ctx, courses.PurchaseCourseBook{Student: "zoe", Book: "b1", ShownPrice: 1000}, `There is no student "zoe"`)
		s.refuses(ctx, courses.PurchaseCourseBook{Student: "ada", Book: "b2", ShownPrice: 1000}, `There is no course book "b2"`)
	})

	It("is not bought for a price that it never had", func(ctx SpecContext) {
		s.refuses(ctx, buy(1), `The price of course book "b1" is 10.00, no longer 0.01`)
	})

	When("its price was changed", func() {
		BeforeEach(func(ctx SpecContext) { s.does(ctx, change(1200)) })

		It("is bought for the new price at once", func(ctx SpecContext) { s.does(ctx, buy(1200)) })

		DescribeTable("is bought for the price before during 30 minutes",
			func(ctx SpecContext, later time.Duration) {
				s.advance(later)
				s.does(ctx, buy(1000))
				Expect(s.newest(ctx)).To(HaveField("Price", courses.Cents(1000)))
			},
			Entry("at once", time.Duration(0)),
			Entry("after 29 minutes", 29*time.Minute),
			Entry("after 30 minutes to the nanosecond", 30*time.Minute),
		)

		It("is bought for the new price only from then on", func(ctx SpecContext) {
			s.advance(30*time.Minute + time.Nanosecond)
			s.refuses(ctx, buy(1000), `The price of course book "b1" is 12.00, no longer 10.00`)
			s.does(ctx, buy(1200))
		})

		It("is bought for any of the prices of the last 30 minutes", func(ctx SpecContext) {
			s.advance(20 * time.Minute)
			s.does(ctx, change(1400), buy(1000), buy(1200), buy(1400))
			s.advance(20 * time.Minute)
			s.refuses(ctx, buy(1000), `The price of course book "b1" is 14.00, no longer 10.00`)
			s.does(ctx, buy(1200), buy(1400))
		})

		It("is bought for a price that came back", func(ctx SpecContext) {
			s.advance(time.Hour)
			s.does(ctx, change(1000))
			s.advance(time.Hour)
			s.does(ctx, buy(1000))
			s.refuses(ctx, buy(1200), `The price of course book "b1" is 10.00, no longer 12.00`)
		})
	})
})

var _ = onEveryStore("An order of course books", func(s *school) {
	order := func(items ...courses.CartItem) courses.OrderCourseBooks {
		return courses.OrderCourseBooks{Student: "ada", Cart: items}
	}
	BeforeEach(func(ctx SpecContext) {
		s.does(ctx, create("go", 9), create("sql", 9), register("ada"), book("b1", "go", 1000), book("b2", "sql", 2000), book("b3", "sql", 3000))
		s.advance(time.Hour)
	})

	It("records what was paid for each book, about all of them", func(ctx SpecContext) {
		s.does(ctx, order(item("b1", 1000), item("b3", 3000)))
		Expect(s.newest(ctx)).To(Equal(courses.CourseBooksOrdered{Student: "ada", Lines: []courses.OrderLine{
			{Book: "b1", Course: "go", Price: 1000}, {Book: "b3", Course: "sql", Price: 3000},
		}}))
		stored := s.stored(ctx)
		Expect(stored[len(stored)-1].Tags).To(Equal([]domain.Tag{"book:b1", "book:b3", "course:go", "course:sql", "student:ada"}))
	})

	It("is refused when the cart is empty", func(ctx SpecContext) {
		s.refuses(ctx, order(), "The cart is empty")
	})

	It("is refused when a book is in the cart twice", func(ctx SpecContext) {
		s.refuses(ctx, order(item("b1", 1000), item("b1", 1000)), `Course book "b1" is in the cart twice`)
	})

	It("is refused when the student is unknown", func(ctx SpecContext) {
		s.refuses(ctx, courses.OrderCourseBooks{Student: "zoe", Cart: []courses.CartItem{item("b1", 1000)}}, `There is no student "zoe"`)
	})

	It("is refused as a whole when one book cannot be had", func(ctx SpecContext) {
		s.refuses(ctx, order(item("b1", 1000), item("b9", 1000)), `There is no course book "b9"`)
		s.refuses(ctx, order(item("b1", 1000), item("b2", 1999)), `The price of course book "b2" is 20.00, no longer 19.99`)
	})

	It("has the same time of grace for each book", func(ctx SpecContext) {
		s.does(ctx, courses.ChangeCourseBookPrice{Book: "b1", Price: 1100})
		s.advance(20 * time.Minute)
		s.does(ctx, courses.ChangeCourseBookPrice{Book: "b2", Price: 2200})
		cart := order(item("b1", 1000), item("b2", 2000))
		s.does(ctx, cart)
		s.advance(20 * time.Minute)
		s.refuses(ctx, cart, `The price of course book "b1" is 11.00, no longer 10.00`)
	})

	It("holds 30 books, and not one more", func(ctx SpecContext) {
		full := order()
		for n := range 31 {
			id := fmt.Sprintf("n%d", n)
			s.does(ctx, create(id, 1), book(id, id, 500))
			full.Cart = append(full.Cart, item(id, 500))
		}
		Expect(s.tries(ctx, full)).To(MatchError(domain.ErrInvalid))
		full.Cart = full.Cart[:30]
		s.does(ctx, full)
		Expect(s.newest(ctx)).To(HaveField("Lines", HaveLen(30)))
	})
})
