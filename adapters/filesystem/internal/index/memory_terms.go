package index

import (
	"hash/maphash"
	"slices"
	"strings"

	"github.com/opossum-go/opossum/adapters/filesystem/internal/journal"
)

// terms are types, or tags, by name: a hash table that touches little memory to
// enter an event and gives the garbage collector little to look at.
type terms struct {
	seed  maphash.Seed
	slots []slot // a power of two of them, at most half in use
	count int    // terms, which are numbered in the order in which they first occur
	rooms []*room
	names []byte // one behind the other; what stands there is never changed

	visited uint32 // see visit
}

// slot is a place of the table. A term is in the first slot that was free from the
// place of its hash on.
type slot struct {
	hash  uint32
	place uint32 // the id of the term plus 1, 0 in a free slot
}

// room holds terms one behind the other: the one with the id i is in room
// i/roomSize. Terms do not move, as the lists of short ones are inside of them.
type room [roomSize]grown

const (
	roomSize   = 32
	firstSlots = 32
)

// grown is a term with the events that carry it.
type grown struct {
	from, to uint32   // its name among the names
	events   []uint32 // ascending
	few      [2]uint32
}

func newTerms() terms { return terms{seed: maphash.MakeSeed(), slots: make([]slot, firstSlots)} }

// at returns the term with an id.
func (t *terms) at(id int) *grown { return &t.rooms[id/roomSize][id%roomSize] }

func (t *terms) hash(name string) uint32 { return uint32(maphash.String(t.seed, name)) }

// look returns the slot where the name with the hash is, or the free one where it
// belongs.
func (t *terms) look(name string, hash uint32) int {
	mask := len(t.slots) - 1
	for at := int(hash) & mask; ; at = (at + 1) & mask {
		s := t.slots[at]
		if s.place == 0 {
			return at
		}
		if s.hash != hash {
			continue
		}
		if g := t.at(int(s.place) - 1); string(t.names[g.from:g.to]) == name {
			return at
		}
	}
}

// visit looks at what add will look at for names with these hashes. A term is spread
// over several places of a large memory, and each has to be known before the next
// can be asked for. Here the processor is asked for many terms side by side; add
// would wait for one after the other.
func (t *terms) visit(hashes []uint32) {
	mask := len(t.slots) - 1
	for _, hash := range hashes {
		if s := t.slots[int(hash)&mask]; s.place != 0 && s.hash == hash {
			// The sum is of no use, but what goes into it is read.
			g := t.at(int(s.place) - 1)
			t.visited += g.events[len(g.events)-1]
			if g.from < g.to {
				t.visited += uint32(t.names[g.from])
			}
		}
	}
}

// add enters that the event carries the term and returns the id of the term. hash is
// that of its name.
func (t *terms) add(name string, hash, event uint32) uint32 {
	at := t.look(name, hash)
	if place := t.slots[at].place; place != 0 {
		// An event carries a tag once, however often its line says so.
		if g := t.at(int(place) - 1); g.events[len(g.events)-1] != event {
			g.events = append(g.events, event)
		}
		return place - 1
	}
	id := t.count
	if id%roomSize == 0 {
		t.rooms = append(t.rooms, new(room))
	}
	g := t.at(id)
	g.from = uint32(len(t.names))
	t.names = append(roomy(t.names, len(name)), name...)
	g.to = uint32(len(t.names))
	g.events = append(g.few[:0], event)
	t.count++
	t.slots[at] = slot{hash: hash, place: uint32(t.count)}
	if 2*t.count > len(t.slots) {
		t.enlarge()
	}
	return uint32(id)
}

// enlarge doubles the table.
func (t *terms) enlarge() {
	old := t.slots
	t.slots = make([]slot, 2*len(old))
	for _, s := range old {
		if s.place != 0 {
			t.put(s)
		}
	}
}

// put enters a slot whose term is not in the table.
func (t *terms) put(s slot) {
	mask := len(t.slots) - 1
	at := int(s.hash) & mask
	for t.slots[at].place != 0 {
		at = (at + 1) & mask
	}
	t.slots[at] = s
}

// truncate forgets all events but the first keep. What a cursor may still be
// reading is not written to again: capacities are cut, and the last terms that are
// left move to a new room. They were the first to occur, so their ids are without
// gaps.
func (t *terms) truncate(keep int) {
	left := 0
	for id := range t.count {
		g := t.at(id)
		n, _ := slices.BinarySearch(g.events, uint32(keep))
		if n == 0 {
			break
		}
		g.events = g.events[:n:n]
		left++
	}
	t.count = left
	t.rooms = t.rooms[:(left+roomSize-1)/roomSize]
	end := uint32(0)
	if left > 0 {
		last := *t.rooms[len(t.rooms)-1]
		t.rooms[len(t.rooms)-1] = &last
		end = t.at(left - 1).to
	}
	t.names = t.names[:end:end]
	clear(t.slots)
	for id := range left {
		t.put(slot{hash: t.hash(t.name(id)), place: uint32(id) + 1})
	}
}

// name returns the name of the term with an id. It keeps all names in memory.
func (t *terms) name(id int) string {
	g := t.at(id)
	return journal.TextOf(t.names[g.from:g.to])
}

// find returns the term of a name. Its error is always nil.
func (t *terms) find(name string) (term, bool, error) {
	at := t.look(name, t.hash(name))
	place := t.slots[at].place
	if place == 0 {
		return term{}, false, nil
	}
	g := t.at(int(place) - 1)
	return term{id: place - 1, count: len(g.events), events: g.events}, true, nil
}

// open returns the events that carry the term.
func (t *terms) open(of term) list { return &memoryList{events: of.events, behind: len(of.events)} }

// namedList is a term with all that it has.
type namedList struct {
	name   string
	id     uint32
	events []uint32
}

// sorted returns all terms by name.
func (t *terms) sorted() []namedList {
	all := make([]namedList, t.count)
	for id := range all {
		all[id] = namedList{name: t.name(id), id: uint32(id), events: t.at(id).events}
	}
	slices.SortFunc(all, func(a, b namedList) int { return strings.Compare(a.name, b.name) })
	return all
}

// roomy returns s with room for n more elements. A long slice is doubled when it has none,
// where append would copy it four times as often.
func roomy[T any](s []T, n int) []T {
	if cap(s)-len(s) < n {
		s = slices.Grow(s, max(n, len(s)))
	}
	return s
}
