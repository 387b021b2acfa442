package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
	"github.com/opossum-go/opossum/projection"
)

// Projections is where the projections that are measured are kept.
type Projections interface {
	ports.ProjectionStore
	// Close frees what the store holds.
	Close() error
}

// counted is the event that projections are made of.
type counted struct {
	Item   string `json:"item"`
	Order  string `json:"order"`
	Amount int    `json:"amount"`
}

// EventType returns its name.
func (counted) EventType() string { return "ItemCounted" }

// countedItems is how many different items are counted.
const countedItems = 10_000

// countedEvent returns the event with number i: one of 10,000 items in no order, and
// an order of its own.
func countedEvent(i uint64) domain.Event {
	c := counted{Item: fmt.Sprint(mix(i) % countedItems), Order: fmt.Sprint(mix(i)), Amount: int(i % 100)}
	data, _ := json.Marshal(c) //nolint:errchkjson // texts and numbers only
	return domain.Event{Type: c.EventType(), Tags: []domain.Tag{domain.NewTag("item", c.Item)}, Data: data}
}

func countedBatch(p *placed, n int) []domain.Event {
	batch := make([]domain.Event, n)
	for i := range batch {
		batch[i] = countedEvent(p.next.take())
	}
	return batch
}

// tally is the state that is kept.
type tally struct{ Events, Amount int }

func (t tally) add(c counted) tally { return tally{t.Events + 1, t.Amount + c.Amount} }

// perItem counts events for each item.
func perItem() *projection.Definition[tally] {
	return projection.Define[tally]("per-item", 1, projection.ByTag("item")).With(projection.On(tally.add))
}

// perOrder has a state for each event.
func perOrder() *projection.Definition[tally] {
	return projection.Define[tally]("per-order", 1, nil).With(
		projection.On(tally.add).Key(func(c counted) string { return c.Order }))
}

// run starts a runner. Working ends with it, and end stops it and waits for its end.
func run(ctx context.Context, events Store, states Projections, definition projection.Projection) (working context.Context, end func() error, err error) {
	runner, err := projection.NewRunner(events, states, projection.Options{}, definition)
	if err != nil {
		return nil, nil, err
	}
	ctx, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() {
		defer stop()
		ended <- runner.Run(ctx)
	}()
	return ctx, func() error { stop(); return <-ended }, nil
}

// project runs a projection until it has taken all of so many events into account. It
// has to have so many keys then.
func project(ctx context.Context, events Store, states Projections, definition *projection.Definition[tally], upTo, keys int) (err error) {
	ctx, end, err := run(ctx, events, states, definition)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, end()) }()
	view := definition.View(states)
	if err := view.Wait(ctx, domain.Position(upTo)); err != nil {
		return err
	}
	found, err := view.Count(ctx)
	if err == nil && (found > keys || found < keys/2) {
		err = fmt.Errorf("%d states of %d keys: the projection is wrong", found, keys)
	}
	return err
}
