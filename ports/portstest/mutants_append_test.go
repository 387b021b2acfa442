package portstest_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

var appendMutants = []mutant{
	{
		name: "positions start at 0",
		bend: bendPositions(func(p domain.Position) domain.Position { return p - 1 }),
		breaks: saying{
			"positions start at 1 and follow each other without holes": "Append of 1 events = positions 0 to 0, want 1 positions, none of them 0",
			"an append returns the positions that its events got":      "Append of 1 events = positions 0 to 0, want 1 positions, none of them 0",
		},
	},
	{
		name: "positions have holes",
		bend: bendPositions(func(p domain.Position) domain.Position { return 2*p - 1 }),
		breaks: saying{
			"positions start at 1 and follow each other without holes":   "Append of 3 events after position 1 = positions 3 to 5, want the next ones",
			"concurrent appends are all stored, each batch in one piece": "event 1 has position 3, want 2",
		},
	},
	{
		name: "an append returns positions that are one too high",
		bend: around(func(_ *handle, right appendFunc, ctx context.Context, events []domain.Event, conditions []domain.AppendCondition) (domain.Positions, error) {
			p, err := right(ctx, events, conditions)
			if err == nil {
				p.First, p.Last = p.First+1, p.Last+1
			}
			return p, err
		}),
		breaks: saying{
			"an append returns the positions that its events got":                  "append 0 returned positions 2 to 2, want them to end at 1",
			"concurrent appends are all stored, each batch in one piece":           "which was acknowledged there",
			"a concurrent history proves every acceptance and every refusal right": "which was acknowledged there",
		},
	},
	{
		name: "a batch is sorted by type",
		bend: bendBatches(func(events []domain.Event) []domain.Event {
			return slices.SortedStableFunc(slices.Values(events), func(a, b domain.Event) int { return cmp.Compare(a.Type, b.Type) })
		}),
		breaks: saying{"the events of a batch keep their order": "a batch of 25 came back as 0 18 11 4"},
	},
	{
		name: "an append of events that are there already is taken for a repetition",
		bend: around(func(h *handle, right appendFunc, ctx context.Context, events []domain.Event, conditions []domain.AppendCondition) (domain.Positions, error) {
			if p, there := h.find(ctx, events); there {
				return p, nil
			}
			return right(ctx, events, conditions)
		}),
		breaks: saying{
			"equal events are two events":                                                              `three equal events came back as "twin twin", want "twin twin twin"`,
			"an unconditional append sent twice lands twice":                                           `a batch sent twice came back as "a b", want "a b a b"`,
			"a conditional append whose events do not match its condition lands twice when sent twice": `a batch sent twice under a condition on other events came back as "g", want "g g"`,
			"a conditional append whose events match its condition lands once when sent twice":         "[no {order:1} after 0] = positions 7 to 8, want a conflict",
		},
	},
	{
		name: "a conflict with a repetition of the same events counts as success",
		bend: around(func(h *handle, right appendFunc, ctx context.Context, events []domain.Event, conditions []domain.AppendCondition) (domain.Positions, error) {
			positions, err := right(ctx, events, conditions)
			if errors.Is(err, ports.ErrConflict) {
				if p, there := h.find(ctx, events); there {
					return p, nil
				}
			}
			return positions, err
		}),
		breaks: saying{
			"a conditional append whose events match its condition lands once when sent twice": "[no {order:1} after 0] = positions 7 to 8, want a conflict",
		},
	},
	{
		name: "a refused append uses up a position",
		bend: both(
			around(func(_ *handle, right appendFunc, ctx context.Context, events []domain.Event, conditions []domain.AppendCondition) (domain.Positions, error) {
				positions, err := right(ctx, events, conditions)
				if errors.Is(err, ports.ErrConflict) {
					if _, err := right(ctx, []domain.Event{{Type: "hidden"}}, nil); err != nil {
						return domain.Positions{}, err
					}
				}
				return positions, err
			}),
			bendResults(func(_ *handle, _ domain.Query, _ ports.ReadOptions, r ports.ReadResult) ports.ReadResult {
				r.Events = filtered(r.Events, func(e domain.SequencedEvent) bool { return e.Type != "hidden" })
				return r
			}),
		),
		breaks: saying{
			"a refused append leaves no hole in the positions": "after refused appends the next event got position 5, want 2",
			"a conflict leaves the store unchanged":            "Head() = 8, want 6 as before",
		},
	},
	{
		name: "the valid events of an invalid batch are stored",
		bend: around(func(_ *handle, right appendFunc, ctx context.Context, events []domain.Event, conditions []domain.AppendCondition) (domain.Positions, error) {
			positions, err := right(ctx, events, conditions)
			if errors.Is(err, domain.ErrInvalid) {
				valid := slices.DeleteFunc(slices.Clone(events), func(e domain.Event) bool {
					_, err := domain.PrepareEvents([]domain.Event{e})
					return err != nil
				})
				if len(valid) > 0 {
					return right(ctx, valid, conditions)
				}
			}
			return positions, err
		}),
		breaks: saying{
			"a batch with one invalid event is refused as a whole": "got 9 events at [1 2 3 4 5 6 7 8 9], want 6",
			"a subscription does not yield what was refused":       `the subscription yields "refused g", want "g h"`,
		},
	},
	{
		name:   "all stores are one",
		bend:   inOneWorld(),
		breaks: saying{"two stores see nothing of each other": "the head of another store moved to"},
	},
}

func inOneWorld() func(*handle) {
	common := newWorld()
	return func(h *handle) {
		h.read = common.store.Read
		h.head = common.store.Head
		h.append = func(ctx context.Context, events []domain.Event, conditions []domain.AppendCondition) (domain.Positions, error) {
			common.mu.Lock()
			defer common.mu.Unlock()
			common.clock = h.clock
			return common.store.Append(ctx, events, conditions...)
		}
	}
}

// find returns where equal events stand in a row.
func (h *handle) find(ctx context.Context, events []domain.Event) (domain.Positions, bool) {
	log := h.everything(ctx)
	for i := range log {
		if len(events) == 0 || i+len(events) > len(log) {
			break
		}
		if slices.EqualFunc(log[i:i+len(events)], events, func(a domain.SequencedEvent, b domain.Event) bool {
			return a.Type == b.Type && bytes.Equal(a.Data, b.Data)
		}) {
			return domain.Positions{First: log[i].Position, Last: log[i+len(events)-1].Position}, true
		}
	}
	return domain.Positions{}, false
}

// bendPositions numbers events in another way, everywhere but in bounds.
func bendPositions(bend func(domain.Position) domain.Position) func(*handle) {
	return both(
		bendEvents(func(_ *handle, e domain.SequencedEvent) domain.SequencedEvent {
			e.Position = bend(e.Position)
			return e
		}),
		around(func(_ *handle, right appendFunc, ctx context.Context, events []domain.Event, conditions []domain.AppendCondition) (domain.Positions, error) {
			p, err := right(ctx, events, conditions)
			if err == nil {
				p.First = bend(p.First)
				p.Last = p.First + domain.Position(len(events)) - 1
			}
			return p, err
		}),
	)
}

var eventMutants = []mutant{
	{
		name: "data is decoded and encoded again",
		bend: bendInput(func(e domain.Event) domain.Event {
			var v any
			if json.Unmarshal(e.Data, &v) == nil {
				e.Data = asJSON(v)
			}
			return e
		}),
		breaks: saying{"data comes back byte for byte, without insignificant white space": `came back as "1.2345678901234568e+28"`},
	},
	{
		name: "data is escaped for HTML",
		bend: bendInput(func(e domain.Event) domain.Event {
			if json.Valid(e.Data) {
				e.Data = asJSON(e.Data)
			}
			return e
		}),
		breaks: saying{
			"data comes back byte for byte, without insignificant white space": `came back as "\"\\u003c\\u003e\\u0026\\u003c\\u003e\\u0026\""`,
		},
	},
	{
		name: "white space in data is kept",
		bend: keptInput(func(given domain.Event, e *domain.SequencedEvent) {
			if len(given.Data) > 0 {
				e.Data = slices.Clone(given.Data)
			}
		}),
		breaks: saying{"data comes back byte for byte, without insignificant white space": `came back as "\t{ \"b\" :`},
	},
	{
		name: "null data comes back absent",
		bend: bendEvents(func(_ *handle, e domain.SequencedEvent) domain.SequencedEvent {
			if string(e.Data) == "null" {
				e.Data = nil
			}
			return e
		}),
		breaks: saying{"absent data is stored as null": `data of event nil = "", want null`},
	},
	{
		name:   "white space around types is cut",
		bend:   bendInput(func(e domain.Event) domain.Event { e.Type = strings.TrimSpace(e.Type); return e }),
		breaks: saying{"type and tags come back byte for byte": "must not be empty, want it accepted"},
	},
	{
		name: "control characters in tags are lost",
		bend: bendEvents(func(_ *handle, e domain.SequencedEvent) domain.SequencedEvent {
			for i, tag := range e.Tags {
				e.Tags[i] = domain.Tag(strings.ReplaceAll(string(tag), "\x01", ""))
			}
			return e
		}),
		breaks: saying{"type and tags come back byte for byte": `came back as "\x01" and [""]`},
	},
	{
		name: "tags come back as given",
		bend: keptInput(func(given domain.Event, e *domain.SequencedEvent) { e.Tags = slices.Clone(given.Tags) }),
		breaks: saying{
			"tags come back sorted and without duplicates": `tags came back as ["c" "a" "b" "a" "c" "B"], want ["B" "a" "b" "c"]`,
		},
	},
	{
		name: "tags come back sorted, with their duplicates",
		bend: keptInput(func(given domain.Event, e *domain.SequencedEvent) { e.Tags = slices.Sorted(slices.Values(given.Tags)) }),
		breaks: saying{
			"tags come back sorted and without duplicates": `tags came back as ["B" "a" "a" "b" "c" "c"], want ["B" "a" "b" "c"]`,
		},
	},
	{
		name: "the last tag of a key wins",
		bend: bendInput(func(e domain.Event) domain.Event {
			byKey := map[string]domain.Tag{}
			for _, tag := range e.Tags {
				byKey[tag.Key()] = tag
			}
			e.Tags = slices.Collect(maps.Values(byKey))
			return e
		}),
		breaks: saying{"an event may carry several tags with one key": `= "one", want "both one"`},
	},
	{
		name: "metadata values are lost",
		bend: bendMetadata(func(m domain.Metadata) domain.Metadata { m.Values = nil; return m }),
		breaks: saying{
			"metadata comes back as given":                             "values=[]",
			"no metadata values and an empty map of them are the same": "values of event one = map[], want map[key:]",
		},
	},
	{
		name: "metadata values always hold a version",
		bend: bendMetadata(func(m domain.Metadata) domain.Metadata {
			m.Values = maps.Clone(m.Values)
			if m.Values == nil {
				m.Values = map[string]string{}
			}
			m.Values["version"] = "1"
			return m
		}),
		breaks: saying{
			"no metadata values and an empty map of them are the same": "values of event nil = map[version:1], want map[]",
			"metadata comes back as given":                             `"version"="1"`,
		},
	},
	{
		name:   "OccurredAt comes back in UTC",
		bend:   bendMetadata(func(m domain.Metadata) domain.Metadata { m.OccurredAt = m.OccurredAt.UTC(); return m }),
		breaks: saying{"metadata comes back as given": "occurred=1987-07-01T18:29:59.123456789Z"},
	},
	{
		name: "OccurredAt is cut to microseconds",
		bend: bendMetadata(func(m domain.Metadata) domain.Metadata {
			m.OccurredAt = m.OccurredAt.Truncate(time.Microsecond)
			return m
		}),
		breaks: saying{"metadata comes back as given": "occurred=1987-07-01T23:59:59.123456+05:30"},
	},
	{
		name:   "the causation is taken for the correlation",
		bend:   bendMetadata(func(m domain.Metadata) domain.Metadata { m.CorrelationID = m.CausationID; return m }),
		breaks: saying{"metadata comes back as given": `correlation="cause"`},
	},
	{
		name: "the events of a batch share an id",
		bend: bendInput(func(e domain.Event) domain.Event {
			if e.Metadata.ID == "" {
				e.Metadata.ID = "batch"
			}
			return e
		}),
		breaks: saying{
			"an event without an id gets one of its own":                          `event at position 2 has the id "batch", want one of its own`,
			"ids are not issued twice across opening again":                       `the id "batch" of the event at position 2 was issued before`,
			"what the store fills in does not count towards the limit of a batch": "a batch of 16777216 bytes without ids is refused",
		},
	},
	{
		name: "a given id is replaced",
		bend: bendInput(func(e domain.Event) domain.Event {
			if utf8Valid(e.Metadata.ID) {
				e.Metadata.ID = ""
			}
			return e
		}),
		breaks: saying{
			"an event without an id gets one of its own": `, want "mine"`,
			"metadata comes back as given":               `id="0`,
		},
	},
	{
		name: "RecordedAt comes back in the machine's zone",
		bend: bendEvents(func(_ *handle, e domain.SequencedEvent) domain.SequencedEvent {
			e.RecordedAt = e.RecordedAt.In(time.FixedZone("here", 7200))
			return e
		}),
		breaks: saying{
			"RecordedAt is the store's time of the append, in UTC": "RecordedAt of event 0 is 2031-03-05 16:07:09.123456789 +0200 here, want it in UTC",
		},
	},
	{
		name: "RecordedAt is the time of the read",
		bend: bendEvents(func(h *handle, e domain.SequencedEvent) domain.SequencedEvent {
			e.RecordedAt = h.clock.Now().UTC()
			return e
		}),
		breaks: saying{
			"RecordedAt is the store's time of the append, in UTC": "event 0 was recorded at 2031-03-07 03:07:09.123456789 +0000 UTC, want 2031-03-05",
		},
	},
	{
		name: "RecordedAt is whatever the clock says",
		bend: bendEvents(func(h *handle, e domain.SequencedEvent) domain.SequencedEvent {
			h.world.mu.Lock()
			defer h.world.mu.Unlock()
			e.RecordedAt = h.world.stamps[e.Position].UTC()
			return e
		}),
		breaks: saying{
			"RecordedAt never goes backwards when the clock does":                "before the one in front of it",
			"RecordedAt never goes backwards across opening again":               "event 1 was recorded at 2031-03-04 14:07:09",
			"RecordedAt never goes backwards across handles whose clocks differ": "event 2 was recorded at 2031-03-05 14:07:09",
		},
	},
	{
		name: "RecordedAt is taken from OccurredAt",
		bend: bendEvents(func(_ *handle, e domain.SequencedEvent) domain.SequencedEvent {
			e.RecordedAt = e.Metadata.OccurredAt.UTC()
			return e
		}),
		breaks: saying{"OccurredAt may lie before and after the store's time and moves neither": "was recorded at 2031-03-06 14:07:09"},
	},
	{
		name: "OccurredAt is left empty",
		bend: bendEvents(func(_ *handle, e domain.SequencedEvent) domain.SequencedEvent {
			if e.Metadata.OccurredAt.Equal(e.RecordedAt) {
				e.Metadata.OccurredAt = time.Time{}
			}
			return e
		}),
		breaks: saying{"an event without OccurredAt gets the store's time": "without OccurredAt occurred at 0001-01-01"},
	},
}

func asJSON(v any) []byte {
	out, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	return out
}

func utf8Valid(s string) bool { return strings.ToValidUTF8(s, "") == s && !strings.Contains(s, "\x00") }

func bendMetadata(bend func(domain.Metadata) domain.Metadata) func(*handle) {
	return bendEvents(func(_ *handle, e domain.SequencedEvent) domain.SequencedEvent {
		e.Metadata = bend(e.Metadata)
		return e
	})
}

// keptInput holds on to what the caller gave, and lets a mutant return some of it.
func keptInput(restore func(given domain.Event, e *domain.SequencedEvent)) func(*handle) {
	return func(h *handle) {
		var mu sync.Mutex
		given := map[domain.Position]domain.Event{}
		around(func(_ *handle, right appendFunc, ctx context.Context, events []domain.Event, conditions []domain.AppendCondition) (domain.Positions, error) {
			positions, err := right(ctx, events, conditions)
			mu.Lock()
			defer mu.Unlock()
			for p := range positions.All() {
				given[p] = events[p-positions.First]
			}
			return positions, err
		})(h)
		bendResults(func(_ *handle, _ domain.Query, _ ports.ReadOptions, r ports.ReadResult) ports.ReadResult {
			r.Events = mapped(r.Events, func(e domain.SequencedEvent) domain.SequencedEvent {
				mu.Lock()
				defer mu.Unlock()
				restore(given[e.Position], &e)
				return e
			})
			return r
		})(h)
	}
}
