package decision

import (
	"bytes"
	"fmt"
	"reflect"
	"unicode/utf8"

	"github.com/opossum-go/opossum/domain"
)

// What encoding/json writes for a byte that is no UTF-8: the escape, or, as the
// experiment jsonv2 does, the character. Both can be innocent: somebody wrote that
// character, or a json.RawMessage or a type's own method has the escape.
var replacedEscaped, replaced = []byte(`\ufffd`), []byte("\ufffd")

// checkText refuses an event with text that is not valid UTF-8, which encoding/json
// has replaced in data for good. It looks at the event only when data gives cause.
func checkText(e Event, data []byte) error {
	if !bytes.Contains(data, replacedEscaped) && !bytes.Contains(data, replaced) {
		return nil
	}
	value := reflect.ValueOf(e)
	where, text, broken := brokenText(value, reflect.Indirect(value).Type().String(), make(map[visit]bool))
	if !broken {
		return nil
	}
	const most = 40 // bytes
	if len(text) > most {
		text = text[:most]
	}
	return &domain.ValidationError{
		Field: where, Value: fmt.Sprintf("%q", text),
		Rule: "must be text in valid UTF-8; JSON holds no other, and keep bytes as []byte",
	}
}

// visit is a pointer that was followed, so that none is followed in circles.
type visit struct {
	goType  reflect.Type
	pointer uintptr
	length  int
}

// brokenText returns the first text in v that is not valid UTF-8, and where it
// stands. It looks into unexported fields, too: what a type keeps there, its own
// method may have written.
func brokenText(v reflect.Value, where string, been map[visit]bool) (at, text string, broken bool) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Map, reflect.Slice:
		here := visit{goType: v.Type(), pointer: v.Pointer()}
		if v.Kind() == reflect.Slice {
			here.length = v.Len()
		}
		if v.IsNil() || been[here] {
			return "", "", false
		}
		been[here] = true
	}
	switch v.Kind() {
	case reflect.String:
		return where, v.String(), !utf8.ValidString(v.String())
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			return brokenText(v.Elem(), where, been)
		}
	case reflect.Struct:
		for field := range v.Type().Fields() {
			if field.Tag.Get("json") == "-" {
				continue
			}
			if at, text, broken = brokenText(v.Field(field.Index[0]), where+"."+field.Name, been); broken {
				return at, text, true
			}
		}
	case reflect.Map:
		for key, value := range v.Seq2() {
			if at, text, broken = brokenText(key, where+"[]", been); broken {
				return at, text, true
			}
			if at, text, broken = brokenText(value, where+"[]", been); broken {
				return at, text, true
			}
		}
	case reflect.Slice, reflect.Array:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return "", "", false
		}
		for i := range v.Len() {
			if at, text, broken = brokenText(v.Index(i), fmt.Sprintf("%s[%d]", where, i), been); broken {
				return at, text, true
			}
		}
	}
	return "", "", false
}
