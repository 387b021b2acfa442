package index

import (
	"slices"

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

	hashes []uint32 // room for addAll
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
	at := m.addLine(entry, typ)
	for _, tag := range tags {
		m.tags.add(string(tag), m.tags.hash(string(tag)), at)
	}
}

// AddAll enters events as Add does one after the other, but many of them at a time
// wait for less. The first of the entries is that of the first event, and so on.
func (m *Memory) AddAll(entries []journal.Entry, events []*domain.Event) {
	m.addAll(len(events), func(i int) (journal.Entry, string, []domain.Tag) {
		return entries[i], events[i].Type, events[i].Tags
	})
}

// manyTags are so many that it pays to visit them first, and so few that they are
// still at hand when they are added.
const manyTags = 48

// addAll adds n lines, of which line says what Add is told.
func (m *Memory) addAll(n int, line func(i int) (journal.Entry, string, []domain.Tag)) {
	for from, to := 0, 0; from < n; from = to {
		m.hashes = m.hashes[:0]
		for ; to < n && len(m.hashes) < manyTags; to++ {
			_, _, tags := line(to)
			for _, tag := range tags {
				m.hashes = append(m.hashes, m.tags.hash(string(tag)))
			}
		}
		m.tags.visit(m.hashes)
		tag := 0
		for i := from; i < to; i++ {
			entry, typ, tags := line(i)
			at := m.addLine(entry, typ)
			for _, name := range tags {
				m.tags.add(string(name), m.hashes[tag], at)
				tag++
			}
		}
	}
}

// addLine adds all but the tags and returns which event it is.
func (m *Memory) addLine(entry journal.Entry, typ string) uint32 {
	at := uint32(len(m.entries))
	m.entries = append(roomy(m.entries, 1), entry)
	m.column.add(m.types.add(typ, m.types.hash(typ), at))
	return at
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
