package portstest_test

import (
	"context"
	"sync/atomic"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

var snapshotMutants = []mutant{
	{
		name: "a result reads the store when it is ranged over",
		bend: lateRead(func(h *handle, read readFunc, ctx context.Context, query domain.Query, options ports.ReadOptions) sequence {
			return func(yield func(domain.SequencedEvent, error) bool) {
				late, err := read(ctx, query, options)
				if err != nil {
					yield(domain.SequencedEvent{}, err)
					return
				}
				late.Events(yield)
			}
		}),
		breaks: saying{
			"a result shows the store as it was when Read was called": `a result from before the append yields "a b c d e f g", want "a b c d e f"`,
			"a result is a snapshot even when another handle appends": `a result from before the append yields "a b c" and head 2, want "a b" and 2`,
		},
	},
	{
		name: "a range reads event by event from the live store",
		bend: lateRead(func(_ *handle, read readFunc, ctx context.Context, query domain.Query, options ports.ReadOptions) sequence {
			return func(yield func(domain.SequencedEvent, error) bool) {
				for {
					next, err := read(ctx, query, ports.ReadOptions{After: options.After, Limit: 1})
					if err != nil {
						yield(domain.SequencedEvent{}, err)
						return
					}
					found := listed(next.Events)
					if len(found) == 0 || !yield(found[0], nil) {
						return
					}
					options.After = found[0].Position
				}
			}
		}),
		breaks: saying{
			"a result shows the store as it was when Read was called":                 `ranged over again, a result from before the appends yields "h"`,
			"an append in the middle of a range neither waits for it nor shows in it": `the range yields "a b c d e f g h", want "a b c d e f"`,
		},
	},
	{
		name: "a result can be ranged over once",
		bend: bendResults(func(_ *handle, _ domain.Query, _ ports.ReadOptions, r ports.ReadResult) ports.ReadResult {
			var ranged atomic.Bool
			events := r.Events
			r.Events = func(yield func(domain.SequencedEvent, error) bool) {
				if !ranged.Swap(true) {
					events(yield)
				}
			}
			return r
		}),
		breaks: saying{
			"a result may be ranged over several times and yields the same events": "got 0 events at [], want 5 at [1 2 3 5 6]",
			"breaking out of a range spoils neither the result nor the store":      `after breaking out the result yields "", want "a b c d e f"`,
			"two ranges over one result do not disturb each other":                 "step 2 yields position 0, error <nil>, more false, want position 1",
		},
	},
	{
		name: "a range over a result waits until the one before has ended",
		bend: bendResults(func(h *handle, _ domain.Query, _ ports.ReadOptions, r ports.ReadResult) ports.ReadResult {
			ranging := make(chan struct{}, 1)
			events := r.Events
			r.Events = func(yield func(domain.SequencedEvent, error) bool) {
				select {
				case ranging <- struct{}{}:
					defer func() { <-ranging }()
					events(yield)
				case <-h.life.Done():
				}
			}
			return r
		}),
		breaks: saying{
			"two ranges over one result do not disturb each other": hanging("a range within another over the same result"),
		},
	},
	{
		name: "all ranges over a result share one cursor",
		bend: bendResults(func(_ *handle, _ domain.Query, _ ports.ReadOptions, r ports.ReadResult) ports.ReadResult {
			rest := listed(r.Events)
			r.Events = func(yield func(domain.SequencedEvent, error) bool) {
				for len(rest) > 0 {
					e := rest[0]
					rest = rest[1:]
					if !yield(e, nil) {
						return
					}
				}
			}
			return r
		}),
		breaks: saying{
			"two ranges over one result do not disturb each other":                 "step 2 yields position 3, error <nil>, more true, want position 1",
			"a result may be ranged over several times and yields the same events": "got 0 events at [], want 5 at [1 2 3 5 6]",
		},
	},
	{
		name: "a range keeps appends out until it has ended",
		bend: func(h *handle) {
			var ranging holders
			around(func(_ *handle, right appendFunc, ctx context.Context, events []domain.Event, conditions []domain.AppendCondition) (domain.Positions, error) {
				ranging.await(ctx)
				return right(ctx, events, conditions)
			})(h)
			bendResults(func(_ *handle, _ domain.Query, _ ports.ReadOptions, r ports.ReadResult) ports.ReadResult {
				events := r.Events
				r.Events = func(yield func(domain.SequencedEvent, error) bool) {
					defer ranging.hold()()
					events(yield)
				}
				return r
			})(h)
		},
		breaks: saying{
			"an append in the middle of a range neither waits for it nor shows in it": hanging("an append in the middle of a range"),
		},
	},
	{
		name: "breaking out of a range keeps appends out for good",
		bend: func(h *handle) {
			var stuck atomic.Bool
			around(func(_ *handle, right appendFunc, ctx context.Context, events []domain.Event, conditions []domain.AppendCondition) (domain.Positions, error) {
				if stuck.Load() {
					<-ctx.Done()
				}
				return right(ctx, events, conditions)
			})(h)
			bendResults(func(_ *handle, _ domain.Query, _ ports.ReadOptions, r ports.ReadResult) ports.ReadResult {
				events := r.Events
				r.Events = func(yield func(domain.SequencedEvent, error) bool) {
					for e, err := range events {
						if !yield(e, err) {
							stuck.Store(true)
							return
						}
					}
				}
				return r
			})(h)
		},
		breaks: saying{
			"breaking out of a range spoils neither the result nor the store": hanging("an append after breaking out of a range"),
		},
	},
}

// lateRead replaces the sequence of a result by one that looks at the store later.
func lateRead(events func(h *handle, read readFunc, ctx context.Context, query domain.Query, options ports.ReadOptions) sequence) func(*handle) {
	return func(h *handle) {
		read := h.read
		h.read = func(ctx context.Context, query domain.Query, options ports.ReadOptions) (ports.ReadResult, error) {
			result, err := read(ctx, query, options)
			if err == nil {
				result.Events = events(h, read, ctx, query, options)
			}
			return result, err
		}
	}
}
