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
		breaks: []string{"an empty batch is refused before any condition is looked at", "a refused input names the field at fault"},
	},
	{
		name:   "conditions are checked before the batch",
		bend:   conditionsFirst(func(events []domain.Event) bool { return len(events) == 0 }),
		breaks: []string{"an empty batch is refused before any condition is looked at"},
	},
	{
		name:   "conditions are checked before the events",
		bend:   conditionsFirst(func([]domain.Event) bool { return true }),
		breaks: []string{"an invalid append is refused before its conditions are looked at"},
	},
	{
		name: "the zero query is taken for All",
		bend: bendQueries(func(query domain.Query) domain.Query {
			if query.IsZero() {
				return domain.All()
			}
			return query
		}),
		breaks: []string{
			"a condition with an invalid query is refused",
			"a read with an invalid query or a negative limit is refused",
			"a subscription to an invalid query ends with that error",
			"a refused input names the field at fault",
		},
		hangs: true,
	},
	{
		name: "the zero query is taken for nothing",
		bend: bendQueries(func(query domain.Query) domain.Query {
			if query.IsZero() {
				return domain.NewQuery(domain.OfTypes("no event has this type"))
			}
			return query
		}),
		breaks: []string{
			"a condition with an invalid query is refused",
			"a read with an invalid query or a negative limit is refused",
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
		breaks: []string{"a condition with an invalid query is refused", "a read with an invalid query or a negative limit is refused"},
	},
	{
		name: "an empty tag is dropped",
		bend: both(
			bendInput(func(e domain.Event) domain.Event {
				e.Tags = slices.DeleteFunc(slices.Clone(e.Tags), func(tag domain.Tag) bool { return tag == "" })
				return e
			}),
		),
		breaks: []string{
			"an event with an invalid type, tag, data or metadata is refused",
			"a batch with one invalid event is refused as a whole",
			"a refused input names the field at fault",
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
		breaks: []string{
			"an event with an invalid type, tag, data or metadata is refused",
			"hostile data is refused without harm",
			"type, tags, data and metadata are accepted at their limits and refused one above",
		},
	},
	{
		name:   "a negative limit is no limit",
		bend:   bendOptions(func(o ports.ReadOptions) ports.ReadOptions { o.Limit = max(o.Limit, 0); return o }),
		breaks: []string{"a read with an invalid query or a negative limit is refused"},
	},
	{
		name: "a subscription to an invalid query ends without a word",
		bend: aroundSubscribe(func(_ *handle, right subscribeFunc, ctx context.Context, query domain.Query, after domain.Position) sequence {
			if query.Validate() != nil {
				return sequenceOf(nil)
			}
			return right(ctx, query, after)
		}),
		breaks: []string{"a subscription to an invalid query ends with that error", "a query is accepted at its limits and refused one above"},
	},
	{
		name:   "a refusal says only that the input is invalid",
		bend:   bendRefusals(domain.ErrInvalid, domain.ErrInvalid),
		breaks: []string{"a refused input names the field at fault"},
	},
	{
		name: "a refusal does not name the limit",
		bend: bendRefusals(domain.ErrLimit, domain.ErrLimit),
		breaks: []string{
			"type, tags, data and metadata are accepted at their limits and refused one above",
			"a batch is accepted at the limit of its events and refused one above",
			"a batch is accepted at the limit of its bytes and refused one above",
			"a query is accepted at its limits and refused one above",
			"an append is accepted with the most conditions allowed and refused with one more",
		},
	},
	{
		name: "types are cut at their limit",
		bend: bendInput(func(e domain.Event) domain.Event {
			e.Type = e.Type[:min(len(e.Type), domain.MaxTypeBytes)]
			return e
		}),
		breaks: []string{"type, tags, data and metadata are accepted at their limits and refused one above"},
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
		breaks: []string{"type, tags, data and metadata are accepted at their limits and refused one above"},
	},
	{
		name: "a batch that is too large is cut",
		bend: bendBatches(func(events []domain.Event) []domain.Event {
			return events[:min(len(events), domain.MaxBatchEvents)]
		}),
		breaks: []string{"a batch is accepted at the limit of its events and refused one above"},
	},
	{
		name: "conditions over the limit are not looked at",
		bend: bendAllConditions(func(conditions []domain.AppendCondition) []domain.AppendCondition {
			return conditions[:min(len(conditions), domain.MaxConditions)]
		}),
		breaks: []string{"an append is accepted with the most conditions allowed and refused with one more"},
	},
	{
		name: "tags are sorted in the caller's slice",
		bend: bendBatches(func(events []domain.Event) []domain.Event {
			for _, e := range events {
				slices.Sort(e.Tags)
			}
			return events
		}),
		breaks: []string{"an append does not change the caller's slices and maps"},
	},
	{
		name: "ids are filled in in the caller's events",
		bend: bendBatches(func(events []domain.Event) []domain.Event {
			for i := range events {
				events[i].Metadata.ID = "filled in"
			}
			return events
		}),
		breaks: []string{"an append does not change the caller's slices and maps"},
	},
	{
		name:   "the store keeps the caller's tags",
		bend:   keptInput(func(given domain.Event, e *domain.SequencedEvent) { e.Tags = given.Tags }),
		breaks: []string{"the store keeps nothing of what the caller gave it"},
	},
	{
		name:   "the store keeps the caller's data",
		bend:   keptInput(func(given domain.Event, e *domain.SequencedEvent) { e.Data = given.Data }),
		breaks: []string{"the store keeps nothing of what the caller gave it"},
	},
	{
		name:   "the store keeps the caller's metadata values",
		bend:   keptInput(func(given domain.Event, e *domain.SequencedEvent) { e.Metadata.Values = given.Metadata.Values }),
		breaks: []string{"the store keeps nothing of what the caller gave it"},
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
		breaks: []string{"what a read yields belongs to the receiver", "what a subscription yields belongs to the receiver"},
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
		breaks: []string{"a context that has ended makes an append return its error with nothing written"},
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
		breaks: []string{"a context that has ended makes an append return its error with nothing written"},
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
		breaks: []string{"a context that has ended makes an append return its error with nothing written"},
	},
	{
		name: "a read does not look at its context",
		bend: func(h *handle) {
			read := h.read
			h.read = func(ctx context.Context, query domain.Query, options ports.ReadOptions) (ports.ReadResult, error) {
				return read(context.WithoutCancel(ctx), query, options)
			}
		},
		breaks: []string{"a context that has ended makes Read and Head return its error"},
	},
	{
		name: "a head does not look at its context",
		bend: func(h *handle) {
			head := h.head
			h.head = func(ctx context.Context) (domain.Position, error) { return head(context.WithoutCancel(ctx)) }
		},
		breaks: []string{"a context that has ended makes Read and Head return its error"},
	},
	{
		name: "a read whose context ends is cut short",
		bend: bendResults(func(_ *handle, _ domain.Query, _ ports.ReadOptions, r ports.ReadResult) ports.ReadResult {
			r.Events = withoutErrors(r.Events)
			return r
		}),
		breaks: []string{"a read whose context ends on the way is complete or says so"},
	},
	{
		name: "the context is looked at before the input",
		bend: around(func(_ *handle, right appendFunc, ctx context.Context, events []domain.Event, conditions []domain.AppendCondition) (domain.Positions, error) {
			if ctx.Err() != nil {
				return domain.Positions{}, ctx.Err()
			}
			return right(ctx, events, conditions)
		}),
		breaks: []string{"invalid input is refused as such even when the context has ended"},
	},
	{
		name: "Close does nothing",
		bend: func(h *handle) { h.close = func() error { return nil } },
		breaks: []string{
			"a closed store refuses appends, reads and subscriptions with ErrClosed",
			"a subscription that waits ends with ErrClosed when the store is closed",
			"a subscription that catches up ends with ErrClosed when the store is closed",
		},
		hangs: true,
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
		breaks: []string{"a store may be closed more than once"},
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
		breaks: []string{"a closed store refuses appends, reads and subscriptions with ErrClosed"},
	},
	{
		name: "Close cuts results short",
		bend: bendResults(func(h *handle, _ domain.Query, _ ports.ReadOptions, r ports.ReadResult) ports.ReadResult {
			r.Events = filtered(r.Events, func(domain.SequencedEvent) bool { return h.life.Err() == nil })
			return r
		}),
		breaks: []string{"a result from before Close is complete or says that the store is closed"},
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
		breaks: []string{
			"a subscription that waits ends with ErrClosed when the store is closed",
			"a subscription that catches up ends with ErrClosed when the store is closed",
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
		breaks: []string{
			"a subscription that waits ends with ErrClosed when the store is closed",
			"a subscription that catches up ends with ErrClosed when the store is closed",
		},
		hangs: true,
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
