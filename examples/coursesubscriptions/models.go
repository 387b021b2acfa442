package coursesubscriptions

import "github.com/opossum-go/opossum/decision"

// CourseExists answers whether the course has been defined.
func CourseExists(course string) *decision.Model[bool] {
	return decision.New(false, courseTag(course)).With(
		decision.On(func(_ bool, _ CourseDefined) bool { return true }))
}

// Capacity answers how many seats the course has, taken or not.
func Capacity(course string) *decision.Model[int] {
	return decision.New(0, courseTag(course)).With(
		decision.On(func(_ int, e CourseDefined) int { return e.Capacity }),
		decision.On(func(_ int, e CourseCapacityChanged) int { return e.NewCapacity }))
}

// SeatsTaken answers how many students have subscribed to the course.
func SeatsTaken(course string) *decision.Model[int] {
	return decision.New(0, courseTag(course)).With(
		decision.On(func(n int, _ StudentSubscribedToCourse) int { return n + 1 }))
}

// CoursesTaken answers how many courses the student has subscribed to.
func CoursesTaken(student string) *decision.Model[int] {
	return decision.New(0, studentTag(student)).With(
		decision.On(func(n int, _ StudentSubscribedToCourse) int { return n + 1 }))
}

// AlreadySubscribed answers whether this student has subscribed to this course.
func AlreadySubscribed(student, course string) *decision.Model[bool] {
	return decision.New(false, studentTag(student), courseTag(course)).With(
		decision.On(func(_ bool, _ StudentSubscribedToCourse) bool { return true }))
}
