package term

import (
	"context"
	"errors"
	"fmt"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// Write appends the events of the term in batches of size events, which is 1 to
// [domain.MaxBatchEvents], and calls
// stored with the number of events that are durable by then. Head is the head of
// the store that the term was planned for. It returns how many events of each type
// were stored, also beside an error.
//
// The events were not decided one by one: they are right only behind head, and only
// if nothing comes in between. So every batch is conditional on exactly that, and
// Write ends with [ports.ErrConflict] when somebody else writes to the store.
func (t *Term) Write(ctx context.Context, store ports.Appender, head domain.Position, size int, stored func(int)) (map[string]int, error) {
	types, batch, total := make(map[string]int), make([]domain.Event, 0, size), 0
	flush := func() error {
		positions, err := store.Append(ctx, batch, domain.AppendCondition{FailIfEventsMatch: domain.All(), After: head})
		if errors.Is(err, ports.ErrConflict) {
			return fmt.Errorf("somebody else writes to this store, a term needs it alone: %w", err)
		}
		if err != nil {
			return err
		}
		for _, event := range batch {
			types[event.Type]++
		}
		head, total, batch = positions.Last, total+len(batch), batch[:0]
		stored(total)
		return nil
	}
	for event, err := range t.Events() {
		if err != nil {
			return types, err
		}
		if batch = append(batch, event); len(batch) == size {
			if err := flush(); err != nil {
				return types, err
			}
		}
	}
	if len(batch) == 0 {
		return types, nil
	}
	return types, flush()
}
