package projection

import (
	"errors"
	"fmt"
	"reflect"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/internal/typed"
)

// ErrDefinition reports a projection or outbox that is put together wrongly. It is a
// programming error and does not go away by itself.
var ErrDefinition = errors.New("projection: unusable definition")

// Event is a Go type that stands for an event type. EventType returns the same name
// for every value, the zero value included. Events of package decision are ones.
type Event interface {
	EventType() string
}

// EventError says which event a projection could not apply. It is what the failure
// policy of the projection deals with.
type EventError struct {
	Projection string
	Position   domain.Position
	Type       string
	// Err is what went wrong.
	Err error
}

// Error names projection, event and cause.
func (e *EventError) Error() string {
	return fmt.Sprintf("projection %q: event at position %d (%s): %v", e.Projection, e.Position, e.Type, e.Err)
}

// Unwrap returns the cause.
func (e *EventError) Unwrap() error { return e.Err }

// EventsOf returns those of the events that are of type E, in the order given. It
// is for the related events of a [Change].
func EventsOf[E Event](events []domain.SequencedEvent) ([]E, error) {
	name, err := typed.Name[E]()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDefinition, err)
	}
	var found []E
	for _, e := range events {
		if e.Type != name {
			continue
		}
		value, err := decode[E](e)
		if err != nil {
			return nil, fmt.Errorf("related event at position %d: %w", e.Position, err)
		}
		found = append(found, value)
	}
	return found, nil
}

func decode[E Event](e domain.SequencedEvent) (E, error) {
	value, err := typed.Decode[E](e)
	if err != nil {
		return value, fmt.Errorf("its data does not fit %v: %w", reflect.TypeFor[E](), err)
	}
	return value, nil
}
