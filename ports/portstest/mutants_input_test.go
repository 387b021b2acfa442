package portstest_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync/atomic"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

var inputMutants = []mutant{
	{
		name: "an empty batch is accepted",
		bend: around(func(_ *handle, right appendFunc, ctx context.Context, events []domain.Event, conditions []domain.AppendCondition) (domain.Positions, error) {
			if len(events) == 0 {
				return domain.Positions{}, nil
			}
			return right(ctx, events, conditions)
		}),
		breaks: saying{
			"an empty batch is refused before any condition is looked at": "Append of [] under [] = <nil>, want domain.ErrInvalid",
			"a refused input names the field at fault":                    "got <nil>, want a *domain.ValidationError for events",
		},
	},
	{
		name: "conditions are checked before the batch",
		bend: conditionsFirst(func(events []domain.Event) bool { return len(events) == 0 }),
		breaks: saying{
			"an empty batch is refused before any condition is looked at": "under [no opened after 0] = opossum: append condition failed",
		},
	},
	{
		name: "conditions are checked before the events",
		bend: conditionsFirst(func([]domain.Event) bool { return true }),
		breaks: saying{
			"an invalid append is refused before its conditions are looked at": "under [no opened after 0] = opossum: append condition failed",
		},
	},
	{
		name: "the zero query is taken for All",
		bend: bendQueries(func(query domain.Query) domain.Query {
			if query.IsZero() {
				return domain.All()
			}
			return query
		}),
		breaks: saying{
			"a condition with an invalid query is refused":                "a condition with the zero query: <nil>, want domain.ErrInvalid",
			"a read with an invalid query or a negative limit is refused": "a read with the zero query: <nil>, want domain.ErrInvalid",
			"a subscription to an invalid query ends with that error":     hanging("the end of a subscription"),
			"a refused input names the field at fault":                    "want a *domain.ValidationError for conditions[1]",
		},
	},
	{
		name: "the zero query is taken for nothing",
		bend: bendQueries(func(query domain.Query) domain.Query {
			if query.IsZero() {
				return domain.NewQuery(domain.OfTypes("no event has this type"))
			}
			return query
		}),
		breaks: saying{
			"a condition with an invalid query is refused":                "a condition with the zero query: <nil>, want domain.ErrInvalid",
			"a read with an invalid query or a negative limit is refused": "a read with the zero query: <nil>, want domain.ErrInvalid",
		},
	},
	{
		name: "an item without types and tags is dropped",
		bend: bendItems(func(item domain.QueryItem) []domain.QueryItem {
			if len(item.Types)+len(item.Tags) == 0 {
				return nil
			}
			return []domain.QueryItem{item}
		}),
		breaks: saying{
			"a condition with an invalid query is refused":                "a condition with such an item beside a good one: <nil>, want domain.ErrInvalid",
			"a read with an invalid query or a negative limit is refused": "a read with such an item beside a good one: <nil>, want domain.ErrInvalid",
		},
	},
	{
		name: "an empty tag is dropped",
		bend: both(
			bendInput(func(e domain.Event) domain.Event {
				e.Tags = slices.DeleteFunc(slices.Clone(e.Tags), func(tag domain.Tag) bool { return tag == "" })
				return e
			}),
		),
		breaks: saying{
			"an event with an invalid type, tag, data or metadata is refused": "an event with an empty tag: <nil>, want domain.ErrInvalid",
			"a batch with one invalid event is refused as a whole":            `Append of ["good" "good" "bad"] under [] = <nil>, want domain.ErrInvalid`,
			"a refused input names the field at fault":                        "got <nil>, want a *domain.ValidationError for events[0].tags[1]",
		},
	},
	{
		name: "data that is no JSON is stored as null",
		bend: bendInput(func(e domain.Event) domain.Event {
			if _, err := domain.PrepareEvents([]domain.Event{{Type: "probe", Data: e.Data}}); err != nil {
				e.Data = nil
			}
			return e
		}),
		breaks: saying{
			"an event with an invalid type, tag, data or metadata is refused":                  "an event with no JSON: <nil>, want domain.ErrInvalid",
			"hostile data is refused without harm":                                             `Append of ["deep"] under [] = <nil>, want domain.ErrInvalid`,
			"type, tags, data and metadata are accepted at their limits and refused one above": "one above MaxDataBytes: <nil>, want a *domain.LimitError",
		},
	},
	{
		name: "a negative limit is no limit",
		bend: bendOptions(func(o ports.ReadOptions) ports.ReadOptions { o.Limit = max(o.Limit, 0); return o }),
		breaks: saying{
			"a read with an invalid query or a negative limit is refused": "a read with limit -1: <nil>, want domain.ErrInvalid",
		},
	},
	{
		name: "a subscription to an invalid query ends without a word",
		bend: aroundSubscribe(func(_ *handle, right subscribeFunc, ctx context.Context, query domain.Query, after domain.Position) sequence {
			if query.Validate() != nil {
				return sequenceOf(nil)
			}
			return right(ctx, query, after)
		}),
		breaks: saying{
			"a subscription to an invalid query ends with that error": "a subscription ended without an error",
			"a query is accepted at its limits and refused one above": "a subscription ended without an error",
		},
	},
	{
		name:   "a refusal says only that the input is invalid",
		bend:   bendRefusals(domain.ErrInvalid, domain.ErrInvalid),
		breaks: saying{"a refused input names the field at fault": "got opossum: invalid, want a *domain.ValidationError for events"},
	},
	{
		name: "a refusal does not name the limit",
		bend: bendRefusals(domain.ErrLimit, domain.ErrLimit),
		breaks: saying{
			"type, tags, data and metadata are accepted at their limits and refused one above": "one above MaxTypeBytes: opossum: invalid: over a limit, want a *domain.LimitError",
			"a batch is accepted at the limit of its events and refused one above":             "one above MaxBatchEvents: opossum: invalid: over a limit, want a *domain.LimitError",
			"a batch is accepted at the limit of its bytes and refused one above":              "one above MaxBatchBytes: opossum: invalid: over a limit, want a *domain.LimitError",
			"a query is accepted at its limits and refused one above":                          "one above MaxQueryItems: opossum: invalid: over a limit, want a *domain.LimitError",
			"an append is accepted with the most conditions allowed and refused with one more": "one above MaxConditions: opossum: invalid: over a limit, want a *domain.LimitError",
		},
	},
	{
		name: "types are cut at their limit",
		bend: bendInput(func(e domain.Event) domain.Event {
			e.Type = e.Type[:min(len(e.Type), domain.MaxTypeBytes)]
			return e
		}),
		breaks: saying{
			"type, tags, data and metadata are accepted at their limits and refused one above": "one above MaxTypeBytes: <nil>, want a *domain.LimitError",
		},
	},
	{
		name: "a tag must be shorter than its limit",
		bend: around(func(_ *handle, right appendFunc, ctx context.Context, events []domain.Event, conditions []domain.AppendCondition) (domain.Positions, error) {
			for _, e := range events {
				if slices.ContainsFunc(e.Tags, func(tag domain.Tag) bool { return len(tag) == domain.MaxTagBytes }) {
					return domain.Positions{}, domain.ErrLimit
				}
			}
			return right(ctx, events, conditions)
		}),
		breaks: saying{
			"type, tags, data and metadata are accepted at their limits and refused one above": "an event at MaxTagBytes is refused: opossum: invalid: over a limit",
		},
	},
	{
		name: "a batch that is too large is cut",
		bend: bendBatches(func(events []domain.Event) []domain.Event {
			return events[:min(len(events), domain.MaxBatchEvents)]
		}),
		breaks: saying{
			"a batch is accepted at the limit of its events and refused one above": "one above MaxBatchEvents: <nil>, want a *domain.LimitError",
		},
	},
	{
		name: "conditions over the limit are not looked at",
		bend: bendAllConditions(func(conditions []domain.AppendCondition) []domain.AppendCondition {
			return conditions[:min(len(conditions), domain.MaxConditions)]
		}),
		breaks: saying{
			"an append is accepted with the most conditions allowed and refused with one more": "one above MaxConditions: <nil>, want a *domain.LimitError",
		},
	},
	{
		name: "tags are sorted in the caller's slice",
		bend: bendBatches(func(events []domain.Event) []domain.Event {
			for _, e := range events {
				slices.Sort(e.Tags)
			}
			return events
		}),
		breaks: saying{
			"an append does not change the caller's slices and maps": `event 0 of the caller became "mixed" ["a" "a" "b" "c"]`,
		},
	},
	{
		name: "ids are filled in in the caller's events",
		bend: bendBatches(func(events []domain.Event) []domain.Event {
			for i := range events {
				events[i].Metadata.ID = "filled in"
			}
			return events
		}),
		breaks: saying{"an append does not change the caller's slices and maps": `id="filled in"`},
	},
	{
		name:   "the store keeps the caller's tags",
		bend:   keptInput(func(given domain.Event, e *domain.SequencedEvent) { e.Tags = given.Tags }),
		breaks: saying{"the store keeps nothing of what the caller gave it": `["spoilt" "spoilt" "spoilt" "spoilt"]`},
	},
	{
		name:   "the store keeps the caller's data",
		bend:   keptInput(func(given domain.Event, e *domain.SequencedEvent) { e.Data = given.Data }),
		breaks: saying{"the store keeps nothing of what the caller gave it": `["a" "b" "c"] 99999999999`},
	},
	{
		name:   "the store keeps the caller's metadata values",
		bend:   keptInput(func(given domain.Event, e *domain.SequencedEvent) { e.Metadata.Values = given.Metadata.Values }),
		breaks: saying{"the store keeps nothing of what the caller gave it": `"key"="spoilt"`},
	},
	{
		name: "a receiver shares metadata values with the store",
		bend: func(h *handle) {
			given := map[domain.Position]map[string]string{}
			bendEvents(func(h *handle, e domain.SequencedEvent) domain.SequencedEvent {
				h.world.mu.Lock()
				defer h.world.mu.Unlock()
				if given[e.Position] == nil {
					given[e.Position] = maps.Clone(e.Metadata.Values)
				}
				e.Metadata.Values = given[e.Position]
				return e
			})(h)
		},
		breaks: saying{
			"what a read yields belongs to the receiver":         `"key"="spoilt"`,
			"what a subscription yields belongs to the receiver": `"key"="spoilt"`,
		},
	},
}

// conditionsFirst checks conditions before the events of some batches.
func conditionsFirst(of func([]domain.Event) bool) func(*handle) {
	return around(func(h *handle, right appendFunc, ctx context.Context, events []domain.Event, conditions []domain.AppendCondition) (domain.Positions, error) {
		if of(events) {
			if err := checked(h.everything(ctx), conditions, matches); err != nil {
				return domain.Positions{}, err
			}
		}
		return right(ctx, events, conditions)
	})
}

// bendRefusals answers one kind of error with another.
func bendRefusals(of, with error) func(*handle) {
	bare := func(err error) error {
		if errors.Is(err, of) {
			return with
		}
		return err
	}
	return func(h *handle) {
		around(func(_ *handle, right appendFunc, ctx context.Context, events []domain.Event, conditions []domain.AppendCondition) (domain.Positions, error) {
			positions, err := right(ctx, events, conditions)
			return positions, bare(err)
		})(h)
		read := h.read
		h.read = func(ctx context.Context, query domain.Query, options ports.ReadOptions) (ports.ReadResult, error) {
			result, err := read(ctx, query, options)
			return result, bare(err)
		}
	}
}

var lifecycleMutants = []mutant{
	{
		name: "an append does not look at its context",
		bend: around(func(_ *handle, right appendFunc, ctx context.Context, events []domain.Event, conditions []domain.AppendCondition) (domain.Positions, error) {
			return right(context.WithoutCancel(ctx), events, conditions)
		}),
		breaks: saying{
			"a context that has ended makes an append return its error with nothing written": "Append under [] = <nil>, want context canceled",
		},
	},
	{
		name: "an append looks at its context after it has written",
		bend: around(func(_ *handle, right appendFunc, ctx context.Context, events []domain.Event, conditions []domain.AppendCondition) (domain.Positions, error) {
			positions, err := right(context.WithoutCancel(ctx), events, conditions)
			if ctx.Err() != nil {
				return domain.Positions{}, ctx.Err()
			}
			return positions, err
		}),
		breaks: saying{
			"a context that has ended makes an append return its error with nothing written": "got 10 events at [1 2 3 4 5 6 7 8 9 10], want 6 at [1 2 3 4 5 6]",
		},
	},
	{
		name: "an ended context is always reported as cancelled",
		bend: around(func(_ *handle, right appendFunc, ctx context.Context, events []domain.Event, conditions []domain.AppendCondition) (domain.Positions, error) {
			positions, err := right(ctx, events, conditions)
			if errors.Is(err, context.DeadlineExceeded) {
				err = context.Canceled
			}
			return positions, err
		}),
		breaks: saying{
			"a context that has ended makes an append return its error with nothing written": "Append under [] = context canceled, want context deadline exceeded",
		},
	},
	{
		name: "a read does not look at its context",
		bend: func(h *handle) {
			read := h.read
			h.read = func(ctx context.Context, query domain.Query, options ports.ReadOptions) (ports.ReadResult, error) {
				return read(context.WithoutCancel(ctx), query, options)
			}
		},
		breaks: saying{"a context that has ended makes Read and Head return its error": "Read() = <nil>, want context canceled"},
	},
	{
		name: "a head does not look at its context",
		bend: func(h *handle) {
			head := h.head
			h.head = func(ctx context.Context) (domain.Position, error) { return head(context.WithoutCancel(ctx)) }
		},
		breaks: saying{"a context that has ended makes Read and Head return its error": "Head() = <nil>, want context canceled"},
	},
	{
		name: "a read whose context ends is cut short",
		bend: bendResults(func(_ *handle, _ domain.Query, _ ports.ReadOptions, r ports.ReadResult) ports.ReadResult {
			r.Events = withoutErrors(r.Events)
			return r
		}),
		breaks: saying{
			"a read whose context ends on the way is complete or says so": `the read ended without an error after "a b", want "a b c d e f"`,
		},
	},
	{
		name: "the context is looked at before the input",
		bend: around(func(_ *handle, right appendFunc, ctx context.Context, events []domain.Event, conditions []domain.AppendCondition) (domain.Positions, error) {
			if ctx.Err() != nil {
				return domain.Positions{}, ctx.Err()
			}
			return right(ctx, events, conditions)
		}),
		breaks: saying{
			"invalid input is refused as such even when the context has ended": "Append of nothing = context canceled, want domain.ErrInvalid",
		},
	},
	{
		name: "Close does nothing",
		bend: func(h *handle) { h.close = func() error { return nil } },
		breaks: saying{
			"a closed store refuses appends, reads and subscriptions with ErrClosed":      "Append to a closed store = <nil>, want ports.ErrClosed",
			"a subscription that waits ends with ErrClosed when the store is closed":      hanging("the end of a subscription"),
			"a subscription that catches up ends with ErrClosed when the store is closed": hanging("the end of a subscription"),
		},
	},
	{
		name: "a second Close is an error",
		bend: func(h *handle) {
			right := h.close
			h.close = func() error {
				if h.life.Err() != nil {
					return ports.ErrClosed
				}
				return right()
			}
		},
		breaks: saying{"a store may be closed more than once": "Close() = opossum: store is closed, want nil"},
	},
	{
		name: "a closed store is empty",
		bend: func(h *handle) {
			read := h.read
			h.read = func(ctx context.Context, query domain.Query, options ports.ReadOptions) (ports.ReadResult, error) {
				if h.life.Err() != nil {
					return ports.ReadResult{Events: sequenceOf(nil)}, nil
				}
				return read(ctx, query, options)
			}
		},
		breaks: saying{
			"a closed store refuses appends, reads and subscriptions with ErrClosed": "Read of a closed store = <nil>, want ports.ErrClosed",
		},
	},
	{
		name: "Close cuts results short",
		bend: bendResults(func(h *handle, _ domain.Query, _ ports.ReadOptions, r ports.ReadResult) ports.ReadResult {
			r.Events = filtered(r.Events, func(domain.SequencedEvent) bool { return h.life.Err() == nil })
			return r
		}),
		breaks: saying{
			"a result from before Close is complete or says that the store is closed": `the read ended without an error after "a b", want "a b c d e f"`,
		},
	},
	{
		name: "Close ends subscriptions as if they had been cancelled",
		bend: aroundSubscribe(func(h *handle, _ subscribeFunc, ctx context.Context, query domain.Query, after domain.Position) sequence {
			return func(yield func(domain.SequencedEvent, error) bool) {
				own, cancel := context.WithCancel(ctx)
				defer cancel()
				defer context.AfterFunc(h.life, cancel)()
				h.world.store.Subscribe(own, query, after)(yield)
			}
		}),
		breaks: saying{
			"a subscription that waits ends with ErrClosed when the store is closed":      "context canceled, want ports.ErrClosed",
			"a subscription that catches up ends with ErrClosed when the store is closed": "context canceled, want ports.ErrClosed",
		},
	},
	{
		name: "Close waits for subscriptions to be left",
		bend: func(h *handle) {
			var open atomic.Int32
			left := make(chan struct{}, 100)
			aroundSubscribe(func(_ *handle, right subscribeFunc, ctx context.Context, query domain.Query, after domain.Position) sequence {
				return func(yield func(domain.SequencedEvent, error) bool) {
					open.Add(1)
					defer func() { left <- struct{}{} }()
					right(ctx, query, after)(yield)
				}
			})(h)
			right := h.close
			h.close = func() error {
				for range open.Load() {
					<-left
				}
				return right()
			}
		},
		breaks: saying{
			"a subscription that waits ends with ErrClosed when the store is closed":      hanging("Close"),
			"a subscription that catches up ends with ErrClosed when the store is closed": hanging("Close"),
		},
	},
}

// withoutErrors ends where the sequence says that it cannot go on.
func withoutErrors(events sequence) sequence {
	return func(yield func(domain.SequencedEvent, error) bool) {
		for e, err := range events {
			if err != nil || !yield(e, nil) {
				return
			}
		}
	}
}
