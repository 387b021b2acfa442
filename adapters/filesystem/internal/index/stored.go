package index

import (
	"encoding/binary"
	"fmt"
	"math/bits"
)

const (
	entrySize = 16
	slotSize  = 4
)

// storedTerms are the types, or the tags, of a file: entries sorted by name, then
// hash slots, names and lists. The id of a term is its place among the entries.
type storedTerms struct {
	blocks                       *blocks
	sizes                        sizes
	entries, slots, names, lists int // where they begin
	events                       int // of the segment
	seed                         uint64
}

func newStoredTerms(b *blocks, h *header, s sizes, at int) storedTerms {
	t := storedTerms{blocks: b, sizes: s, events: h.events(), seed: seedOf(&h.Info)}
	t.entries = at
	t.slots = t.entries + s.terms*entrySize
	t.names = t.slots + s.slots*slotSize
	t.lists = t.names + s.names
	return t
}

// find returns the term of a name. What it costs does not depend on the number of terms.
func (t *storedTerms) find(name string) (term, bool, error) {
	h := hash(t.seed, name)
	idBits := bits.Len(uint(t.sizes.terms))
	for i := range t.sizes.slots {
		at := t.slots + slotSize*((int(h)+i)&(t.sizes.slots-1))
		slot, err := t.blocks.uint32(at)
		if slot == 0 || err != nil {
			return term{}, false, err
		}
		if slot>>idBits != fingerprint(h, idBits) {
			continue
		}
		id := int(slot&(1<<idBits-1)) - 1
		if id < 0 || id >= t.sizes.terms {
			return term{}, false, damaged(at, fmt.Sprintf("one of %d terms", t.sizes.terms), fmt.Sprintf("term %d", id+1))
		}
		found, stored, err := t.get(id)
		if err != nil {
			return term{}, false, err
		}
		if string(stored) == name {
			return found, true, nil
		}
	}
	return term{}, false, nil
}

// get returns the term with an id that is in range, and its name.
func (t *storedTerms) get(id int) (term, []byte, error) {
	at := t.entries + id*entrySize
	var nameFrom, listFrom int
	if id > 0 {
		before, err := t.blocks.read(at-entrySize, 8)
		if err != nil {
			return term{}, nil, err
		}
		nameFrom = int(binary.LittleEndian.Uint32(before))
		listFrom = int(binary.LittleEndian.Uint32(before[4:]))
	}
	entry, err := t.blocks.read(at, entrySize)
	if err != nil {
		return term{}, nil, err
	}
	nameTo, listTo := int(binary.LittleEndian.Uint32(entry)), int(binary.LittleEndian.Uint32(entry[4:]))
	found := term{
		id:    uint32(id),
		count: int(binary.LittleEndian.Uint32(entry[8:])), last: int(binary.LittleEndian.Uint32(entry[12:])),
		from: t.lists + listFrom, to: t.lists + listTo,
	}
	if nameFrom > nameTo || nameTo > t.sizes.names || listFrom > listTo || listTo > t.sizes.lists {
		return term{}, nil, damaged(at, "a name and a list within their parts of the file",
			fmt.Sprintf("name %d to %d of %d, list %d to %d of %d", nameFrom, nameTo, t.sizes.names, listFrom, listTo, t.sizes.lists))
	}
	if found.count < 1 || found.count > t.events || found.last >= t.events || found.last < found.count-1 || listTo-listFrom < leastListSize(found.count) {
		return term{}, nil, damaged(at, fmt.Sprintf("a list for some of %d events", t.events),
			fmt.Sprintf("%d events up to event %d in %d bytes", found.count, found.last, listTo-listFrom))
	}
	name, err := t.blocks.read(t.names+nameFrom, nameTo-nameFrom)
	return found, name, err
}

func (t *storedTerms) open(of term) list { return newStoredList(t.blocks, of) }

// slotsFor returns the number of hash slots for so many terms: a power of two,
// three quarters full at most.
func slotsFor(terms int) int {
	if terms == 0 {
		return 0
	}
	return 1 << bits.Len(uint(terms+terms/3))
}

// seedOf makes the places of hash slots unforeseeable for whoever chooses tags: the
// chain after the last event is not known before that event is.
func seedOf(i *Info) uint64 { return binary.LittleEndian.Uint64(i.End[:]) }

// hash is FNV-1a with a seed, its bits mixed once more.
func hash(seed uint64, name string) uint64 {
	h := seed ^ 14695981039346656037
	for i := range len(name) {
		h = (h ^ uint64(name[i])) * 1099511628211
	}
	h = (h ^ h>>33) * 0xff51afd7ed558ccd
	h = (h ^ h>>33) * 0xc4ceb9fe1a85ec53
	return h ^ h>>33
}

// fingerprint is what a slot keeps of a hash beside the id: a name is compared only
// where it fits.
func fingerprint(hash uint64, idBits int) uint32 { return uint32(hash>>32) >> idBits }
