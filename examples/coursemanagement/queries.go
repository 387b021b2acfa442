package coursemanagement

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/opossum-go/opossum/decision"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// The queries fold events when they are asked, with the means of a decision and
// without its condition: what they return is true of the moment of the one read
// they make. A school that shows these screens all day keeps projections instead.

// StudentDetails is what the school knows about one student.
type StudentDetails struct {
	Student, Name, Email string
	Tier                 Tier
	Courses              []string // ids, in the order of enrolment
	Books                []Purchase
}

// Purchase is one book that a student bought, alone or in an order.
type Purchase struct {
	Book  string
	Price Cents
	At    time.Time
}

// Student returns the details of a student. Found is false when nobody registered
// with the id.
func Student(ctx context.Context, store ports.Reader, student string) (details StudentDetails, found bool, err error) {
	model := decision.New(StudentDetails{}, studentTag(student)).With(
		decision.On(func(_ StudentDetails, e StudentRegistered) StudentDetails {
			return StudentDetails{Student: e.Student, Name: e.Name, Email: e.Email, Tier: Basic}
		}),
		decision.On(func(s StudentDetails, e SubscriptionTierChanged) StudentDetails {
			s.Tier = e.Tier
			return s
		}),
		decision.On(func(s StudentDetails, e StudentEnrolled) StudentDetails {
			s.Courses = append(s.Courses, e.Course)
			return s
		}),
		decision.OnSequenced(func(s StudentDetails, e CourseBookPurchased, at domain.SequencedEvent) StudentDetails {
			s.Books = append(s.Books, Purchase{e.Book, e.Price, at.Metadata.OccurredAt})
			return s
		}),
		decision.OnSequenced(func(s StudentDetails, e CourseBooksOrdered, at domain.SequencedEvent) StudentDetails {
			for _, line := range e.Lines {
				s.Books = append(s.Books, Purchase{line.Book, line.Price, at.Metadata.OccurredAt})
			}
			return s
		}))
	if _, err := decision.Load(ctx, store, model); err != nil {
		return StudentDetails{}, false, fmt.Errorf("read student %q: %w", student, err)
	}
	return model.State(), model.State().Student != "", nil
}

// CourseDetails is what the school knows about one course.
type CourseDetails struct {
	Course, Title string
	Capacity      int
	Students      []string       // ids, in the order of enrolment
	Announcements []Announcement // those that stand, oldest first
	Books         []string       // ids, in the order of definition
}

// Announcement is what the students of a course are told.
type Announcement struct {
	Token, Title, Body string
	At                 time.Time
}

// Course returns the details of a course. Found is false when there is none with
// the id.
func Course(ctx context.Context, store ports.Reader, course string) (details CourseDetails, found bool, err error) {
	model := decision.New(CourseDetails{}, courseTag(course)).With(
		decision.On(func(_ CourseDetails, e CourseCreated) CourseDetails {
			return CourseDetails{Course: e.Course, Title: e.Title, Capacity: e.Capacity}
		}),
		decision.On(func(c CourseDetails, e CourseCapacityChanged) CourseDetails {
			c.Capacity = e.Capacity
			return c
		}),
		decision.On(func(c CourseDetails, e StudentEnrolled) CourseDetails {
			c.Students = append(c.Students, e.Student)
			return c
		}),
		decision.OnSequenced(func(c CourseDetails, e AnnouncementPosted, at domain.SequencedEvent) CourseDetails {
			c.Announcements = append(c.Announcements, Announcement{e.Token, e.Title, e.Body, at.Metadata.OccurredAt})
			return c
		}),
		decision.On(func(c CourseDetails, e AnnouncementRetracted) CourseDetails {
			c.Announcements = slices.DeleteFunc(c.Announcements, func(a Announcement) bool { return a.Token == e.Token })
			return c
		}),
		decision.On(func(c CourseDetails, e CourseBookDefined) CourseDetails {
			c.Books = append(c.Books, e.Book)
			return c
		}))
	if _, err := decision.Load(ctx, store, model); err != nil {
		return CourseDetails{}, false, fmt.Errorf("read course %q: %w", course, err)
	}
	return model.State(), model.State().Course != "", nil
}

// Invoices returns all invoices, by number.
func Invoices(ctx context.Context, store ports.Reader) ([]InvoiceIssued, error) {
	model := decision.New([]InvoiceIssued(nil)).With(
		decision.On(func(all []InvoiceIssued, e InvoiceIssued) []InvoiceIssued { return append(all, e) }))
	if _, err := decision.Load(ctx, store, model); err != nil {
		return nil, fmt.Errorf("read invoices: %w", err)
	}
	return model.State(), nil
}

// Invoice returns the invoice with a number. Found is false when there is none yet.
func Invoice(ctx context.Context, store ports.Reader, number int) (invoice InvoiceIssued, found bool, err error) {
	model := decision.New(InvoiceIssued{}, invoiceTag(number)).With(
		decision.On(func(_, e InvoiceIssued) InvoiceIssued { return e }))
	if _, err := decision.Load(ctx, store, model); err != nil {
		return InvoiceIssued{}, false, fmt.Errorf("read invoice %d: %w", number, err)
	}
	return model.State(), model.State().Number != 0, nil
}
