package decision

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/internal/typed"
)

// Event is a fact as a Go value. It is stored for ever as its JSON, so all of it
// has to be in there. Implement it on a plain struct of exported fields with value
// receivers:
//
//	type CourseDefined struct {
//		Course   string `json:"course"`
//		Capacity int    `json:"capacity"`
//	}
//
//	func (CourseDefined) EventType() string    { return "CourseDefined" }
//	func (e CourseDefined) Tags() []domain.Tag { return []domain.Tag{domain.NewTag("course", e.Course)} }
//
// A type whose JSON leaves out what a value holds is refused, by [Encode] and by
// the model or codec that handles it: one with fields that are not exported, with
// two fields of one name in JSON, with an embedded type whose MarshalJSON takes the
// place of the other fields, such as time.Time; likewise one with functions,
// channels or interfaces other than any. What is no part of the fact is tagged
// `json:"-"`. A type with a MarshalJSON or MarshalText of its own answers for what
// it writes, and so does whoever puts a value into an any.
type Event interface {
	// EventType returns the name under which events of this Go type are stored. It
	// is the same for every value, the zero value included, and never changes once
	// events are stored.
	EventType() string
	// Tags returns what the event is about. It may be empty.
	Tags() []domain.Tag
}

// Encode returns e in the form in which it is stored: its type, its tags and its
// JSON, without metadata. It fails with [domain.ErrInvalid], naming the Go type,
// when e is nil or has no type name; when the type is none that is stored whole, as
// said at [Event], whatever this value holds, so that a mistake shows with the first
// event and not with a later one; when e has no JSON form, as an infinite number has
// none; and when it holds text that is not valid UTF-8, which encoding/json would
// replace. The limits and rules of package domain are checked by the store.
func Encode(e Event) (domain.Event, error) {
	if e == nil {
		return domain.Event{}, fmt.Errorf("%w: cannot encode a nil event", domain.ErrInvalid)
	}
	if v := reflect.ValueOf(e); v.Kind() == reflect.Pointer && v.IsNil() {
		return domain.Event{}, fmt.Errorf("%w: cannot encode a nil %T", domain.ErrInvalid, e)
	}
	typ := e.EventType()
	if typ == "" {
		return domain.Event{}, fmt.Errorf("%w: EventType of %T returns an empty name", domain.ErrInvalid, e)
	}
	if err := typed.Whole(reflect.TypeOf(e)); err != nil {
		return domain.Event{}, fmt.Errorf("%w: event %q: %T is not stored whole: %w", domain.ErrInvalid, typ, e, err)
	}
	var data bytes.Buffer
	encoder := json.NewEncoder(&data)
	encoder.SetEscapeHTML(false) // stored events are read by people too
	if err := encoder.Encode(e); err != nil {
		return domain.Event{}, fmt.Errorf("%w: event %q: cannot encode %T as JSON: %w", domain.ErrInvalid, typ, e, err)
	}
	if err := checkText(e, data.Bytes()); err != nil {
		return domain.Event{}, fmt.Errorf("event %q: %w", typ, err)
	}
	return domain.Event{Type: typ, Tags: e.Tags(), Data: bytes.TrimSuffix(data.Bytes(), []byte("\n"))}, nil
}

// typeOf returns the event type of E, which has to be a type whose zero value
// answers.
func typeOf[E Event]() (string, error) {
	name, err := typed.Name[E]()
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrModel, err)
	}
	return name, nil
}

func decode[E Event](e domain.SequencedEvent) (E, error) {
	value, err := typed.Decode[E](e)
	if err != nil {
		return value, &DecodeError{Position: e.Position, Type: e.Type, GoType: reflect.TypeFor[E]().String(), Err: err}
	}
	return value, nil
}
