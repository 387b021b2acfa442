package main

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/opossum-go/opossum/decision"
	"github.com/opossum-go/opossum/domain"
	school "github.com/opossum-go/opossum/examples/coursemanagement"
	"github.com/opossum-go/opossum/examples/coursemanagement/seed/term"
	"github.com/opossum-go/opossum/ports"
)

// plan plans the term and returns the head of the store that it is for. In a store
// that has events, ids get a prefix that was not used before, and invoice numbers
// go on.
func (c *cli) plan(ctx context.Context, store ports.Reader) (*term.Term, domain.Position, error) {
	invoices := school.LastInvoiceNumber()
	condition, err := decision.Load(ctx, store, invoices)
	if err != nil {
		return nil, 0, err
	}
	head, options := condition.After, term.Options{Seed: c.Seed, LastInvoice: invoices.State()}
	if head > 0 {
		if !c.Append {
			return nil, 0, fmt.Errorf("the folder %s has %d events already; take another one, or add a term to it with --append", c.Dir, head)
		}
		options.Prefix = fmt.Sprintf("t%d-", head)
	}
	t, err := term.New(term.Presets()[c.Preset], options)
	return t, head, err
}

// write appends events in batches and calls stored with the number of events that
// are durable. It returns how many events of each type there were.
//
// The events were not decided one by one: they are right only behind head, and only
// if nothing comes in between. So every batch is conditional on exactly that.
func write(ctx context.Context, store ports.Appender, events iter.Seq2[domain.Event, error],
	head domain.Position, size int, stored func(int),
) (map[string]int, error) {
	types, batch, total := make(map[string]int), make([]domain.Event, 0, size), 0
	flush := func() error {
		positions, err := store.Append(ctx, batch, domain.AppendCondition{FailIfEventsMatch: domain.All(), After: head})
		if errors.Is(err, ports.ErrConflict) {
			return fmt.Errorf("somebody else writes to this folder, a term needs it alone: %w", err)
		}
		if err != nil {
			return err
		}
		head, total, batch = positions.Last, total+len(batch), batch[:0]
		stored(total)
		return nil
	}
	for event, err := range events {
		if err != nil {
			return types, err
		}
		types[event.Type]++
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
