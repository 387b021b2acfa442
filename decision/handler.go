package decision

import (
	"fmt"
	"reflect"

	"github.com/opossum-go/opossum/domain"
)

// Handler folds events of one type into a state of type S. Make it with [On] or
// [OnSequenced]; the zero Handler is refused when its model is loaded.
type Handler[S any] struct {
	name string
	fold func(S, domain.SequencedEvent) (S, error)
	err  error
}

// On returns the handler that folds events of type E: it is given the state so
// far and the event, and returns the next state.
func On[S any, E Event](fold func(S, E) S) Handler[S] {
	if fold == nil {
		return noFold[S, E]()
	}
	return OnSequenced(func(s S, e E, _ domain.SequencedEvent) S { return fold(s, e) })
}

// OnSequenced is [On] for a fold that also needs what the store knows about the
// event: its position, times, tags and metadata.
func OnSequenced[S any, E Event](fold func(S, E, domain.SequencedEvent) S) Handler[S] {
	if fold == nil {
		return noFold[S, E]()
	}
	name, err := typeOf[E]()
	return Handler[S]{name: name, err: err, fold: func(s S, stored domain.SequencedEvent) (S, error) {
		e, err := decode[E](stored)
		if err != nil {
			return s, err
		}
		return fold(s, e, stored), nil
	}}
}

func noFold[S any, E Event]() Handler[S] {
	return Handler[S]{err: fmt.Errorf("%w: the handler for %v has no function", ErrModel, reflect.TypeFor[E]())}
}
