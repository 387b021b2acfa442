package decision_test

import (
	"context"
	"fmt"

	"github.com/opossum-go/opossum/adapters/memory"
	"github.com/opossum-go/opossum/decision"
	"github.com/opossum-go/opossum/domain"
)

// A model is an initial state, the tags it is about, and a handler for each type
// of event that matters. Its query follows from them.
func ExampleNew() {
	seats := decision.New(0, domain.NewTag("course", "go-101")).With(
		decision.On(func(_ int, e CourseDefined) int { return e.Capacity }),
		decision.On(func(left int, _ StudentSubscribed) int { return left - 1 }))

	fmt.Println(seats.Query())
	// Output: CourseDefined|StudentSubscribed{course:go-101}
}

// Loading composes models of any type: one read, typed states, one condition.
func ExampleLoad() {
	ctx, store := context.Background(), &memory.Store{}
	for _, e := range []decision.Event{
		CourseDefined{Course: "go-101", Capacity: 2},
		StudentSubscribed{Student: "ada", Course: "go-101"},
		StudentSubscribed{Student: "ada", Course: "sql-1"},
	} {
		event, _ := decision.Encode(e)
		_, _ = store.Append(ctx, []domain.Event{event})
	}

	seats, courses := SeatsLeft("go-101"), CoursesOf("ada")
	condition, err := decision.Load(ctx, store, seats, courses)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("seats left:", seats.State())
	fmt.Println("courses taken:", len(courses.State()))
	fmt.Println("refuse after position", condition.After, "when:", condition.FailIfEventsMatch)
	// Output:
	// seats left: 1
	// courses taken: 2
	// refuse after position 3 when: CourseDefined|StudentSubscribed{course:go-101} or StudentSubscribed{student:ada}
}

// A model is tested without a store.
func ExampleFold() {
	defined, _ := decision.Encode(CourseDefined{Course: "go-101", Capacity: 2})
	subscribed, _ := decision.Encode(StudentSubscribed{Student: "ada", Course: "go-101"})

	seats := SeatsLeft("go-101")
	err := decision.Fold([]domain.SequencedEvent{
		{Position: 1, Event: defined},
		{Position: 2, Event: subscribed},
	}, seats)
	fmt.Println(seats.State(), err)
	// Output: 1 <nil>
}

// OnSequenced gives a handler the position, the times and the metadata, too.
func ExampleOnSequenced() {
	lastChange := decision.New(domain.Position(0)).With(
		decision.OnSequenced(func(_ domain.Position, _ CourseDefined, at domain.SequencedEvent) domain.Position {
			return at.Position
		}))

	defined, _ := decision.Encode(CourseDefined{Course: "go-101", Capacity: 2})
	err := decision.Fold([]domain.SequencedEvent{{Position: 42, Event: defined}}, lastChange)
	fmt.Println(lastChange.State(), err)
	// Output: 42 <nil>
}

// A codec turns stored events back into Go values.
func ExampleCodec() {
	codec, err := decision.NewCodec(decision.Kind[CourseDefined](), decision.Kind[StudentSubscribed]())
	if err != nil {
		fmt.Println(err)
		return
	}
	event, err := codec.Decode(domain.Event{Type: "CourseDefined", Data: []byte(`{"course":"go-101","capacity":2}`)})
	fmt.Printf("%+v %v\n", event, err)
	_, err = codec.Decode(domain.Event{Type: "CourseBurnt"})
	fmt.Println(err)
	// Output:
	// {Course:go-101 Capacity:2} <nil>
	// decision: unknown event type "CourseBurnt", known are: CourseDefined, StudentSubscribed
}

// Some questions are answered by the last event alone. Latest finds it without
// reading those before.
func ExampleModel_Latest() {
	ctx, store := context.Background(), &memory.Store{}
	for number := range 1000 {
		event, _ := decision.Encode(InvoiceCreated{Number: number + 1})
		_, _ = store.Append(ctx, []domain.Event{event})
	}

	next := NextInvoice().Latest()
	condition, err := decision.Load(ctx, store, next)
	fmt.Println(next.State(), err)
	fmt.Println("refuse after position", condition.After, "when:", condition.FailIfEventsMatch)
	// Output:
	// 1001 <nil>
	// refuse after position 1000 when: InvoiceCreated
}
