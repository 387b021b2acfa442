package history

import (
	"fmt"
	"slices"

	"github.com/opossum-go/opossum/domain"
)

// Check returns nil for a history that a correct store can have. Otherwise it
// returns a [*ViolationError] for the first rule that is broken, or another error when
// what it was given is no history: an event without an id, an end before the
// beginning. It changes nothing.
func (h History) Check() error {
	c := &checker{History: h}
	for _, step := range []func() error{
		c.wellFormed,
		c.dense,
		c.batches,
		c.outcomes,
		c.conflictsName,
		c.readsSeeWholeBatches,
		c.observe,
		c.nothingFromTheFuture,
		c.inOrder,
		c.conflictsNameTheFirst,
		c.readsAreRecent,
		c.conditionsHold,
		c.readsAreExact,
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// checker is a history with what the steps find out about it.
type checker struct {
	History
	owners map[string]part // by the id of an event
	index  *index

	// Of each append, where it stands in the log; the zero block when it does not.
	places []domain.Positions
	// Of each position-1, the append whose event it is.
	writers []int

	sights []sight // see observe
	begun  []start // see observe
}

// part is one event of an append.
type part struct{ append, event int }

// wellFormed refuses what is no history, whatever the store did.
func (c *checker) wellFormed() error {
	c.owners = make(map[string]part, len(c.Appends))
	for n, a := range c.Appends {
		ended := a.Returned > a.Invoked || (a.Returned == 0 && a.Outcome == Unknown)
		switch {
		case len(a.Events) == 0:
			return fmt.Errorf("history: append %d has no events", n)
		case a.Invoked == 0 || !ended:
			return fmt.Errorf("history: append %d with the outcome %v begins at tick %d and ends at %d", n, a.Outcome, a.Invoked, a.Returned)
		}
		for i, e := range a.Events {
			if e.Metadata.ID == "" {
				return fmt.Errorf("history: event %d of append %d has no id", i, n)
			}
			if other, twice := c.owners[e.Metadata.ID]; twice {
				return fmt.Errorf("history: event %d of append %d has the id %q, as event %d of append %d has", i, n, e.Metadata.ID, other.event, other.append)
			}
			c.owners[e.Metadata.ID] = part{n, i}
		}
	}
	for n, r := range c.Reads {
		if r.Invoked == 0 || r.Returned <= r.Invoked {
			return fmt.Errorf("history: read %d begins at tick %d and ends at %d", n, r.Invoked, r.Returned)
		}
	}
	return nil
}

func (c *checker) dense() error {
	for i, e := range c.Log {
		if e.Position != domain.Position(i+1) {
			return c.violated(Dense, theLog, "event %d of it has position %d", i+1, e.Position)
		}
	}
	c.index = newIndex(c.Log)
	return nil
}

// batches finds the append of each event in the log.
func (c *checker) batches() error {
	c.places = make([]domain.Positions, len(c.Appends))
	c.writers = make([]int, len(c.Log))
	for at := 0; at < len(c.Log); {
		first := domain.Position(at + 1)
		owner, known := c.owners[c.Log[at].Metadata.ID]
		if !known {
			return c.violated(Genuine, theLog, "position %d is %s with the id %q, which nobody appended", first, c.Log[at].Type, c.Log[at].Metadata.ID)
		}
		n := owner.append
		a := &c.Appends[n]
		if p := c.places[n]; p.First > 0 {
			return c.violated(Whole, c.appendName(n), "it is at positions %d to %d, and event %d of it is at position %d too", p.First, p.Last, owner.event, first)
		}
		want, err := domain.PrepareEvents(a.Events)
		if err != nil {
			return c.violated(Genuine, c.appendName(n), "it is at position %d, and is invalid: %v", first, err)
		}
		for i := range want {
			if at+i >= len(c.Log) {
				return c.violated(Whole, c.appendName(n), "the log ends at position %d, before event %d of it", at+i, i)
			}
			if got := c.Log[at+i]; got.Metadata.ID != want[i].Metadata.ID {
				return c.violated(Whole, c.appendName(n), "it begins at position %d, and position %d is %s with the id %q instead of event %d", first, got.Position, got.Type, got.Metadata.ID, i)
			}
			if field := difference(c.Log[at+i].Event, given(want[i], c.Log[at+i].Event)); field != "" {
				return c.violated(Genuine, c.appendName(n), "position %d has another %s than event %d of it: %s", at+i+1, field, i, pair(c.Log[at+i].Event, want[i]))
			}
			c.writers[at+i] = n
		}
		c.places[n] = domain.Positions{First: first, Last: first + domain.Position(len(want)) - 1}
		at += len(want)
	}
	return nil
}

// outcomes compares what each caller was told with the log.
func (c *checker) outcomes() error {
	for n, a := range c.Appends {
		p := c.places[n]
		switch a.Outcome {
		case Acknowledged:
			if p.First == 0 {
				return c.violated(Durable, c.appendName(n), "it was acknowledged at positions %d to %d and is not in the log, which ends at %d", a.Positions.First, a.Positions.Last, len(c.Log))
			}
			if p != a.Positions {
				return c.violated(Durable, c.appendName(n), "it was acknowledged at positions %d to %d and stands at %d to %d", a.Positions.First, a.Positions.Last, p.First, p.Last)
			}
		case Conflicted, Unwritten:
			if p.First > 0 {
				return c.violated(Refused, c.appendName(n), "it stands at positions %d to %d", p.First, p.Last)
			}
		case Unknown:
		}
	}
	return nil
}

// conflictsName compares what conflicts name with the log. A log only grows: the
// first event past After that matches today was the first one then.
func (c *checker) conflictsName() error {
	for n, a := range c.Appends {
		if a.Outcome != Conflicted {
			continue
		}
		name, conflict := c.appendName, a.Conflict
		if conflict == nil || conflict.Condition < 0 || conflict.Condition >= len(a.Conditions) {
			return c.violated(Named, name(n), "its %d conditions are not what %+v names", len(a.Conditions), conflict)
		}
		condition := a.Conditions[conflict.Condition]
		first := c.index.next(condition.FailIfEventsMatch, condition.After)
		switch p := conflict.Position; {
		case conflict.After != condition.After:
			return c.violated(Named, name(n), "condition %d is after %d, the conflict says %d", conflict.Condition, condition.After, conflict.After)
		case first == 0:
			return c.violated(Named, name(n), "it names position %d, and no event of the log matches %v after %d", p, condition.FailIfEventsMatch, condition.After)
		case p != first:
			return c.violated(Named, name(n), "it names position %d, and the first match of %v after %d is at %d", p, condition.FailIfEventsMatch, condition.After, first)
		case conflict.Type != c.Log[p-1].Type || !slices.Equal(conflict.Tags, c.Log[p-1].Tags):
			return c.violated(Named, name(n), "it names %s %v at position %d, where %s %v stands", conflict.Type, conflict.Tags, p, c.Log[p-1].Type, c.Log[p-1].Tags)
		}
	}
	return nil
}

func (c *checker) readsSeeWholeBatches() error {
	for n, r := range c.Reads {
		switch {
		case r.Head == 0:
		case r.Head > domain.Position(len(c.Log)):
			return c.violated(SeenWhole, c.readName(n), "the log ends at position %d", len(c.Log))
		case c.batchAt(r.Head).Last != r.Head:
			p := c.batchAt(r.Head)
			return c.violated(SeenWhole, c.readName(n), "its head is within a batch, positions %d to %d", p.First, p.Last)
		}
	}
	return nil
}

// conditionsHold checks each append in the log against what stands before it.
func (c *checker) conditionsHold() error {
	for n, a := range c.Appends {
		place := c.places[n]
		if place.First == 0 {
			continue
		}
		for i, condition := range a.Conditions {
			if p := c.index.next(condition.FailIfEventsMatch, condition.After); p > 0 && p < place.First {
				return c.violated(Guarded, c.appendName(n), "it stands at position %d although its condition %d, no %v after %d, is broken by position %d",
					place.First, i, condition.FailIfEventsMatch, condition.After, p)
			}
		}
	}
	return nil
}

func (c *checker) readsAreExact() error {
	for n, r := range c.Reads {
		if r.Query.IsZero() {
			continue
		}
		i := 0
		for p := range c.index.selected(r) {
			if i == len(r.Events) {
				return c.violated(Exact, c.readName(n), "it ends after %d events, without position %d", i, p)
			}
			got := r.Events[i]
			if got.Position != p {
				return c.violated(Exact, c.readName(n), "event %d of it has position %d, and %d is the next that is selected", i, got.Position, p)
			}
			want := c.Log[p-1]
			if field := difference(got.Event, want.Event); field != "" {
				return c.violated(Exact, c.readName(n), "position %d has another %s than in the log: %s", p, field, pair(got.Event, want.Event))
			}
			if !got.RecordedAt.Equal(want.RecordedAt) {
				return c.violated(Exact, c.readName(n), "position %d was recorded at %v, in the log at %v", p, got.RecordedAt, want.RecordedAt)
			}
			i++
		}
		if i < len(r.Events) {
			return c.violated(Exact, c.readName(n), "position %d is not selected or not its turn", r.Events[i].Position)
		}
	}
	return nil
}

// batchAt returns the batch that holds a position of the log.
func (c *checker) batchAt(p domain.Position) domain.Positions { return c.places[c.writers[p-1]] }
