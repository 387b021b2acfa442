package memory_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/opossum-go/opossum/adapters/memory"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// A username is taken once: the condition says that nobody may have it yet.
func ExampleStore_Append() {
	ctx := context.Background()
	var store memory.Store

	register := func(username string) error {
		name := domain.NewTag("username", username)
		_, err := store.Append(ctx,
			[]domain.Event{{Type: "AccountRegistered", Tags: []domain.Tag{name}}},
			domain.AppendCondition{FailIfEventsMatch: domain.NewQuery(domain.Tagged(name))})
		return err
	}

	fmt.Println(register("ada"))
	fmt.Println(register("grace"))
	err := register("ada")
	fmt.Println(errors.Is(err, ports.ErrConflict))
	fmt.Println(err)
	// Output:
	// <nil>
	// <nil>
	// true
	// opossum: append condition failed: condition 0 expected no match after position 0, but position 1 is AccountRegistered [username:ada]
}

// A read reports the head of the store beside the events: a decision that was
// based on the read uses it as the After of its condition.
func ExampleStore_Read() {
	ctx := context.Background()
	store := memory.New(memory.Options{})
	course := domain.NewTag("course", "c1")
	if _, err := store.Append(ctx, []domain.Event{
		{Type: "CourseDefined", Tags: []domain.Tag{course}, Data: []byte(`{"capacity": 10}`)},
		{Type: "StudentEnrolled"},
	}); err != nil {
		fmt.Println(err)
		return
	}

	result, err := store.Read(ctx, domain.NewQuery(domain.OfTypes("CourseDefined").Tagged(course)), ports.ReadOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for e, err := range result.Events {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(e.Position, e.Type, e.Tags, string(e.Data))
	}
	fmt.Println("head", result.Head)
	// Output:
	// 1 CourseDefined [course:c1] {"capacity":10}
	// head 2
}
