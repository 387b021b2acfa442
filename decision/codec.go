package decision

import (
	"fmt"
	"maps"
	"slices"

	"github.com/opossum-go/opossum/domain"
)

// EventKind ties an event type to the Go type that stands for it. Make it with
// [Kind]; the zero EventKind is refused by [NewCodec].
type EventKind struct {
	name   string
	decode func(domain.SequencedEvent) (Event, error)
	err    error
}

// Kind returns the kind of E.
func Kind[E Event]() EventKind {
	name, err := typeOf[E]()
	return EventKind{name: name, err: err, decode: func(e domain.SequencedEvent) (Event, error) {
		value, err := decode[E](e)
		if err != nil {
			return nil, err
		}
		return value, nil
	}}
}

// Codec turns stored events of known types back into Go values, for code that
// reads events without folding them. Safe for concurrent use.
type Codec struct {
	kinds map[string]EventKind
}

// NewCodec returns a codec for the given kinds. Two kinds with one event type,
// and a kind of a pointer or interface type, are an error.
func NewCodec(kinds ...EventKind) (*Codec, error) {
	c := &Codec{kinds: make(map[string]EventKind, len(kinds))}
	for i, kind := range kinds {
		if kind.err != nil {
			return nil, kind.err
		}
		if kind.decode == nil {
			return nil, fmt.Errorf("%w: kind %d is the zero EventKind, make it with Kind", ErrModel, i)
		}
		if _, twice := c.kinds[kind.name]; twice {
			return nil, fmt.Errorf("%w: two Go types for the event type %q", ErrModel, kind.name)
		}
		c.kinds[kind.name] = kind
	}
	return c, nil
}

// Decode returns the Go value of a stored event. The error is an
// [*UnknownTypeError] for a type the codec was not made for and a [*DecodeError]
// when the data does not fit.
func (c *Codec) Decode(e domain.Event) (Event, error) {
	kind, known := c.kinds[e.Type]
	if !known {
		return nil, &UnknownTypeError{Type: e.Type, Known: c.Types()}
	}
	return kind.decode(domain.SequencedEvent{Event: e})
}

// Types returns the event types the codec knows, sorted.
func (c *Codec) Types() []string { return slices.Sorted(maps.Keys(c.kinds)) }
