package portstest_test

import (
	"context"
	"slices"
	"time"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// mutant is a store that is wrong in one respect.
type mutant struct {
	name string
	bend func(h *handle)
	// breaks are the rules that must all fail on this store, for what is wrong with it.
	breaks saying
}

// saying maps the title of a rule to a part of the text that it must fail with.
type saying map[string]string

// patience is how long rules wait for what never happens on a mutant. It is not of this
// world: in the bubble of try a time passes when nothing else can happen any more, and
// then at once. So only what hangs makes a rule lose its patience, however slow the
// machine. Mutants wait by channels for that, as mutexes do not count as waiting.
const patience = time.Minute

// hanging is the text of a rule that notices only by losing its patience.
func hanging(what string) string {
	return what + ": nothing happened for " + patience.String()
}

func mutants() []mutant {
	return slices.Concat(
		queryMutants, readMutants, snapshotMutants, appendMutants, eventMutants,
		conditionMutants, conflictMutants, inputMutants, lifecycleMutants,
		concurrencyMutants, subscriptionMutants, handleMutants(),
	)
}

// The functions below bend one aspect of a handle, whatever it does otherwise.

func bendQueries(bend func(domain.Query) domain.Query) func(*handle) {
	return func(h *handle) {
		bendReadQueries(bend)(h)
		bendConditions(func(c domain.AppendCondition) domain.AppendCondition {
			c.FailIfEventsMatch = bend(c.FailIfEventsMatch)
			return c
		})(h)
		subscribe := h.subscribe
		h.subscribe = func(ctx context.Context, query domain.Query, after domain.Position) sequence {
			return subscribe(ctx, bend(query), after)
		}
	}
}

func bendReadQueries(bend func(domain.Query) domain.Query) func(*handle) {
	return func(h *handle) {
		read := h.read
		h.read = func(ctx context.Context, query domain.Query, options ports.ReadOptions) (ports.ReadResult, error) {
			return read(ctx, bend(query), options)
		}
	}
}

func bendItems(bend func(domain.QueryItem) []domain.QueryItem) func(*handle) {
	return bendQueries(func(query domain.Query) domain.Query {
		if query.IsAll() || query.IsZero() {
			return query
		}
		var items []domain.QueryItem
		for _, item := range query.Items() {
			items = append(items, bend(item)...)
		}
		return domain.NewQuery(items...)
	})
}

func bendOptions(bend func(ports.ReadOptions) ports.ReadOptions) func(*handle) {
	return func(h *handle) {
		read := h.read
		h.read = func(ctx context.Context, query domain.Query, options ports.ReadOptions) (ports.ReadResult, error) {
			return read(ctx, query, bend(options))
		}
	}
}

func bendResults(bend func(h *handle, query domain.Query, options ports.ReadOptions, r ports.ReadResult) ports.ReadResult) func(*handle) {
	return func(h *handle) {
		read := h.read
		h.read = func(ctx context.Context, query domain.Query, options ports.ReadOptions) (ports.ReadResult, error) {
			result, err := read(ctx, query, options)
			if err != nil {
				return result, err
			}
			return bend(h, query, options, result), nil
		}
	}
}

// bendEvents changes every event on its way out, by read and by subscription.
func bendEvents(bend func(h *handle, e domain.SequencedEvent) domain.SequencedEvent) func(*handle) {
	return func(h *handle) {
		each := func(e domain.SequencedEvent) domain.SequencedEvent { return bend(h, e) }
		bendResults(func(_ *handle, _ domain.Query, _ ports.ReadOptions, r ports.ReadResult) ports.ReadResult {
			r.Events = mapped(r.Events, each)
			return r
		})(h)
		subscribe := h.subscribe
		h.subscribe = func(ctx context.Context, query domain.Query, after domain.Position) sequence {
			return mapped(subscribe(ctx, query, after), each)
		}
	}
}

func mapped(events sequence, each func(domain.SequencedEvent) domain.SequencedEvent) sequence {
	return func(yield func(domain.SequencedEvent, error) bool) {
		for e, err := range events {
			if err == nil {
				e = each(e)
			}
			if !yield(e, err) {
				return
			}
		}
	}
}

func bendBatches(bend func([]domain.Event) []domain.Event) func(*handle) {
	return func(h *handle) {
		append := h.append
		h.append = func(ctx context.Context, events []domain.Event, conditions []domain.AppendCondition) (domain.Positions, error) {
			return append(ctx, bend(events), conditions)
		}
	}
}

// bendInput changes a copy of every event on its way in.
func bendInput(bend func(domain.Event) domain.Event) func(*handle) {
	return bendBatches(func(events []domain.Event) []domain.Event {
		var out []domain.Event
		for _, e := range events {
			out = append(out, bend(e))
		}
		return out
	})
}

func bendConditions(bend func(domain.AppendCondition) domain.AppendCondition) func(*handle) {
	return bendAllConditions(func(conditions []domain.AppendCondition) []domain.AppendCondition {
		var out []domain.AppendCondition
		for _, c := range conditions {
			out = append(out, bend(c))
		}
		return out
	})
}

func bendAllConditions(bend func([]domain.AppendCondition) []domain.AppendCondition) func(*handle) {
	return func(h *handle) {
		append := h.append
		h.append = func(ctx context.Context, events []domain.Event, conditions []domain.AppendCondition) (domain.Positions, error) {
			return append(ctx, events, bend(conditions))
		}
	}
}

// around puts a mutant's own append in front of the right one.
func around(wrong func(h *handle, right appendFunc, ctx context.Context, events []domain.Event, conditions []domain.AppendCondition) (domain.Positions, error)) func(*handle) {
	return func(h *handle) {
		right := h.append
		h.append = func(ctx context.Context, events []domain.Event, conditions []domain.AppendCondition) (domain.Positions, error) {
			return wrong(h, right, ctx, events, conditions)
		}
	}
}

// aroundSubscribe puts a mutant's own subscription in front of the right one.
func aroundSubscribe(wrong func(h *handle, right subscribeFunc, ctx context.Context, query domain.Query, after domain.Position) sequence) func(*handle) {
	return func(h *handle) {
		right := h.subscribe
		h.subscribe = func(ctx context.Context, query domain.Query, after domain.Position) sequence {
			return wrong(h, right, ctx, query, after)
		}
	}
}

func both(bends ...func(*handle)) func(*handle) {
	return func(h *handle) {
		for _, bend := range bends {
			bend(h)
		}
	}
}

// bendMatching replaces what it means to match, in reads and in conditions.
func bendMatching(match func(domain.Query, domain.Event) bool) func(*handle) {
	return both(bendReadMatching(match), func(h *handle) {
		right := h.append
		h.append = func(ctx context.Context, events []domain.Event, conditions []domain.AppendCondition) (domain.Positions, error) {
			if len(events) == 0 || domain.ValidateConditions(conditions) != nil {
				return right(ctx, events, conditions)
			}
			if err := checked(h.everything(ctx), conditions, match); err != nil {
				return domain.Positions{}, err
			}
			return right(ctx, events, nil)
		}
	})
}

func bendReadMatching(match func(domain.Query, domain.Event) bool) func(*handle) {
	return func(h *handle) {
		read := h.read
		h.read = func(ctx context.Context, query domain.Query, options ports.ReadOptions) (ports.ReadResult, error) {
			if err := query.Validate(); err != nil {
				return ports.ReadResult{}, err
			}
			if err := options.Validate(); err != nil {
				return ports.ReadResult{}, err
			}
			limit := options.Limit
			options.Limit = 0 // counted below
			result, err := read(ctx, domain.All(), options)
			if err != nil {
				return result, err
			}
			result.Events = limited(filtered(result.Events, func(e domain.SequencedEvent) bool { return match(query, e.Event) }), limit)
			return result, nil
		}
	}
}

// everything returns the events of the world, as they are.
func (h *handle) everything(ctx context.Context) []domain.SequencedEvent {
	result, err := h.world.store.Read(ctx, domain.All(), ports.ReadOptions{})
	if err != nil {
		return nil
	}
	return listed(result.Events)
}

func listed(events sequence) []domain.SequencedEvent {
	var out []domain.SequencedEvent
	for e, err := range events {
		if err == nil {
			out = append(out, e)
		}
	}
	return out
}

// sequenceOf yields a list.
func sequenceOf(events []domain.SequencedEvent) sequence {
	return func(yield func(domain.SequencedEvent, error) bool) {
		for _, e := range events {
			if !yield(e, nil) {
				return
			}
		}
	}
}

func filtered(events sequence, keep func(domain.SequencedEvent) bool) sequence {
	return func(yield func(domain.SequencedEvent, error) bool) {
		for e, err := range events {
			if (err != nil || keep(e)) && !yield(e, err) {
				return
			}
		}
	}
}

func limited(events sequence, limit int) sequence {
	return func(yield func(domain.SequencedEvent, error) bool) {
		n := 0
		for e, err := range events {
			if !yield(e, err) {
				return
			}
			if n++; n == limit {
				return
			}
		}
	}
}

// checked returns the conflict of conditions with a log.
func checked(log []domain.SequencedEvent, conditions []domain.AppendCondition, match func(domain.Query, domain.Event) bool) error {
	for i, c := range conditions {
		for _, e := range log {
			if e.Position > c.After && match(c.FailIfEventsMatch, e.Event) {
				return &ports.ConflictError{Condition: i, After: c.After, Position: e.Position, Type: e.Type, Tags: e.Tags}
			}
		}
	}
	return nil
}

func matches(query domain.Query, e domain.Event) bool { return query.Matches(e) }

// fakeConflict is a conflict that did not happen.
func fakeConflict(c domain.AppendCondition) error {
	return &ports.ConflictError{After: c.After, Position: c.After + 1, Type: "fake"}
}
