package index

import (
	"cmp"
	"errors"
	"slices"

	"github.com/opossum-go/opossum/domain"
)

// In this package an event is counted from the first event of its segment, which
// is 0; none says that there is no event.
const none = -1

// Directions of a walk.
const (
	forwards  = 1
	backwards = -1
)

// term is a type or a tag that at least one event carries.
type term struct {
	id    uint32
	count int // events that carry it

	events []uint32 // that carry it, for a term in memory

	last, from, to int // for a term in a file: its last event, and where its list begins and ends
}

// dictionary finds terms.
type dictionary interface {
	find(name string) (term, bool, error)
	open(of term) list
}

// list walks over events in ascending order.
type list interface {
	// seek returns the event of the list that is the first one from event on in the
	// direction of step, event included; none when there is none.
	seek(event, step int) (int, error)
}

// numbers gives the type of an event as its id.
type numbers interface {
	at(event int) (uint32, error)
}

// cursor is a PartCursor over either form of a part.
type cursor struct {
	first, last  domain.Position
	alternatives []alternative

	// Room, so that the usual cursor is one piece of memory.
	one    [1]alternative
	column column // of a Memory, as it was when the cursor was taken
}

// alternative is one item of a query.
type alternative struct {
	allOf []list   // the event must be in all of them; the shortest first
	anyOf []uint32 // and its type must be one of these, sorted; empty: any type
	types numbers
}

// A list of types is walked when it is so much shorter than that of the rarest tag.
// Otherwise the types are looked up for each event with the tags, which is cheaper.
const muchShorter = 4

// demand makes c a cursor for query.
func (c *cursor) demand(query domain.Query, types, tags dictionary, column numbers) error {
	c.alternatives = c.one[:0]
	if query.IsAll() {
		c.alternatives = c.one[:] // no demands
		return nil
	}
	for item := range query.Each() {
		a, possible, err := newAlternative(item, types, tags)
		if err != nil {
			return err
		}
		if possible {
			a.types = column
			c.alternatives = append(c.alternatives, a)
		}
	}
	return nil
}

// newAlternative reports whether the item is possible: it is not when no event
// carries one of its tags, or any of its types.
func newAlternative(item domain.QueryItem, types, tags dictionary) (_ alternative, possible bool, _ error) {
	var a alternative
	tagTerms := make([]term, 0, 8)
	for _, tag := range item.Tags {
		t, found, err := tags.find(string(tag))
		if !found || err != nil {
			return a, false, err
		}
		tagTerms = append(tagTerms, t)
	}
	typeTerms, events := make([]term, 0, 8), 0
	for _, typ := range item.Types {
		t, found, err := types.find(typ)
		if err != nil {
			return a, false, err
		}
		if found {
			typeTerms, events = append(typeTerms, t), events+t.count
		}
	}
	if len(typeTerms) == 0 && len(item.Types) > 0 || len(item.Types)+len(item.Tags) == 0 {
		return a, false, nil
	}
	slices.SortFunc(tagTerms, func(a, b term) int { return cmp.Compare(a.count, b.count) })
	a.allOf = make([]list, 0, len(tagTerms)+1)
	switch {
	case len(typeTerms) == 0:
	case len(tagTerms) == 0 || events < tagTerms[0].count/muchShorter:
		a.allOf = append(a.allOf, openAll(types, typeTerms))
	default:
		a.anyOf = make([]uint32, len(typeTerms))
		for i, t := range typeTerms {
			a.anyOf[i] = t.id
		}
		slices.Sort(a.anyOf)
	}
	for _, t := range tagTerms {
		a.allOf = append(a.allOf, tags.open(t))
	}
	return a, true, nil
}

// Next returns the first match in [from, to], 0 when there is none.
func (c *cursor) Next(from, to domain.Position) (domain.Position, error) {
	if from, to = max(from, c.first), min(to, c.last); from > to {
		return 0, nil
	}
	return c.nearest(from, to, forwards)
}

// Prev returns the last match in [to, from], 0 when there is none.
func (c *cursor) Prev(from, to domain.Position) (domain.Position, error) {
	if from, to = min(from, c.last), max(to, c.first); from < to {
		return 0, nil
	}
	return c.nearest(from, to, backwards)
}

// A call takes so many steps, shared by the alternatives, before it pauses: a few
// milliseconds. Each alternative has leastSteps.
const (
	manySteps  = 1 << 16
	leastSteps = 64
)

func (c *cursor) nearest(from, to domain.Position, step int) (domain.Position, error) {
	start, bound, found := int(from-c.first), int(to-c.first), none
	steps, paused := max(manySteps/max(len(c.alternatives), 1), leastSteps), false
	for i := range c.alternatives {
		event, err := c.alternatives[i].seek(start, bound, step, steps)
		switch {
		case errors.Is(err, ErrPaused): // whether it has a match from there on is open
			paused, found, bound = true, none, event-step
		case err != nil:
			return 0, err
		case event != none:
			found, bound = event, event // nothing beyond it is of interest any more
		}
	}
	switch {
	case found != none:
		return c.first + domain.Position(found), nil
	case paused:
		return c.first + domain.Position(bound+step), ErrPaused
	}
	return 0, nil
}

// seek returns the first match from event on, not beyond bound. Every round moves
// on to the next event that each list allows. Moves go one way only, so a round
// that ends where it began has found an event that is in all of them. After so many
// steps it returns ErrPaused and the event up to which there is no match.
func (a *alternative) seek(event, bound, step, steps int) (int, error) {
	for ; (bound-event)*step >= 0; steps-- {
		if steps == 0 {
			return event, ErrPaused
		}
		candidate := event
		for _, l := range a.allOf {
			next, err := l.seek(candidate, step)
			if next == none || err != nil {
				return none, err
			}
			candidate = next
		}
		if candidate != event && (len(a.allOf) > 1 || (bound-candidate)*step < 0) {
			event = candidate
			continue
		}
		if len(a.anyOf) == 0 {
			return candidate, nil
		}
		typ, err := a.types.at(candidate)
		if err != nil {
			return none, err
		}
		if _, wanted := slices.BinarySearch(a.anyOf, typ); wanted {
			return candidate, nil
		}
		event = candidate + step
	}
	return none, nil
}
