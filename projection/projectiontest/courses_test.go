package projectiontest_test

import (
	"errors"
	"slices"
	"strconv"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/projection"
)

// The domain of these tests: courses with seats.

type CourseDefined struct {
	Course   string `json:"course"`
	Capacity int    `json:"capacity"` // seats
}

func (CourseDefined) EventType() string    { return "CourseDefined" }
func (e CourseDefined) Tags() []domain.Tag { return []domain.Tag{domain.NewTag("course", e.Course)} }

type StudentNamed struct {
	Student string `json:"student"`
	Name    string `json:"name"`
}

func (StudentNamed) EventType() string    { return "StudentNamed" }
func (e StudentNamed) Tags() []domain.Tag { return []domain.Tag{domain.NewTag("student", e.Student)} }

type StudentSubscribed struct {
	Course  string `json:"course"`
	Student string `json:"student"`
}

func (StudentSubscribed) EventType() string { return "StudentSubscribed" }
func (e StudentSubscribed) Tags() []domain.Tag {
	return []domain.Tag{domain.NewTag("course", e.Course), domain.NewTag("student", e.Student)}
}

type StudentLeft struct {
	Course  string `json:"course"`
	Student string `json:"student"`
}

func (StudentLeft) EventType() string { return "StudentLeft" }
func (e StudentLeft) Tags() []domain.Tag {
	return []domain.Tag{domain.NewTag("course", e.Course), domain.NewTag("student", e.Student)}
}

type CourseClosed struct {
	Course string `json:"course"`
}

func (CourseClosed) EventType() string    { return "CourseClosed" }
func (e CourseClosed) Tags() []domain.Tag { return []domain.Tag{domain.NewTag("course", e.Course)} }

// Course is the state: who is in it, by name.
type Course struct {
	Capacity int      `json:"capacity"`
	Students []string `json:"students"`
}

var errNotThere = errors.New("the student is not in the course")

// Courses is the projection that is right.
func Courses() *projection.Definition[Course] {
	return projection.Define[Course]("courses", 1, projection.ByTag("course")).With(
		projection.On(func(_ Course, e CourseDefined) Course { return Course{Capacity: e.Capacity} }),
		projection.OnChange(func(c projection.Change[Course], e StudentSubscribed) (Course, error) {
			names, err := projection.EventsOf[StudentNamed](c.Related)
			name := e.Student
			if len(names) > 0 {
				name = names[len(names)-1].Name
			}
			c.State.Students = append(c.State.Students, name)
			return c.State, err
		}).Related(func(e StudentSubscribed) domain.Query {
			return domain.NewQuery(domain.OfTypes("StudentNamed").Tagged(domain.NewTag("student", e.Student)))
		}),
		projection.OnChange(func(c projection.Change[Course], e StudentLeft) (Course, error) {
			i := slices.Index(c.State.Students, e.Student)
			if i < 0 {
				return c.State, errNotThere
			}
			c.State.Students = slices.Delete(c.State.Students, i, i+1)
			return c.State, nil
		}),
		projection.Delete[Course, CourseClosed](),
	).Tagged(func(_ string, c Course) []domain.Tag {
		return []domain.Tag{domain.NewTag("full", strconv.FormatBool(len(c.Students) >= c.Capacity))}
	}).OnFailure(projection.Failure{Retries: projection.Forever})
}
