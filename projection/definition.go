package projection

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// Definition says how events become states of type S. Make it with [Define] and
// give it handlers with [Definition.With]. It is complete when it is given to a
// [Runner], [Fold] or a view, and may then be used by all of them at once.
type Definition[S any] struct {
	name    string
	version int
	keys    Keys
	rules   map[string]*rule[S]
	types   []string
	tags    func(string, S) []domain.Tag
	drop    func(S) bool
	failure Failure
	// fragile says that a state may turn out to have no JSON form.
	fragile bool
	err     error // the first mistake
}

// Keys returns the keys of the states that an event touches: none, one or several.
// It is pure. A key that comes twice counts once.
type Keys func(domain.SequencedEvent) []string

// ByTag takes the values of an event's tags of the given key: with ByTag("course")
// an event tagged course:c1 and student:s7 touches the state c1. An event without
// such a tag touches none.
func ByTag(key string) Keys {
	prefix := key + ":"
	return func(e domain.SequencedEvent) []string {
		var keys []string
		for _, tag := range e.Tags {
			if value, ok := strings.CutPrefix(string(tag), prefix); ok {
				keys = append(keys, value)
			}
		}
		return keys
	}
}

// Fixed keeps all events in one state with the given key.
func Fixed(key string) Keys {
	keys := []string{key}
	return func(domain.SequencedEvent) []string { return keys }
}

// Define begins the definition of a projection.
//
// The name is what its states are stored under, see [ports.ValidateProjectionName].
// Raise the version, an int from 1, whenever the handlers mean something else than before:
// the projection is then built anew. Keys says which states an event touches,
// unless a handler says so itself; it may be nil when all of them do.
//
// Mistakes are reported when the definition is used, as [ErrDefinition].
func Define[S any](name string, version int, keys Keys) *Definition[S] {
	d := &Definition[S]{name: name, version: version, keys: keys, rules: make(map[string]*rule[S])}
	if err := ports.ValidateProjectionName(name); err != nil {
		d.mistake("%w", err)
	}
	if version < 1 {
		d.mistake("version %d, the first one is 1", version)
	}
	if err := keepable(reflect.TypeFor[S]()); err != nil {
		d.mistake("%w", err)
	}
	d.fragile = mayFail(reflect.TypeFor[S](), make(map[reflect.Type]bool))
	return d
}

// With adds handlers, one for each event type, and returns the definition. Events
// of other types are not read.
func (d *Definition[S]) With(handlers ...Handler[S]) *Definition[S] {
	for i, handler := range handlers {
		if handler == nil {
			d.mistake("handler %d is nil", i)
			continue
		}
		r := handler.rule()
		if r.err == nil && r.keys == nil {
			if r.keys = d.keysOf; d.keys == nil {
				r.err = fmt.Errorf("the handler for %q has no key: give Define one for all, or this one its own with Key", r.name)
			}
		}
		if r.err != nil {
			d.mistake("%w", r.err)
			continue
		}
		if _, twice := d.rules[r.name]; twice {
			d.mistake("two handlers for the event type %q", r.name)
			continue
		}
		d.rules[r.name] = &r
		d.types = append(d.types, r.name)
	}
	return d
}

// Tagged sets what states are found by in queries: a pure function of a state and
// its key. Tags are a set; more than [domain.MaxTags], and invalid ones, are a
// failure of the event that led to the state. It returns the definition.
func (d *Definition[S]) Tagged(tags func(key string, state S) []domain.Tag) *Definition[S] {
	d.tags = tags
	return d
}

// DropWhen removes a state as soon as done says so of it, such as a case that is
// closed. It returns the definition.
func (d *Definition[S]) DropWhen(done func(S) bool) *Definition[S] {
	d.drop = done
	return d
}

// OnFailure says what happens when an event cannot be applied. Without it the
// projection stops there. It returns the definition.
func (d *Definition[S]) OnFailure(f Failure) *Definition[S] {
	d.failure = f
	return d
}

// Name returns the projection's name.
func (d *Definition[S]) Name() string { return d.name }

// Version returns the version of the definition.
func (d *Definition[S]) Version() int { return d.version }

// Query returns which events the projection is made from: those of the types it has
// handlers for.
func (d *Definition[S]) Query() domain.Query { return domain.NewQuery(domain.OfTypes(d.types...)) }

func (d *Definition[S]) keysOf(e domain.SequencedEvent, _ any) []string { return d.keys(e) }

func (d *Definition[S]) mistake(format string, args ...any) {
	if d.err == nil {
		d.err = fmt.Errorf("%w: projection %q: %w", ErrDefinition, d.name, fmt.Errorf(format, args...))
	}
}

// check returns the first mistake.
func (d *Definition[S]) check() error {
	switch {
	case d.err != nil:
		return d.err
	case len(d.types) == 0:
		return fmt.Errorf("%w: projection %q has no handlers", ErrDefinition, d.name)
	}
	if err := d.Query().Validate(); err != nil {
		return fmt.Errorf("%w: projection %q: %w", ErrDefinition, d.name, err)
	}
	return d.failure.check(d.name)
}

// signature names what a copy was made by. A handler that was added or removed
// without a new version changes it too, as the copy lacks events then.
func (d *Definition[S]) signature() string {
	types := make([]string, len(d.types))
	copy(types, d.types)
	slices.Sort(types)
	return fmt.Sprintf("v%d %s", d.version, strings.Join(types, " "))
}
