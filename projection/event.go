package projection

import (
	"errors"
	"fmt"
	"reflect"
	"slices"

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

// Latest returns the last of the events that is of type E; found is false when there
// is none. It is for the related events of a [Change].
func Latest[E Event](events []domain.SequencedEvent) (latest E, found bool, err error) {
	name, err := typed.Name[E]()
	if err != nil {
		return latest, false, fmt.Errorf("%w: %w", ErrDefinition, err)
	}
	for _, e := range slices.Backward(events) {
		if e.Type == name {
			if latest, err = decode[E](e); err != nil {
				return latest, false, fmt.Errorf("related event at position %d: %w", e.Position, err)
			}
			return latest, true, nil
		}
	}
	return latest, false, nil
}

// QueryOf returns the query that selects the events of type E which carry all of the
// given tags. For [EventHandler.Related]; several are joined by their Union.
func QueryOf[E Event](tags ...domain.Tag) domain.Query {
	name, err := typed.Name[E]()
	if err != nil {
		return domain.NewQuery(domain.QueryItem{}) // refused by whoever asks with it
	}
	return domain.NewQuery(domain.OfTypes(name).Tagged(tags...))
}

func decode[E Event](e domain.SequencedEvent) (E, error) {
	var value E
	err := decodeTo(e, &value)
	return value, err
}

func decodeTo[E Event](e domain.SequencedEvent, value *E) error {
	if err := typed.DecodeTo(e, value); err != nil {
		return fmt.Errorf("its data does not fit %v: %w", reflect.TypeFor[E](), err)
	}
	return nil
}
