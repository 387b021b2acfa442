package portstest_test

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// whenReopened bends a handle only after the store was opened again.
func whenReopened(bend func(*handle)) func(*handle) {
	return func(h *handle) {
		if h.reopened {
			bend(h)
		}
	}
}

func handleMutants() []mutant {
	return []mutant{
		{
			name: "the last event is gone after opening again",
			bend: whenReopened(func(h *handle) {
				gone := domain.Position(len(h.everything(context.Background())))
				bendResults(func(_ *handle, _ domain.Query, _ ports.ReadOptions, r ports.ReadResult) ports.ReadResult {
					r.Events = filtered(r.Events, func(e domain.SequencedEvent) bool { return e.Position != gone })
					return r
				})(h)
			}),
			breaks: saying{
				"acknowledged events survive closing and opening again, in every detail": "got 2 events at [1 2], want 3 at [1 2 3]",
			},
		},
		{
			name: "positions start again after opening again",
			bend: whenReopened(func(h *handle) {
				before := domain.Position(len(h.everything(context.Background())))
				bendPositions(func(p domain.Position) domain.Position {
					if p > before {
						return p - before
					}
					return p
				})(h)
			}),
			breaks: saying{"positions go on where they ended after opening again": "after opening again the next position is 1, want 7"},
		},
		{
			name: "conditions do not see events from before opening again",
			bend: whenReopened(func(h *handle) {
				before := domain.Position(len(h.everything(context.Background())))
				bendConditions(func(c domain.AppendCondition) domain.AppendCondition { c.After = max(c.After, before); return c })(h)
			}),
			breaks: saying{
				"conditions see the events from before opening again": "[no all events after 0] = positions 7 to 7, want a conflict",
			},
		},
		{
			name: "what was refused is written when the store is opened again",
			bend: replayingRefusals(),
			breaks: saying{
				"what was refused does not appear after opening again": "got 8 events at [1 2 3 4 5 6 7 8], want 6 at [1 2 3 4 5 6]",
			},
		},
		{
			name: "ids are counted from 1 by every handle",
			bend: func(h *handle) {
				var mu sync.Mutex
				issued := 0
				bendInput(func(e domain.Event) domain.Event {
					mu.Lock()
					defer mu.Unlock()
					if e.Metadata.ID == "" {
						issued++
						e.Metadata.ID = fmt.Sprint(issued)
					}
					return e
				})(h)
			},
			breaks: saying{"ids are not issued twice across opening again": `the id "1" of the event at position 3 was issued before`},
		},
		{
			name: "opening again leaves an event",
			bend: whenReopened(func(h *handle) {
				if _, err := h.Append(context.Background(), []domain.Event{{Type: "opened again"}}); err != nil {
					panic(err)
				}
			}),
			breaks: saying{
				"an empty store is empty after opening again":                            "got 1 events at [1], want 0 at []",
				"acknowledged events survive closing and opening again, in every detail": "got 4 events at [1 2 3 4], want 3 at [1 2 3]",
			},
		},
		{
			name: "a handle reads what it knew when it last wrote",
			bend: func(h *handle) {
				var mu sync.Mutex
				known := domain.Position(len(h.everything(context.Background())))
				around(func(_ *handle, right appendFunc, ctx context.Context, events []domain.Event, conditions []domain.AppendCondition) (domain.Positions, error) {
					positions, err := right(ctx, events, conditions)
					mu.Lock()
					defer mu.Unlock()
					known = max(known, positions.Last)
					return positions, err
				})(h)
				bendResults(func(_ *handle, _ domain.Query, _ ports.ReadOptions, r ports.ReadResult) ports.ReadResult {
					mu.Lock()
					defer mu.Unlock()
					r.Head = known
					r.Events = filtered(r.Events, func(e domain.SequencedEvent) bool { return e.Position <= r.Head })
					return r
				})(h)
			},
			breaks: saying{
				"two handles see each other's appends at once":                        `the other handle's Read(all events) = "", want "0"`,
				"fifty appends by each of two handles leave no hole and lose nothing": "events, want 100",
			},
		},
		{
			name: "a condition sees only what its own handle wrote",
			bend: ownConditions,
			breaks: saying{
				"a condition sees what another handle appended":                             "[no {shop} after 0] = positions 2 to 2, want a conflict",
				"of appends by two handles that demand an empty store, exactly one wins":    "appends that exclude each other were accepted (at [{",
				"of concurrent appends by two handles under one boundary, exactly one wins": "appends that exclude each other were accepted (at [{",
			},
		},
		{
			name: "a subscription yields only what its own handle writes",
			bend: func(h *handle) {
				var mu sync.Mutex
				own := map[domain.Position]bool{}
				around(func(_ *handle, right appendFunc, ctx context.Context, events []domain.Event, conditions []domain.AppendCondition) (domain.Positions, error) {
					mu.Lock()
					defer mu.Unlock()
					positions, err := right(ctx, events, conditions)
					for p := range positions.All() {
						own[p] = true
					}
					return positions, err
				})(h)
				aroundSubscribe(func(h *handle, right subscribeFunc, ctx context.Context, query domain.Query, after domain.Position) sequence {
					return func(yield func(domain.SequencedEvent, error) bool) {
						_, head := h.stored(ctx, query, 0)
						filtered(right(ctx, query, after), func(e domain.SequencedEvent) bool {
							mu.Lock()
							defer mu.Unlock()
							return e.Position <= head || own[e.Position]
						})(yield)
					}
				})(h)
			},
			breaks: saying{"a subscription yields what another handle appends": hanging("event 3 of a subscription")},
		},
		{
			name: "closing one handle closes them all",
			bend: func(h *handle) {
				right := h.close
				h.close = func() error { return errors.Join(right(), h.world.store.Close()) }
			},
			breaks: saying{"closing one handle leaves the other usable": "store is closed, want it accepted"},
		},
	}
}

// replayingRefusals writes refused batches after all, when the store is opened again.
func replayingRefusals() func(*handle) {
	var mu sync.Mutex
	refused := map[*world][]domain.Event{}
	return func(h *handle) {
		if h.reopened && len(refused[h.world]) > 0 {
			if _, err := h.Append(context.Background(), refused[h.world]); err != nil {
				panic(err)
			}
		}
		around(func(h *handle, right appendFunc, ctx context.Context, events []domain.Event, conditions []domain.AppendCondition) (domain.Positions, error) {
			positions, err := right(ctx, events, conditions)
			if errors.Is(err, ports.ErrConflict) {
				mu.Lock()
				defer mu.Unlock()
				refused[h.world] = events
			}
			return positions, err
		})(h)
	}
}

// ownConditions checks conditions against the appends of the same handle only.
func ownConditions(h *handle) {
	var mu sync.Mutex
	own := map[domain.Position]bool{}
	around(func(h *handle, right appendFunc, ctx context.Context, events []domain.Event, conditions []domain.AppendCondition) (domain.Positions, error) {
		mu.Lock()
		defer mu.Unlock()
		var log []domain.SequencedEvent
		for _, e := range h.everything(ctx) {
			if own[e.Position] {
				log = append(log, e)
			}
		}
		if err := checked(log, conditions, matches); err != nil {
			return domain.Positions{}, err
		}
		positions, err := right(ctx, events, nil)
		for p := range positions.All() {
			own[p] = true
		}
		return positions, err
	})(h)
}
