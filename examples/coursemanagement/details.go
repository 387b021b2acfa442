package coursemanagement

import (
	"slices"
	"time"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/projection"
)

// StudentDetails is what the screen of one student shows.
type StudentDetails struct {
	Student string        `json:"studentId"`
	Name    string        `json:"name"`
	Email   string        `json:"email"`
	Tier    Tier          `json:"tier"`
	Courses []CourseTaken `json:"courses"` // in the order of enrolment
	Books   []Purchase    `json:"books"`
}

// CourseTaken is a course that a student has a seat in.
type CourseTaken struct {
	Course string `json:"courseId"`
	Title  string `json:"title"`
}

// Purchase is one book that a student bought, alone or in an order.
type Purchase struct {
	Book  string    `json:"bookId"`
	Title string    `json:"title"`
	Price Cents     `json:"price"`
	At    time.Time `json:"at"`
}

// DetailsOfStudents is the projection of [StudentDetails] by student. An enrolment
// names a course and a purchase a book; their titles are in events of their own,
// which the handlers ask for.
func DetailsOfStudents() *projection.Definition[StudentDetails] {
	return projection.Define[StudentDetails]("student-details", 1, projection.ByTag("student")).With(
		projection.On(func(_ StudentDetails, e StudentRegistered) StudentDetails {
			return StudentDetails{Student: e.Student, Name: e.Name, Email: e.Email, Tier: Basic}
		}),
		projection.On(func(s StudentDetails, e SubscriptionTierChanged) StudentDetails {
			s.Tier = e.Tier
			return s
		}),
		projection.OnChange(func(c projection.Change[StudentDetails], e StudentEnrolled) (StudentDetails, error) {
			course, _, err := projection.Latest[CourseCreated](c.Related)
			c.State.Courses = append(c.State.Courses, CourseTaken{e.Course, course.Title})
			return c.State, err
		}).Related(func(e StudentEnrolled) domain.Query {
			return projection.QueryOf[CourseCreated](courseTag(e.Course))
		}),
		projection.OnChange(func(c projection.Change[StudentDetails], e CourseBookPurchased) (StudentDetails, error) {
			return buy(c, OrderLine{Book: e.Book, Course: e.Course, Price: e.Price})
		}).Related(func(e CourseBookPurchased) domain.Query {
			return projection.QueryOf[CourseBookDefined](bookTag(e.Book))
		}),
		projection.OnChange(func(c projection.Change[StudentDetails], e CourseBooksOrdered) (StudentDetails, error) {
			return buy(c, e.Lines...)
		}).Related(func(e CourseBooksOrdered) domain.Query {
			var books domain.Query
			for _, line := range e.Lines {
				books = books.Union(projection.QueryOf[CourseBookDefined](bookTag(line.Book)))
			}
			return books
		}))
}

// buy adds books, whose titles are in the related events.
func buy(c projection.Change[StudentDetails], lines ...OrderLine) (StudentDetails, error) {
	books, err := projection.EventsOf[CourseBookDefined](c.Related)
	titles := make(map[string]string, len(books))
	for _, book := range books {
		titles[book.Book] = book.Title
	}
	s := c.State
	for _, line := range lines {
		s.Books = append(s.Books, Purchase{line.Book, titles[line.Book], line.Price, c.Event.Metadata.OccurredAt})
	}
	return s, err
}

// CourseDetails is what the screen of one course shows.
type CourseDetails struct {
	Course        string            `json:"courseId"`
	Title         string            `json:"title"`
	Capacity      int               `json:"capacity"` // seats
	Students      []StudentEnlisted `json:"students"` // in the order of enrolment
	Announcements []Announcement    `json:"announcements"`
	Books         []BookOffered     `json:"books"` // in the order of definition
}

// StudentEnlisted is a student who has a seat in a course.
type StudentEnlisted struct {
	Student string `json:"studentId"`
	Name    string `json:"name"`
}

// Announcement is what the students of a course are told. One that was retracted
// is gone.
type Announcement struct {
	Token string    `json:"idempotencyToken"`
	Title string    `json:"title"`
	Body  string    `json:"body"`
	At    time.Time `json:"at"`
}

// BookOffered is a book of a course. What it costs now is no part of the course: a
// change of price names the book alone, see [OfferOf].
type BookOffered struct {
	Book  string `json:"bookId"`
	Title string `json:"title"`
}

// DetailsOfCourses is the projection of [CourseDetails] by course. An enrolment
// names a student, whose name is in an event that the handler asks for.
func DetailsOfCourses() *projection.Definition[CourseDetails] {
	return projection.Define[CourseDetails]("course-details", 1, projection.ByTag("course")).With(
		projection.On(func(_ CourseDetails, e CourseCreated) CourseDetails {
			return CourseDetails{Course: e.Course, Title: e.Title, Capacity: e.Capacity}
		}),
		projection.On(func(c CourseDetails, e CourseCapacityChanged) CourseDetails {
			c.Capacity = e.Capacity
			return c
		}),
		projection.OnChange(func(c projection.Change[CourseDetails], e StudentEnrolled) (CourseDetails, error) {
			student, _, err := projection.Latest[StudentRegistered](c.Related)
			c.State.Students = append(c.State.Students, StudentEnlisted{e.Student, student.Name})
			return c.State, err
		}).Related(func(e StudentEnrolled) domain.Query {
			return projection.QueryOf[StudentRegistered](studentTag(e.Student))
		}),
		projection.OnChange(func(c projection.Change[CourseDetails], e AnnouncementPosted) (CourseDetails, error) {
			c.State.Announcements = append(c.State.Announcements, Announcement{e.Token, e.Title, e.Body, c.Event.Metadata.OccurredAt})
			return c.State, nil
		}),
		projection.On(func(c CourseDetails, e AnnouncementRetracted) CourseDetails {
			c.Announcements = slices.DeleteFunc(c.Announcements, func(a Announcement) bool { return a.Token == e.Token })
			return c
		}),
		projection.On(func(c CourseDetails, e CourseBookDefined) CourseDetails {
			c.Books = append(c.Books, BookOffered{e.Book, e.Title})
			return c
		}))
}
