package coursemanagement_test

import (
	"context"
	"fmt"
	"time"

	"github.com/opossum-go/opossum/adapters/memory"
	"github.com/opossum-go/opossum/application"
	"github.com/opossum-go/opossum/domain"
	school "github.com/opossum-go/opossum/examples/coursemanagement"
	"github.com/opossum-go/opossum/projection"
)

// The screens of the school: a runner keeps them up to date while commands arrive,
// and whoever has sent one waits until the screens show it.
func ExampleProjections() {
	ctx, stop := context.WithTimeout(context.Background(), time.Minute)
	defer stop()
	store, states := memory.New(memory.Options{}), memory.NewProjections()
	app := application.New(store)
	school.Register(app)

	runner, err := projection.NewRunner(store, states, projection.Options{}, school.Projections()...)
	if err != nil {
		fmt.Println(err)
		return
	}
	ended := make(chan error)
	go func() { ended <- runner.Run(ctx) }()

	var last domain.Position
	for _, command := range []any{
		school.CreateCourse{Course: "go", Title: "Go for beginners", Capacity: 2},
		school.CreateCourse{Course: "sql", Title: "Databases", Capacity: 30},
		school.RegisterStudent{Student: "ada", Name: "Ada Alder", Email: "ada@example.org"},
		school.RegisterStudent{Student: "ben", Name: "Ben Birch", Email: "ben@example.org"},
		school.RegisterStudent{Student: "eva", Name: "Eva Elm", Email: "eva@example.org"},
		school.EnrolStudent{Course: "go", Student: "eva"},
		school.EnrolStudent{Course: "go", Student: "ada"},
		school.EnrolStudent{Course: "sql", Student: "ada"},
		school.ChangeSubscriptionTier{Student: "eva", Tier: school.Standard},
	} {
		result, err := app.Execute(ctx, command)
		if err != nil {
			fmt.Println(err)
			return
		}
		last = result.Positions.Last
	}

	students := school.ShortInfoOfStudents().View(states)
	if err := students.Wait(ctx, last); err != nil {
		fmt.Println(err)
		return
	}
	show := func(title string, selection projection.Selection) (lastKey string) {
		fmt.Println(title)
		for s, err := range students.All(ctx, selection) {
			if err != nil {
				fmt.Println(err)
				return ""
			}
			fmt.Println(" ", s.Key, s.Value.Name, s.Value.Tier, s.Value.Courses)
			lastKey = s.Key
		}
		return lastKey
	}
	lastKey := show("students, first page", projection.Selection{Limit: 2})
	show("students, next page", projection.Selection{Limit: 2, After: lastKey})
	show("on Basic and maxed out", projection.Selection{Tags: []domain.Tag{school.OnTier(school.Basic), school.MaxedOut(true)}})
	count, err := students.Count(ctx, school.MaxedOut(false))
	fmt.Println("who can take another course:", count, err)

	courses := school.DetailsOfCourses().View(states)
	if err := courses.Wait(ctx, last); err != nil {
		fmt.Println(err)
		return
	}
	course, _, err := courses.Get(ctx, "go")
	fmt.Println(course.Value.Title, course.Value.Students, err)

	stop()
	fmt.Println(<-ended)
	// Output:
	// students, first page
	//   ada Ada Alder Basic 2
	//   ben Ben Birch Basic 0
	// students, next page
	//   eva Eva Elm Standard 1
	// on Basic and maxed out
	//   ada Ada Alder Basic 2
	// who can take another course: 2 <nil>
	// Go for beginners [{eva Eva Elm} {ada Ada Alder}] <nil>
	// <nil>
}
