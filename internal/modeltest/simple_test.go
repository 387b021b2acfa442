package modeltest_test

import (
	"context"
	"fmt"
	"iter"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// fault is one way in which a simple store is wrong.
type fault string

const (
	faultless fault = "a right store"

	// One client at a time can notice these.
	countsAfter       fault = "a condition counts the event at its After"
	firstOnly         fault = "only the first condition is checked"
	lastOnly          fault = "a conflict names the last condition that failed"
	limitsFirst       fault = "Limit counts events that the query does not select"
	forgetsBefore     fault = "Before is ignored when reading backwards"
	readsLate         fault = "a result shows what is stored when it is ranged over"
	headOfMatch       fault = "the head of a read is its last match"
	reopensShort      fault = "opening cuts off the last event"
	reopensRenumbered fault = "opening forgets the ids of events"
	blindHandle       fault = "a handle does not see what others append"

	// Only clients that work at the same time can notice these.
	checksThenActs fault = "others append between the check and the write"
	checksOldLog   fault = "conditions are checked against the log of the handle's last call"
	readsOldLog    fault = "a read shows the log of the handle's last call"
	readsTorn      fault = "a read shows half a batch"
	phantom        fault = "an append is refused because of an event that never gets stored"
	unjustified    fault = "an append is refused because of an event that its decision knew"
	losesAck       fault = "an acknowledged append is lost"
	refusesStored  fault = "an append is refused and stored"
	tearsUnknown   fault = "of an append with an unknown outcome half is stored"
	storesTwice    fault = "an append with an unknown outcome is tried again inside"
)

// disk is what the handles of a simple store have in common.
type disk struct {
	mu    sync.Mutex // guards the fields
	log   []domain.SequencedEvent
	calls int // of Append, to be wrong only now and then
}

// simple is a handle on a store that is as simple as can be, and wrong in at most
// one way. Every seventh append has an unknown outcome when vague is set.
type simple struct {
	disk  *disk
	fault fault
	vague bool
	known int // length of the log after the last call; guarded by disk.mu
}

// shelfOf returns a shelf with an empty simple store.
func shelfOf(f fault) shelf {
	d := &disk{}
	return shelf{open: func(context.Context) (ports.EventStore, error) { return d.open(f, false), nil }}
}

func (d *disk) open(f fault, vague bool) *simple {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case f == reopensShort && len(d.log) > 0:
		d.log = slices.Clone(d.log[:len(d.log)-1])
	case f == reopensRenumbered:
		d.log = slices.Clone(d.log)
		for i := range d.log {
			d.log[i].Metadata.ID = fmt.Sprint(i)
		}
	}
	return &simple{disk: d, fault: f, vague: vague, known: len(d.log)}
}

func (s *simple) Head(context.Context) (domain.Position, error) {
	s.disk.mu.Lock()
	defer s.disk.mu.Unlock()
	return domain.Position(len(s.visible())), nil
}

// visible is what a read shows. The caller holds disk.mu.
func (s *simple) visible() []domain.SequencedEvent {
	log, known := s.disk.log, s.known
	if s.fault != blindHandle {
		s.known = len(log)
	}
	switch {
	case s.fault == blindHandle, s.fault == readsOldLog:
		return log[:known]
	case s.fault == readsTorn && len(log) > 1 && log[len(log)-1].RecordedAt.Equal(log[len(log)-2].RecordedAt):
		return log[:len(log)-1]
	}
	return log
}

func (s *simple) Read(_ context.Context, query domain.Query, o ports.ReadOptions) (ports.ReadResult, error) {
	if err := query.Validate(); err != nil {
		return ports.ReadResult{}, err
	}
	if err := o.Validate(); err != nil {
		return ports.ReadResult{}, err
	}
	s.disk.mu.Lock()
	defer s.disk.mu.Unlock()
	log := s.visible()
	result := ports.ReadResult{Head: domain.Position(len(log)), Events: s.selected(log, query, o)}
	if s.fault == headOfMatch {
		for e, err := range s.selected(log, query, ports.ReadOptions{}) {
			if err == nil {
				result.Head = e.Position
			}
		}
	}
	if s.fault == readsLate {
		result.Events = func(yield func(domain.SequencedEvent, error) bool) {
			s.disk.mu.Lock()
			now := s.disk.log
			s.disk.mu.Unlock()
			s.selected(now, query, o)(yield)
		}
	}
	return result, nil
}

func (s *simple) selected(log []domain.SequencedEvent, query domain.Query, o ports.ReadOptions) iter.Seq2[domain.SequencedEvent, error] {
	if s.fault == forgetsBefore && o.Backwards {
		o.Before = 0
	}
	return func(yield func(domain.SequencedEvent, error) bool) {
		order := slices.All(log)
		if o.Backwards {
			order = slices.Backward(log)
		}
		given := 0
		for _, e := range order {
			if e.Position <= o.After || (o.Before > 0 && e.Position >= o.Before) {
				continue
			}
			matches := query.Matches(e.Event)
			if matches && !yield(e, nil) {
				return
			}
			if matches || s.fault == limitsFirst {
				given++
			}
			if given > 0 && given == o.Limit {
				return
			}
		}
	}
}

func (s *simple) Append(ctx context.Context, events []domain.Event, conditions ...domain.AppendCondition) (domain.Positions, error) {
	prepared, err := domain.PrepareEvents(events)
	if err != nil {
		return domain.Positions{}, err
	}
	if err := domain.ValidateConditions(conditions); err != nil {
		return domain.Positions{}, err
	}
	s.disk.mu.Lock()
	defer s.disk.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return domain.Positions{}, err
	}
	s.disk.calls++
	rarely := s.disk.calls%7 == 0
	log := s.disk.log
	if s.fault == checksOldLog || s.fault == blindHandle {
		log = log[:s.known]
	}
	if err := s.check(log, conditions); err != nil {
		if s.fault == refusesStored && rarely {
			s.write(prepared)
		}
		return domain.Positions{}, err
	}
	if err := s.unjust(conditions); err != nil && rarely {
		return domain.Positions{}, err
	}
	if s.fault == checksThenActs {
		s.disk.mu.Unlock()
		runtime.Gosched()
		s.disk.mu.Lock()
	}
	switch {
	case rarely && s.fault == losesAck:
		first := domain.Position(len(s.disk.log) + 1)
		return domain.Positions{First: first, Last: first + domain.Position(len(prepared)) - 1}, nil
	case rarely && s.fault == tearsUnknown:
		s.write(prepared[:(len(prepared)+1)/2])
		return domain.Positions{}, ports.ErrUnknownOutcome
	case rarely && s.fault == storesTwice:
		s.write(prepared)
		s.write(prepared)
		return domain.Positions{}, ports.ErrUnknownOutcome
	case rarely && s.vague:
		if s.disk.calls%2 == 0 {
			s.write(prepared)
		}
		return domain.Positions{}, ports.ErrUnknownOutcome
	}
	return s.write(prepared), nil
}

// check returns the conflict of an append against a log. The caller holds disk.mu.
func (s *simple) check(log []domain.SequencedEvent, conditions []domain.AppendCondition) error {
	var failed error
	for i, c := range conditions {
		if i > 0 && s.fault == firstOnly {
			break
		}
		for _, e := range log {
			counts := e.Position > c.After || (s.fault == countsAfter && e.Position == c.After)
			if counts && c.FailIfEventsMatch.Matches(e.Event) {
				failed = &ports.ConflictError{Condition: i, After: c.After, Position: e.Position, Type: e.Type, Tags: e.Tags}
				break
			}
		}
		if failed != nil && s.fault != lastOnly {
			break
		}
	}
	return failed
}

// unjust returns a conflict without a reason.
func (s *simple) unjust(conditions []domain.AppendCondition) error {
	if len(conditions) == 0 || len(s.disk.log) == 0 {
		return nil
	}
	c := conditions[0]
	last := s.disk.log[len(s.disk.log)-1]
	conflict := &ports.ConflictError{After: c.After, Position: last.Position, Type: last.Type, Tags: last.Tags}
	switch s.fault {
	case unjustified:
		return conflict
	case phantom:
		// What it would be if the log went on as the condition fears.
		conflict.Position++
		return conflict
	}
	return nil
}

// write appends to the log. The caller holds disk.mu.
func (s *simple) write(events []domain.Event) domain.Positions {
	log := slices.Clip(s.disk.log)
	first := domain.Position(len(log) + 1)
	at := time.Unix(int64(first), 0).UTC()
	for _, e := range events {
		if e.Metadata.OccurredAt.IsZero() {
			e.Metadata.OccurredAt = at
		}
		log = append(log, domain.SequencedEvent{Position: domain.Position(len(log) + 1), RecordedAt: at, Event: e})
	}
	s.disk.log = log
	if s.fault != blindHandle || s.known == int(first)-1 {
		s.known = len(log)
	}
	return domain.Positions{First: first, Last: domain.Position(len(log))}
}

// Subscribe is not part of what is tested here.
func (s *simple) Subscribe(context.Context, domain.Query, domain.Position) iter.Seq2[domain.SequencedEvent, error] {
	panic("a simple store has no subscriptions")
}
