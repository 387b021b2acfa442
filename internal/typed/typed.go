// Package typed ties event types to the Go types that stand for them. Packages
// decision and projection share it; its rules are documented there.
package typed

import (
	"encoding/json"
	"fmt"
	"reflect"

	"github.com/opossum-go/opossum/domain"
)

// Named is a Go type that knows the name of its event type.
type Named interface{ EventType() string }

var jsonUnmarshaler = reflect.TypeFor[json.Unmarshaler]()

// Name returns the event type of E. It needs a value of E to ask, so E has to be a
// type whose zero value answers: no pointer, no interface. It has to be [Whole] as
// well: data that was not stored would be missing without a word. Only a type that
// reads itself and writes plainly is taken at its word.
func Name[E Named]() (string, error) {
	goType := reflect.TypeFor[E]()
	switch goType.Kind() {
	case reflect.Pointer:
		return "", fmt.Errorf("event type %v is a pointer, use %v with value receivers", goType, goType.Elem())
	case reflect.Interface:
		return "", fmt.Errorf("event type %v is an interface, use the struct that implements it", goType)
	}
	var zero E
	name := zero.EventType()
	if name == "" {
		return "", fmt.Errorf("EventType of the zero %v returns an empty name, it must be the same for every value", goType)
	}
	pointer := reflect.PointerTo(goType)
	if !pointer.Implements(jsonUnmarshaler) || pointer.Implements(jsonMarshaler) {
		if err := Whole(pointer); err != nil {
			return "", fmt.Errorf("event type %v does not come back whole: %w", goType, err)
		}
	}
	return name, nil
}

// Decode returns the Go value of an event. Absent data is null. The error is that
// of encoding/json.
func Decode[E Named](e domain.SequencedEvent) (E, error) {
	var value E
	err := DecodeTo(e, &value)
	return value, err
}

// DecodeTo is Decode into a zero value that the caller has.
func DecodeTo[E Named](e domain.SequencedEvent, value *E) error {
	data := e.Data
	if len(data) == 0 {
		data = json.RawMessage("null")
	}
	return json.Unmarshal(data, value)
}
