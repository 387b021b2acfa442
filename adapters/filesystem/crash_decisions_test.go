package filesystem

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/opossum-go/opossum/adapters/filesystem/internal/index"
	"github.com/opossum-go/opossum/adapters/filesystem/internal/journal"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// Here are the mistakes in what a store decides and remembers. Each commits appends
// as the store does, and spoils what goes in, what comes out, or what the store
// keeps in memory, so that it behaves as a store that is wrong in that place.

func unsettled(p *process, waits []*waiting) {
	p.commit(waits)
	p.store.unsettled.Store(false)
}

// afterOff moves the bounds of all conditions.
func afterOff(by int) func(*process, []*waiting) {
	return func(p *process, waits []*waiting) {
		for _, w := range waits {
			w.conditions = slices.Clone(w.conditions)
			for i := range w.conditions {
				c := &w.conditions[i]
				c.After = domain.Position(max(0, int(c.After)+by))
			}
		}
		p.commit(waits)
	}
}

// inTwoBatches gives each half of an append a commit line of its own.
func inTwoBatches(p *process, waits []*waiting) {
	for _, w := range waits {
		half := len(w.events) / 2
		if half == 0 {
			p.commit([]*waiting{w})
			continue
		}
		front := &waiting{ctx: w.ctx, events: w.events[:half], body: journal.AppendBodies(nil, w.events[:half]), conditions: w.conditions}
		back := &waiting{ctx: w.ctx, events: w.events[half:], body: journal.AppendBodies(nil, w.events[half:])}
		if p.commit([]*waiting{front}); front.err == nil {
			p.commit([]*waiting{back})
			front.err, front.at.Last = back.err, back.at.Last
		}
		w.answer(front.at, front.err)
	}
}

// neverCaughtUp takes the lock and believes that nobody else has had it meanwhile.
func neverCaughtUp(p *process, waits []*waiting) {
	l := &p.store.lease
	if !l.held && p.knew > 0 {
		if ok, _ := p.try(); ok {
			l.held, l.current, l.since = true, true, time.Now()
		}
	}
	p.commit(waits)
	p.knew = p.store.visible()
}

// staleIndex makes visible what others committed and leaves their tags out of the
// index.
func staleIndex(p *process, waits []*waiting) {
	s := p.store
	if log, err := readAll(s); err == nil && s.visible() > p.knew {
		if seg := s.active(); seg.memory != nil {
			memory := index.NewMemory(seg.first)
			for i, entry := range seg.memory.Entries() {
				e := log[int(seg.first)-1+i]
				if e.Position > p.knew {
					e.Tags = nil
				}
				memory.Add(entry, e.Type, e.Tags)
			}
			s.mu.Lock()
			seg.memory = memory
			s.mu.Unlock()
		}
	}
	p.commit(waits)
	p.knew = s.visible()
}

// checkedTooEarly checks conditions as a reader, and appends without any.
func checkedTooEarly(p *process, waits []*waiting) {
	open := slices.DeleteFunc(slices.Clone(waits), func(w *waiting) bool {
		for i, c := range w.conditions {
			found, err := read(p.store, c.FailIfEventsMatch, ports.ReadOptions{After: c.After, Limit: 1})
			if err == nil && len(found) > 0 {
				err = &ports.ConflictError{Condition: i, After: c.After, Position: found[0].Position, Type: found[0].Type, Tags: found[0].Tags}
			}
			if err != nil {
				w.answer(domain.Positions{}, err)
				return true
			}
		}
		w.conditions = nil
		return false
	})
	if len(open) > 0 {
		p.commit(open)
	}
}

// rewindForgotten leaves in the index what a commit that failed has entered there.
func rewindForgotten(p *process, waits []*waiting) {
	s := p.store
	p.commit(waits)
	seg := s.active()
	if seg == nil || seg.memory == nil || !s.suspect {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, w := range waits {
		if w.err == nil || errors.Is(w.err, ports.ErrConflict) {
			continue
		}
		for _, e := range w.events {
			seg.memory.Add(journal.Entry{Offset: uint32(s.head.Offset)}, e.Type, e.Tags)
		}
	}
}

// conflictWithNothing reports a conflict with an append of the same commit, although
// that commit failed.
func conflictWithNothing(p *process, waits []*waiting) {
	p.commit(waits)
	next := p.store.head.Position + 1
	var entered []domain.SequencedEvent
	for _, w := range waits {
		switch {
		case w.err == nil || errors.Is(w.err, ports.ErrConflict):
		case strings.Contains(w.err.Error(), "in its way failed"):
			for i, c := range w.conditions {
				at := slices.IndexFunc(entered, func(e domain.SequencedEvent) bool {
					return e.Position > c.After && c.FailIfEventsMatch.Matches(e.Event)
				})
				if at >= 0 {
					e := entered[at]
					w.err = &ports.ConflictError{Condition: i, After: c.After, Position: e.Position, Type: e.Type, Tags: e.Tags}
					break
				}
			}
		default:
			for _, e := range w.events {
				entered = append(entered, domain.SequencedEvent{Position: next, Event: e})
				next++
			}
		}
	}
}
