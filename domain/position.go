package domain

import (
	"iter"
	"strconv"
)

// Position is the place of an event in the one order of a store. The first
// event has position 1, the next one 2, without holes, in the order in which
// appends were committed. Zero means "before the first event". It is a counter,
// never a byte offset. Whoever has seen position n+1 can see position n.
type Position uint64

// String returns the position in decimal.
func (p Position) String() string { return strconv.FormatUint(uint64(p), 10) }

// Positions is a block of consecutive positions, First and Last inclusive: what
// one append was given. The zero value is the empty block.
type Positions struct {
	First Position
	Last  Position
}

// Len returns the number of positions in the block.
func (p Positions) Len() int {
	if p.First == 0 {
		return 0
	}
	return int(p.Last - p.First + 1)
}

// All yields the positions of the block in ascending order.
func (p Positions) All() iter.Seq[Position] {
	return func(yield func(Position) bool) {
		for i := range p.Len() {
			if !yield(p.First + Position(i)) {
				return
			}
		}
	}
}
