package index

import (
	"errors"
	"fmt"

	"github.com/opossum-go/opossum/adapters/filesystem/internal/journal"
	"github.com/opossum-go/opossum/domain"
)

// Part is the index of one segment: a [Memory] of the segment that still grows, a
// [Sidecar] of one that is sealed. An error of a Memory is a mistake of the caller;
// one of a Sidecar wraps [ErrDamaged] unless it says that a position is not there.
type Part interface {
	// First returns the position of the first event of the segment, also when there
	// is none yet.
	First() domain.Position
	// Last returns the position of the last event, First-1 when there is none.
	Last() domain.Position
	// Cursor returns a cursor for a valid query. It sees what was added before.
	Cursor(query domain.Query) (PartCursor, error)
	// Entry says where the line of position stands in the segment.
	Entry(position domain.Position) (journal.Entry, error)
}

// PartCursor walks over the positions of one part that match a query. It belongs
// to one goroutine at a time, and may move in either direction at any call.
type PartCursor interface {
	// Next returns the first match in [from, to], 0 when there is none. Positions
	// outside of the part match nothing. With [ErrPaused] it returns the position to go
	// on from: there is no match in front of that.
	Next(from, to domain.Position) (domain.Position, error)
	// Prev returns the last match in [to, from], 0 when there is none. With [ErrPaused]
	// it returns the position to go on from, down to to.
	Prev(from, to domain.Position) (domain.Position, error)
}

// ErrPaused says that a cursor looked at many events without an end. Its caller can let
// others go first, or give up, and calls it again.
var ErrPaused = errors.New("index: paused after many events")

var (
	_ Part = (*Memory)(nil)
	_ Part = (*Sidecar)(nil)
)

// notHere is the error of asking a part for a position of another one.
func notHere(p Part, position domain.Position) error {
	return fmt.Errorf("position %d is not in this part of the index, which holds %d to %d; ask the part of its segment",
		position, p.First(), p.Last())
}
