package coursemanagement

import (
	"fmt"
	"slices"
	"time"

	"github.com/opossum-go/opossum/application"
	"github.com/opossum-go/opossum/decision"
	"github.com/opossum-go/opossum/domain"
)

// PriceGrace is how long a price can still be paid after it was changed: who looked
// at a book and took a while to order it pays what was shown.
const PriceGrace = 30 * time.Minute

// Cents is an amount of money in hundredths of the currency.
type Cents int64

// String returns the amount with two decimals, such as "12.50".
func (c Cents) String() string { return fmt.Sprintf("%d.%02d", c/100, c%100) }

// CourseBookDefined says that the book of a course is for sale from now on.
type CourseBookDefined struct {
	Book   string `json:"bookId"`
	Course string `json:"courseId"`
	Title  string `json:"title"`
	Price  Cents  `json:"price"`
}

// EventType returns "CourseBookDefined".
func (CourseBookDefined) EventType() string { return "CourseBookDefined" }

// Tags returns the book and the course.
func (e CourseBookDefined) Tags() []domain.Tag {
	return []domain.Tag{bookTag(e.Book), courseTag(e.Course)}
}

// CourseBookPriceChanged says that a book has another price from now on.
type CourseBookPriceChanged struct {
	Book  string `json:"bookId"`
	Price Cents  `json:"price"`
}

// EventType returns "CourseBookPriceChanged".
func (CourseBookPriceChanged) EventType() string { return "CourseBookPriceChanged" }

// Tags returns the book.
func (e CourseBookPriceChanged) Tags() []domain.Tag { return []domain.Tag{bookTag(e.Book)} }

// CourseBookPurchased says that a student bought one book, and what was paid.
type CourseBookPurchased struct {
	Student string `json:"studentId"`
	Book    string `json:"bookId"`
	Course  string `json:"courseId"`
	Price   Cents  `json:"price"`
}

// EventType returns "CourseBookPurchased".
func (CourseBookPurchased) EventType() string { return "CourseBookPurchased" }

// Tags returns the student, the book and the course.
func (e CourseBookPurchased) Tags() []domain.Tag {
	return []domain.Tag{studentTag(e.Student), bookTag(e.Book), courseTag(e.Course)}
}

// Offer is a book and the prices it has had. The zero Offer is not for sale.
type Offer struct {
	Course string
	prices []price // oldest first, the last one is the current one
}

// price is what a book costs from a moment on.
type price struct {
	amount Cents
	since  time.Time
}

// OfferOf answers what the book costs and cost.
func OfferOf(book string) *decision.Model[Offer] {
	return decision.New(Offer{}, bookTag(book)).With(
		decision.OnSequenced(func(_ Offer, e CourseBookDefined, at domain.SequencedEvent) Offer {
			return Offer{Course: e.Course, prices: []price{{e.Price, at.Metadata.OccurredAt}}}
		}),
		decision.OnSequenced(func(o Offer, e CourseBookPriceChanged, at domain.SequencedEvent) Offer {
			o.prices = append(slices.Clip(o.prices), price{e.Price, at.Metadata.OccurredAt})
			return o
		}))
}

// ForSale reports whether the book was defined.
func (o Offer) ForSale() bool { return len(o.prices) > 0 }

// Price returns the current price, 0 when the book is not for sale.
func (o Offer) Price() Cents {
	if !o.ForSale() {
		return 0
	}
	return o.prices[len(o.prices)-1].amount
}

// Accepts reports whether a book can be had for an amount: it is the current price,
// or was replaced not more than [PriceGrace] ago. Opossum for .NET accepts the
// current price and the one before it. Here a second change within the grace does
// not take away what a student was shown minutes ago, on purpose.
func (o Offer) Accepts(amount Cents, now time.Time) bool {
	for i, p := range o.prices {
		current := i == len(o.prices)-1
		if p.amount == amount && (current || !now.After(o.prices[i+1].since.Add(PriceGrace))) {
			return true
		}
	}
	return false
}

// sell refuses a book that is not for sale, and a price that is out of date.
func (o Offer) sell(book string, shown Cents, now time.Time) error {
	switch {
	case !o.ForSale():
		return noBook(book)
	case !o.Accepts(shown, now):
		return refuse("The price of course book %q is %s, no longer %s", book, o.Price(), shown)
	}
	return nil
}

// DefineCourseBook offers the book of a course.
type DefineCourseBook struct {
	Book   string `json:"bookId" validate:"required,max=64"`
	Course string `json:"courseId" validate:"required,max=64"`
	Title  string `json:"title" validate:"required,max=200"`
	Price  Cents  `json:"price" validate:"gt=0"`
}

// Decide refuses a book that is defined and a course that does not exist.
func (c DefineCourseBook) Decide(d *application.Decision) error {
	offer, course := OfferOf(c.Book), CourseExists(c.Course)
	if err := d.Load(offer, course); err != nil {
		return err
	}
	switch {
	case offer.State().ForSale():
		return refuse("Course book %q is defined already", c.Book)
	case !course.State():
		return noCourse(c.Course)
	}
	return d.Record(CourseBookDefined(c))
}

// ChangeCourseBookPrice gives a book another price.
type ChangeCourseBookPrice struct {
	Book  string `json:"bookId" validate:"required,max=64"`
	Price Cents  `json:"price" validate:"gt=0"`
}

// Decide refuses an unknown book and the price that it has.
func (c ChangeCourseBookPrice) Decide(d *application.Decision) error {
	offer := OfferOf(c.Book)
	if err := d.Load(offer); err != nil {
		return err
	}
	switch o := offer.State(); {
	case !o.ForSale():
		return noBook(c.Book)
	case o.Price() == c.Price:
		return refuse("Course book %q costs %s already", c.Book, c.Price)
	}
	return d.Record(CourseBookPriceChanged(c))
}

// PurchaseCourseBook buys one book for the price that the student was shown.
type PurchaseCourseBook struct {
	Student    string `json:"studentId" validate:"required,max=64"`
	Book       string `json:"bookId" validate:"required,max=64"`
	ShownPrice Cents  `json:"shownPrice" validate:"gt=0"`
}

// Decide refuses an unknown student, an unknown book, and a price that is neither
// the current one nor one of the last [PriceGrace].
func (c PurchaseCourseBook) Decide(d *application.Decision) error {
	student, offer := StudentExists(c.Student), OfferOf(c.Book)
	if err := d.Load(student, offer); err != nil {
		return err
	}
	if !student.State() {
		return noStudent(c.Student)
	}
	if err := offer.State().sell(c.Book, c.ShownPrice, d.Now()); err != nil {
		return err
	}
	return d.Record(CourseBookPurchased{
		Student: c.Student, Book: c.Book, Course: offer.State().Course, Price: c.ShownPrice,
	})
}
