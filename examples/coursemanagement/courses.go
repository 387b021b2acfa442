package coursemanagement

import (
	"github.com/opossum-go/opossum/application"
	"github.com/opossum-go/opossum/decision"
	"github.com/opossum-go/opossum/domain"
)

// CourseCreated says that a course is offered from now on.
type CourseCreated struct {
	Course   string `json:"courseId"`
	Title    string `json:"title"`
	Capacity int    `json:"capacity"` // seats
}

// EventType returns "CourseCreated".
func (CourseCreated) EventType() string { return "CourseCreated" }

// Tags returns the course.
func (e CourseCreated) Tags() []domain.Tag { return []domain.Tag{courseTag(e.Course)} }

// CourseCapacityChanged says that a course has more or fewer seats from now on.
type CourseCapacityChanged struct {
	Course   string `json:"courseId"`
	Capacity int    `json:"capacity"` // seats
}

// EventType returns "CourseCapacityChanged".
func (CourseCapacityChanged) EventType() string { return "CourseCapacityChanged" }

// Tags returns the course.
func (e CourseCapacityChanged) Tags() []domain.Tag { return []domain.Tag{courseTag(e.Course)} }

// CourseExists answers whether the course is offered. Unlike [SeatsOf] it does not
// change with every enrolment, so what depends on it alone never waits for one.
func CourseExists(course string) *decision.Model[bool] {
	return decision.New(false, courseTag(course)).With(
		decision.On(func(_ bool, _ CourseCreated) bool { return true }))
}

// Seats is how many seats a course has, and how many are taken.
type Seats struct {
	Created  bool
	Capacity int
	Taken    int
}

// Full reports whether no seat is left.
func (s Seats) Full() bool { return s.Taken >= s.Capacity }

// SeatsOf answers how many seats of the course are left.
func SeatsOf(course string) *decision.Model[Seats] {
	return decision.New(Seats{}, courseTag(course)).With(
		decision.On(func(_ Seats, e CourseCreated) Seats {
			return Seats{Created: true, Capacity: e.Capacity}
		}),
		decision.On(func(s Seats, e CourseCapacityChanged) Seats {
			s.Capacity = e.Capacity
			return s
		}),
		decision.On(func(s Seats, _ StudentEnrolled) Seats {
			s.Taken++
			return s
		}))
}

// CreateCourse offers a course.
type CreateCourse struct {
	Course   string `json:"courseId" validate:"required,max=64"`
	Title    string `json:"title" validate:"required,max=200"`
	Capacity int    `json:"capacity" validate:"gt=0"`
}

// Decide refuses an id that is taken.
func (c CreateCourse) Decide(d *application.Decision) error {
	exists := CourseExists(c.Course)
	if err := d.Load(exists); err != nil {
		return err
	}
	if exists.State() {
		return refuse("Course %q exists already", c.Course)
	}
	return d.Record(CourseCreated(c))
}

// ChangeCourseCapacity gives a course more or fewer seats.
type ChangeCourseCapacity struct {
	Course   string `json:"courseId" validate:"required,max=64"`
	Capacity int    `json:"capacity" validate:"gt=0"`
}

// Decide refuses an unknown course, the capacity it has, and fewer seats than are
// taken.
func (c ChangeCourseCapacity) Decide(d *application.Decision) error {
	seats := SeatsOf(c.Course)
	if err := d.Load(seats); err != nil {
		return err
	}
	switch s := seats.State(); {
	case !s.Created:
		return noCourse(c.Course)
	case s.Capacity == c.Capacity:
		return refuse("Course %q has %d seats already", c.Course, c.Capacity)
	case s.Taken > c.Capacity:
		return refuse("Course %q has %d students, too many for %d seats", c.Course, s.Taken, c.Capacity)
	}
	return d.Record(CourseCapacityChanged(c))
}
