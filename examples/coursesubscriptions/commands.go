package coursesubscriptions

import (
	"fmt"

	"github.com/opossum-go/opossum/application"
)

// MaxCourses is how many courses one student may subscribe to. The prose of the
// site says 10 and its cases say 5: the cases are followed, because they run.
const MaxCourses = 5

// Refusal is the answer to a command that breaks a rule: one sentence for the
// person who sent it. Refusals with the same text are equal. Nothing was stored.
type Refusal string

// Error returns the sentence.
func (r Refusal) Error() string { return string(r) }

func refuse(format string, args ...any) Refusal { return Refusal(fmt.Sprintf(format, args...)) }

// DefineCourse opens a course.
type DefineCourse struct {
	Course   string `json:"courseId" validate:"required"`
	Capacity int    `json:"capacity" validate:"min=0"`
}

// Decide refuses an id that is taken.
func (c DefineCourse) Decide(d *application.Decision) error {
	exists := CourseExists(c.Course)
	if err := d.Load(exists); err != nil {
		return err
	}
	if exists.State() {
		return refuse("Course with id %q already exists", c.Course)
	}
	return d.Record(CourseDefined(c))
}

// ChangeCourseCapacity gives a course more or fewer seats.
type ChangeCourseCapacity struct {
	Course      string `json:"courseId" validate:"required"`
	NewCapacity int    `json:"newCapacity" validate:"min=0"`
}

// Decide refuses an unknown course and a change that changes nothing.
func (c ChangeCourseCapacity) Decide(d *application.Decision) error {
	exists, capacity := CourseExists(c.Course), Capacity(c.Course)
	if err := d.Load(exists, capacity); err != nil {
		return err
	}
	switch {
	case !exists.State():
		return refuse("Course %q does not exist", c.Course)
	case capacity.State() == c.NewCapacity:
		return refuse("New capacity %d is the same as the current capacity", c.NewCapacity)
	}
	return d.Record(CourseCapacityChanged(c))
}

// SubscribeStudent gives a student a seat in a course.
type SubscribeStudent struct {
	Student string `json:"studentId" validate:"required"`
	Course  string `json:"courseId" validate:"required"`
}

// Decide refuses, in this order: an unknown course, a full one, a second
// subscription to the same course, and one course too many.
func (c SubscribeStudent) Decide(d *application.Decision) error {
	exists, capacity, taken := CourseExists(c.Course), Capacity(c.Course), SeatsTaken(c.Course)
	already, courses := AlreadySubscribed(c.Student, c.Course), CoursesTaken(c.Student)
	if err := d.Load(exists, capacity, taken, already, courses); err != nil {
		return err
	}
	switch {
	case !exists.State():
		return refuse("Course %q does not exist", c.Course)
	case taken.State() >= capacity.State():
		return refuse("Course %q is already fully booked", c.Course)
	case already.State():
		return refuse("Student already subscribed to this course")
	case courses.State() >= MaxCourses:
		return refuse("Student already subscribed to %d courses", MaxCourses)
	}
	return d.Record(StudentSubscribedToCourse(c))
}

// Register lets app execute the three commands.
func Register(app *application.App) {
	register[DefineCourse](app)
	register[ChangeCourseCapacity](app)
	register[SubscribeStudent](app)
}

func register[C interface {
	Decide(d *application.Decision) error
}](app *application.App) {
	application.Handle(app, func(d *application.Decision, c C) error { return c.Decide(d) })
}
