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
	jsonNumber      = reflect.TypeFor[json.Number]()
)

// keepable returns an error when a value of the type does not come back whole from
// encoding/json: a state would then depend on when it was last stored.
func keepable(t reflect.Type) error { return keepableAt(t, t.String(), make(map[reflect.Type]bool)) }

func keepableAt(t reflect.Type, where string, seen map[reflect.Type]bool) error {
	if seen[t] {
		return nil
	}
	seen[t] = true
	switch writes, reads := ownForm(t); {
	case t == jsonNumber:
		return fmt.Errorf("%s is a json.Number, which comes back as 0 when it is empty and has no JSON form when it is no number; use a number or a string", where)
	case writes && reads:
		return itselfAlone(t, where)
	case writes:
		return fmt.Errorf("%s is of type %v, which writes a form of its own and does not read it; give it UnmarshalJSON beside MarshalJSON, or UnmarshalText beside MarshalText", where, t)
	}
	switch t.Kind() {
	case reflect.Interface, reflect.Func, reflect.Chan, reflect.UnsafePointer, reflect.Complex64, reflect.Complex128, reflect.Uintptr:
		return fmt.Errorf("%s is of type %v, which does not come back from JSON as it was", where, t)
	case reflect.Pointer, reflect.Slice, reflect.Array:
		return keepableAt(t.Elem(), where+"[]", seen)
	case reflect.Map:
		if !isMapKey(t.Key()) {
			return fmt.Errorf("%s is of type %v, whose keys JSON does not have", where, t)
		}
		return keepableAt(t.Elem(), where+"[]", seen)
	case reflect.Struct:
		return keepableFields(t, where, seen)
	}
	return nil
}

func keepableFields(t reflect.Type, where string, seen map[reflect.Type]bool) error {
	names := make(map[string]string)
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
	return distinctNames(t, where, names)
}

// distinctNames refuses fields that have one name in JSON, which keeps one of them or
// none. The fields of embedded structs stand among the others.
func distinctNames(t reflect.Type, where string, names map[string]string) error {
	for field := range t.Fields() {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		embedded := pointedTo(field.Type)
		if field.Anonymous && name == "" && embedded.Kind() == reflect.Struct && !knowsItself(embedded) {
			if err := distinctNames(embedded, where+"."+field.Name, names); err != nil {
				return err
			}
			continue
		}
		if name == "" {
			name = field.Name
		}
		if other := names[name]; other != "" {
			return fmt.Errorf("%s.%s and %s have the same name in JSON, %q, and one would be lost", where, field.Name, other, name)
		}
		names[name] = where + "." + field.Name
	}
	return nil
}

// itselfAlone refuses a struct that has its JSON form from what it embeds: that form
// leaves out the other fields.
func itselfAlone(t reflect.Type, where string) error {
	if t.Kind() != reflect.Struct || t.NumField() < 2 {
		return nil
	}
	for field := range t.Fields() {
		if field.Anonymous && knowsItself(pointedTo(field.Type)) {
			return fmt.Errorf("%s embeds %v, whose JSON form takes the place of the other fields; give the field a name", where, field.Type)
		}
	}
	return nil
}

// isMapKey reports whether encoding/json writes and reads maps with such keys.
func isMapKey(t reflect.Type) bool {
	writes, reads := t.Implements(textMarshaler), reflect.PointerTo(t).Implements(textUnmarshaler)
	switch t.Kind() {
	case reflect.String:
		return true
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return writes == reads
	}
	return writes && reads
}

// mayFail reports whether a value of the type may have no JSON form: infinite numbers
// have none, and nobody knows about types with a form of their own.
func mayFail(t reflect.Type, seen map[reflect.Type]bool) bool {
	if seen[t] {
		return false
	}
	seen[t] = true
	if knowsItself(t) {
		return true
	}
	switch t.Kind() {
	case reflect.Float32, reflect.Float64:
		return true
	case reflect.Map:
		return mayFail(t.Key(), seen) || mayFail(t.Elem(), seen)
	case reflect.Pointer, reflect.Slice, reflect.Array:
		return mayFail(t.Elem(), seen)
	case reflect.Struct:
		for field := range t.Fields() {
			if mayFail(field.Type, seen) {
				return true
			}
		}
	}
	return false
}

// knowsItself reports whether the type writes and reads a form of its own.
func knowsItself(t reflect.Type) bool {
	writes, reads := ownForm(t)
	return writes && reads
}

// ownForm reports whether encoding/json writes the type by methods of its own, and
// whether it reads what they write by such methods.
func ownForm(t reflect.Type) (writes, reads bool) {
	p := reflect.PointerTo(t)
	if p.Implements(jsonMarshaler) {
		return true, p.Implements(jsonUnmarshaler)
	}
	return p.Implements(textMarshaler), p.Implements(jsonUnmarshaler) || p.Implements(textUnmarshaler)
}

func pointedTo(t reflect.Type) reflect.Type {
	if t.Kind() == reflect.Pointer {
		return t.Elem()
	}
	return t
}
