package decisiontest

import (
	"context"
	"errors"
	"iter"
	"slices"
	"sync"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/internal/observe"
	"github.com/opossum-go/opossum/ports"
)

// read is one read of an attempt.
type read struct {
	query  domain.Query
	head   domain.Position                           // of the store at that time
	seen   domain.Position                           // how far it looked, the head unless it was told to stop before
	events map[domain.Position]domain.SequencedEvent // that were yielded
	models []observe.Model                           // that it was made for, if any
	// elsewhere says that models were loaded from another store than the one that
	// the command was given.
	elsewhere bool
}

// attempt is what happened up to an append, or up to the end of the command.
type attempt struct {
	reads []*read

	appended   bool // an append was tried
	events     []domain.Event
	conditions []domain.AppendCondition
	positions  domain.Positions
	err        error
}

// won reports whether the attempt has stored its events.
func (a *attempt) won() bool { return a.appended && a.err == nil }

// read returns all that was read, except for the command id.
func (a *attempt) read() domain.Query {
	var all domain.Query
	for _, r := range a.reads {
		if !isCommandID(r.query) {
			all = all.Union(r.query)
		}
	}
	return all
}

// boundary returns all that the attempt depends on, except for its command id.
func (a *attempt) boundary() domain.Query {
	all := a.read()
	for _, c := range a.conditions {
		if !isCommandID(c.FailIfEventsMatch) {
			all = all.Union(c.FailIfEventsMatch)
		}
	}
	return all
}

// aboutAll reports whether every event concerns the attempt: it has read all events,
// or it requires that there are none. To guard all events after a narrower read is
// another thing.
func (a *attempt) aboutAll() bool {
	return a.read().IsAll() || slices.ContainsFunc(a.conditions, func(c domain.AppendCondition) bool {
		return c.FailIfEventsMatch.IsAll() && c.After == 0
	})
}

// spy is the store that a command is given. It writes down every read and every
// append, and can come between.
type spy struct {
	ports.EventStore

	// disturb is called before each use of the store but the first of an attempt, until
	// an append is lost: a command that tries until it wins has to win in the end.
	disturb func(ctx context.Context)
	// meddle may take the place of an append: it is given the number of the attempt,
	// from 1, and the append itself.
	meddle func(ctx context.Context, attempt int, a *attempt, store func() (domain.Positions, error)) (domain.Positions, error)

	mu   sync.Mutex // guards what follows
	over []*attempt // each ended by its append
	now  attempt
	lost bool // an append
}

// attempts returns what happened, the part after the last append included when
// something was read there.
func (s *spy) attempts() []*attempt {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := slices.Clone(s.over)
	if len(all) == 0 || slices.ContainsFunc(s.now.reads, func(r *read) bool { return !isCommandID(r.query) }) {
		rest := s.now
		all = append(all, &rest)
	}
	return all
}

func (s *spy) step(ctx context.Context) {
	s.mu.Lock()
	quiet := s.lost || len(s.now.reads) == 0
	s.mu.Unlock()
	if s.disturb != nil && !quiet {
		s.disturb(ctx)
	}
}

func (s *spy) Read(ctx context.Context, query domain.Query, options ports.ReadOptions) (ports.ReadResult, error) {
	s.step(ctx)
	result, err := s.EventStore.Read(ctx, query, options)
	if err != nil {
		return result, err
	}
	r := s.begin(query, result.Head, options.Before)
	result.Events = s.noting(r, result.Events)
	return result, nil
}

func (s *spy) Head(ctx context.Context) (domain.Position, error) {
	s.step(ctx)
	return s.EventStore.Head(ctx)
}

func (s *spy) Subscribe(ctx context.Context, query domain.Query, after domain.Position) iter.Seq2[domain.SequencedEvent, error] {
	s.step(ctx)
	return s.noting(s.begin(query, after, 0), s.EventStore.Subscribe(ctx, query, after))
}

func (s *spy) begin(query domain.Query, head, before domain.Position) *read {
	seen := head
	if before > 0 {
		seen = min(head, before-1)
	}
	r := &read{query: query, head: head, seen: seen, events: map[domain.Position]domain.SequencedEvent{}}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now.reads = append(s.now.reads, r)
	return r
}

func (s *spy) noting(r *read, events iter.Seq2[domain.SequencedEvent, error]) iter.Seq2[domain.SequencedEvent, error] {
	return func(yield func(domain.SequencedEvent, error) bool) {
		for e, err := range events {
			if err == nil {
				s.mu.Lock()
				r.events[e.Position] = e
				s.mu.Unlock()
			}
			if !yield(e, err) {
				return
			}
		}
	}
}

func (s *spy) Append(ctx context.Context, events []domain.Event, conditions ...domain.AppendCondition) (domain.Positions, error) {
	s.step(ctx)
	s.mu.Lock()
	a := s.now
	s.now = attempt{}
	a.appended, a.events, a.conditions = true, events, conditions
	s.over = append(s.over, &a)
	number := len(s.over)
	s.mu.Unlock()

	store := func() (domain.Positions, error) { return s.EventStore.Append(ctx, events, conditions...) }
	if s.meddle == nil {
		a.positions, a.err = store()
	} else {
		a.positions, a.err = s.meddle(ctx, number, &a, store)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lost = s.lost || a.lost()
	return a.positions, a.err
}

// loaded ties the models of a load to its read.
func (s *spy) loaded(l observe.Load) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range slices.Backward(s.now.reads) {
		if r.models == nil && r.head == l.Condition.After && r.query.String() == l.Condition.FailIfEventsMatch.String() {
			r.models = l.Models
			return
		}
	}
	s.now.reads = append(s.now.reads, &read{
		query: l.Condition.FailIfEventsMatch, head: l.Condition.After, seen: l.Condition.After, models: l.Models, elsewhere: true,
	})
}

// lost reports whether the attempt ended in a conflict.
func (a *attempt) lost() bool { return errors.Is(a.err, ports.ErrConflict) }
