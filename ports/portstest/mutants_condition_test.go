package portstest_test

import (
	"context"
	"errors"
	"slices"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

var conditionMutants = []mutant{
	{
		name: "a condition's After is inclusive",
		bend: bendConditions(func(c domain.AppendCondition) domain.AppendCondition { c.After -= min(c.After, 1); return c }),
		breaks: saying{
			"a condition ignores events up to and including its After":           "after position 3, but position 4 is counted [day shop], want it accepted",
			"a condition's items are alternatives, its tags must all be carried": "after position 0, but position 1 is first [tx], want it accepted",
			"every condition has an After of its own, and all must hold":         "after position 3, but position 4 is counted [day shop], want it accepted",
		},
	},
	{
		name: "a condition looks only past the event behind its After",
		bend: bendConditions(func(c domain.AppendCondition) domain.AppendCondition {
			if c.After > 0 {
				c.After++
			}
			return c
		}),
		breaks: saying{
			"a condition ignores events up to and including its After": "[no counted after 3] = positions 7 to 7, want a conflict",
		},
	},
	{
		name: "a condition's After is ignored",
		bend: bendConditions(func(c domain.AppendCondition) domain.AppendCondition { c.After = 0; return c }),
		breaks: saying{
			"a condition ignores events up to and including its After":                                 "after position 0, but position 4 is counted [day shop], want it accepted",
			"a decision made at the head holds until a matching event arrives":                         "after position 0, but position 1 is opened [day shop], want it accepted",
			"an After beyond the head is accepted and holds":                                           "after position 0, but position 1 is opened [day shop], want it accepted",
			"a conditional append whose events do not match its condition lands twice when sent twice": "after position 0, but position 1 is opened [day shop], want it accepted",
			"random conditions hold exactly when their definition says so":                             ", want condition 0 by position",
		},
	},
	{
		name: "a condition without After is not checked",
		bend: bendAllConditions(func(conditions []domain.AppendCondition) []domain.AppendCondition {
			return slices.DeleteFunc(slices.Clone(conditions), func(c domain.AppendCondition) bool {
				return c.After == 0 && c.FailIfEventsMatch.Validate() == nil
			})
		}),
		breaks: saying{
			"a condition without After fails on any match in the whole store":             "[no all events after 0] = positions 2 to 2, want a conflict",
			"of concurrent appends that demand that nothing exists yet, exactly one wins": "8 of 8 appends that exclude each other were accepted",
			"of appends by two handles that demand an empty store, exactly one wins":      "8 of 8 appends that exclude each other were accepted",
		},
	},
	{
		name: "no condition is checked",
		bend: bendAllConditions(func([]domain.AppendCondition) []domain.AppendCondition { return nil }),
		breaks: saying{
			"a condition without After fails on any match in the whole store":                  "[no all events after 0] = positions 2 to 2, want a conflict",
			"a conditional append whose events match its condition lands once when sent twice": "[no {order:1} after 0] = positions 9 to 10, want a conflict",
			"of concurrent appends under one stale decision, exactly one wins":                 "8 of 8 appends that exclude each other were accepted",
			"a concurrent history proves every acceptance and every refusal right":             "was accepted at",
		},
	},
	{
		name: "any event past After is a conflict",
		bend: bendConditions(func(c domain.AppendCondition) domain.AppendCondition {
			if c.FailIfEventsMatch.Validate() == nil {
				c.FailIfEventsMatch = domain.All()
			}
			return c
		}),
		breaks: saying{
			"a condition ignores events that its query does not match": "after position 6, but position 7 is opened [night], want it accepted",
			"concurrent appends with disjoint boundaries all succeed":  "is debited [account:",
		},
	},
	{
		name: "an After beyond the head is refused",
		bend: around(func(h *handle, right appendFunc, ctx context.Context, events []domain.Event, conditions []domain.AppendCondition) (domain.Positions, error) {
			head := domain.Position(len(h.everything(ctx)))
			if slices.ContainsFunc(conditions, func(c domain.AppendCondition) bool { return c.After > head }) {
				return domain.Positions{}, &domain.ValidationError{Field: "after", Rule: "must not lie beyond the head"}
			}
			return right(ctx, events, conditions)
		}),
		breaks: saying{"an After beyond the head is accepted and holds": "must not lie beyond the head, want it accepted"},
	},
	{
		name: "an After beyond the head is a conflict",
		bend: around(func(h *handle, right appendFunc, ctx context.Context, events []domain.Event, conditions []domain.AppendCondition) (domain.Positions, error) {
			head := domain.Position(len(h.everything(ctx)))
			for _, c := range conditions {
				if c.After > head {
					return domain.Positions{}, fakeConflict(c)
				}
			}
			return right(ctx, events, conditions)
		}),
		breaks: saying{"an After beyond the head is accepted and holds": "after position 7, but position 8 is fake [], want it accepted"},
	},
	{
		name: "only the first condition is checked",
		bend: bendAllConditions(func(conditions []domain.AppendCondition) []domain.AppendCondition {
			return conditions[:min(1, len(conditions))]
		}),
		breaks: saying{
			"every condition has an After of its own, and all must hold":                       "[no counted after 4, no closed after 5] = positions 9 to 9, want a conflict",
			"a conflict names the first condition that failed, by its index":                   "[no burnt after 0, no counted after 3] = positions 7 to 7, want a conflict",
			"an append is accepted with the most conditions allowed and refused with one more": "one above MaxConditions: <nil>, want a *domain.LimitError",
		},
	},
	{
		name: "conditions are merged into one with the lowest After",
		bend: mergedConditions(func(a, b domain.Position) domain.Position { return min(a, b) }),
		breaks: saying{
			"every condition has an After of its own, and all must hold":   "after position 0, but position 2 is closed [day], want it accepted",
			"random conditions hold exactly when their definition says so": ", want condition 0 by position",
		},
	},
	{
		name: "conditions are merged into one with the highest After",
		bend: mergedConditions(func(a, b domain.Position) domain.Position { return max(a, b) }),
		breaks: saying{
			"every condition has an After of its own, and all must hold":   "[no counted after 3, no closed after 6] = positions 9 to 9, want a conflict",
			"random conditions hold exactly when their definition says so": ", want condition 0 by position",
		},
	},
	{
		name: "one condition that holds is enough",
		bend: around(func(h *handle, right appendFunc, ctx context.Context, events []domain.Event, conditions []domain.AppendCondition) (domain.Positions, error) {
			log := h.everything(ctx)
			holds := func(c domain.AppendCondition) bool { return checked(log, []domain.AppendCondition{c}, matches) == nil }
			if domain.ValidateConditions(conditions) == nil && slices.ContainsFunc(conditions, holds) {
				return right(ctx, events, nil)
			}
			return right(ctx, events, conditions)
		}),
		breaks: saying{
			"every condition has an After of its own, and all must hold": "[no counted after 3, no closed after 6] = positions 9 to 9, want a conflict",
		},
	},
	{
		name: "the events of the append count in its conditions",
		bend: around(func(_ *handle, right appendFunc, ctx context.Context, events []domain.Event, conditions []domain.AppendCondition) (domain.Positions, error) {
			for _, c := range conditions {
				if slices.ContainsFunc(events, c.FailIfEventsMatch.Matches) {
					return domain.Positions{}, fakeConflict(c)
				}
			}
			return right(ctx, events, conditions)
		}),
		breaks: saying{"an append never conflicts with its own events": "after position 0, but position 1 is fake [], want it accepted"},
	},
	{
		name: "an event of a batch sees the ones in front of it",
		bend: around(func(_ *handle, right appendFunc, ctx context.Context, events []domain.Event, conditions []domain.AppendCondition) (domain.Positions, error) {
			if _, err := domain.PrepareEvents(events); err != nil {
				return domain.Positions{}, err
			}
			var all domain.Positions
			for i, e := range events {
				p, err := right(ctx, []domain.Event{e}, conditions)
				if err != nil {
					return domain.Positions{}, err
				}
				if i == 0 {
					all.First = p.First
				}
				all.Last = p.Last
			}
			return all, nil
		}),
		breaks: saying{
			"an append never conflicts with its own events": "after position 0, but position 2 is opened [bar], want it accepted",
		},
	},
	{
		name: "no condition is taken for: the store must be empty",
		bend: bendAllConditions(func(conditions []domain.AppendCondition) []domain.AppendCondition {
			if len(conditions) == 0 {
				return []domain.AppendCondition{{FailIfEventsMatch: domain.All()}}
			}
			return conditions
		}),
		breaks: saying{
			"an append without conditions always holds":      "after position 0, but position 1 is opened [day shop], want it accepted",
			"an unconditional append sent twice lands twice": "after position 0, but position 1 is sent [to:x], want it accepted",
		},
	},
}

func mergedConditions(after func(a, b domain.Position) domain.Position) func(*handle) {
	return bendAllConditions(func(conditions []domain.AppendCondition) []domain.AppendCondition {
		if len(conditions) < 2 || domain.ValidateConditions(conditions) != nil {
			return conditions
		}
		merged := conditions[0]
		for _, c := range conditions[1:] {
			merged.FailIfEventsMatch = merged.FailIfEventsMatch.Union(c.FailIfEventsMatch)
			merged.After = after(merged.After, c.After)
		}
		return []domain.AppendCondition{merged}
	})
}

// bendConflicts changes the conflict that an append reports.
func bendConflicts(bend func(h *handle, conditions []domain.AppendCondition, conflict ports.ConflictError) error) func(*handle) {
	return around(func(h *handle, right appendFunc, ctx context.Context, events []domain.Event, conditions []domain.AppendCondition) (domain.Positions, error) {
		positions, err := right(ctx, events, conditions)
		if conflict, ok := errors.AsType[*ports.ConflictError](err); ok {
			return positions, bend(h, conditions, *conflict)
		}
		return positions, err
	})
}

var conflictMutants = []mutant{
	{
		name: "a conflict names the last matching event",
		bend: bendConflicts(func(h *handle, conditions []domain.AppendCondition, conflict ports.ConflictError) error {
			for _, e := range h.everything(context.Background()) {
				if conditions[conflict.Condition].FailIfEventsMatch.Matches(e.Event) {
					conflict.Position, conflict.Type, conflict.Tags = e.Position, e.Type, e.Tags
				}
			}
			return &conflict
		}),
		breaks: saying{
			"a conflict names the first matching event past After: position, type and tags": "the conflict names the event at position 7, want 1",
			"random conditions hold exactly when their definition says so":                  ", want condition 0 by position",
		},
	},
	{
		name: "a conflict names the first matching event of the store",
		bend: bendConflicts(func(h *handle, conditions []domain.AppendCondition, conflict ports.ConflictError) error {
			for _, e := range h.everything(context.Background()) {
				if conditions[conflict.Condition].FailIfEventsMatch.Matches(e.Event) {
					conflict.Position, conflict.Type, conflict.Tags = e.Position, e.Type, e.Tags
					break
				}
			}
			return &conflict
		}),
		breaks: saying{
			"a conflict names the first matching event past After: position, type and tags": "the conflict names the event at position 1, want 3",
		},
	},
	{
		name: "a conflict names the event right behind After",
		bend: bendConflicts(func(h *handle, _ []domain.AppendCondition, conflict ports.ConflictError) error {
			e := h.everything(context.Background())[conflict.After]
			conflict.Position, conflict.Type, conflict.Tags = e.Position, e.Type, e.Tags
			return &conflict
		}),
		breaks: saying{
			"a conflict names the first matching event past After: position, type and tags": "the conflict names the event at position 1, want 2",
		},
	},
	{
		name: "a conflict does not name the tags",
		bend: bendConflicts(func(_ *handle, _ []domain.AppendCondition, conflict ports.ConflictError) error {
			conflict.Tags = nil
			return &conflict
		}),
		breaks: saying{
			"a conflict names the first matching event past After: position, type and tags": "the conflict names an event opened [], want opened [day shop]",
			"a condition sees what another handle appended":                                 "the conflict names an event opened [], want opened [shop]",
		},
	},
	{
		name: "a conflict has no details",
		bend: bendConflicts(func(*handle, []domain.AppendCondition, ports.ConflictError) error { return ports.ErrConflict }),
		breaks: saying{
			"a conflict names the first matching event past After: position, type and tags": "= opossum: append condition failed, want a *ports.ConflictError",
			"of concurrent appends under one stale decision, exactly one wins":              "lost with opossum: append condition failed, want a *ports.ConflictError",
		},
	},
	{
		name: "a conflict always names condition 0",
		bend: bendConflicts(func(_ *handle, _ []domain.AppendCondition, conflict ports.ConflictError) error {
			conflict.Condition = 0
			return &conflict
		}),
		breaks: saying{
			"a conflict names the first condition that failed, by its index": "the conflict names condition 0, want 1",
			"random conditions hold exactly when their definition says so":   "fails on condition 0 by position 16, want condition 1 by position 16",
		},
	},
	{
		name: "a conflict names the last condition that failed",
		bend: bendConflicts(func(h *handle, conditions []domain.AppendCondition, conflict ports.ConflictError) error {
			log := h.everything(context.Background())
			for i, c := range conditions {
				if failed, ok := errors.AsType[*ports.ConflictError](checked(log, []domain.AppendCondition{c}, matches)); ok {
					conflict = *failed
					conflict.Condition = i
				}
			}
			return &conflict
		}),
		breaks: saying{"a conflict names the first condition that failed, by its index": "the conflict names condition 3, want 2"},
	},
	{
		name: "the first event of a refused batch is stored",
		bend: around(func(_ *handle, right appendFunc, ctx context.Context, events []domain.Event, conditions []domain.AppendCondition) (domain.Positions, error) {
			positions, err := right(ctx, events, conditions)
			if errors.Is(err, ports.ErrConflict) {
				if _, err := right(ctx, events[:1], nil); err != nil {
					return domain.Positions{}, err
				}
			}
			return positions, err
		}),
		breaks: saying{
			"a conflict leaves the store unchanged":                                "got 8 events at [1 2 3 4 5 6 7 8], want 6 at [1 2 3 4 5 6]",
			"a refused append leaves no hole in the positions":                     "after refused appends the next event got position 5, want 2",
			"a subscription does not yield what was refused":                       `the subscription yields "refused g", want "g h"`,
			"a concurrent history proves every acceptance and every refusal right": "was refused, and position",
			"what was refused does not appear after opening again":                 "got 7 events at [1 2 3 4 5 6 7], want 6 at [1 2 3 4 5 6]",
		},
	},
	{
		name: "a conflict is swallowed",
		bend: around(func(_ *handle, right appendFunc, ctx context.Context, events []domain.Event, conditions []domain.AppendCondition) (domain.Positions, error) {
			positions, err := right(ctx, events, conditions)
			if errors.Is(err, ports.ErrConflict) {
				return domain.Positions{}, nil
			}
			return positions, err
		}),
		breaks: saying{
			"a condition without After fails on any match in the whole store": "[no all events after 0] = positions 0 to 0, want a conflict",
			"a conflict leaves the store unchanged":                           "[no opened after 0] = positions 0 to 0, want a conflict",
		},
	},
	{
		name: "a conflict keeps the lock",
		bend: func(h *handle) {
			locked := make(chan struct{}, 1)
			around(func(_ *handle, right appendFunc, ctx context.Context, events []domain.Event, conditions []domain.AppendCondition) (domain.Positions, error) {
				select {
				case locked <- struct{}{}:
				case <-ctx.Done():
					return domain.Positions{}, ctx.Err()
				}
				positions, err := right(ctx, events, conditions)
				if !errors.Is(err, ports.ErrConflict) {
					<-locked
				}
				return positions, err
			})(h)
		},
		breaks: saying{"after a conflict the next append works": hanging("appends after a conflict")},
	},
	{
		name: "a conflict and the events share their tags with the store",
		bend: leaking(),
		breaks: saying{
			"the receiver owns the tags that a conflict names":   `"opened" ["spoilt" "spoilt"]`,
			"what a read yields belongs to the receiver":         `"mixed" ["spoilt" "spoilt" "spoilt"]`,
			"what a subscription yields belongs to the receiver": `"mixed" ["spoilt" "spoilt" "spoilt"]`,
		},
	},
}

// leaking gives every receiver the same tags, data and values of an event.
func leaking() func(*handle) {
	return func(h *handle) {
		given := map[domain.Position]domain.SequencedEvent{}
		share := func(h *handle, e domain.SequencedEvent) domain.SequencedEvent {
			h.world.mu.Lock()
			defer h.world.mu.Unlock()
			if _, known := given[e.Position]; !known {
				given[e.Position] = e
			}
			return given[e.Position]
		}
		bendEvents(share)(h)
		bendConflicts(func(h *handle, _ []domain.AppendCondition, conflict ports.ConflictError) error {
			conflict.Tags = share(h, h.everything(context.Background())[conflict.Position-1]).Tags
			return &conflict
		})(h)
	}
}
