package index

import (
	"slices"
	"strings"

	"github.com/opossum-go/opossum/domain"
)

// Index maps types and tags to the positions that carry them. The zero value is
// empty and ready. Add and Truncate need exclusive access; a Cursor, once taken
// with shared access, may be used without any, as lists only grow at their ends.
type Index struct {
	types map[string]*postings
	tags  map[domain.Tag]*postings
}

// postings are positions in ascending order. Position 0 never occurs.
type postings struct{ list []domain.Position }

// Add enters an event. Positions must be added in ascending order. The strings
// are copied where they are kept.
func (x *Index) Add(position domain.Position, typ string, tags []domain.Tag) {
	if x.types == nil {
		x.types, x.tags = map[string]*postings{}, map[domain.Tag]*postings{}
	}
	p, ok := x.types[typ]
	if !ok {
		p = &postings{}
		x.types[strings.Clone(typ)] = p
	}
	p.list = append(p.list, position)
	for _, tag := range tags {
		p, ok := x.tags[tag]
		if !ok {
			p = &postings{}
			x.tags[domain.Tag(strings.Clone(string(tag)))] = p
		}
		p.list = append(p.list, position)
	}
}

// Truncate forgets every position after last. It visits every list: it is for
// recovery only.
func (x *Index) Truncate(last domain.Position) {
	for key, p := range x.types {
		if p.list = upTo(p.list, last); len(p.list) == 0 {
			delete(x.types, key)
		}
	}
	for key, p := range x.tags {
		if p.list = upTo(p.list, last); len(p.list) == 0 {
			delete(x.tags, key)
		}
	}
}

// upTo returns the positions up to last. Its capacity is cut too, so that the
// next Add does not write where a cursor may still be reading.
func upTo(list []domain.Position, last domain.Position) []domain.Position {
	n, _ := slices.BinarySearch(list, last+1)
	return list[:n:n]
}

// Cursor walks over the positions that match a query.
type Cursor struct {
	all   bool
	items []item
}

type item struct {
	anyOf [][]domain.Position // lists of the types; empty: any type
	allOf [][]domain.Position // lists of the tags, the shortest first
}

// Cursor returns a cursor for a valid query. It sees what was added before;
// whoever uses it bounds it to the head of his snapshot.
func (x *Index) Cursor(query domain.Query) Cursor {
	if query.IsAll() {
		return Cursor{all: true}
	}
	var c Cursor
	for _, qi := range query.Items() {
		var it item
		for _, tag := range qi.Tags {
			if p := x.tags[tag]; p != nil {
				it.allOf = append(it.allOf, p.list)
			}
		}
		for _, typ := range qi.Types {
			if p := x.types[typ]; p != nil {
				it.anyOf = append(it.anyOf, p.list)
			}
		}
		if len(it.allOf) < len(qi.Tags) || (len(it.anyOf) == 0 && len(qi.Types) > 0) {
			continue // a tag, or every type, that no event carries
		}
		slices.SortFunc(it.allOf, func(a, b []domain.Position) int { return len(a) - len(b) })
		c.items = append(c.items, it)
	}
	return c
}

// Next returns the first match in [from, to], or 0 when there is none.
func (c *Cursor) Next(from, to domain.Position) domain.Position {
	if from > to {
		return 0
	}
	if c.all {
		return from
	}
	best := domain.Position(0)
	for i := range c.items {
		if p := c.items[i].seek(from, to, false); p != 0 && (best == 0 || p < best) {
			best, to = p, p
		}
	}
	return best
}

// Prev returns the last match in [to, from], or 0 when there is none.
func (c *Cursor) Prev(from, to domain.Position) domain.Position {
	if from < to || from == 0 {
		return 0
	}
	if c.all {
		return from
	}
	best := domain.Position(0)
	for i := range c.items {
		if p := c.items[i].seek(from, to, true); p > best {
			best, to = p, p
		}
	}
	return best
}

// seek returns the match of the item nearest to from, not beyond the bound to.
// Every round moves the candidate on to the next position that each list allows.
// Moves go one way only, so a round that ends where it began has found a position
// that is in all of them.
func (it *item) seek(from, to domain.Position, backwards bool) domain.Position {
	step := atLeast
	if backwards {
		step = atMost
	}
	for {
		candidate := from
		for _, list := range it.allOf {
			if candidate = step(list, candidate); candidate == 0 {
				return 0
			}
		}
		if len(it.anyOf) > 0 {
			nearest := domain.Position(0)
			for _, list := range it.anyOf {
				p := step(list, candidate)
				if p != 0 && (nearest == 0 || (p > nearest) == backwards) {
					nearest = p
				}
			}
			candidate = nearest
		}
		switch {
		case candidate == 0, backwards && candidate < to, !backwards && candidate > to:
			return 0
		case candidate == from:
			return candidate
		}
		from = candidate
	}
}

// atLeast returns the first position of list that is not less than p, or 0.
func atLeast(list []domain.Position, p domain.Position) domain.Position {
	i, _ := slices.BinarySearch(list, p)
	if i == len(list) {
		return 0
	}
	return list[i]
}

// atMost returns the last position of list that is not greater than p, or 0.
func atMost(list []domain.Position, p domain.Position) domain.Position {
	i, found := slices.BinarySearch(list, p)
	switch {
	case found:
		return p
	case i == 0:
		return 0
	default:
		return list[i-1]
	}
}
