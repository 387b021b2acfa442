package history

import (
	"fmt"
	"iter"
	"slices"

	"github.com/opossum-go/opossum/domain"
)

// index finds the events of a log that a query selects. All lists are ascending.
type index struct {
	log    []domain.SequencedEvent
	byType map[string][]domain.Position
	byTag  map[domain.Tag][]domain.Position
	byItem map[string][]domain.Position // of items that neither of the two answers; filled on demand
}

func newIndex(log []domain.SequencedEvent) *index {
	x := &index{
		log:    log,
		byType: map[string][]domain.Position{},
		byTag:  map[domain.Tag][]domain.Position{},
		byItem: map[string][]domain.Position{},
	}
	for _, e := range log {
		x.byType[e.Type] = append(x.byType[e.Type], e.Position)
		for _, tag := range e.Tags {
			x.byTag[tag] = append(x.byTag[tag], e.Position)
		}
	}
	return x
}

// lists returns lists whose union is what the query selects.
func (x *index) lists(query domain.Query) [][]domain.Position {
	var lists [][]domain.Position
	for _, item := range query.Items() {
		switch {
		case len(item.Tags) == 0:
			for _, typ := range item.Types {
				lists = append(lists, x.byType[typ])
			}
		case len(item.Tags) == 1 && len(item.Types) == 0:
			lists = append(lists, x.byTag[item.Tags[0]])
		default:
			lists = append(lists, x.ofItem(item))
		}
	}
	return lists
}

// ofItem filters the shortest list of the item's tags, once for each item.
func (x *index) ofItem(item domain.QueryItem) []domain.Position {
	key := fmt.Sprintf("%q %q", item.Types, item.Tags)
	list, known := x.byItem[key]
	if known {
		return list
	}
	rarest := slices.MinFunc(item.Tags, func(a, b domain.Tag) int { return len(x.byTag[a]) - len(x.byTag[b]) })
	for _, p := range x.byTag[rarest] {
		if item.Matches(x.log[p-1].Event) {
			list = append(list, p)
		}
	}
	x.byItem[key] = list
	return list
}

// next returns the first position greater than after that query selects, 0 for none.
func (x *index) next(query domain.Query, after domain.Position) domain.Position {
	end := domain.Position(len(x.log))
	if after >= end {
		return 0
	}
	if query.IsAll() {
		return after + 1
	}
	return nextIn(x.lists(query), after)
}

func nextIn(lists [][]domain.Position, after domain.Position) domain.Position {
	var first domain.Position
	for _, list := range lists {
		n, _ := slices.BinarySearch(list, after+1)
		if n < len(list) && (first == 0 || list[n] < first) {
			first = list[n]
		}
	}
	return first
}

// lastIn returns the last position smaller than before, 0 for none.
func lastIn(lists [][]domain.Position, before domain.Position) domain.Position {
	var last domain.Position
	for _, list := range lists {
		if n, _ := slices.BinarySearch(list, before); n > 0 {
			last = max(last, list[n-1])
		}
	}
	return last
}

// selected yields the positions that a read with its head has to return, in order.
func (x *index) selected(r Read) iter.Seq[domain.Position] {
	low, high := r.Options.After, r.Head // exclusive, inclusive
	if r.Options.Before > 0 {
		high = min(high, r.Options.Before-1)
	}
	return func(yield func(domain.Position) bool) {
		if low >= high {
			return
		}
		forwards := func(p domain.Position) domain.Position { return p + 1 }
		backwards := func(p domain.Position) domain.Position { return p - 1 }
		if !r.Query.IsAll() {
			lists := x.lists(r.Query)
			forwards = func(p domain.Position) domain.Position { return nextIn(lists, p) }
			backwards = func(p domain.Position) domain.Position { return lastIn(lists, p) }
		}
		step, p := forwards, low
		if r.Options.Backwards {
			step, p = backwards, high+1
		}
		for n := 0; n < r.Options.Limit || r.Options.Limit == 0; n++ {
			if p = step(p); p <= low || p > high || !yield(p) {
				return
			}
		}
	}
}
