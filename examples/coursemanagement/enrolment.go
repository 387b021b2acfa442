package coursemanagement

import (
	"github.com/opossum-go/opossum/application"
	"github.com/opossum-go/opossum/decision"
	"github.com/opossum-go/opossum/domain"
)

// StudentEnrolled says that a student took a seat in a course.
type StudentEnrolled struct {
	Course  string `json:"courseId"`
	Student string `json:"studentId"`
}

// EventType returns "StudentEnrolled".
func (StudentEnrolled) EventType() string { return "StudentEnrolled" }

// Tags returns the course and the student: the event is about both.
func (e StudentEnrolled) Tags() []domain.Tag {
	return []domain.Tag{courseTag(e.Course), studentTag(e.Student)}
}

// AlreadyEnrolled answers whether this student has a seat in this course.
func AlreadyEnrolled(course, student string) *decision.Model[bool] {
	return decision.New(false, courseTag(course), studentTag(student)).With(
		decision.On(func(_ bool, _ StudentEnrolled) bool { return true }))
}

// EnrolStudent gives a student a seat in a course.
type EnrolStudent struct {
	Course  string `json:"courseId" validate:"required,max=64"`
	Student string `json:"studentId" validate:"required,max=64"`
}

// Decide refuses, in this order: an unknown course, an unknown student, a second
// seat in the same course, a full course, and a course more than the tier allows.
// The three questions are one read, and one condition protects the answers.
func (c EnrolStudent) Decide(d *application.Decision) error {
	course, student, already := SeatsOf(c.Course), AllowanceOf(c.Student), AlreadyEnrolled(c.Course, c.Student)
	if err := d.Load(course, student, already); err != nil {
		return err
	}
	seats, allowance := course.State(), student.State()
	switch {
	case !seats.Created:
		return noCourse(c.Course)
	case !allowance.Registered:
		return noStudent(c.Student)
	case already.State():
		return refuse("Student %q is enrolled in course %q already", c.Student, c.Course)
	case seats.Full():
		return refuse("Course %q is full: all %d seats are taken", c.Course, seats.Capacity)
	case allowance.UsedUp():
		return refuse("Student %q takes %d courses, more are not part of %s", c.Student, allowance.Taken, allowance.Tier)
	}
	return d.Record(StudentEnrolled(c))
}
