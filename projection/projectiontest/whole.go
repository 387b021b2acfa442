package projectiontest

import (
	"encoding/json"
	"fmt"
	"reflect"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/projection"
)

// firstLost folds the events and looks at each state before it is stored. It tells
// what JSON does not keep of the first one that does not come back whole.
func firstLost[S any](d *projection.Definition[S], events []domain.SequencedEvent) string {
	found := ""
	watched := *d
	watched.Tagged(func(key string, state S) []domain.Tag {
		if why := lost(state); why != "" && found == "" {
			found = fmt.Sprintf("state %q: %s", key, why)
		}
		return nil
	})
	// An event that fails is looked at where it counts.
	_, _ = projection.Fold(&watched, events)
	return found
}

// lost tells what is another one after a way through JSON, "" when nothing is.
// Whether the way can be gone at all is not its concern.
func lost[S any](state S) string {
	data, err := encoded(state)
	if err != nil {
		return ""
	}
	var back S
	if json.Unmarshal(data, &back) != nil {
		return ""
	}
	return changed(reflect.TypeFor[S]().String(), reflect.ValueOf(&state).Elem(), reflect.ValueOf(&back).Elem())
}

// changed compares what was with what came back. Nothing and an empty list are the
// same here, and so are values that are Equal. Of a type with JSON methods of its
// own the exported fields count.
func changed(where string, was, is reflect.Value) string {
	if same, known := equal(was, is); known {
		if !same {
			return told(where, was, is)
		}
		return ""
	}
	switch was.Kind() {
	case reflect.Struct:
		for i := range was.NumField() {
			if field := was.Type().Field(i); field.IsExported() || field.Anonymous && field.Type.Kind() == reflect.Struct {
				if why := changed(where+"."+field.Name, was.Field(i), is.Field(i)); why != "" {
					return why
				}
			}
		}
		return ""
	case reflect.Pointer:
		if was.IsNil() || is.IsNil() {
			return toldUnless(was.IsNil() == is.IsNil(), where, was, is)
		}
		return changed(where, was.Elem(), is.Elem())
	case reflect.Slice, reflect.Array:
		if speaksJSON(was.Type()) {
			return ""
		}
		if was.Len() != is.Len() {
			return told(where, was, is)
		}
		for i := range was.Len() {
			if why := changed(fmt.Sprintf("%s[%d]", where, i), was.Index(i), is.Index(i)); why != "" {
				return why
			}
		}
		return ""
	case reflect.Map:
		return changedMap(where, was, is)
	}
	return toldUnless(speaksJSON(was.Type()) || was.Equal(is), where, was, is)
}

func changedMap(where string, was, is reflect.Value) string {
	if speaksJSON(was.Type()) {
		return ""
	}
	if was.Len() != is.Len() {
		return told(where, was, is)
	}
	for _, key := range was.MapKeys() {
		at, other := fmt.Sprintf("%s[%v]", where, key), is.MapIndex(key)
		if !other.IsValid() {
			return at + " is gone"
		}
		if why := changed(at, was.MapIndex(key), other); why != "" {
			return why
		}
	}
	return ""
}

// equal asks a method Equal, as those of times are compared.
func equal(was, is reflect.Value) (same, known bool) {
	if !was.CanInterface() || was.Kind() == reflect.Pointer {
		return false, false // an embedded struct whose name is not exported, or a nil
	}
	method := was.MethodByName("Equal")
	if !method.IsValid() {
		return false, false
	}
	t := method.Type()
	if t.NumIn() != 1 || t.In(0) != was.Type() || t.NumOut() != 1 || t.Out(0).Kind() != reflect.Bool {
		return false, false // of another type, such as that of an embedded field
	}
	return method.Call([]reflect.Value{is})[0].Bool(), true
}

// speaksJSON reports whether the type decides itself what its JSON is.
func speaksJSON(t reflect.Type) bool {
	_, own := reflect.TypeAssert[json.Marshaler](reflect.New(t))
	return own
}

func told(where string, was, is reflect.Value) string {
	return fmt.Sprintf("%s was %+v and comes back as %+v", where, was, is)
}

func toldUnless(fine bool, where string, was, is reflect.Value) string {
	if fine {
		return ""
	}
	return told(where, was, is)
}
