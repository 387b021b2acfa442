package portstest_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// stored returns what matches now past after, and the head.
func (h *handle) stored(ctx context.Context, query domain.Query, after domain.Position) ([]domain.SequencedEvent, domain.Position) {
	result, err := h.world.store.Read(ctx, query, ports.ReadOptions{After: after})
	if err != nil {
		return nil, 0
	}
	return listed(result.Events), result.Head
}

// twoPhases yields what is stored, then what a subscription from live() yields.
func twoPhases(live func(h *handle, ctx context.Context, query domain.Query, headAtStart, last domain.Position) (domain.Query, domain.Position)) func(*handle) {
	return aroundSubscribe(func(h *handle, right subscribeFunc, ctx context.Context, query domain.Query, after domain.Position) sequence {
		return func(yield func(domain.SequencedEvent, error) bool) {
			caughtUp, head := h.stored(ctx, query, after)
			last := after
			for _, e := range caughtUp {
				if !yield(e, nil) {
					return
				}
				last = e.Position
			}
			query, from := live(h, ctx, query, max(head, after), last)
			right(ctx, query, from)(yield)
		}
	})
}

var subscriptionMutants = []mutant{
	{
		name: "a subscription starts with what is new",
		bend: aroundSubscribe(func(h *handle, right subscribeFunc, ctx context.Context, query domain.Query, after domain.Position) sequence {
			return func(yield func(domain.SequencedEvent, error) bool) {
				_, head := h.stored(ctx, query, 0)
				right(ctx, query, max(head, after))(yield)
			}
		}),
		breaks: saying{
			"a subscription first yields what is stored, in order": hanging("event 1 of a subscription"),
			"a subscription starts behind its after":               hanging("event 1 of a subscription"),
			"a subscription resumes after opening again":           hanging("event 1 of a subscription"),
		},
	},
	{
		name: "a subscription never goes live",
		bend: aroundSubscribe(func(h *handle, _ subscribeFunc, ctx context.Context, query domain.Query, after domain.Position) sequence {
			return func(yield func(domain.SequencedEvent, error) bool) {
				caughtUp, _ := h.stored(ctx, query, after)
				for _, e := range caughtUp {
					if !yield(e, nil) {
						return
					}
				}
				<-ctx.Done()
				yield(domain.SequencedEvent{}, ctx.Err())
			}
		}),
		breaks: saying{
			"a subscription then yields what is appended, in order": hanging("of a subscription"),
			"every append wakes a subscription that waits":          hanging("of a subscription"),
			"a subscription yields what another handle appends":     hanging("of a subscription"),
		},
	},
	{
		name: "a subscription ignores its query once it is live",
		bend: twoPhases(func(_ *handle, _ context.Context, _ domain.Query, head, _ domain.Position) (domain.Query, domain.Position) {
			return domain.All(), head
		}),
		breaks: saying{"a subscription yields only what its query matches": `the subscription yields "g h i j k", want "h k"`},
	},
	{
		name: "a subscription's after is inclusive",
		bend: aroundSubscribe(func(_ *handle, right subscribeFunc, ctx context.Context, query domain.Query, after domain.Position) sequence {
			return right(ctx, query, after-min(after, 1))
		}),
		breaks: saying{
			"a subscription starts behind its after":              `the subscription yields "a b c d e f g", want "b c d e f g"`,
			"a subscription resumes after the last position seen": `resumed three times the subscription yields "a b b c c d d e", want "a b c d e f g h"`,
			"several subscriptions each get every event":          `the subscription yields "a b c d e f g", want "b c d e f g"`,
		},
	},
	{
		name: "a subscription's after is at most the head",
		bend: aroundSubscribe(func(h *handle, right subscribeFunc, ctx context.Context, query domain.Query, after domain.Position) sequence {
			_, head := h.stored(ctx, query, 0)
			return right(ctx, query, min(head, after))
		}),
		breaks: saying{
			"a subscription whose after is beyond the head waits for the events behind it": `the subscription yields "g h i j", want "i j"`,
		},
	},
	{
		name: "a subscription's after is at most the head when it begins",
		bend: aroundSubscribe(func(h *handle, right subscribeFunc, ctx context.Context, query domain.Query, after domain.Position) sequence {
			return func(yield func(domain.SequencedEvent, error) bool) {
				_, head := h.stored(ctx, query, 0)
				right(ctx, query, min(head, after))(yield)
			}
		}),
		breaks: saying{
			"a subscription whose after is beyond the head waits for the events behind it": `the subscription yields "g h i j", want "i j"`,
		},
	},
	{
		name: "behind the last position a subscription begins again",
		bend: aroundSubscribe(func(h *handle, right subscribeFunc, ctx context.Context, query domain.Query, after domain.Position) sequence {
			return func(yield func(domain.SequencedEvent, error) bool) {
				caughtUp, _ := h.stored(ctx, query, 0)
				for _, e := range caughtUp {
					if next := after + 1; next != 0 || !yield(e, nil) {
						break
					}
				}
				right(ctx, query, after)(yield)
			}
		}),
		breaks: saying{
			"a subscription whose after is beyond the head waits for the events behind it": "a subscription after the last possible position yields events at [1",
		},
	},
	{
		name: "there is a gap between catching up and going live",
		bend: twoPhases(func(h *handle, ctx context.Context, query domain.Query, _, _ domain.Position) (domain.Query, domain.Position) {
			_, head := h.stored(ctx, query, 0)
			return query, head
		}),
		breaks: saying{
			"events appended while a subscription catches up are neither lost nor repeated": hanging("event 7 of a subscription"),
			"events appended from inside the loop over a subscription arrive in it":         hanging("a subscription whose loop appends"),
		},
	},
	{
		name: "the last event is repeated when going live",
		bend: twoPhases(func(_ *handle, _ context.Context, query domain.Query, _, last domain.Position) (domain.Query, domain.Position) {
			return query, last - min(last, 1)
		}),
		breaks: saying{
			"events appended while a subscription catches up are neither lost nor repeated": `yields "a b c d e f f g h i", want "a b c d e f g h i"`,
			"events appended from inside the loop over a subscription arrive in it":         `the subscription yields "a b c d e f f g g h", want "a b c d e f g h i"`,
			"each range over a subscription is one of its own":                              `the subscription yields "e g", want "g"`,
		},
	},
	{
		name: "a live subscription yields only the last event of an append",
		bend: func(h *handle) {
			var mu sync.Mutex
			inside := map[domain.Position]bool{}
			around(func(_ *handle, right appendFunc, ctx context.Context, events []domain.Event, conditions []domain.AppendCondition) (domain.Positions, error) {
				mu.Lock()
				defer mu.Unlock()
				positions, err := right(ctx, events, conditions)
				for p := range positions.All() {
					inside[p] = p != positions.Last
				}
				return positions, err
			})(h)
			aroundSubscribe(func(h *handle, right subscribeFunc, ctx context.Context, query domain.Query, after domain.Position) sequence {
				return func(yield func(domain.SequencedEvent, error) bool) {
					_, head := h.stored(ctx, query, 0)
					filtered(right(ctx, query, after), func(e domain.SequencedEvent) bool {
						mu.Lock()
						defer mu.Unlock()
						return e.Position <= head || !inside[e.Position]
					})(yield)
				}
			})(h)
		},
		breaks: saying{"a subscription then yields what is appended, in order": `the subscription yields "d", want "b c d"`},
	},
	{
		name: "a subscription yields only the last event of a batch",
		bend: func(h *handle) {
			var mu sync.Mutex
			inside := map[domain.Position]bool{}
			around(func(_ *handle, right appendFunc, ctx context.Context, events []domain.Event, conditions []domain.AppendCondition) (domain.Positions, error) {
				mu.Lock()
				defer mu.Unlock()
				positions, err := right(ctx, events, conditions)
				for p := range positions.All() {
					inside[p] = p != positions.Last
				}
				return positions, err
			})(h)
			aroundSubscribe(func(_ *handle, right subscribeFunc, ctx context.Context, query domain.Query, after domain.Position) sequence {
				return filtered(right(ctx, query, after), func(e domain.SequencedEvent) bool {
					mu.Lock()
					defer mu.Unlock()
					return !inside[e.Position]
				})
			})(h)
		},
		breaks: saying{
			"subscriptions under concurrent appends get every event once and in order": "got 51 events at",
			"a subscription first yields what is stored, in order":                     "got 2 events at [3 6], want 6 at [1 2 3 4 5 6]",
		},
	},
	{
		name: "a subscription wakes up for every third event",
		bend: aroundSubscribe(func(_ *handle, right subscribeFunc, ctx context.Context, query domain.Query, after domain.Position) sequence {
			return func(yield func(domain.SequencedEvent, error) bool) {
				var held []domain.SequencedEvent
				for e, err := range right(ctx, query, after) {
					if err != nil {
						yield(e, err)
						return
					}
					if held = append(held, e); len(held) < 3 {
						continue
					}
					for _, e := range held {
						if !yield(e, nil) {
							return
						}
					}
					held = nil
				}
			}
		}),
		breaks: saying{"every append wakes a subscription that waits": hanging("event 1 of a subscription")},
	},
	{
		name: "an event goes to one of the subscriptions",
		bend: func(h *handle) {
			var mu sync.Mutex
			taken := map[domain.Position]bool{}
			aroundSubscribe(func(_ *handle, right subscribeFunc, ctx context.Context, query domain.Query, after domain.Position) sequence {
				return filtered(right(ctx, query, after), func(e domain.SequencedEvent) bool {
					mu.Lock()
					defer mu.Unlock()
					defer func() { taken[e.Position] = true }()
					return !taken[e.Position]
				})
			})(h)
		},
		breaks: saying{"several subscriptions each get every event": hanging("of a subscription")},
	},
	{
		name: "a second range goes on where the first one was left",
		bend: aroundSubscribe(func(_ *handle, right subscribeFunc, ctx context.Context, query domain.Query, after domain.Position) sequence {
			var last atomic.Uint64
			last.Store(uint64(after))
			return func(yield func(domain.SequencedEvent, error) bool) {
				right(ctx, query, domain.Position(last.Load()))(func(e domain.SequencedEvent, err error) bool {
					more := yield(e, err)
					last.Store(uint64(e.Position))
					return more
				})
			}
		}),
		breaks: saying{"each range over a subscription is one of its own": `e", want "a c e"`},
	},
	{
		name: "an append waits until receivers have handled what they hold",
		bend: func(h *handle) {
			var handling holders
			around(func(_ *handle, right appendFunc, ctx context.Context, events []domain.Event, conditions []domain.AppendCondition) (domain.Positions, error) {
				handling.await(ctx)
				return right(ctx, events, conditions)
			})(h)
			aroundSubscribe(func(_ *handle, right subscribeFunc, ctx context.Context, query domain.Query, after domain.Position) sequence {
				return func(yield func(domain.SequencedEvent, error) bool) {
					right(ctx, query, after)(func(e domain.SequencedEvent, err error) bool {
						defer handling.hold()()
						return yield(e, err)
					})
				}
			})(h)
		},
		breaks: saying{
			"a receiver that is slow holds up nobody":                               hanging("appends while a receiver rests"),
			"events appended from inside the loop over a subscription arrive in it": hanging("a subscription whose loop appends"),
		},
	},
	{
		name: "a subscription ends without a word",
		bend: aroundSubscribe(func(_ *handle, right subscribeFunc, ctx context.Context, query domain.Query, after domain.Position) sequence {
			return withoutErrors(right(ctx, query, after))
		}),
		breaks: saying{
			"a subscription that waits ends with the error of its context":                "a subscription ended without an error",
			"a subscription whose context has ended before yields only that error":        "a subscription ended without an error",
			"a subscription whose context ends while it catches up ends with that error":  "a subscription ended without an error",
			"a subscription that waits ends with ErrClosed when the store is closed":      "a subscription ended without an error",
			"a subscription that catches up ends with ErrClosed when the store is closed": "a subscription ended without an error",
			"a subscription to an invalid query ends with that error":                     "a subscription ended without an error",
		},
	},
	{
		name: "a subscription ends with an error of its own",
		bend: aroundSubscribe(func(_ *handle, right subscribeFunc, ctx context.Context, query domain.Query, after domain.Position) sequence {
			return func(yield func(domain.SequencedEvent, error) bool) {
				for e, err := range right(ctx, query, after) {
					if err != nil {
						err = errors.New("subscription ended")
					}
					if !yield(e, err) {
						return
					}
				}
			}
		}),
		breaks: saying{
			"a subscription that waits ends with the error of its context":               "the subscription yields 0 more events and ends with subscription ended, want context.Canceled",
			"a subscription whose context has ended before yields only that error":       "the subscription yields 0 events and ends with subscription ended, want context canceled at once",
			"a subscription whose context ends while it catches up ends with that error": "the subscription ends with subscription ended, want context.Canceled",
			"the end of one subscription does not end another":                           "the cancelled subscription ends with subscription ended, want context.Canceled",
		},
	},
	{
		name: "a subscription goes on after its error",
		bend: aroundSubscribe(func(_ *handle, right subscribeFunc, ctx context.Context, query domain.Query, after domain.Position) sequence {
			return func(yield func(domain.SequencedEvent, error) bool) {
				for e, err := range right(ctx, query, after) {
					if !yield(e, err) || err != nil && !yield(e, err) {
						return
					}
				}
			}
		}),
		breaks: saying{"a subscription that waits ends with the error of its context": "a subscription goes on after the error"},
	},
	{
		name: "a subscription does not look at its context",
		bend: aroundSubscribe(func(_ *handle, right subscribeFunc, ctx context.Context, query domain.Query, after domain.Position) sequence {
			return right(context.WithoutCancel(ctx), query, after)
		}),
		breaks: saying{
			"a subscription that waits ends with the error of its context":               hanging("the end of a subscription"),
			"a subscription whose context ends while it catches up ends with that error": hanging("the end of a subscription"),
		},
	},
	{
		name: "a subscription looks at its context when it has caught up",
		bend: aroundSubscribe(func(h *handle, right subscribeFunc, ctx context.Context, query domain.Query, after domain.Position) sequence {
			return func(yield func(domain.SequencedEvent, error) bool) {
				caughtUp, head := h.stored(context.WithoutCancel(ctx), query, after)
				for _, e := range caughtUp {
					if !yield(e, nil) {
						return
					}
				}
				right(ctx, query, head)(yield)
			}
		}),
		breaks: saying{"a subscription whose context has ended before yields only that error": "yields 6 events and ends with"},
	},
	{
		name: "the end of one subscription ends them all",
		bend: func(h *handle) {
			all, end := context.WithCancel(context.Background())
			context.AfterFunc(h.life, end)
			aroundSubscribe(func(_ *handle, right subscribeFunc, ctx context.Context, query domain.Query, after domain.Position) sequence {
				return func(yield func(domain.SequencedEvent, error) bool) {
					own, cancel := context.WithCancel(all)
					defer cancel()
					defer context.AfterFunc(ctx, cancel)()
					right(own, query, after)(func(e domain.SequencedEvent, err error) bool {
						if err != nil {
							end()
						}
						return yield(e, err)
					})
				}
			})(h)
		},
		breaks: saying{"the end of one subscription does not end another": "a subscription ended after 1 events, with"},
	},
	{
		name: "breaking out of a subscription keeps appends out",
		bend: func(h *handle) {
			var stuck atomic.Bool
			around(func(_ *handle, right appendFunc, ctx context.Context, events []domain.Event, conditions []domain.AppendCondition) (domain.Positions, error) {
				if stuck.Load() {
					<-ctx.Done()
				}
				return right(ctx, events, conditions)
			})(h)
			aroundSubscribe(func(_ *handle, right subscribeFunc, ctx context.Context, query domain.Query, after domain.Position) sequence {
				return func(yield func(domain.SequencedEvent, error) bool) {
					right(ctx, query, after)(func(e domain.SequencedEvent, err error) bool {
						more := yield(e, err)
						stuck.Store(stuck.Load() || !more)
						return more
					})
				}
			})(h)
		},
		breaks: saying{
			"breaking out of a subscription ends it and leaves the store usable": hanging("an append after breaking out of a subscription"),
		},
	},
}
