package index_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/opossum-go/opossum/adapters/filesystem/internal/index"
	"github.com/opossum-go/opossum/adapters/filesystem/internal/journal"
	"github.com/opossum-go/opossum/domain"
)

// segment is what an index is about, next to the index in memory that was made
// from it event by event.
type segment struct {
	rng     *rand.Rand
	first   domain.Position
	events  []domain.Event
	entries []journal.Entry
	memory  *index.Memory
}

func newSegment(seed uint64, first domain.Position) *segment {
	return &segment{rng: rand.New(rand.NewPCG(seed, 5)), first: first, memory: index.NewMemory(first)}
}

func (s *segment) oneIn(n int) bool { return s.rng.IntN(n) == 0 }

func (s *segment) last() domain.Position { return s.first + domain.Position(len(s.events)) - 1 }

// add enters an event. Neither its slice of tags nor the bytes of its strings stay
// what they are.
func (s *segment) add(typ string, tags ...domain.Tag) {
	s.events = append(s.events, domain.Event{Type: typ, Tags: tags})
	entry := journal.Entry{Offset: s.rng.Uint32(), Length: s.rng.Uint32N(900), CRC: s.rng.Uint32()}
	s.entries = append(s.entries, entry)
	text := []byte(typ)
	borrowed := make([]domain.Tag, len(tags))
	bytes := make([][]byte, len(tags))
	for i, tag := range tags {
		bytes[i] = []byte(tag)
		borrowed[i] = domain.Tag(journal.TextOf(bytes[i]))
	}
	s.memory.Add(entry, journal.TextOf(text), borrowed)
	clear(text)
	for i := range bytes {
		clear(bytes[i])
	}
	clear(borrowed)
}

// grow adds events of few types and tags, from ones that nearly all carry to ones
// that hardly any does.
func (s *segment) grow(events int) {
	for range events {
		typ := fmt.Sprint("T", s.rng.IntN(3))
		if s.oneIn(40) {
			typ = "Rare"
		}
		var tags []domain.Tag
		for i := range 5 {
			if s.oneIn(1 + i*i*i*i) {
				tags = append(tags, domain.Tag(fmt.Sprint("t", i)))
			}
		}
		s.add(typ, tags...)
	}
}

// truncate forgets all events but the first keep.
func (s *segment) truncate(keep int) {
	s.events, s.entries = s.events[:keep:keep], s.entries[:keep:keep]
	s.memory.Truncate(s.last())
}

func (s *segment) info() index.Info {
	i := index.Info{
		Store: "a store", First: s.first, Last: s.last(), Bytes: 1 << 33,
		RecordedAt: time.Date(2026, 11, 22, 1, 2, 3, 456789, time.UTC),
	}
	for n := range i.Start {
		i.Start[n], i.End[n] = byte(n), byte(2*n)
	}
	return i
}

func (s *segment) file(t testing.TB) []byte {
	t.Helper()
	file, err := s.memory.Encode(s.info())
	if err != nil {
		t.Fatalf("encode: %v", err)
	}
	return file
}

func (s *segment) sidecar(t testing.TB) *index.Sidecar {
	t.Helper()
	sidecar, err := index.OpenSidecar(s.file(t))
	if err != nil {
		t.Fatalf("open what was encoded: %v", err)
	}
	return sidecar
}

func (s *segment) query() domain.Query {
	if s.oneIn(10) {
		return domain.All()
	}
	var items []domain.QueryItem
	for range 1 + s.rng.IntN(3) {
		var item domain.QueryItem
		for range s.rng.IntN(3) {
			item.Types = append(item.Types, []string{"T0", "T1", "T2", "Rare", "None"}[s.rng.IntN(5)])
		}
		for range s.rng.IntN(4) {
			item.Tags = append(item.Tags, domain.Tag(fmt.Sprint("t", s.rng.IntN(6))))
		}
		if len(item.Types)+len(item.Tags) == 0 {
			item.Tags = []domain.Tag{"t1"}
		}
		items = append(items, item)
	}
	return domain.NewQuery(items...)
}

// window returns two positions, in either order, sometimes outside of the segment.
func (s *segment) window() (from, to domain.Position) {
	anywhere := func() domain.Position {
		switch s.rng.IntN(20) {
		case 0:
			return 0
		case 1:
			return ^domain.Position(0)
		}
		return s.first + domain.Position(s.rng.IntN(len(s.events)+2)) - 1
	}
	return anywhere(), anywhere()
}

// next and prev look at every event.
func (s *segment) next(q domain.Query, from, to domain.Position) domain.Position {
	for p := max(from, s.first); p <= min(to, s.last()); p++ {
		if q.Matches(s.events[p-s.first]) {
			return p
		}
	}
	return 0
}

func (s *segment) prev(q domain.Query, from, to domain.Position) domain.Position {
	for p := min(from, s.last()); p >= max(to, s.first); p-- {
		if q.Matches(s.events[p-s.first]) {
			return p
		}
	}
	return 0
}

// matches returns all positions that match, found by looking at every event.
func (s *segment) matches(q domain.Query) []domain.Position {
	var all []domain.Position
	for i, e := range s.events {
		if q.Matches(e) {
			all = append(all, s.first+domain.Position(i))
		}
	}
	return all
}

// walk returns what a part finds on the way up, and on the way down.
func walk(p index.Part, q domain.Query) (up, down []domain.Position, err error) {
	c, err := p.Cursor(q)
	if err != nil {
		return nil, nil, err
	}
	at, err := c.Next(p.First(), p.Last())
	for ; at != 0 && err == nil; at, err = c.Next(at+1, p.Last()) {
		up = append(up, at)
	}
	if err != nil {
		return nil, nil, err
	}
	at, err = c.Prev(p.Last(), p.First())
	for ; at != 0 && err == nil; at, err = c.Prev(at-1, p.First()) {
		down = append(down, at)
	}
	slices.Reverse(down)
	return up, down, err
}

// bothForms are the forms of an index that must give the same answers.
func bothForms(t testing.TB, s *segment) map[string]index.Part {
	t.Helper()
	return map[string]index.Part{"memory": s.memory, "sidecar": s.sidecar(t)}
}
