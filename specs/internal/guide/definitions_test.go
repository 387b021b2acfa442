package guide_test

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/projection"
)

type CourseDefined struct {
	Course   string `json:"course"`
	Title    string `json:"title"`
	Capacity int    `json:"capacity"`
}

func (CourseDefined) EventType() string    { return "CourseDefined" }
func (e CourseDefined) Tags() []domain.Tag { return []domain.Tag{domain.NewTag("course", e.Course)} }

type CourseClosed struct {
	Course string `json:"course"`
}

func (CourseClosed) EventType() string    { return "CourseClosed" }
func (e CourseClosed) Tags() []domain.Tag { return []domain.Tag{domain.NewTag("course", e.Course)} }

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

type StudentsPaired struct {
	One   string `json:"one"`
	Other string `json:"other"`
}

func (StudentsPaired) EventType() string { return "StudentsPaired" }
func (e StudentsPaired) Tags() []domain.Tag {
	return []domain.Tag{domain.NewTag("student", e.One), domain.NewTag("student", e.Other)}
}

// Course is what is shown of a course.
type Course struct {
	Title    string
	Capacity int
	Students []string
}

// Courses is the read model of all courses.
func Courses() *projection.Definition[Course] {
	return projection.Define[Course]("courses", 1, projection.ByTag("course")).With(
		projection.On(func(_ Course, e CourseDefined) Course { return Course{Title: e.Title, Capacity: e.Capacity} }),
		projection.On(func(c Course, e StudentSubscribed) Course { c.Students = append(c.Students, e.Student); return c }),
		projection.Delete[Course, CourseClosed](),
	).Tagged(func(_ string, c Course) []domain.Tag {
		return []domain.Tag{domain.NewTag("full", strconv.FormatBool(len(c.Students) >= c.Capacity))}
	})
}

// Student is what is shown of a student.
type Student struct {
	Courses int
	Partner string
}

// Students is the read model of all students.
func Students() *projection.Definition[Student] {
	return projection.Define[Student]("students", 1, nil).With(
		projection.On(func(s Student, _ StudentSubscribed) Student { s.Courses++; return s }).
			Key(func(e StudentSubscribed) string { return e.Student }),
		projection.OnChange(func(c projection.Change[Student], e StudentsPaired) (Student, error) {
			c.State.Partner = e.One
			if c.Key == e.One {
				c.State.Partner = e.Other
			}
			return c.State, nil
		}).Keys(func(e StudentsPaired) []string { return []string{e.One, e.Other} }),
	)
}

// Rosters lists who is in a course, by the names that they had when they came.
func Rosters() *projection.Definition[[]string] {
	return projection.Define[[]string]("rosters", 1, projection.ByTag("course")).With(
		projection.OnChange(func(c projection.Change[[]string], e StudentSubscribed) ([]string, error) {
			student, found, err := projection.Latest[StudentNamed](c.Related)
			if !found {
				return append(c.State, e.Student), err
			}
			return append(c.State, student.Name), nil
		}).Related(func(e StudentSubscribed) domain.Query {
			return projection.QueryOf[StudentNamed](domain.NewTag("student", e.Student))
		}),
	)
}

// careful is Rosters with a policy.
func careful() *projection.Definition[[]string] {
	return Rosters().OnFailure(projection.Failure{Retries: 3, MinDelay: time.Second, Then: projection.Park})
}

// Welcome tells a service of each student that has come.
func Welcome(client *http.Client, url string) *projection.Outbox {
	return projection.NewOutbox("welcome").With(
		projection.Send(func(ctx context.Context, d projection.Delivery, e StudentSubscribed) error {
			return post(ctx, client, url+"/"+e.Student, d.IdempotencyKey)
		}),
	).OnFailure(projection.Failure{Retries: projection.Forever})
}

func post(ctx context.Context, client *http.Client, url, idempotencyKey string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, nil)
	if err != nil {
		return err
	}
	request.Header.Set("Idempotency-Key", idempotencyKey)
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close() //nolint:errcheck // nothing is read from it
	if response.StatusCode >= http.StatusMultipleChoices {
		return errors.New(response.Status)
	}
	return nil
}
