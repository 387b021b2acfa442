package history

import (
	"cmp"
	"slices"

	"github.com/opossum-go/opossum/domain"
)

// sight is the end of a call that showed the log to reach at least to head.
type sight struct {
	at   Tick
	head domain.Position
	who  func(*checker) string
}

// start is the beginning of an append in the log.
type start struct {
	at     Tick
	append int
}

// observe finds out what the log's length can have been at each moment.
//
// From below: sights are in the order of their ticks and each holds the longest
// log that was seen up to then. From above: begun[p-1] is the latest beginning of
// an append among those up to position p, so that the log cannot have reached p
// before.
func (c *checker) observe() error {
	for n, a := range c.Appends {
		who := func(c *checker) string { return c.appendName(n) }
		switch a.Outcome {
		case Acknowledged:
			c.sights = append(c.sights, sight{a.Returned, a.Positions.Last, who})
		case Conflicted:
			c.sights = append(c.sights, sight{a.Returned, c.batchAt(a.Conflict.Position).Last, who})
		case Unknown, Unwritten:
		}
	}
	for n, r := range c.Reads {
		c.sights = append(c.sights, sight{r.Returned, r.Head, func(c *checker) string { return c.readName(n) }})
	}
	slices.SortFunc(c.sights, func(a, b sight) int { return cmp.Compare(a.at, b.at) })
	for i := 1; i < len(c.sights); i++ {
		if before := c.sights[i-1]; before.head > c.sights[i].head {
			c.sights[i].head, c.sights[i].who = before.head, before.who
		}
	}
	c.begun = make([]start, len(c.Log))
	for i, n := range c.writers {
		c.begun[i] = start{c.Appends[n].Invoked, n}
		if i > 0 && c.begun[i-1].at > c.begun[i].at {
			c.begun[i] = c.begun[i-1]
		}
	}
	return nil
}

// seenBefore returns the longest log that a call which ended before at had seen.
func (c *checker) seenBefore(at Tick) sight {
	n, _ := slices.BinarySearchFunc(c.sights, at, func(s sight, at Tick) int { return cmp.Compare(s.at, at) })
	if n == 0 {
		return sight{}
	}
	return c.sights[n-1]
}

// possibleAt returns the longest log that can have existed at a moment.
func (c *checker) possibleAt(at Tick) domain.Position {
	n, _ := slices.BinarySearchFunc(c.begun, at, func(s start, at Tick) int { return cmp.Compare(s.at, at) })
	return domain.Position(n)
}

// obstacle says why the log cannot have reached the position behind p.
func (c *checker) obstacle(p domain.Position) string {
	return c.appendName(c.begun[p].append)
}

// nothingFromTheFuture checks that each call ended with the log at a length that
// it can have had by then.
func (c *checker) nothingFromTheFuture() error {
	for n, a := range c.Appends {
		if a.Outcome != Conflicted {
			continue
		}
		if longest := c.possibleAt(a.Returned); a.Conflict.Position > longest {
			return c.violated(Justified, c.appendName(n), "it names position %d, which cannot exist before %s began", a.Conflict.Position, c.obstacle(longest))
		}
	}
	for n, r := range c.Reads {
		if longest := c.possibleAt(r.Returned); r.Head > longest {
			return c.violated(Causal, c.readName(n), "position %d cannot exist before %s began", longest+1, c.obstacle(longest))
		}
	}
	return nil
}

// inOrder checks that appends stand behind what was seen before they began.
func (c *checker) inOrder() error {
	for n, place := range c.places {
		if place.First == 0 {
			continue
		}
		if seen := c.seenBefore(c.Appends[n].Invoked); seen.head >= place.First {
			return c.violated(Ordered, c.appendName(n), "it stands at position %d, and position %d was seen before by %s", place.First, seen.head, seen.who(c))
		}
	}
	return nil
}

// conflictsNameTheFirst checks that the conditions in front of the one that a
// conflict names can have held at that time: at the least length of the log that
// shows the named event and all that had been seen when the call began.
func (c *checker) conflictsNameTheFirst() error {
	for n, a := range c.Appends {
		if a.Outcome != Conflicted {
			continue
		}
		least := max(c.batchAt(a.Conflict.Position).Last, c.seenBefore(a.Invoked).head)
		for i, condition := range a.Conditions[:a.Conflict.Condition] {
			if p := c.index.next(condition.FailIfEventsMatch, condition.After); p > 0 && p <= least {
				return c.violated(FirstFailed, c.appendName(n), "it names condition %d, and condition %d, no %v after %d, was broken by position %d at that time",
					a.Conflict.Condition, i, condition.FailIfEventsMatch, condition.After, p)
			}
		}
	}
	return nil
}

// readsAreRecent checks that reads see what was seen before they began.
func (c *checker) readsAreRecent() error {
	for n, r := range c.Reads {
		if seen := c.seenBefore(r.Invoked); seen.head > r.Head {
			return c.violated(Recent, c.readName(n), "position %d was seen before by %s", seen.head, seen.who(c))
		}
	}
	return nil
}
