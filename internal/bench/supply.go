package bench

import (
	"sync"
	"sync/atomic"

	"github.com/opossum-go/opossum/domain"
)

const (
	supplyEvents = 1 << 16
	largestBatch = 1000
)

// supply hands out events that were made before anything is measured: the bare disk
// has nothing to make either. After supplyEvents they come again. Safe for
// concurrent use.
type supply struct {
	events []domain.Event
	next   atomic.Uint64
}

func newSupply(numbers *numbers) *supply {
	return &supply{events: numbers.batch(supplyEvents+largestBatch, usualEvents)}
}

// take returns the next events, largestBatch of them at most.
func (s *supply) take(count int) []domain.Event {
	at := int((s.next.Add(uint64(count)) - uint64(count)) % supplyEvents)
	return s.events[at : at+count : at+count]
}

// supplied makes the supply of a store when it is asked for the first time.
func supplied(next *numbers) func() *supply {
	return sync.OnceValue(func() *supply { return newSupply(next) })
}
