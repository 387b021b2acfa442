package coursesubscriptions_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/opossum-go/opossum/adapters/memory"
	"github.com/opossum-go/opossum/application"
	"github.com/opossum-go/opossum/domain"
	courses "github.com/opossum-go/opossum/examples/coursesubscriptions"
)

// A course with two seats, and what three students are told.
func Example() {
	ctx, store := context.Background(), &memory.Store{}
	app := application.New(store)
	courses.Register(app)

	for _, command := range []any{
		courses.DefineCourse{Course: "go-101", Capacity: 2},
		courses.SubscribeStudent{Student: "ada", Course: "go-101"},
		courses.SubscribeStudent{Student: "ada", Course: "go-101"},
		courses.SubscribeStudent{Student: "bob", Course: "go-101"},
		courses.SubscribeStudent{Student: "eve", Course: "go-101"},
		courses.ChangeCourseCapacity{Course: "go-101", NewCapacity: 3},
		courses.SubscribeStudent{Student: "eve", Course: "go-101"},
		courses.SubscribeStudent{Student: "", Course: "go-101"},
	} {
		result, err := app.Execute(ctx, command)
		var refusal courses.Refusal
		switch {
		case err == nil:
			fmt.Println("stored at position", result.Positions.First)
		case errors.As(err, &refusal):
			fmt.Println("refused:", refusal)
		default:
			fmt.Println(err)
		}
	}
	// Output:
	// stored at position 1
	// stored at position 2
	// refused: Student already subscribed to this course
	// stored at position 3
	// refused: Course "go-101" is already fully booked
	// stored at position 4
	// stored at position 5
	// application: invalid coursesubscriptions.SubscribeStudent: studentId breaks the rule "required", it is ""
}

// One call carries out one command.
func ExampleSubscribeStudent() {
	ctx, store := context.Background(), &memory.Store{}
	result, err := application.Decide(ctx, store, courses.SubscribeStudent{Student: "ada", Course: "go-101"}.Decide)
	fmt.Println(result.Attempts, err)
	// Output: 1 Course "go-101" does not exist
}

// Two students want the last seat. Bob is faster: he subscribes after Ada's
// decision was made and before it is stored. Ada's append conflicts, the decision
// is made again on what is true now, and she gets an answer, not a conflict.
func ExampleSubscribeStudent_Decide() {
	ctx, store := context.Background(), &memory.Store{}
	if _, err := application.Decide(ctx, store, courses.DefineCourse{Course: "go-101", Capacity: 1}.Decide); err != nil {
		fmt.Println(err)
		return
	}

	ada := courses.SubscribeStudent{Student: "ada", Course: "go-101"}
	bob := courses.SubscribeStudent{Student: "bob", Course: "go-101"}
	result, err := application.Decide(ctx, store, func(d *application.Decision) error {
		if err := ada.Decide(d); err != nil || d.Attempt() > 1 {
			return err
		}
		_, err := application.Decide(d.Context(), store, bob.Decide)
		return err
	})
	fmt.Println("attempts:", result.Attempts)
	fmt.Println("lost to:", result.Conflicts[0].Type, result.Conflicts[0].Tags)
	fmt.Println("answer:", err)
	// Output:
	// attempts: 2
	// lost to: StudentSubscribedToCourse [course:go-101 student:bob]
	// answer: Course "go-101" is already fully booked
}

// What a subscription depends on follows from the questions it asks.
func ExampleAlreadySubscribed() {
	query := domain.Query{}.Union(
		courses.Capacity("c1").Query(), courses.CoursesTaken("s1").Query(), courses.AlreadySubscribed("s1", "c1").Query())
	fmt.Println(query)

	// Somebody else's subscription to another course is none of its business.
	fmt.Println(query.Matches(domain.Event{Type: "StudentSubscribedToCourse", Tags: []domain.Tag{"course:c2", "student:s2"}}))
	// Output:
	// CourseCapacityChanged|CourseDefined{course:c1} or StudentSubscribedToCourse{student:s1} or StudentSubscribedToCourse{course:c1 student:s1}
	// false
}
