package eventsourcedaggregate

import "github.com/opossum-go/opossum/domain"

// CourseDefined says that a course exists from now on.
type CourseDefined struct {
	Course   string `json:"courseId"`
	Title    string `json:"title"`
	Capacity int    `json:"capacity"` // seats
}

// EventType returns "CourseDefined".
func (CourseDefined) EventType() string { return "CourseDefined" }

// Tags returns the course.
func (e CourseDefined) Tags() []domain.Tag { return []domain.Tag{courseTag(e.Course)} }

// CourseCapacityChanged says that a course has more or fewer seats from now on.
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
	Course  string `json:"courseId"`
	Student string `json:"studentId"`
}

// EventType returns "StudentSubscribedToCourse".
func (StudentSubscribedToCourse) EventType() string { return "StudentSubscribedToCourse" }

// Tags returns the course only: the aggregate is about nothing else.
func (e StudentSubscribedToCourse) Tags() []domain.Tag { return []domain.Tag{courseTag(e.Course)} }

func courseTag(id string) domain.Tag { return domain.NewTag("course", id) }
