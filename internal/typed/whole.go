package typed

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"runtime"
	"strings"
	"sync"
)

// Whole returns an error when encoding/json leaves out, without a word, what a
// value of the type holds, or never has a form for it that can be read again. The
// error names the field and says what to do. It is about the type alone, so it is
// the same for every value; what an any holds is not known from the type and not
// judged. A type that writes itself as JSON or text is trusted with its own data.
//
// A type is judged once; asking again costs nothing. Safe for concurrent use.
func Whole(t reflect.Type) error {
	if known, ok := judged.Load(t); ok {
		return known.(verdict).err
	}
	root := t
	for root.Kind() == reflect.Pointer {
		root = root.Elem()
	}
	err := make(judge).value(place{goType: t}, root.String())
	judged.Store(t, verdict{err})
	return err
}

var judged sync.Map // of a verdict by its reflect.Type

type verdict struct{ err error }

var (
	jsonMarshaler = reflect.TypeFor[json.Marshaler]()
	textMarshaler = reflect.TypeFor[encoding.TextMarshaler]()
)

// place is where a value stands that is written.
type place struct {
	goType reflect.Type
	// addressable: methods with a pointer receiver are called, too.
	addressable bool
	// readByItself: a type around it reads itself, and knows what to do with an
	// interface.
	readByItself bool
}

func (p place) of(t reflect.Type) place {
	p.goType = t
	return p
}

// judge knows the places it has been to.
type judge map[place]bool

func (j judge) value(p place, where string) error {
	if j[p] {
		return nil
	}
	j[p] = true
	t := p.goType
	switch t.Kind() {
	case reflect.Pointer:
		p.addressable = true
		return j.value(p.of(t.Elem()), where)
	case reflect.Interface:
		if t.NumMethod() > 0 && !p.readByItself {
			return fmt.Errorf("%s is of the interface type %v, which JSON cannot be read into again; use the type that is in it", where, t)
		}
		return nil
	}
	if writesItself(p) {
		return j.ownForm(p, where)
	}
	if reflect.PointerTo(t).Implements(jsonUnmarshaler) {
		p.readByItself = true
	}
	switch t.Kind() {
	case reflect.Func, reflect.Chan, reflect.UnsafePointer, reflect.Complex64, reflect.Complex128:
		return fmt.Errorf(`%s is of type %v, which JSON does not have; tag it json:"-" when it is no part of the fact`, where, t)
	case reflect.Slice:
		p.addressable = true
		return j.value(p.of(t.Elem()), where+"[]")
	case reflect.Array:
		return j.value(p.of(t.Elem()), where+"[]")
	case reflect.Map:
		if !isKey(t.Key()) {
			return fmt.Errorf("%s is of type %v, whose keys JSON does not have", where, t)
		}
		p.addressable = false
		return j.value(p.of(t.Elem()), where+"[]")
	case reflect.Struct:
		return j.structure(p, where)
	}
	return nil
}

func (j judge) structure(p place, where string) error {
	f := fields{judge: j, names: make(map[string]string), met: make(map[reflect.Type]bool)}
	err := f.of(p, where)
	if byPointer := (place{goType: p.goType, addressable: true}); err != nil && !p.addressable && writesItself(byPointer) {
		return fmt.Errorf("%w; or use a *%v, the form that it gives itself is not used for a value", err, p.goType)
	}
	return err
}

// fields judges the fields that stand side by side in one JSON object: those of a
// struct and of what it embeds.
type fields struct {
	judge
	names map[string]string // where each stands, by the name in JSON
	met   map[reflect.Type]bool
}

func (f fields) of(p place, where string) error {
	if f.met[p.goType] {
		return nil
	}
	f.met[p.goType] = true
	defer delete(f.met, p.goType) // what is embedded a second time, by another way, is another place
	for field := range p.goType.Fields() {
		if !holds(field) {
			continue
		}
		if err := f.field(p, field, where+"."+field.Name); err != nil {
			return err
		}
	}
	return nil
}

func (f fields) field(p place, field reflect.StructField, where string) error {
	if !field.IsExported() && (!field.Anonymous || field.Type.Kind() != reflect.Struct) {
		return fmt.Errorf(`%s is not exported and would be lost, since JSON leaves it out; export it, or tag it json:"-" when it is no part of the fact`, where)
	}
	name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
	if field.Anonymous && name == "" {
		embedded := field.Type
		if embedded.Kind() == reflect.Pointer {
			embedded, p.addressable = embedded.Elem(), true
		}
		if embedded.Kind() == reflect.Struct {
			return f.of(p.of(embedded), where)
		}
	}
	if name == "" {
		name = field.Name
	}
	if other := f.names[name]; other != "" {
		return fmt.Errorf(`%s and %s have the same name in JSON, %q, and one would be lost; give one another name, or tag it json:"-"`, other, where, name)
	}
	f.names[name] = where
	return f.value(p.of(field.Type), where)
}

// holds reports whether a field has data that is meant to be stored.
func holds(field reflect.StructField) bool {
	return field.Tag.Get("json") != "-" && field.Name != "_" && (field.IsExported() || field.Type.Size() > 0)
}

// ownForm refuses a struct that has its JSON form from what it embeds: that form
// leaves out the other fields.
func (j judge) ownForm(p place, where string) error {
	if !inherits(p) {
		return nil
	}
	from, _ := source(p, make(map[reflect.Type]bool))
	if from.Type == nil {
		return nil // two forms of one kind hide each other, and leave one of the other kind
	}
	for field := range p.goType.Fields() {
		if field.Name != from.Name && holds(field) {
			return fmt.Errorf("%s.%s would be lost, since %s embeds %v, whose JSON form takes the place of everything else; give the embedded field a name",
				where, field.Name, where, from.Type)
		}
	}
	if from.Type.Kind() == reflect.Interface {
		return nil
	}
	return j.value(p.of(from.Type), where+"."+from.Name)
}

// inherits reports whether a value that writes itself has the method from what it
// embeds: then the compiler wrote it.
func inherits(p place) bool {
	if p.goType.Kind() != reflect.Struct {
		return false
	}
	method, _ := writer(p)
	pc := method.Func.Pointer()
	code := runtime.FuncForPC(pc)
	if code == nil {
		return false
	}
	file, _ := code.FileLine(pc)
	return file == "<autogenerated>"
}

// source returns the embedded field that a struct has the method from, the one that
// lies least deep, and how deep.
func source(p place, met map[reflect.Type]bool) (from reflect.StructField, depth int) {
	if met[p.goType] {
		return from, depth
	}
	met[p.goType] = true
	method, _ := writer(p)
	for field := range p.goType.Fields() {
		e := p.of(field.Type)
		if field.Type.Kind() == reflect.Pointer {
			e = place{goType: field.Type.Elem(), addressable: true}
		}
		m, itself := writer(e)
		if !field.Anonymous || !itself || m.Name != method.Name {
			continue
		}
		d := 1
		if inherits(e) {
			_, d = source(e, met)
			d++
		}
		if from.Type == nil || d < depth {
			from, depth = field, d
		}
	}
	return from, depth
}

func writesItself(p place) bool {
	_, itself := writer(p)
	return itself
}

// writer returns the method of the value that encoding/json calls. The names are
// constants, so that the linker still drops the methods that a program never calls.
func writer(p place) (reflect.Method, bool) {
	t, pointer := p.goType, reflect.PointerTo(p.goType)
	switch {
	case t.Implements(jsonMarshaler):
		return t.MethodByName("MarshalJSON")
	case p.addressable && pointer.Implements(jsonMarshaler):
		return pointer.MethodByName("MarshalJSON")
	case t.Implements(textMarshaler):
		return t.MethodByName("MarshalText")
	case p.addressable && pointer.Implements(textMarshaler):
		return pointer.MethodByName("MarshalText")
	}
	return reflect.Method{}, false
}

// isKey reports whether encoding/json writes maps with such keys.
func isKey(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.String, reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return true
	}
	return t.Implements(textMarshaler)
}
