package projection

import (
	"fmt"
	"reflect"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/internal/typed"
)

// Change is what a handler knows beside the event itself.
type Change[S any] struct {
	// Key names the state that is changed.
	Key string
	// State is the state so far, the zero S when there is none.
	State S
	// Exists says whether there is a state.
	Exists bool
	// Event is the event as it is stored. It is shared: do not change it.
	Event domain.SequencedEvent
	// Related are the events that [EventHandler.Related] asked for, oldest first, all
	// of them older than Event. They are shared: do not change them.
	Related []domain.SequencedEvent
}

// Handler changes states of type S for one event type. Make it with [On],
// [OnChange] or [Delete].
type Handler[S any] interface {
	rule() rule[S]
}

// EventHandler is a [Handler] of events of type E.
type EventHandler[S any, E Event] struct {
	fold    func(Change[S], E) (S, error)
	plain   func(S, E) S // the same where fold looks at nothing else, otherwise nil
	deletes bool
	keys    func(E) []string
	related func(E) domain.Query
	err     error
}

// On returns the handler that folds events of type E: it is given the state so far
// and the event, and returns the next state. It may change maps and slices in the
// state in place; no two parts of a state may share memory, which JSON would not
// bring back.
func On[S any, E Event](fold func(S, E) S) *EventHandler[S, E] {
	if fold == nil {
		return noFunction[S, E]()
	}
	return &EventHandler[S, E]{
		plain: fold,
		fold:  func(c Change[S], e E) (S, error) { return fold(c.State, e), nil },
	}
}

// OnChange is [On] for a fold that also needs what [Change] tells, or that can fail.
// An error is a failure of the event, whose policy [Definition.OnFailure] sets; the
// state stays as it was.
func OnChange[S any, E Event](fold func(Change[S], E) (S, error)) *EventHandler[S, E] {
	if fold == nil {
		return noFunction[S, E]()
	}
	return &EventHandler[S, E]{fold: fold}
}

// Delete returns the handler that removes the states which events of type E touch.
func Delete[S any, E Event]() *EventHandler[S, E] {
	return &EventHandler[S, E]{deletes: true}
}

// Key sets which state an event touches, in place of the key that [Define] was
// given, and returns the handler.
func (h *EventHandler[S, E]) Key(key func(E) string) *EventHandler[S, E] {
	if key == nil {
		return noFunction[S, E]()
	}
	return h.Keys(func(e E) []string { return []string{key(e)} })
}

// Keys is Key for an event that touches several states, or none; see [Keys].
func (h *EventHandler[S, E]) Keys(keys func(E) []string) *EventHandler[S, E] {
	h.keys = keys
	return h
}

// Related asks for older events that the handler needs, such as the one that
// tells the name of a student: it finds them in [Change.Related]. Only events before the
// handled one are among them, so that a rebuild makes the same states as living
// through it did. Each handled event costs a read of its own; the zero Query asks
// for nothing. See [QueryOf], [EventsOf] and [Latest]. It returns the handler.
func (h *EventHandler[S, E]) Related(query func(E) domain.Query) *EventHandler[S, E] {
	h.related = query
	return h
}

func noFunction[S any, E Event]() *EventHandler[S, E] {
	return &EventHandler[S, E]{err: fmt.Errorf("the handler for %v has no function", reflect.TypeFor[E]())}
}

// rule is a handler whose event type is forgotten: an event passes through it as
// any, which is a pointer to its value.
type rule[S any] struct {
	name    string
	err     error
	deletes bool
	decode  func(domain.SequencedEvent) (any, error)
	keys    func(domain.SequencedEvent, any) []string
	related func(any) domain.Query // nil for none
	fold    func(Change[S], any) (S, error)
	plain   func(S, any) S // nil for none; spares making a Change
}

func (h *EventHandler[S, E]) rule() rule[S] {
	if h == nil {
		return rule[S]{err: fmt.Errorf("the handler for %v is nil", reflect.TypeFor[E]())}
	}
	name, err := typed.Name[E]()
	r := rule[S]{
		name: name, err: err, deletes: h.deletes,
		decode: func(e domain.SequencedEvent) (any, error) {
			value := new(E)
			return value, decodeTo(e, value)
		},
		fold: func(c Change[S], e any) (S, error) { return h.fold(c, *e.(*E)) },
	}
	if h.plain != nil {
		r.plain = func(state S, e any) S { return h.plain(state, *e.(*E)) }
	}
	if h.err != nil {
		r.err = h.err
	}
	if h.keys != nil {
		r.keys = func(_ domain.SequencedEvent, e any) []string { return h.keys(*e.(*E)) }
	}
	if h.related != nil {
		r.related = func(e any) domain.Query { return h.related(*e.(*E)) }
	}
	return r
}
