package history

import (
	"fmt"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// Tick is a moment on a clock that all clients of a history share. Only the order
// of ticks means anything; no two moments have the same one. Zero means never.
type Tick uint64

// Outcome is what the caller of an append knows of it.
type Outcome int

const (
	// Unknown means that the events may be in the log or not. It is also the outcome
	// of an append that never returned.
	Unknown Outcome = iota
	// Acknowledged means that the store told the positions.
	Acknowledged
	// Conflicted means that the store said that a condition did not hold.
	Conflicted
	// Unwritten means that nothing was written for another reason, such as the end of
	// a context.
	Unwritten
)

// String returns the outcome in words.
func (o Outcome) String() string {
	switch o {
	case Unknown:
		return "unknown"
	case Acknowledged:
		return "acknowledged"
	case Conflicted:
		return "conflict"
	case Unwritten:
		return "nothing written"
	}
	return fmt.Sprintf("Outcome(%d)", int(o))
}

// Append is one call of Append.
type Append struct {
	// Client says who called, for people.
	Client string
	// Invoked is the moment before the call, Returned the one after it. Returned is
	// zero for a call that never returned.
	Invoked, Returned Tick
	// Events are what was to be stored. Each has a Metadata.ID that no other event of
	// the history has: it is how the event is recognised in the log.
	Events     []domain.Event
	Conditions []domain.AppendCondition
	Outcome    Outcome
	// Positions is what an acknowledged append was told.
	Positions domain.Positions
	// Conflict is what a conflicted append was told.
	Conflict *ports.ConflictError
}

// Read is one call of Read that succeeded, with everything that it returned. With
// the zero Query it is a call of Head, which returns no events.
type Read struct {
	// Client says who called, for people.
	Client string
	// Invoked is the moment before the call, Returned the one after it. The snapshot
	// is taken between them; ranging over the events may take longer.
	Invoked, Returned Tick
	Query             domain.Query
	Options           ports.ReadOptions
	Head              domain.Position
	Events            []domain.SequencedEvent
}

// History is everything that was done with one store from the time when it was
// empty, in any order, and what it holds in the end.
type History struct {
	Appends []Append
	Reads   []Read
	// Log is what a read of everything returned after the last call had ended.
	Log []domain.SequencedEvent
}
