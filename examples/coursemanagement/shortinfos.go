package coursemanagement

import (
	"strconv"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/projection"
)

// StudentShortInfo is a line in the list of students.
type StudentShortInfo struct {
	Name    string `json:"name"`
	Email   string `json:"email"`
	Tier    Tier   `json:"tier"`
	Courses int    `json:"courses"` // taken
}

// MaxedOut reports whether the student can take no other course.
func (s StudentShortInfo) MaxedOut() bool { return s.Courses >= s.Tier.Courses() }

// OnTier is the tag of students on a tier in [ShortInfoOfStudents].
func OnTier(tier Tier) domain.Tag { return domain.NewTag("tier", string(tier)) }

// MaxedOut is the tag in [ShortInfoOfStudents] of students who can take no other
// course, or of those who can.
func MaxedOut(yes bool) domain.Tag { return domain.NewTag("maxed-out", strconv.FormatBool(yes)) }

// ShortInfoOfStudents is the projection of [StudentShortInfo] by student. It is
// queried by [OnTier] and [MaxedOut].
func ShortInfoOfStudents() *projection.Definition[StudentShortInfo] {
	return projection.Define[StudentShortInfo]("student-short-info", 1, projection.ByTag("student")).With(
		projection.On(func(_ StudentShortInfo, e StudentRegistered) StudentShortInfo {
			return StudentShortInfo{Name: e.Name, Email: e.Email, Tier: Basic}
		}),
		projection.On(func(s StudentShortInfo, e SubscriptionTierChanged) StudentShortInfo {
			s.Tier = e.Tier
			return s
		}),
		projection.On(func(s StudentShortInfo, _ StudentEnrolled) StudentShortInfo {
			s.Courses++
			return s
		}),
	).Tagged(func(_ string, s StudentShortInfo) []domain.Tag {
		return []domain.Tag{OnTier(s.Tier), MaxedOut(s.MaxedOut())}
	})
}

// CourseShortInfo is a line in the list of courses.
type CourseShortInfo struct {
	Title    string `json:"title"`
	Capacity int    `json:"capacity"` // seats
	Students int    `json:"students"`
}

// Full reports whether no seat is left.
func (c CourseShortInfo) Full() bool { return c.Students >= c.Capacity }

// Full is the tag in [ShortInfoOfCourses] of courses without a free seat, or of
// those with one.
func Full(yes bool) domain.Tag { return domain.NewTag("full", strconv.FormatBool(yes)) }

// ShortInfoOfCourses is the projection of [CourseShortInfo] by course. It is queried
// by [Full].
func ShortInfoOfCourses() *projection.Definition[CourseShortInfo] {
	return projection.Define[CourseShortInfo]("course-short-info", 1, projection.ByTag("course")).With(
		projection.On(func(_ CourseShortInfo, e CourseCreated) CourseShortInfo {
			return CourseShortInfo{Title: e.Title, Capacity: e.Capacity}
		}),
		projection.On(func(c CourseShortInfo, e CourseCapacityChanged) CourseShortInfo {
			c.Capacity = e.Capacity
			return c
		}),
		projection.On(func(c CourseShortInfo, _ StudentEnrolled) CourseShortInfo {
			c.Students++
			return c
		}),
	).Tagged(func(_ string, c CourseShortInfo) []domain.Tag { return []domain.Tag{Full(c.Full())} })
}
