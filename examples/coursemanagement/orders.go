package coursemanagement

import (
	"github.com/opossum-go/opossum/application"
	"github.com/opossum-go/opossum/decision"
	"github.com/opossum-go/opossum/domain"
)

// CourseBooksOrdered says that a student bought several books together.
type CourseBooksOrdered struct {
	Student string      `json:"studentId"`
	Lines   []OrderLine `json:"lines"`
}

// OrderLine is one book of an order and what was paid for it.
type OrderLine struct {
	Book   string `json:"bookId"`
	Course string `json:"courseId"`
	Price  Cents  `json:"price"`
}

// EventType returns "CourseBooksOrdered".
func (CourseBooksOrdered) EventType() string { return "CourseBooksOrdered" }

// Tags returns the student, every book and every course.
func (e CourseBooksOrdered) Tags() []domain.Tag {
	tags := []domain.Tag{studentTag(e.Student)}
	for _, line := range e.Lines {
		tags = append(tags, bookTag(line.Book), courseTag(line.Course))
	}
	return tags
}

// OrderCourseBooks buys what is in a cart: all of it or nothing. An event has a
// limited number of tags, which is why a cart holds 30 books at most.
type OrderCourseBooks struct {
	Student string     `json:"studentId" validate:"required,max=64"`
	Cart    []CartItem `json:"cart" validate:"max=30,dive"`
}

// CartItem is one book in a cart, with the price that the student was shown.
type CartItem struct {
	Book       string `json:"bookId" validate:"required,max=64"`
	ShownPrice Cents  `json:"shownPrice" validate:"gt=0"`
}

// Decide refuses an empty cart, a book that is in it twice, an unknown student, and
// the first book that cannot be had for the price that was shown. As many models as
// there are books are loaded in one read, and one condition protects all of them.
func (c OrderCourseBooks) Decide(d *application.Decision) error {
	if len(c.Cart) == 0 {
		return refuse("The cart is empty")
	}
	student, offers := StudentExists(c.Student), make(map[string]*decision.Model[Offer], len(c.Cart))
	models := []decision.Loadable{student}
	for _, item := range c.Cart {
		if offers[item.Book] != nil {
			return refuse("Course book %q is in the cart twice", item.Book)
		}
		offers[item.Book] = OfferOf(item.Book)
		models = append(models, offers[item.Book])
	}
	if err := d.Load(models...); err != nil {
		return err
	}
	if !student.State() {
		return noStudent(c.Student)
	}
	order := CourseBooksOrdered{Student: c.Student}
	for _, item := range c.Cart {
		offer := offers[item.Book].State()
		if err := offer.sell(item.Book, item.ShownPrice, d.Now()); err != nil {
			return err
		}
		order.Lines = append(order.Lines, OrderLine{Book: item.Book, Course: offer.Course, Price: item.ShownPrice})
	}
	return d.Record(order)
}
