package application

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/go-playground/validator/v10"
)

// rules returns the validator. It caches what it learns about types, so there is
// one; it is never changed after it was made.
var rules = sync.OnceValue(func() *validator.Validate {
	v := validator.New(validator.WithRequiredStructEnabled())
	v.RegisterTagNameFunc(func(field reflect.StructField) string {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if name == "-" {
			return ""
		}
		return name
	})
	return v
})

// validate checks the tags of a struct, or of the struct a pointer points to. The
// validator panics at a rule that does not fit its field, and some only show with a
// value that gets that far: "required,min=x". One such command is no reason to end
// the program.
func validate(ctx context.Context, command any) (err error) {
	defer func() {
		if reason := recover(); reason != nil {
			err = fmt.Errorf("application: validate %T: wrong validator tags: %v", command, reason)
		}
	}()
	v := reflect.ValueOf(command)
	if v.Kind() == reflect.Pointer && v.IsNil() {
		return &ValidationError{Command: v.Type().String(), Fields: []FieldError{{Field: "command", Rule: "required", Value: "nil"}}}
	}
	if reflect.Indirect(v).Kind() != reflect.Struct {
		return nil
	}
	err = rules().StructCtx(ctx, command)
	if err == nil {
		return nil
	}
	var broken validator.ValidationErrors
	if !errors.As(err, &broken) {
		return fmt.Errorf("application: validate %T: %v", command, err)
	}
	invalid := &ValidationError{Command: fmt.Sprintf("%T", command)}
	for _, b := range broken {
		_, path, _ := strings.Cut(b.Namespace(), ".")
		rule := b.Tag()
		if b.Param() != "" {
			rule += "=" + b.Param()
		}
		invalid.Fields = append(invalid.Fields, FieldError{Field: path, Rule: rule, Value: shown(b.Value())})
	}
	return invalid
}

// mustHaveRules panics when the tags of a command type make no sense, so that
// the program says so when it starts and not with the first command.
func mustHaveRules(typ reflect.Type) {
	mustHaveRulesIn(typ, typ, make(map[reflect.Type]bool))
}

// mustHaveRulesIn does so for a struct and for every struct that the validator
// comes to from there, also where only a longer list or a pointer leads.
func mustHaveRulesIn(command, typ reflect.Type, seen map[reflect.Type]bool) {
	typ = behindPointers(typ)
	if typ.Kind() != reflect.Struct || seen[typ] {
		return
	}
	seen[typ] = true
	mustBeUnderstood(command, typ)
	for field := range typ.Fields() {
		if !field.IsExported() && !field.Anonymous {
			continue
		}
		if inner := reached(field); inner != nil {
			mustHaveRulesIn(command, inner, seen)
		}
	}
}

// reached returns the type that the validator gets to through a field, nil when it
// does not look there.
func reached(field reflect.StructField) reflect.Type {
	typ := behindPointers(field.Type)
	for rule := range strings.SplitSeq(field.Tag.Get("validate"), ",") {
		switch rule {
		case "-", "nostructlevel":
			return nil
		case "dive":
			switch typ.Kind() {
			case reflect.Slice, reflect.Array, reflect.Map:
				typ = behindPointers(typ.Elem())
			default:
				return nil
			}
		}
	}
	return typ
}

func mustBeUnderstood(command, typ reflect.Type) {
	defer func() {
		if reason := recover(); reason != nil {
			panic(fmt.Sprintf("application: Handle for %v: wrong validator tags in %v: %v", command, typ, reason))
		}
	}()
	_ = rules().Struct(reflect.New(typ).Interface())
}

func behindPointers(typ reflect.Type) reflect.Type {
	for typ.Kind() == reflect.Pointer {
		typ = typ.Elem()
	}
	return typ
}

// shown returns a value as text that fits one line.
func shown(value any) string {
	const most = 40
	text := fmt.Sprintf("%v", value)
	if s, ok := value.(string); ok {
		text = fmt.Sprintf("%q", s)
	}
	if len(text) <= most {
		return text
	}
	cut := most
	for cut > 0 && !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut] + "…"
}
