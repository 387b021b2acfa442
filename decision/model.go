package decision

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync/atomic"

	"github.com/opossum-go/opossum/domain"
)

// Model is the part of the past that a decision depends on, folded into a state
// of type S. Make it with [New], give it handlers with [Model.With], load it with
// [Load]. A model is loaded once and belongs to one goroutine.
type Model[S any] struct {
	state    S
	tags     []domain.Tag
	types    []string // in the order of the handlers, without duplicates
	handlers map[string]Handler[S]
	latest   bool // fold only the last event that matches
	problems []error
	used     atomic.Bool
}

// New returns a model with its initial state, about the events that carry all of
// the given tags. Without tags it is about every event of the types it handles.
func New[S any](initial S, tags ...domain.Tag) *Model[S] {
	return &Model[S]{state: initial, tags: slices.Clone(tags), handlers: make(map[string]Handler[S])}
}

// With adds handlers and returns the model itself. Mistakes, such as two
// handlers for one event type, are reported when the model is loaded.
func (m *Model[S]) With(handlers ...Handler[S]) *Model[S] {
	for _, h := range handlers {
		switch _, twice := m.handlers[h.name]; {
		case h.err != nil:
			m.problems = append(m.problems, h.err)
		case h.fold == nil:
			m.problems = append(m.problems, fmt.Errorf("%w: the zero Handler, make handlers with On", ErrModel))
		case twice:
			m.problems = append(m.problems, fmt.Errorf("%w: two handlers for the event type %q", ErrModel, h.name))
		default:
			m.handlers[h.name] = h
			m.types = append(m.types, h.name)
		}
	}
	return m
}

// State returns the state: the initial one before the model is loaded, the
// folded one afterwards.
func (m *Model[S]) State() S { return m.state }

// Query returns what the model folds and guards: one item with the types of its
// handlers and its tags. A model without handlers has the zero Query.
func (m *Model[S]) Query() domain.Query {
	if len(m.types) == 0 {
		return domain.Query{}
	}
	return domain.NewQuery(domain.OfTypes(m.types...).Tagged(m.tags...))
}

// String names the model for errors: its state type, event types and tags.
func (m *Model[S]) String() string {
	return fmt.Sprintf("model of %v for %v", reflect.TypeFor[S](), domain.OfTypes(m.types...).Tagged(m.tags...))
}

// Loadable is a [Model] of any state type: what [Load] and [Fold] take.
type Loadable interface {
	// Query returns what the model folds and guards.
	Query() domain.Query
	// String names the model for errors.
	String() string

	check() error
	use() bool
	about() (types []string, tags []domain.Tag)
	onlyLatest() bool
	fold(e domain.SequencedEvent) error
	shown() string
}

// check reports whether the model can be loaded, without using it up.
func (m *Model[S]) check() error {
	switch {
	case m == nil:
		return fmt.Errorf("%w: a nil model", ErrModel)
	case len(m.problems) > 0:
		return fmt.Errorf("%v: %w", m, errors.Join(m.problems...))
	case len(m.types) == 0:
		return fmt.Errorf("%w: %v has no handlers, it would neither read nor guard anything", ErrModel, m)
	case m.used.Load():
		return fmt.Errorf("%w (%v)", ErrModelUsed, m)
	}
	if err := m.Query().Validate(); err != nil {
		return fmt.Errorf("%v: %w", m, err)
	}
	return nil
}

// use takes the model's one use; false when it is gone.
func (m *Model[S]) use() bool { return m.used.CompareAndSwap(false, true) }

// shown returns the state as text, for whoever watches a load.
func (m *Model[S]) shown() string { return fmt.Sprintf("%+v", m.state) }

func (m *Model[S]) about() ([]string, []domain.Tag) { return m.types, m.tags }

// fold applies an event that the model's query matches.
func (m *Model[S]) fold(e domain.SequencedEvent) error {
	next, err := m.handlers[e.Type].fold(m.state, e)
	if err != nil {
		return fmt.Errorf("%v: %w", m, err)
	}
	m.state = next
	return nil
}
