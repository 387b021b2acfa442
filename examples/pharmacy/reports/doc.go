// Package reports answers what a pharmacist and an inspector ask: each report is
// a pure fold over the events of a store, made when it is asked for. Nothing is
// kept beside the events, so a report can never disagree with them. A report that
// needs several reads may see in a later one what happened since the first.
//
// Every function may be used concurrently. Errors are those of the store, and of
// events that cannot be decoded.
package reports

import (
	"context"
	"fmt"

	"github.com/opossum-go/opossum/decision"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/examples/pharmacy/dispensing"
	"github.com/opossum-go/opossum/ports"
)

// fold calls step with each event that matches, oldest first.
func fold(ctx context.Context, store ports.Reader, query domain.Query, step func(domain.SequencedEvent, decision.Event)) error {
	read, err := store.Read(ctx, query, ports.ReadOptions{})
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	for stored, err := range read.Events {
		if err != nil {
			return fmt.Errorf("report: %w", err)
		}
		event, err := dispensing.Codec().Decode(stored.Event)
		if err != nil {
			return fmt.Errorf("report: position %d: %w", stored.Position, err)
		}
		step(stored, event)
	}
	return nil
}

// of is the item that matches events of the types of the given values.
func of(events ...decision.Event) domain.QueryItem {
	types := make([]string, len(events))
	for i, e := range events {
		types[i] = e.EventType()
	}
	return domain.OfTypes(types...)
}

// movements matches everything that changes the book of a lot.
func movements() domain.QueryItem {
	return of(dispensing.LotReceived{}, dispensing.Dispensed{}, dispensing.DispenseReversed{}, dispensing.DoseIssued{},
		dispensing.WasteWitnessed{}, dispensing.StockAdjusted{}, dispensing.LotDestroyed{}, dispensing.SentToReverseDistributor{})
}
