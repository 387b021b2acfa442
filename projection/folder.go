package projection

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// How much of a copy's states a folder keeps in memory between steps.
const (
	maxKeptStates = 1 << 15
	maxKeptBytes  = 64 << 20
)

// engine does what a projection does with events, whatever its type. It belongs to
// one goroutine.
type engine interface {
	// prepare takes the events of the next step and returns the keys of the states
	// that apply will need and that are not in memory.
	prepare(events []domain.SequencedEvent) []string
	// adopt takes what is stored under keys that prepare returned.
	adopt(keys []string, stored map[string]ports.ProjectionState) error
	// apply applies the event with the given index; attempt counts from 1. An
	// *EventError is the event's fault, any other error is not.
	apply(ctx context.Context, index, attempt int) error
	// changes returns what was changed since settle.
	changes() (put []ports.ProjectionState, deleted []string, err error)
	// unsaved returns how many states changes would return, and about how many bytes
	// they had when they were last stored.
	unsaved() (states, bytes int)
	// settle says that the changes are stored.
	settle()
	// forget drops everything, stored or not.
	forget()
}

// relatedEvents reads the events that match query before a position.
type relatedEvents func(ctx context.Context, query domain.Query, before domain.Position) ([]domain.SequencedEvent, error)

// folder is the engine of a [Definition]: it folds events into states, of which it
// keeps those in memory that were in use lately.
type folder[S any] struct {
	*Definition[S]

	related  relatedEvents
	states   map[string]*entry[S]
	changed  []*entry[S]
	prepared []prepared[S]
	touched  []*entry[S] // by the prepared events, one event behind the other
	bytes    int         // what the states in memory are as JSON
	// changedBytes is what the changed ones were as JSON when they were last stored.
	changedBytes int
	encoded      int // room that the JSON of the next step is expected to need
	buffer       bytes.Buffer
	encoder      *json.Encoder
}

// entry is a state in memory, or the knowledge that there is none.
type entry[S any] struct {
	key     string
	state   S
	meta    ports.ProjectionState // without Key and Data
	exists  bool
	changed bool
	size    int // of its JSON when it was last stored
}

// prepared is an event on its way through a rule.
type prepared[S any] struct {
	event *domain.SequencedEvent
	rule  *rule[S]
	value any
	keys  []string
	err   error
	// from is where its states begin in touched; there are as many as keys.
	from int
}

func newFolder[S any](d *Definition[S], related relatedEvents) *folder[S] {
	f := &folder[S]{Definition: d, related: related, states: make(map[string]*entry[S])}
	f.encoder = json.NewEncoder(&f.buffer)
	f.encoder.SetEscapeHTML(false) // states are read by people too
	return f
}

func (f *folder[S]) prepare(events []domain.SequencedEvent) []string {
	f.prepared = slices.Grow(f.prepared[:0], len(events))
	for i := range events {
		f.prepared = append(f.prepared, f.pass(&events[i]))
	}
	f.touched = f.touched[:0]
	var missing []string
	for i := range f.prepared {
		p := &f.prepared[i]
		p.from = len(f.touched)
		for _, key := range p.keys {
			e := f.states[key]
			if e == nil {
				// A key may be a small part of a large text that need not be kept with it.
				e = &entry[S]{key: strings.Clone(key)}
				f.states[e.key] = e
				missing = append(missing, e.key)
			}
			f.touched = append(f.touched, e)
		}
	}
	return missing
}

// pass decodes an event and finds out which states it touches.
func (f *folder[S]) pass(e *domain.SequencedEvent) (p prepared[S]) {
	p = prepared[S]{event: e, rule: f.rules[e.Type]}
	p.err = guarded(func() error {
		value, err := p.rule.decode(*e)
		if err != nil {
			return err
		}
		keys := p.rule.keys(*e, value)
		if len(keys) > 1 { // often one, and often not ours to sort
			keys = slices.Clone(keys)
			slices.Sort(keys)
			keys = slices.Compact(keys)
		}
		for _, key := range keys {
			if err := ports.ValidateStateKey(key); err != nil {
				return err
			}
		}
		p.value, p.keys = value, keys
		return nil
	})
	return p
}

func (f *folder[S]) adopt(keys []string, stored map[string]ports.ProjectionState) error {
	for _, key := range keys {
		s, found := stored[key]
		if !found {
			continue
		}
		e := f.states[key]
		if err := guarded(func() error { return json.Unmarshal(s.Data, &e.state) }); err != nil {
			return fmt.Errorf("projection %q: stored state %q: %w: rebuild the projection, with a new version of its definition", f.name, key, err)
		}
		e.exists, e.size, e.meta = true, len(s.Data), s
		e.meta.Key, e.meta.Data = "", nil
		f.bytes += e.size
	}
	return nil
}

func (f *folder[S]) apply(ctx context.Context, index, _ int) error {
	p := &f.prepared[index]
	if p.err != nil {
		return f.failed(p, p.err)
	}
	if len(p.keys) == 0 {
		return nil
	}
	var related []domain.SequencedEvent
	if p.rule.related != nil {
		var query domain.Query
		err := guarded(func() error {
			if query = p.rule.related(p.value); query.IsZero() {
				return nil
			}
			return query.Validate()
		})
		if err != nil {
			return f.failed(p, fmt.Errorf("related events: %w", err))
		}
		if !query.IsZero() {
			if related, err = f.related(ctx, query, p.event.Position); err != nil {
				return err
			}
		}
	}
	for i, e := range f.touched[p.from : p.from+len(p.keys)] {
		err := guarded(func() (err error) {
			if i > 0 { // a value of its own: states must not share what is in it
				if p.value, err = p.rule.decode(*p.event); err != nil {
					return err
				}
			}
			return f.change(p, e, related)
		})
		if err != nil {
			return f.failed(p, fmt.Errorf("state %q: %w", e.key, err))
		}
	}
	return nil
}

// change applies an event to one state. After an error the state is worthless.
func (f *folder[S]) change(p *prepared[S], e *entry[S], related []domain.SequencedEvent) error {
	gone := p.rule.deletes
	if !gone {
		if p.rule.plain != nil {
			e.state = p.rule.plain(e.state, p.value)
		} else {
			state, err := p.rule.fold(Change[S]{Key: e.key, State: e.state, Exists: e.exists, Event: *p.event, Related: related}, p.value)
			if err != nil {
				return err
			}
			e.state = state
		}
		gone = f.drop != nil && f.drop(e.state)
	}
	if gone {
		if e.exists {
			f.touch(e)
		}
		var zero S
		e.state, e.exists, e.meta = zero, false, ports.ProjectionState{}
		return nil
	}
	if f.tags != nil {
		tags, err := domain.PrepareTags(f.tags(e.key, e.state))
		if err != nil {
			return err
		}
		e.meta.Tags = tags
	}
	if f.fragile { // now and not only when it is stored, or it would depend on what comes next
		f.buffer.Reset()
		if err := f.encoder.Encode(&e.state); err != nil {
			return fmt.Errorf("it has no JSON form: %w", err)
		}
	}
	f.touch(e)
	if !e.exists {
		e.exists, e.meta.CreatedAt = true, p.event.RecordedAt
	}
	e.meta.Version++
	if p.event.Position > e.meta.Position { // one that was parked is older than what followed it
		e.meta.UpdatedAt, e.meta.Position = p.event.RecordedAt, p.event.Position
	}
	return nil
}

func (f *folder[S]) touch(e *entry[S]) {
	if !e.changed {
		e.changed = true
		f.changed = append(f.changed, e)
		f.changedBytes += e.size
	}
}

func (f *folder[S]) changes() (put []ports.ProjectionState, deleted []string, err error) {
	put = make([]ports.ProjectionState, 0, len(f.changed))
	data := make([]byte, 0, f.encoded) // of all states, one behind the other
	for _, e := range f.changed {
		if !e.exists {
			deleted = append(deleted, e.key)
			f.bytes -= e.size
			e.size = 0
			continue
		}
		f.buffer.Reset()
		if err := guarded(func() error { return f.encoder.Encode(&e.state) }); err != nil {
			return nil, nil, &EventError{
				Projection: f.name, Position: e.meta.Position, // its type is known to who applies it alone
				Err: fmt.Errorf("state %q has no JSON form: %w", e.key, err),
			}
		}
		text := bytes.TrimSuffix(f.buffer.Bytes(), []byte("\n"))
		begin := len(data)
		data = append(data, text...)
		s := e.meta
		s.Key, s.Data = e.key, data[begin:len(data):len(data)]
		f.bytes += len(text) - e.size
		e.size = len(text)
		put = append(put, s)
	}
	f.encoded = len(data) + len(data)/8
	return put, deleted, nil
}

func (f *folder[S]) unsaved() (states, bytes int) { return len(f.changed), f.changedBytes }

func (f *folder[S]) settle() {
	for _, e := range f.changed {
		e.changed = false
	}
	f.changed, f.changedBytes = f.changed[:0], 0
	// Which states go is of no matter to the result; those that the map yields first
	// are as good as any.
	for key, e := range f.states {
		if len(f.states) <= maxKeptStates && f.bytes <= maxKeptBytes {
			break
		}
		f.bytes -= e.size
		delete(f.states, key)
	}
}

func (f *folder[S]) forget() {
	clear(f.states)
	f.changed, f.changedBytes, f.bytes = nil, 0, 0
}

func (f *folder[S]) failed(p *prepared[S], err error) error {
	return &EventError{Projection: f.name, Position: p.event.Position, Type: p.event.Type, Err: err}
}

// guarded calls code of the user's and makes an error of its panic.
func guarded(call func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = &panicError{r, string(debug.Stack())}
		}
	}()
	return call()
}

// panicError is a panic of the user's code. Where it was is for the log and not for
// what is stored.
type panicError struct {
	value any
	stack string
}

func (e *panicError) Error() string { return fmt.Sprintf("panic: %v", e.value) }

// stackOf returns where a panic was, if err is one.
func stackOf(err error) string {
	if p, ok := errors.AsType[*panicError](err); ok {
		return p.stack
	}
	return ""
}
