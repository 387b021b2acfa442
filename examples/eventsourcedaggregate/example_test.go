package eventsourcedaggregate_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/opossum-go/opossum/adapters/memory"
	courses "github.com/opossum-go/opossum/examples/eventsourcedaggregate"
	"github.com/opossum-go/opossum/ports"
)

// A course is defined, loaded by two people, and changed by both: who saves second
// loads again and changes again.
func Example() {
	ctx := context.Background()
	repository, err := courses.NewRepository(&memory.Store{})
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := repository.Save(ctx, courses.NewCourse("go-101", "Go for beginners", 1)); err != nil {
		fmt.Println(err)
		return
	}

	ada, _ := repository.Load(ctx, "go-101")
	bob, _ := repository.Load(ctx, "go-101")
	fmt.Println("ada:", ada.Subscribe("ada"), repository.Save(ctx, ada))

	err = errors.Join(bob.Subscribe("bob"), repository.Save(ctx, bob))
	fmt.Println("bob conflicts:", errors.Is(err, ports.ErrConflict))
	bob, _ = repository.Load(ctx, "go-101")
	fmt.Println("bob:", bob.Subscribe("bob"))
	// Output:
	// ada: <nil> <nil>
	// bob conflicts: true
	// bob: Course "go-101" is already fully booked
}
