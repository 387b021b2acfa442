package coursesubscriptions

import "github.com/opossum-go/opossum/domain"

// CourseDefined says that a course exists from now on.
type CourseDefined struct {
	Course   string `json:"courseId"`
	Capacity int    `json:"capacity"` // seats
}

// EventType returns "CourseDefined".
func (CourseDefined) EventType() string { return "CourseDefined" }

// Tags returns the course.
func (e CourseDefined) Tags() []domain.Tag { return []domain.Tag{courseTag(e.Course)} }

// CourseCapacityChanged says that a course has more or fewer seats from now on,
// possibly fewer than are taken.
type CourseCapacityChanged struct {
	Course      string `json:"courseId"`
	NewCapacity int    `json:"newCapacity"` // seats
}

// EventType returns "CourseCapacityChanged".
func (CourseCapacityChanged) EventType() string { return "CourseCapacityChanged" }

// Tags returns the course.
func (e CourseCapacityChanged) Tags() []domain.Tag { return []domain.Tag{courseTag(e.Course)} }

// StudentSubscribedToCourse says that a student took a seat in a course.
type StudentSubscribedToCourse struct {
	Student string `json:"studentId"`
	Course  string `json:"courseId"`
}

// EventType returns "StudentSubscribedToCourse".
func (StudentSubscribedToCourse) EventType() string { return "StudentSubscribedToCourse" }

// Tags returns the student and the course: the event is about both.
func (e StudentSubscribedToCourse) Tags() []domain.Tag {
	return []domain.Tag{studentTag(e.Student), courseTag(e.Course)}
}

func courseTag(id string) domain.Tag  { return domain.NewTag("course", id) }
func studentTag(id string) domain.Tag { return domain.NewTag("student", id) }
