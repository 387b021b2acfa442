package decision

import (
	"errors"
	"fmt"
	"strings"

	"github.com/opossum-go/opossum/domain"
)

// ErrModelUsed reports a model that was given to Load or Fold before. Nothing
// was read. Make the model inside the function that decides, so that each
// attempt starts from the initial state.
var ErrModelUsed = errors.New("decision: model was loaded before, build models inside the deciding function")

// ErrModel reports a model, handler or event type that is put together wrongly.
// It is a programming error: nothing was read, and it does not go away by itself.
var ErrModel = errors.New("decision: unusable model")

// ErrUnknownType reports an event of a type that a [Codec] was not made for.
// Every [UnknownTypeError] is one.
var ErrUnknownType = errors.New("decision: unknown event type")

// UnknownTypeError names the type and those that would have been known.
// errors.Is(err, ErrUnknownType) holds.
type UnknownTypeError struct {
	// Type is the event's type.
	Type string
	// Known are the types of the codec, sorted.
	Known []string
}

// Error names the unknown and the known types.
func (e *UnknownTypeError) Error() string {
	return fmt.Sprintf("%v %q, known are: %s", ErrUnknownType, e.Type, strings.Join(e.Known, ", "))
}

// Unwrap returns [ErrUnknownType].
func (e *UnknownTypeError) Unwrap() error { return ErrUnknownType }

// DecodeError says which event's data does not fit the Go type that stands for
// its event type.
type DecodeError struct {
	// Position is the event's place in the store, 0 when the event has none.
	Position domain.Position
	// Type is the event type, GoType the Go type that the data was decoded to.
	Type, GoType string
	// Err is what encoding/json said.
	Err error
}

// Error names position, event type, Go type and cause.
func (e *DecodeError) Error() string {
	where := ""
	if e.Position > 0 {
		where = fmt.Sprintf(" at position %d", e.Position)
	}
	return fmt.Sprintf("decision: event %q%s cannot be decoded to %s: %v", e.Type, where, e.GoType, e.Err)
}

// Unwrap returns the cause.
func (e *DecodeError) Unwrap() error { return e.Err }
