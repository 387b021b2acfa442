package coursemanagement_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/opossum-go/opossum/adapters/memory"
	"github.com/opossum-go/opossum/application"
	"github.com/opossum-go/opossum/domain"
	school "github.com/opossum-go/opossum/examples/coursemanagement"
)

// clock is a clock that the story moves.
type clock struct{ now time.Time }

func (c *clock) Now() time.Time { return c.now }

// A week at the school: Ada registers, takes what Basic allows, pays for more, and
// buys a book at the price that she was shown before it went up.
func Example() {
	ctx := context.Background()
	clock := &clock{now: time.Date(2026, time.September, 7, 9, 0, 0, 0, time.UTC)}
	store := memory.New(memory.Options{Clock: clock})
	app := application.New(store, application.WithClock(clock))
	school.Register(app)

	do := func(commands ...any) {
		for _, command := range commands {
			result, err := app.Execute(ctx, command)
			var refusal school.Refusal
			switch {
			case err == nil:
				fmt.Printf("%-3d %T\n", result.Positions.First, command)
			case errors.As(err, &refusal):
				fmt.Println("-  ", refusal)
			default:
				fmt.Println("the school is closed:", err)
			}
		}
	}

	do(
		school.CreateCourse{Course: "go", Title: "Go for beginners", Capacity: 2},
		school.CreateCourse{Course: "sql", Title: "Databases", Capacity: 30},
		school.CreateCourse{Course: "dcb", Title: "Consistency", Capacity: 30},
		school.RegisterStudent{Student: "ada", Name: "Ada Alder", Email: "ada@example.org"},
		school.RegisterStudent{Student: "eva", Name: "Eva Elm", Email: "ADA@example.org"},
		school.EnrolStudent{Course: "go", Student: "ada"},
		school.EnrolStudent{Course: "sql", Student: "ada"},
		school.EnrolStudent{Course: "dcb", Student: "ada"},
		school.ChangeSubscriptionTier{Student: "ada", Tier: school.Standard},
		school.EnrolStudent{Course: "dcb", Student: "ada"},
		school.ChangeCourseCapacity{Course: "go", Capacity: 2},
	)

	do(school.DefineCourseBook{Book: "gopher", Course: "go", Title: "The Gopher's Guide", Price: 2500})
	clock.now = clock.now.Add(time.Hour)
	do(school.ChangeCourseBookPrice{Book: "gopher", Price: 2900})
	clock.now = clock.now.Add(school.PriceGrace)
	do(school.PurchaseCourseBook{Student: "ada", Book: "gopher", ShownPrice: 2500})
	clock.now = clock.now.Add(time.Second)
	do(
		school.PurchaseCourseBook{Student: "ada", Book: "gopher", ShownPrice: 2500},
		school.OrderCourseBooks{Student: "ada"},
		school.IssueInvoice{Customer: "Ada Alder", Amount: 2500},
	)

	invoice, _, err := school.Invoice(ctx, store, 1)
	fmt.Println(invoice.Number, invoice.Customer, invoice.Amount, err)
	// Output:
	// 1   coursemanagement.CreateCourse
	// 2   coursemanagement.CreateCourse
	// 3   coursemanagement.CreateCourse
	// 4   coursemanagement.RegisterStudent
	// -   A student with the e-mail address ADA@example.org is registered already
	// 5   coursemanagement.EnrolStudent
	// 6   coursemanagement.EnrolStudent
	// -   Student "ada" takes 2 courses, more are not part of Basic
	// 7   coursemanagement.ChangeSubscriptionTier
	// 8   coursemanagement.EnrolStudent
	// -   Course "go" has 2 seats already
	// 9   coursemanagement.DefineCourseBook
	// 10  coursemanagement.ChangeCourseBookPrice
	// 11  coursemanagement.PurchaseCourseBook
	// -   The price of course book "gopher" is 29.00, no longer 25.00
	// -   The cart is empty
	// 12  coursemanagement.IssueInvoice
	// 1 Ada Alder 25.00 <nil>
}

// An announcement is sent twice because the first answer was lost: it is posted
// once. Taken back, it can be sent again with the same token.
func ExamplePostAnnouncement() {
	ctx, store := context.Background(), &memory.Store{}
	send := func(decide func(*application.Decision) error) {
		_, err := application.Decide(ctx, store, decide)
		fmt.Println(err)
	}
	post := school.PostAnnouncement{Course: "go", Token: "7d3c5a54", Title: "Room 5 today"}
	send(school.CreateCourse{Course: "go", Title: "Go for beginners", Capacity: 20}.Decide)
	send(post.Decide)
	send(post.Decide)
	send(school.RetractAnnouncement{Course: "go", Token: "7d3c5a54"}.Decide)
	send(post.Decide)
	// Output:
	// <nil>
	// <nil>
	// An announcement with the token "7d3c5a54" was posted already, in course "go"
	// <nil>
	// <nil>
}

// What an enrolment depends on: the course, the student, and the pair of both.
func ExampleEnrolStudent() {
	query := domain.Query{}.Union(
		school.SeatsOf("go").Query(), school.AllowanceOf("ada").Query(), school.AlreadyEnrolled("go", "ada").Query())
	for _, item := range query.Items() {
		fmt.Println(item)
	}
	// Output:
	// CourseCapacityChanged|CourseCreated|StudentEnrolled{course:go}
	// StudentEnrolled|StudentRegistered|SubscriptionTierChanged{student:ada}
	// StudentEnrolled{course:go student:ada}
}
