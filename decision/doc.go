// Package decision turns stored events into the state that a decision needs,
// together with the condition that protects it.
//
// A [Model] is an initial state, typed handlers and the tags it is about. Its
// query follows from its handlers, so a model cannot fold an event that it does
// not guard, nor guard one that it forgot to read. Models are small and compose:
// [Load] reads the union of any number of them once and returns one condition
// that covers all of them.
//
//	func SeatsLeft(id string) *decision.Model[int] {
//		return decision.New(0, course(id)).With(
//			decision.On(func(_ int, e CourseDefined) int { return e.Capacity }),
//			decision.On(func(left int, _ StudentSubscribed) int { return left - 1 }))
//	}
//
//	seats, mine := SeatsLeft("c1"), CoursesOf("s1")
//	condition, err := decision.Load(ctx, store, seats, mine)
//
// A question that the last event alone answers, such as the next number of a
// sequence, says so with [Model.Latest] and does not read what came before it.
//
// Handlers are pure: no clock, no store, no I/O. A model is used once: a second
// Load or [Fold] is refused with [ErrModelUsed], so that a decision that is made
// again after a conflict can never go on from an old state. Write models as
// functions that return a new one, as above.
//
// # Events
//
// An [Event] is a plain struct that knows its type name and its tags, with value
// receivers. Its data is what encoding/json makes of it, and a type of which that
// is not everything is refused; fields that the struct does not know are ignored
// when it is read, fields that are absent keep their zero value. There is no registry: a handler knows its own type, and a [Codec]
// knows those it was made with.
//
// # Caveats
//
// An initial state that holds a map, slice or pointer belongs to the model from
// then on: make it in the function that makes the model, never share it.
// When Load or Fold fails, the states of its models are worthless.
package decision
