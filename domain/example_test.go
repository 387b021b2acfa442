package domain_test

import (
	"errors"
	"fmt"

	"github.com/opossum-go/opossum/domain"
)

func ExampleNewTag() {
	fmt.Println(domain.NewTag("course", "c1"))
	fmt.Printf("%q\n", domain.NewTag("course", "")) // a forgotten id never becomes a tag
	// Output:
	// course:c1
	// ""
}

func ExampleNewQuery() {
	// Everything a subscription depends on: the course's capacity, and what the student has subscribed to.
	query := domain.NewQuery(
		domain.OfTypes("CourseDefined", "StudentSubscribed").Tagged("course:c1"),
		domain.OfTypes("StudentSubscribed").Tagged("student:s1"),
	)
	fmt.Println(query)
	// Output: CourseDefined|StudentSubscribed{course:c1} or StudentSubscribed{student:s1}
}

func ExampleQuery_Matches() {
	query := domain.NewQuery(domain.OfTypes("StudentSubscribed").Tagged("course:c1"))
	fmt.Println(query.Matches(domain.Event{Type: "StudentSubscribed", Tags: []domain.Tag{"course:c1", "student:s1"}}))
	fmt.Println(query.Matches(domain.Event{Type: "StudentSubscribed", Tags: []domain.Tag{"course:c2", "student:s1"}}))
	// Output:
	// true
	// false
}

func ExampleQuery_Union() {
	course := domain.NewQuery(domain.Tagged("course:c1"))
	student := domain.NewQuery(domain.Tagged("student:s1"))
	fmt.Println(course.Union(student))
	fmt.Println(course.Union(domain.All()))
	// Output:
	// {course:c1} or {student:s1}
	// all events
}

func ExampleAll() {
	fmt.Println(domain.All().Validate())
	fmt.Println(domain.Query{}.Validate()) // silence is never taken for everything
	// Output:
	// <nil>
	// opossum: invalid query: must be All() or have at least one item; the zero Query selects nothing
}

func ExamplePrepareEvents() {
	prepared, err := domain.PrepareEvents([]domain.Event{{
		Type: "CourseDefined",
		Tags: []domain.Tag{"course:c1", "campus:north", "course:c1"},
		Data: []byte(`{ "capacity": 10 }`),
	}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(prepared[0].Tags, string(prepared[0].Data))

	_, err = domain.PrepareEvents(nil)
	fmt.Println(errors.Is(err, domain.ErrInvalid), err)
	// Output:
	// [campus:north course:c1] {"capacity":10}
	// true opossum: invalid events: must hold at least one event
}

func ExamplePositions_All() {
	block := domain.Positions{First: 4, Last: 6}
	for position := range block.All() {
		fmt.Println(position)
	}
	// Output:
	// 4
	// 5
	// 6
}
