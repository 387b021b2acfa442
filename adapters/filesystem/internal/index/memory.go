package index

import (
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/opossum-go/opossum/adapters/filesystem/internal/journal"
	"github.com/opossum-go/opossum/domain"
)

// Memory is the index of the segment that still grows. Add and Truncate need
// exclusive access, everything else shared access. A cursor and the slice that
// Entries returns may be used without any, once taken: lists grow at their ends
// only, where neither of them looks.
type Memory struct {
	first   domain.Position
	types   terms
	tags    terms
	column  column // of the ids of types
	entries []journal.Entry
}

// NewMemory returns the index of a segment that begins at first, which is at
// least 1, and holds no event yet.
func NewMemory(first domain.Position) *Memory {
	return &Memory{first: first, types: terms{}, tags: terms{}}
}

// First returns the position of the first event.
func (m *Memory) First() domain.Position { return m.first }

// Last returns the position of the last event, First-1 when there is none.
func (m *Memory) Last() domain.Position { return m.first + domain.Position(len(m.entries)) - 1 }

// Len returns the number of events.
func (m *Memory) Len() int { return len(m.entries) }

// Add enters the event after the last one: where its line stands, and what it
// carries. The strings are copied where they are kept.
func (m *Memory) Add(entry journal.Entry, typ string, tags []domain.Tag) {
	at := uint32(len(m.entries))
	m.entries = append(m.entries, entry)
	m.column.add(m.types.add(typ, at))
	for _, tag := range tags {
		m.tags.add(string(tag), at)
	}
}

// Truncate forgets every event after last; last is at least First-1. It visits
// every list: it is for recovery only.
func (m *Memory) Truncate(last domain.Position) {
	if last >= m.Last() {
		return
	}
	keep := int(last + 1 - m.first)
	m.entries = m.entries[:keep:keep]
	m.column.truncate(keep)
	m.types.truncate(keep)
	m.tags.truncate(keep)
}

// Entry says where the line of position stands.
func (m *Memory) Entry(position domain.Position) (journal.Entry, error) {
	if position < m.first || position > m.Last() {
		return journal.Entry{}, notHere(m, position)
	}
	return m.entries[position-m.first], nil
}

// Entries says where all lines stand; the first is that of the position First. It
// must not be changed, and stays as it is whatever is added afterwards.
func (m *Memory) Entries() []journal.Entry { return slices.Clip(m.entries) }

// Cursor returns a cursor for a valid query. Its error is always nil.
func (m *Memory) Cursor(query domain.Query) (PartCursor, error) {
	c := &cursor{first: m.first, last: m.Last(), column: m.column}
	return c, c.demand(query, m.types, m.tags, &c.column)
}

// Types yields the types that events carry, sorted. Its errors are always nil.
func (m *Memory) Types() iter.Seq2[Count, error] { return m.types.counts(m.first) }

// Tags yields the tags that events carry, sorted. Its errors are always nil.
func (m *Memory) Tags() iter.Seq2[Count, error] { return m.tags.counts(m.first) }

// terms are types, or tags, by name.
type terms map[string]*grown

// grown is a term with the events that carry it.
type grown struct {
	id     uint32   // terms are numbered in the order in which they first occur
	events []uint32 // ascending
	room   [2]uint32
}

// add enters that the event carries the term and returns the id of the term.
func (t terms) add(name string, event uint32) uint32 {
	g, ok := t[name]
	if !ok {
		g = &grown{id: uint32(len(t))}
		g.events = append(g.room[:0], event)
		t[strings.Clone(name)] = g
		return g.id
	}
	// An event carries a tag once, however often its line says so.
	if g.events[len(g.events)-1] != event {
		g.events = append(g.events, event)
	}
	return g.id
}

// truncate forgets all events but the first keep. Capacities are cut too, so that
// the next add does not write where a cursor may still be reading. The terms that
// are left were the first to occur, so their ids are without gaps.
func (t terms) truncate(keep int) {
	maps.DeleteFunc(t, func(_ string, g *grown) bool {
		n, _ := slices.BinarySearch(g.events, uint32(keep))
		g.events = g.events[:n:n]
		return n == 0
	})
}

// find returns the term of a name. Its error is always nil.
func (t terms) find(name string) (term, bool, error) {
	g, ok := t[name]
	if !ok {
		return term{}, false, nil
	}
	return term{id: g.id, count: len(g.events), events: g.events}, true, nil
}

// open returns the events that carry the term.
func (t terms) open(of term) list { return &memoryList{events: of.events, behind: len(of.events)} }

// namedList is a term with all that it has.
type namedList struct {
	name   string
	id     uint32
	events []uint32
}

// sorted returns all terms by name.
func (t terms) sorted() []namedList {
	all := make([]namedList, 0, len(t))
	for name, g := range t {
		all = append(all, namedList{name: name, id: g.id, events: g.events})
	}
	slices.SortFunc(all, func(a, b namedList) int { return strings.Compare(a.name, b.name) })
	return all
}

func (t terms) counts(first domain.Position) iter.Seq2[Count, error] {
	return func(yield func(Count, error) bool) {
		for _, l := range t.sorted() {
			if !yield(Count{Name: l.name, Events: len(l.events), Last: first + domain.Position(l.events[len(l.events)-1])}, nil) {
				return
			}
		}
	}
}
