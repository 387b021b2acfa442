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
	return &Memory{first: first, types: newTerms(), tags: newTerms()}
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
	return c, c.demand(query, &m.types, &m.tags, &c.column)
}

// Types yields the types that events carry, sorted. Its errors are always nil.
func (m *Memory) Types() iter.Seq2[Count, error] { return m.types.counts(m.first) }

// Tags yields the tags that events carry, sorted. Its errors are always nil.
func (m *Memory) Tags() iter.Seq2[Count, error] { return m.tags.counts(m.first) }

// terms are types, or tags, with the events that carry them. Their ids are given in
// the order in which they first occur.
type terms struct {
	ids   map[string]uint32
	lists [][]uint32 // by id: events counted from the first of the segment, ascending
}

func newTerms() terms { return terms{ids: map[string]uint32{}} }

// add enters that the event carries the term and returns the id of the term.
func (t *terms) add(name string, event uint32) uint32 {
	id, ok := t.ids[name]
	if !ok {
		id = uint32(len(t.lists))
		t.ids[strings.Clone(name)] = id
		t.lists = append(t.lists, []uint32{event})
		return id
	}
	// An event carries a tag once, however often its line says so.
	if list := t.lists[id]; list[len(list)-1] != event {
		t.lists[id] = append(list, event)
	}
	return id
}

// truncate forgets all events but the first keep. Capacities are cut too, so that
// the next add does not write where a cursor may still be reading.
func (t *terms) truncate(keep int) {
	left := len(t.lists)
	for id, list := range t.lists {
		n, _ := slices.BinarySearch(list, uint32(keep))
		if n == 0 {
			// Whatever occurs for the first time later was also forgotten.
			left = id
			break
		}
		t.lists[id] = list[:n:n]
	}
	t.lists = t.lists[:left:left]
	maps.DeleteFunc(t.ids, func(_ string, id uint32) bool { return int(id) >= left })
}

// find returns the term of a name. Its error is always nil.
func (t *terms) find(name string) (term, bool, error) {
	id, ok := t.ids[name]
	if !ok {
		return term{}, false, nil
	}
	return term{id: id, count: len(t.lists[id])}, true, nil
}

// open returns the events that carry the term.
func (t *terms) open(of term) list {
	return &memoryList{events: t.lists[of.id], behind: len(t.lists[of.id])}
}

// namedList is a term with all that it has.
type namedList struct {
	name   string
	id     uint32
	events []uint32
}

// sorted returns all terms by name.
func (t *terms) sorted() []namedList {
	all := make([]namedList, 0, len(t.ids))
	for name, id := range t.ids {
		all = append(all, namedList{name: name, id: id, events: t.lists[id]})
	}
	slices.SortFunc(all, func(a, b namedList) int { return strings.Compare(a.name, b.name) })
	return all
}

func (t *terms) counts(first domain.Position) iter.Seq2[Count, error] {
	return func(yield func(Count, error) bool) {
		for _, l := range t.sorted() {
			if !yield(Count{Name: l.name, Events: len(l.events), Last: first + domain.Position(l.events[len(l.events)-1])}, nil) {
				return
			}
		}
	}
}
