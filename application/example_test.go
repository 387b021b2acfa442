package application_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/opossum-go/opossum/adapters/memory"
	"github.com/opossum-go/opossum/application"
	"github.com/opossum-go/opossum/domain"
)

// The last seat of a course, and two students who want it: the one who comes
// second loses, looks again, and is refused by the rule.
func ExampleDecide() {
	ctx, store := context.Background(), &memory.Store{}
	_, _ = application.Decide(ctx, store, func(d *application.Decision) error {
		return d.Record(CourseDefined{Course: "go-101", Capacity: 1})
	})

	subscribe := func(student string, meanwhile func()) (application.Result, error) {
		return application.Decide(ctx, store, func(d *application.Decision) error {
			seats, taken := SeatsLeft("go-101"), Takes(student, "go-101")
			if err := d.Load(seats, taken); err != nil {
				return err
			}
			if taken.State() {
				return errTwice
			}
			if seats.State() == 0 {
				return errFull
			}
			if d.Attempt() == 1 {
				meanwhile() // somebody else is faster
			}
			return d.Record(StudentSubscribed{Student: student, Course: "go-101"})
		})
	}

	result, err := subscribe("bob", func() { _, _ = subscribe("ada", func() {}) })
	fmt.Println("attempts:", result.Attempts)
	fmt.Println("lost to:", result.Conflicts[0].Type, "at position", result.Conflicts[0].Position)
	fmt.Println("answer:", err)
	// Output:
	// attempts: 2
	// lost to: StudentSubscribed at position 2
	// answer: the course is full
}

// A command that is sent twice is carried out once.
func ExampleCommandID() {
	ctx, store := context.Background(), &memory.Store{}
	for range 2 {
		result, err := application.Decide(ctx, store, func(d *application.Decision) error {
			return d.Record(CourseDefined{Course: "go-101", Capacity: 1})
		}, application.CommandID("018f3a2e-0001"))
		fmt.Println(result.Positions, "repeated:", result.Repeated, err)
	}
	// Output:
	// {1 1} repeated: false <nil>
	// {1 1} repeated: true <nil>
}

// RequireNone is for what must not exist at all, such as a course of this name.
func ExampleDecision_RequireNone() {
	ctx, store := context.Background(), &memory.Store{}
	define := func(d *application.Decision) error {
		d.RequireNone(domain.NewQuery(domain.OfTypes("CourseDefined").Tagged(course("go-101"))))
		return d.Record(CourseDefined{Course: "go-101", Capacity: 1})
	}
	for range 2 {
		result, err := application.Decide(ctx, store, define)
		fmt.Println(result.Positions.Len(), err)
	}
	// Output:
	// 1 <nil>
	// 0 application: gave up after attempt 2: opossum: append condition failed: condition 0 expected no match after position 0, but position 1 is CourseDefined [course:go-101]
}

// An App finds the function for a command, validates the command and logs it.
func ExampleApp() {
	ctx, store := context.Background(), &memory.Store{}
	app := application.New(store, application.By("registrar"))
	application.Handle(app, func(d *application.Decision, cmd *DefineCourse) error {
		return d.Record(CourseDefined{Course: cmd.Course, Capacity: cmd.Capacity})
	})
	application.Handle(app, func(d *application.Decision, cmd Subscribe) error {
		seats := SeatsLeft(cmd.Course)
		if err := d.Load(seats); err != nil {
			return err
		}
		if seats.State() == 0 {
			return errFull
		}
		return d.Record(StudentSubscribed(cmd))
	})

	for _, command := range []any{
		&DefineCourse{Course: "go-101", Capacity: 1},
		Subscribe{Student: "ada", Course: "go-101"},
		Subscribe{Student: "bob", Course: "go-101"},
		Subscribe{Course: "go-101"},
	} {
		result, err := app.Execute(ctx, command)
		fmt.Println(result.Positions.Len(), err)
	}

	var invalid *application.ValidationError
	if _, err := app.Execute(ctx, &DefineCourse{Course: "sql-1"}); errors.As(err, &invalid) {
		fmt.Printf("%+v\n", invalid.Fields)
	}
	// Output:
	// 1 <nil>
	// 1 <nil>
	// 0 the course is full
	// 0 application: invalid application_test.Subscribe: student breaks the rule "required", it is ""
	// [{Field:capacity Rule:min=1 Value:0}]
}
