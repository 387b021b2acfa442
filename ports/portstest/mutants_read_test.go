package portstest_test

import (
	"context"
	"slices"
	"strings"

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
		breaks: saying{
			"the types of an item are alternatives":                              `= "", want "a b c e f"`,
			"a condition's items are alternatives, its tags must all be carried": "[no first|none after 0] = positions 4 to 4, want a conflict",
		},
	},
	{
		name: "only the first type of an item counts",
		bend: bendItems(func(item domain.QueryItem) []domain.QueryItem {
			item.Types = item.Types[:min(1, len(item.Types))]
			return []domain.QueryItem{item}
		}),
		breaks: saying{
			"the types of an item are alternatives":     `= "b f", want "a b c e f"`,
			"types and tags of an item must both match": `= "d", want "a d e"`,
		},
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
		breaks: saying{
			"an event must carry all tags of an item and may carry more":                `= "a b c d e f", want "a d e f"`,
			"events with one type and several tags are told apart by every combination": `= "y z", want "y"`,
			"a course's enrolments are found by student, by course and by both":         "after position 3, but position 4 is StudentRegistered [student:s1], want it accepted",
			"a condition's items are alternatives, its tags must all be carried":        "after position 0, but position 2 is second [ta tb], want it accepted",
		},
	},
	{
		name: "an event must carry exactly the tags of an item",
		bend: bendReadMatching(func(query domain.Query, e domain.Event) bool {
			return query.Matches(e) && (query.IsAll() || slices.ContainsFunc(query.Items(), func(item domain.QueryItem) bool {
				return len(item.Tags) == 0 || slices.Equal(item.Tags, e.Tags)
			}))
		}),
		breaks: saying{
			"an event must carry all tags of an item and may carry more": `= "", want "a d e f"`,
			"an event may carry several tags with one key":               `= "one", want "both one"`,
		},
	},
	{
		name: "types and tags of an item are alternatives",
		bend: bendItems(func(item domain.QueryItem) []domain.QueryItem {
			if len(item.Types) == 0 || len(item.Tags) == 0 {
				return []domain.QueryItem{item}
			}
			return []domain.QueryItem{{Types: item.Types}, {Tags: item.Tags}}
		}),
		breaks: saying{
			"types and tags of an item must both match":                               `= "a c d e f", want "a e"`,
			"a condition's items are alternatives, its tags must all be carried":      "after position 0, but position 1 is first [tx], want it accepted",
			"random reads return what the definition of a query and its options says": `) = "e`,
			"random conditions hold exactly when their definition says so":            ", want condition 0 by position",
		},
	},
	{
		name: "the items of a query are demanded all at once",
		bend: bendMatching(func(query domain.Query, e domain.Event) bool {
			return query.IsAll() || !slices.ContainsFunc(query.Items(), func(item domain.QueryItem) bool { return !item.Matches(e) })
		}),
		breaks: saying{
			"the items of a query are alternatives, and an event that matches several comes once": `= "2 3 7", want "1 2 3 4 6 7"`,
			"a condition's items are alternatives, its tags must all be carried":                  "[no {tb} or {tc} after 0] = positions 4 to 4, want a conflict",
			"random reads return what the definition of a query and its options says":             `) = "", want "e`,
			"random conditions hold exactly when their definition says so":                        ", want condition 0 by position",
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
		breaks: saying{
			"the items of a query are alternatives, and an event that matches several comes once": `= "1 2 2 3 3 4 6 7 7", want "1 2 3 4 6 7"`,
			"options compose with a query of several items":                                       `= "a a b e e f f", want "a b e f"`,
		},
	},
	{
		name: "the items of a query are answered one after the other",
		bend: itemByItem(func(events []domain.SequencedEvent, _ bool) []domain.SequencedEvent { return events }),
		breaks: saying{
			"the order of items, types and tags in a query does not matter": `= "a e f d", want "a d e f"`,
			"options compose with a query of several items":                 `= "b f a e a e f", want "a b e f"`,
		},
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
		breaks: saying{
			"types and tags are compared as wholes, byte for byte":                                `= "2 3 4 5 7", want "2 3 4 7"`,
			"the items of a query are alternatives, and an event that matches several comes once": `= "1 2 3 4 5 6 7", want "1 2 3 4 6 7"`,
			"a condition's items are alternatives, its tags must all be carried":                  "after position 0, but position 1 is first [tx], want it accepted",
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
		breaks: saying{"types and tags are compared as wholes, byte for byte": `= "lower upper", want "lower"`},
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
		breaks: saying{"a tag is opaque: separators in it separate nothing": `= "both A", want "both"`},
	},
	{
		name:   "events without tags are not found",
		bend:   bendReadMatching(func(query domain.Query, e domain.Event) bool { return len(e.Tags) > 0 && query.Matches(e) }),
		breaks: saying{"an event without tags is found by its type and by All": `= "dressed", want "bare dressed"`},
	},
	{
		name: "a query that matches nothing selects everything",
		bend: bendResults(func(h *handle, _ domain.Query, options ports.ReadOptions, r ports.ReadResult) ports.ReadResult {
			if options == (ports.ReadOptions{}) && len(listed(r.Events)) == 0 {
				r.Events = sequenceOf(h.everything(context.Background()))
			}
			return r
		}),
		breaks: saying{"a query that matches nothing selects nothing": `= "a b c d e f", want ""`},
	},
	{
		name: "metadata is searched for tags",
		bend: bendReadMatching(func(query domain.Query, e domain.Event) bool {
			e.Tags = append(slices.Clone(e.Tags), domain.Tag(e.Metadata.UserID))
			return query.Matches(e)
		}),
		breaks: saying{"metadata is not searched by queries": `a query for tag "tag:user" finds an event that has it elsewhere`},
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
		breaks: saying{
			"All selects every event, oldest first":                          `= "a b c d e", want "a b c d e f"`,
			"what was appended before Read was called is part of the result": "a read right after append 1 yields 0 events and head 1, want 1 and 1",
		},
	},
	{
		name: "a read's After is inclusive",
		bend: bendOptions(func(o ports.ReadOptions) ports.ReadOptions { o.After -= min(o.After, 1); return o }),
		breaks: saying{
			"After skips up to and including its position":                         `= "a b c d e f", want "b c d e f"`,
			"After and Before bound a window from both sides, in either direction": `= "b c d", want "c d"`,
			"polling after the last position seen yields every event once":         `polling saw "w0 w1 w1 w1 w2`,
		},
	},
	{
		name: "a read's After is ignored",
		bend: bendOptions(func(o ports.ReadOptions) ports.ReadOptions { o.After = 0; return o }),
		breaks: saying{
			"After skips up to and including its position":                 `= "a b c d e f", want "d e f"`,
			"polling after the last position seen yields every event once": `polling saw "w0 w1 w0 w1`,
		},
	},
	{
		name: "a read's Before is inclusive",
		bend: bendOptions(func(o ports.ReadOptions) ports.ReadOptions {
			if o.Before > 0 {
				o.Before++
			}
			return o
		}),
		breaks: saying{
			"Before skips from its position on":                                    `= "a", want ""`,
			"After and Before bound a window from both sides, in either direction": `= "c d e", want "c d"`,
		},
	},
	{
		name: "Backwards is ignored",
		bend: bendOptions(func(o ports.ReadOptions) ports.ReadOptions { o.Backwards = false; return o }),
		breaks: saying{
			"Backwards yields the newest event first":                                 `= "a b c d e f", want "f e d c b a"`,
			"the last event of a query is a backwards read with Limit 1":              `= "a", want "f"`,
			"five hundred events come back in either order":                           "element 0 is at position 1 forwards and 1 backwards, want 1 and 500",
			"random reads return what the definition of a query and its options says": `Backwards:true}) = "e`,
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
		breaks: saying{
			"After and Before mean the same when reading backwards":                `= "c b a", want "f e"`,
			"After and Before bound a window from both sides, in either direction": `= "a", want "d c"`,
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
		breaks: saying{
			"Limit counts matching events, not events looked at":         `= "b", want "b f"`,
			"options compose with a query of several items":              `= "a b", want "a b e"`,
			"the last event of a query is a backwards read with Limit 1": `= "", want "e"`,
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
		breaks: saying{"Limit keeps the first matching events in the direction of the read": `= "f", want "a"`},
	},
	{
		name: "Limit 0 yields nothing",
		bend: bendResults(func(_ *handle, _ domain.Query, options ports.ReadOptions, r ports.ReadResult) ports.ReadResult {
			if options.Limit == 0 {
				r.Events = sequenceOf(nil)
			}
			return r
		}),
		breaks: saying{"Limit 0 is no limit": `= "", want "a b c d e f"`},
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
		breaks: saying{
			"a read reports the head of the store, whatever it matches and returns": "Limit:1 Backwards:false}).Head = 1, want 6",
		},
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
		breaks: saying{
			"a read reports the head of the store, whatever it matches and returns": "{After:2 Before:4 Limit:1 Backwards:false}).Head = 5, want 6",
		},
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
		breaks: saying{"an empty store has head 0 and nothing to read": "Head() of an empty store = 1, want 0"},
	},
	{
		name: "a read stops after a hundred events",
		bend: bendResults(func(_ *handle, _ domain.Query, _ ports.ReadOptions, r ports.ReadResult) ports.ReadResult {
			r.Events = limited(r.Events, 100)
			return r
		}),
		breaks: saying{"five hundred events come back in either order": "read 100 events forwards and 100 backwards, want 500"},
	},
}
