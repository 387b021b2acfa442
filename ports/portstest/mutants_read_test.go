package portstest_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

var queryMutants = []mutant{
	{
		name: "the types of an item are demanded all at once",
		bend: bendItems(func(item domain.QueryItem) []domain.QueryItem {
			if len(item.Types) > 1 {
				item.Types = []string{"no event has two types"}
			}
			return []domain.QueryItem{item}
		}),
		breaks: []string{"the types of an item are alternatives", "a condition's items are alternatives, its tags must all be carried"},
	},
	{
		name: "only the first type of an item counts",
		bend: bendItems(func(item domain.QueryItem) []domain.QueryItem {
			item.Types = item.Types[:min(1, len(item.Types))]
			return []domain.QueryItem{item}
		}),
		breaks: []string{"the types of an item are alternatives", "types and tags of an item must both match"},
	},
	{
		name: "the tags of an item are alternatives",
		bend: bendItems(func(item domain.QueryItem) []domain.QueryItem {
			var out []domain.QueryItem
			for _, tag := range item.Tags {
				out = append(out, domain.QueryItem{Types: item.Types, Tags: []domain.Tag{tag}})
			}
			if len(out) == 0 {
				return []domain.QueryItem{item}
			}
			return out
		}),
		breaks: []string{
			"an event must carry all tags of an item and may carry more",
			"events with one type and several tags are told apart by every combination",
			"a course's enrolments are found by student, by course and by both",
			"a condition's items are alternatives, its tags must all be carried",
		},
	},
	{
		name: "an event must carry exactly the tags of an item",
		bend: bendReadMatching(func(query domain.Query, e domain.Event) bool {
			return query.Matches(e) && (query.IsAll() || slices.ContainsFunc(query.Items(), func(item domain.QueryItem) bool {
				return len(item.Tags) == 0 || slices.Equal(item.Tags, e.Tags)
			}))
		}),
		breaks: []string{"an event must carry all tags of an item and may carry more", "an event may carry several tags with one key"},
	},
	{
		name: "types and tags of an item are alternatives",
		bend: bendItems(func(item domain.QueryItem) []domain.QueryItem {
			if len(item.Types) == 0 || len(item.Tags) == 0 {
				return []domain.QueryItem{item}
			}
			return []domain.QueryItem{{Types: item.Types}, {Tags: item.Tags}}
		}),
		breaks: []string{
			"types and tags of an item must both match",
			"a condition's items are alternatives, its tags must all be carried",
			"random reads return what the definition of a query and its options says",
			"random conditions hold exactly when their definition says so",
		},
	},
	{
		name: "the items of a query are demanded all at once",
		bend: bendMatching(func(query domain.Query, e domain.Event) bool {
			return query.IsAll() || !slices.ContainsFunc(query.Items(), func(item domain.QueryItem) bool { return !item.Matches(e) })
		}),
		breaks: []string{
			"the items of a query are alternatives, and an event that matches several comes once",
			"a condition's items are alternatives, its tags must all be carried",
			"random reads return what the definition of a query and its options says",
			"random conditions hold exactly when their definition says so",
		},
	},
	{
		name: "an event comes once for every item that it matches",
		bend: itemByItem(func(events []domain.SequencedEvent, backwards bool) []domain.SequencedEvent {
			slices.SortStableFunc(events, func(a, b domain.SequencedEvent) int {
				if backwards {
					a, b = b, a
				}
				return int(a.Position) - int(b.Position)
			})
			return events
		}),
		breaks: []string{
			"the items of a query are alternatives, and an event that matches several comes once",
			"options compose with a query of several items",
		},
	},
	{
		name:   "the items of a query are answered one after the other",
		bend:   itemByItem(func(events []domain.SequencedEvent, _ bool) []domain.SequencedEvent { return events }),
		breaks: []string{"the order of items, types and tags in a query does not matter", "options compose with a query of several items"},
	},
	{
		name: "tags match by prefix",
		bend: bendMatching(func(query domain.Query, e domain.Event) bool {
			return query.IsAll() || slices.ContainsFunc(query.Items(), func(item domain.QueryItem) bool {
				return (len(item.Types) == 0 || slices.Contains(item.Types, e.Type)) &&
					!slices.ContainsFunc(item.Tags, func(wanted domain.Tag) bool {
						return !slices.ContainsFunc(e.Tags, func(tag domain.Tag) bool { return strings.HasPrefix(string(tag), string(wanted)) })
					})
			})
		}),
		breaks: []string{
			"types and tags are compared as wholes, byte for byte",
			"the items of a query are alternatives, and an event that matches several comes once",
			"a condition's items are alternatives, its tags must all be carried",
		},
	},
	{
		name: "types and tags match whatever their case",
		bend: bendMatching(func(query domain.Query, e domain.Event) bool {
			return query.IsAll() || slices.ContainsFunc(query.Items(), func(item domain.QueryItem) bool {
				return (len(item.Types) == 0 || slices.ContainsFunc(item.Types, func(s string) bool { return strings.EqualFold(s, e.Type) })) &&
					!slices.ContainsFunc(item.Tags, func(wanted domain.Tag) bool {
						return !slices.ContainsFunc(e.Tags, func(tag domain.Tag) bool { return strings.EqualFold(string(tag), string(wanted)) })
					})
			})
		}),
		breaks: []string{"types and tags are compared as wholes, byte for byte"},
	},
	{
		name: "tags are searched in their text, joined by commas",
		bend: bendMatching(func(query domain.Query, e domain.Event) bool {
			text := ","
			for _, tag := range e.Tags {
				text += string(tag) + ","
			}
			return query.IsAll() || slices.ContainsFunc(query.Items(), func(item domain.QueryItem) bool {
				return (len(item.Types) == 0 || slices.Contains(item.Types, e.Type)) &&
					!slices.ContainsFunc(item.Tags, func(wanted domain.Tag) bool { return !strings.Contains(text, ","+string(wanted)+",") })
			})
		}),
		breaks: []string{"a tag is opaque: separators in it separate nothing"},
	},
	{
		name:   "events without tags are not found",
		bend:   bendReadMatching(func(query domain.Query, e domain.Event) bool { return len(e.Tags) > 0 && query.Matches(e) }),
		breaks: []string{"an event without tags is found by its type and by All"},
	},
	{
		name: "a query that matches nothing selects everything",
		bend: bendResults(func(h *handle, _ domain.Query, options ports.ReadOptions, r ports.ReadResult) ports.ReadResult {
			if options == (ports.ReadOptions{}) && len(listed(r.Events)) == 0 {
				r.Events = sequenceOf(h.everything(context.Background()))
			}
			return r
		}),
		breaks: []string{"a query that matches nothing selects nothing"},
	},
	{
		name: "metadata is searched for tags",
		bend: bendReadMatching(func(query domain.Query, e domain.Event) bool {
			e.Tags = append(slices.Clone(e.Tags), domain.Tag(e.Metadata.UserID))
			return query.Matches(e)
		}),
		breaks: []string{"metadata is not searched by queries"},
	},
}

// itemByItem reads the items of a query on their own and joins the answers.
func itemByItem(join func(events []domain.SequencedEvent, backwards bool) []domain.SequencedEvent) func(*handle) {
	return func(h *handle) {
		read := h.read
		h.read = func(ctx context.Context, query domain.Query, options ports.ReadOptions) (ports.ReadResult, error) {
			result, err := read(ctx, query, options)
			if err != nil || query.IsAll() {
				return result, err
			}
			var all []domain.SequencedEvent
			for _, item := range query.Items() {
				part, err := read(ctx, domain.NewQuery(item), options)
				if err != nil {
					return part, err
				}
				all = append(all, listed(part.Events)...)
			}
			result.Events = sequenceOf(join(all, options.Backwards))
			return result, nil
		}
	}
}

var readMutants = []mutant{
	{
		name: "the newest event is not visible yet",
		bend: bendResults(func(_ *handle, _ domain.Query, _ ports.ReadOptions, r ports.ReadResult) ports.ReadResult {
			r.Events = filtered(r.Events, func(e domain.SequencedEvent) bool { return e.Position < r.Head })
			return r
		}),
		breaks: []string{
			"All selects every event, oldest first",
			"what was appended before Read was called is part of the result",
		},
	},
	{
		name: "a read's After is inclusive",
		bend: bendOptions(func(o ports.ReadOptions) ports.ReadOptions { o.After -= min(o.After, 1); return o }),
		breaks: []string{
			"After skips up to and including its position",
			"After and Before bound a window from both sides, in either direction",
			"polling after the last position seen yields every event once",
		},
	},
	{
		name:   "a read's After is ignored",
		bend:   bendOptions(func(o ports.ReadOptions) ports.ReadOptions { o.After = 0; return o }),
		breaks: []string{"After skips up to and including its position", "polling after the last position seen yields every event once"},
	},
	{
		name: "a read's Before is inclusive",
		bend: bendOptions(func(o ports.ReadOptions) ports.ReadOptions {
			if o.Before > 0 {
				o.Before++
			}
			return o
		}),
		breaks: []string{"Before skips from its position on", "After and Before bound a window from both sides, in either direction"},
	},
	{
		name: "Backwards is ignored",
		bend: bendOptions(func(o ports.ReadOptions) ports.ReadOptions { o.Backwards = false; return o }),
		breaks: []string{
			"Backwards yields the newest event first",
			"the last event of a query is a backwards read with Limit 1",
			"five hundred events come back in either order",
			"random reads return what the definition of a query and its options says",
		},
	},
	{
		name: "backwards, After is the upper bound",
		bend: bendOptions(func(o ports.ReadOptions) ports.ReadOptions {
			if o.Backwards && o.After > 0 {
				o.Before, o.After = o.After, 0
			}
			return o
		}),
		breaks: []string{
			"After and Before mean the same when reading backwards",
			"After and Before bound a window from both sides, in either direction",
		},
	},
	{
		name: "Limit is counted before the query is looked at",
		bend: func(h *handle) {
			read := h.read
			h.read = func(ctx context.Context, query domain.Query, options ports.ReadOptions) (ports.ReadResult, error) {
				if options.Limit <= 0 {
					return read(ctx, query, options)
				}
				result, err := read(ctx, domain.All(), options)
				result.Events = filtered(result.Events, func(e domain.SequencedEvent) bool { return query.Matches(e.Event) })
				return result, err
			}
		},
		breaks: []string{
			"Limit counts matching events, not events looked at",
			"options compose with a query of several items",
			"the last event of a query is a backwards read with Limit 1",
		},
	},
	{
		name: "Limit keeps the newest events even when reading forwards",
		bend: func(h *handle) {
			read := h.read
			h.read = func(ctx context.Context, query domain.Query, options ports.ReadOptions) (ports.ReadResult, error) {
				if options.Limit <= 0 || options.Backwards {
					return read(ctx, query, options)
				}
				options.Backwards = true
				result, err := read(ctx, query, options)
				newest := listed(result.Events)
				slices.Reverse(newest)
				result.Events = sequenceOf(newest)
				return result, err
			}
		},
		breaks: []string{"Limit keeps the first matching events in the direction of the read"},
	},
	{
		name: "Limit 0 yields nothing",
		bend: bendResults(func(_ *handle, _ domain.Query, options ports.ReadOptions, r ports.ReadResult) ports.ReadResult {
			if options.Limit == 0 {
				r.Events = sequenceOf(nil)
			}
			return r
		}),
		breaks: []string{"Limit 0 is no limit"},
	},
	{
		name: "Head of a result is the last event returned",
		bend: bendResults(func(_ *handle, _ domain.Query, _ ports.ReadOptions, r ports.ReadResult) ports.ReadResult {
			r.Head = 0
			for _, e := range listed(r.Events) {
				r.Head = max(r.Head, e.Position)
			}
			return r
		}),
		breaks: []string{"a read reports the head of the store, whatever it matches and returns"},
	},
	{
		name: "Head of a result is the last event that matches",
		bend: func(h *handle) {
			read := h.read
			h.read = func(ctx context.Context, query domain.Query, options ports.ReadOptions) (ports.ReadResult, error) {
				result, err := read(ctx, query, options)
				result.Head = 0
				for _, e := range h.everything(ctx) {
					if query.Matches(e.Event) {
						result.Head = e.Position
					}
				}
				return result, err
			}
		},
		breaks: []string{"a read reports the head of the store, whatever it matches and returns"},
	},
	{
		name: "the head of an empty store is 1",
		bend: func(h *handle) {
			head := h.head
			h.head = func(ctx context.Context) (domain.Position, error) {
				p, err := head(ctx)
				return max(p, 1), err
			}
		},
		breaks: []string{"an empty store has head 0 and nothing to read"},
	},
	{
		name: "a read stops after a hundred events",
		bend: bendResults(func(_ *handle, _ domain.Query, _ ports.ReadOptions, r ports.ReadResult) ports.ReadResult {
			r.Events = limited(r.Events, 100)
			return r
		}),
		breaks: []string{"five hundred events come back in either order"},
	},
}

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
		breaks: []string{
			"a result shows the store as it was when Read was called",
			"a result is a snapshot even when another handle appends",
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
		breaks: []string{
			"a result shows the store as it was when Read was called",
			"an append in the middle of a range neither waits for it nor shows in it",
		},
	},
	{
		name: "a result can be ranged over once",
		bend: bendResults(func(_ *handle, _ domain.Query, _ ports.ReadOptions, r ports.ReadResult) ports.ReadResult {
			var once sync.Once
			events := r.Events
			r.Events = func(yield func(domain.SequencedEvent, error) bool) { once.Do(func() { events(yield) }) }
			return r
		}),
		breaks: []string{"a result may be ranged over several times and yields the same events", "breaking out of a range spoils neither the result nor the store"},
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
		breaks: []string{"two ranges over one result do not disturb each other", "a result may be ranged over several times and yields the same events"},
	},
	{
		name: "a range keeps appends out until it has ended",
		bend: func(h *handle) {
			var ranging sync.RWMutex
			around(func(_ *handle, right appendFunc, ctx context.Context, events []domain.Event, conditions []domain.AppendCondition) (domain.Positions, error) {
				ranging.Lock()
				defer ranging.Unlock()
				return right(ctx, events, conditions)
			})(h)
			bendResults(func(_ *handle, _ domain.Query, _ ports.ReadOptions, r ports.ReadResult) ports.ReadResult {
				events := r.Events
				r.Events = func(yield func(domain.SequencedEvent, error) bool) {
					ranging.RLock()
					defer ranging.RUnlock()
					events(yield)
				}
				return r
			})(h)
		},
		breaks: []string{"an append in the middle of a range neither waits for it nor shows in it"},
		hangs:  true,
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
		breaks: []string{"breaking out of a range spoils neither the result nor the store"},
		hangs:  true,
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
