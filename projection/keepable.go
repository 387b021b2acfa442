package projection

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
)

var (
	jsonMarshaler   = reflect.TypeFor[json.Marshaler]()
	jsonUnmarshaler = reflect.TypeFor[json.Unmarshaler]()
	textMarshaler   = reflect.TypeFor[encoding.TextMarshaler]()
	textUnmarshaler = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// keepable returns an error when a value of the type does not come back whole from
// encoding/json: a state would then depend on when it was last stored.
func keepable(t reflect.Type) error { return keepableAt(t, t.String(), make(map[reflect.Type]bool)) }

func keepableAt(t reflect.Type, where string, seen map[reflect.Type]bool) error {
	if seen[t] || knowsItself(t) {
		return nil
	}
	seen[t] = true
	switch t.Kind() {
	case reflect.Interface, reflect.Func, reflect.Chan, reflect.UnsafePointer, reflect.Complex64, reflect.Complex128, reflect.Uintptr:
		return fmt.Errorf("%s is of type %v, which does not come back from JSON as it was", where, t)
	case reflect.Pointer, reflect.Slice, reflect.Array:
		return keepableAt(t.Elem(), where+"[]", seen)
	case reflect.Map:
		if err := keepableAt(t.Key(), where+" key", seen); err != nil {
			return err
		}
		return keepableAt(t.Elem(), where+"[]", seen)
	case reflect.Struct:
		return keepableFields(t, where, seen)
	}
	return nil
}

func keepableFields(t reflect.Type, where string, seen map[reflect.Type]bool) error {
	for field := range t.Fields() {
		name := where + "." + field.Name
		tag := field.Tag.Get("json")
		switch {
		case tag == "-":
			return fmt.Errorf("%s is left out of JSON and would be lost", name)
		case !field.IsExported() && (!field.Anonymous || field.Type.Kind() != reflect.Struct):
			return fmt.Errorf("%s is not exported, JSON leaves it out and it would be lost", name)
		}
		if _, options, _ := strings.Cut(tag, ","); strings.Contains(options, "omitempty") && field.Type.Kind() == reflect.Map {
			return fmt.Errorf("%s has omitempty, which makes no map of an empty one; use omitzero", name)
		}
		if err := keepableAt(field.Type, name, seen); err != nil {
			return err
		}
	}
	return nil
}

// knowsItself reports whether the type has JSON or text methods of its own.
func knowsItself(t reflect.Type) bool {
	p := reflect.PointerTo(t)
	return p.Implements(jsonMarshaler) && p.Implements(jsonUnmarshaler) ||
		p.Implements(textMarshaler) && p.Implements(textUnmarshaler)
}
