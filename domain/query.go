package domain

import (
	"encoding/binary"
	"iter"
	"slices"
	"strings"
)

// Query selects events. It is either [All], or a union of items: an event matches
// when it matches at least one of them. The zero Query selects nothing
// meaningful and is refused by every store.
type Query struct {
	items []QueryItem
	all   bool
}

// QueryItem is one alternative of a query. An event matches when its type is one
// of Types (or Types is empty) and it carries every one of Tags (or Tags is
// empty). An item with neither is invalid: to select everything say [All].
type QueryItem struct {
	Types []string
	Tags  []Tag
}

// All returns the query that matches every event.
func All() Query { return Query{all: true} }

// NewQuery returns the union of items. Without items the result is invalid, as
// the zero Query is.
func NewQuery(items ...QueryItem) Query {
	if len(items) == 0 {
		return Query{}
	}
	own := make([]QueryItem, len(items))
	for i, item := range items {
		own[i] = QueryItem{Types: sortedSet(item.Types), Tags: sortedSet(item.Tags)}
	}
	return Query{items: distinct(own)}
}

// distinct drops every item that is equal to an earlier one. The types and tags
// of the items are sorted.
func distinct(items []QueryItem) []QueryItem {
	if len(items) == 1 {
		return items
	}
	kept := items[:0]
	seen := make(map[string]struct{}, len(items))
	var key []byte
	for _, item := range items {
		key = appendTexts(appendTexts(key[:0], item.Types), item.Tags)
		if _, twice := seen[string(key)]; !twice {
			seen[string(key)] = struct{}{}
			kept = append(kept, item)
		}
	}
	return kept
}

// appendTexts writes texts so that no others are written in the same way: how many
// there are, and each behind its length.
func appendTexts[S ~string](key []byte, texts []S) []byte {
	key = binary.AppendUvarint(key, uint64(len(texts)))
	for _, text := range texts {
		key = append(binary.AppendUvarint(key, uint64(len(text))), text...)
	}
	return key
}

// OfTypes returns the item that matches events of any of the given types.
func OfTypes(types ...string) QueryItem { return QueryItem{Types: types} }

// Tagged returns the item that matches events which carry all of the given tags.
func Tagged(tags ...Tag) QueryItem { return QueryItem{Tags: tags} }

// Tagged returns a copy of the item that demands the given tags as well.
func (i QueryItem) Tagged(tags ...Tag) QueryItem {
	return QueryItem{Types: i.Types, Tags: slices.Concat(i.Tags, tags)}
}

// Union returns the query that matches what q or any of others matches. The
// union with [All] is All; the zero Query adds nothing.
func (q Query) Union(others ...Query) Query {
	all, items := q.all, slices.Clone(q.items)
	for _, o := range others {
		all = all || o.all
		items = append(items, o.items...)
	}
	if all {
		return All()
	}
	return NewQuery(items...)
}

// IsAll reports whether the query is [All].
func (q Query) IsAll() bool { return q.all }

// IsZero reports whether the query is the zero Query, which no store accepts.
func (q Query) IsZero() bool { return !q.all && len(q.items) == 0 }

// Items returns a copy of the items: types and tags sorted, without duplicates.
// It is empty for [All] and for the zero Query. To look at them is cheaper with
// [Query.Each].
func (q Query) Items() []QueryItem {
	items := make([]QueryItem, len(q.items))
	for i, item := range q.items {
		items[i] = QueryItem{Types: slices.Clone(item.Types), Tags: slices.Clone(item.Tags)}
	}
	return items
}

// Each yields the items in order without copying them: types and tags are
// sorted, without duplicates, and belong to the query, which other goroutines may
// be reading. Whoever wants to change or keep an item takes [Query.Items].
// It yields nothing for [All] and for the zero Query.
func (q Query) Each() iter.Seq[QueryItem] { return slices.Values(q.items) }

// Matches reports whether the query selects e. The tags of e may be in any order.
// The zero Query matches nothing.
func (q Query) Matches(e Event) bool {
	if q.all {
		return true
	}
	for i := range q.items {
		if q.items[i].Matches(e) {
			return true
		}
	}
	return false
}

// Matches reports whether the item selects e. An item with neither types nor
// tags matches nothing.
func (i QueryItem) Matches(e Event) bool {
	if len(i.Types) == 0 && len(i.Tags) == 0 {
		return false
	}
	if len(i.Types) > 0 && !slices.Contains(i.Types, e.Type) {
		return false
	}
	for _, tag := range i.Tags {
		if !slices.Contains(e.Tags, tag) {
			return false
		}
	}
	return true
}

// String writes the query for people: items joined by " or ".
func (q Query) String() string {
	switch {
	case q.all:
		return "all events"
	case len(q.items) == 0:
		return "no query"
	}
	parts := make([]string, len(q.items))
	for i, item := range q.items {
		parts[i] = item.String()
	}
	return strings.Join(parts, " or ")
}

// String writes the item for people, such as "CourseDefined|CourseClosed{course:c1}".
func (i QueryItem) String() string {
	var b strings.Builder
	b.WriteString(strings.Join(i.Types, "|"))
	if len(i.Tags) > 0 {
		b.WriteByte('{')
		for n, tag := range i.Tags {
			if n > 0 {
				b.WriteByte(' ')
			}
			b.WriteString(string(tag))
		}
		b.WriteByte('}')
	}
	return b.String()
}

// sortedSet returns a sorted copy without duplicates and without room behind it,
// so that nobody appends to memory that is shared; nil for no elements.
func sortedSet[S ~string](in []S) []S {
	if len(in) == 0 {
		return nil
	}
	out := slices.Clone(in)
	slices.Sort(out)
	return slices.Clip(slices.Compact(out))
}
