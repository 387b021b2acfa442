package projections_test

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/projection"
)

// What happens in the school of these specs.

type defined struct {
	Course string `json:"course"`
	Topic  string `json:"topic"`
	Seats  int    `json:"seats"`
}

func (defined) EventType() string    { return "CourseDefined" }
func (e defined) Tags() []domain.Tag { return []domain.Tag{domain.NewTag("course", e.Course)} }

type joined struct {
	Course  string `json:"course"`
	Student string `json:"student"`
}

func (joined) EventType() string { return "StudentJoined" }
func (e joined) Tags() []domain.Tag {
	return []domain.Tag{domain.NewTag("course", e.Course), domain.NewTag("student", e.Student)}
}

// moved is about two courses.
type moved struct {
	Student string `json:"student"`
	From    string `json:"from"`
	To      string `json:"to"`
}

func (moved) EventType() string { return "StudentMoved" }
func (e moved) Tags() []domain.Tag {
	return []domain.Tag{domain.NewTag("course", e.From), domain.NewTag("course", e.To), domain.NewTag("student", e.Student)}
}

type closed struct {
	Course string `json:"course"`
}

func (closed) EventType() string    { return "CourseClosed" }
func (e closed) Tags() []domain.Tag { return []domain.Tag{domain.NewTag("course", e.Course)} }

type named struct {
	Student string `json:"student"`
	Name    string `json:"name"`
}

func (named) EventType() string    { return "StudentNamed" }
func (e named) Tags() []domain.Tag { return []domain.Tag{domain.NewTag("student", e.Student)} }

// What the school looks at.

// course is who is in a course.
type course struct {
	Topic    string
	Seats    int
	Students []string
}

func (c course) String() string { return "[" + strings.Join(c.Students, " ") + "]" }

// courses is the projection of all courses. Its second version writes students in
// capitals.
func courses(version int) *projection.Definition[course] { return watched(version, nil) }

// watched is courses whose handlers ask before a student comes into a course. What
// is asked may wait, and may refuse.
func watched(version int, before func(course, student string) error) *projection.Definition[course] {
	join := func(c course, key, student string) (course, error) {
		if before != nil {
			if err := before(key, student); err != nil {
				return c, err
			}
		}
		if version > 1 {
			student = strings.ToUpper(student)
		}
		c.Students = append(c.Students, student)
		return c, nil
	}
	return projection.Define[course]("courses", version, projection.ByTag("course")).With(
		projection.On(func(_ course, e defined) course { return course{Topic: e.Topic, Seats: e.Seats} }),
		projection.OnChange(func(c projection.Change[course], e joined) (course, error) {
			return join(c.State, c.Key, e.Student)
		}),
		projection.OnChange(func(c projection.Change[course], e moved) (course, error) {
			if c.Key == e.To {
				return join(c.State, c.Key, e.Student)
			}
			c.State.Students = slices.DeleteFunc(c.State.Students, func(s string) bool { return strings.EqualFold(s, e.Student) })
			return c.State, nil
		}),
		projection.Delete[course, closed](),
	).Tagged(func(_ string, c course) []domain.Tag {
		tags := []domain.Tag{domain.NewTag("full", strconv.FormatBool(c.Seats > 0 && len(c.Students) >= c.Seats))}
		if c.Topic != "" {
			tags = append(tags, domain.NewTag("topic", c.Topic))
		}
		return tags
	})
}

var errStrange = errors.New("a strange student")

// strangers refuses the student x for as long as refusing says so.
func strangers(refusing func() bool) func(course, student string) error {
	return func(_, student string) error {
		if student == "x" && refusing() {
			return errStrange
		}
		return nil
	}
}

// tallies counts how often each student joined something. It has no tags.
func tallies(before func(student string)) *projection.Definition[int] {
	return projection.Define[int]("tallies", 1, projection.ByTag("student")).With(
		projection.On(func(n int, e joined) int {
			if before != nil {
				before(e.Student)
			}
			return n + 1
		}))
}

// rosters is who is in each course, by the name that was known when they joined.
func rosters() *projection.Definition[[]string] {
	return projection.Define[[]string]("rosters", 1, projection.ByTag("course")).With(
		projection.OnChange(func(c projection.Change[[]string], e joined) ([]string, error) {
			known, found, err := projection.Latest[named](c.Related)
			if !found {
				return append(c.State, "somebody"), err
			}
			return append(c.State, known.Name), nil
		}).Related(func(e joined) domain.Query {
			return projection.QueryOf[named](domain.NewTag("student", e.Student))
		}))
}
