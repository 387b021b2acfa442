package domain_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/opossum-go/opossum/domain"
)

// numbered returns n different tags.
func numbered(n int) []domain.Tag {
	tags := make([]domain.Tag, n)
	for i := range tags {
		tags[i] = domain.Tag(fmt.Sprintf("n:%d", i))
	}
	return tags
}

// types returns n different event types.
func types(n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("T%d", i)
	}
	return names
}

// items returns n different query items.
func items(n int) []domain.QueryItem {
	alternatives := make([]domain.QueryItem, n)
	for i := range alternatives {
		alternatives[i] = domain.OfTypes(fmt.Sprintf("T%d", i))
	}
	return alternatives
}

// checkErr compares an error's text with want ("" for no error) and its kind
// with the kind that the text promises.
func checkErr(t *testing.T, err error, want string) {
	t.Helper()
	if want == "" {
		if err != nil {
			t.Fatalf("error = %v, want none", err)
		}
		return
	}
	if err == nil {
		t.Fatalf("no error, want %q", want)
	}
	if err.Error() != want {
		t.Errorf("error text\n got: %s\nwant: %s", err, want)
	}
	if !errors.Is(err, domain.ErrInvalid) {
		t.Errorf("error %v is not ErrInvalid", err)
	}
	overLimit := strings.Contains(want, "over the limit")
	if got := errors.Is(err, domain.ErrLimit); got != overLimit {
		t.Errorf("errors.Is(%v, ErrLimit) = %v, want %v", err, got, overLimit)
	}
}

func TestQueryValidate(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		query domain.Query
		want  string // the error's text; empty for a valid query
	}{
		{"accepts All", domain.All(), ""},
		{"accepts a type without tags", domain.NewQuery(domain.OfTypes("A")), ""},
		{"accepts tags without a type", domain.NewQuery(domain.Tagged("x")), ""},
		{"accepts a tag without a colon", domain.NewQuery(domain.Tagged("urgent")), ""},
		{
			"refuses the zero Query",
			domain.Query{},
			"opossum: invalid query: must be All() or have at least one item; the zero Query selects nothing",
		},
		{
			"refuses a query without items", domain.NewQuery(),
			"opossum: invalid query: must be All() or have at least one item; the zero Query selects nothing",
		},
		{
			"refuses an item with neither types nor tags", domain.NewQuery(domain.OfTypes("A"), domain.QueryItem{}),
			"opossum: invalid query.items[1]: must have at least one type or tag; say All() to select everything",
		},
		{
			"refuses an empty type", domain.NewQuery(domain.OfTypes("")),
			`opossum: invalid query.items[0].types[0] "": must not be empty`,
		},
		{
			"refuses an empty tag", domain.NewQuery(domain.Tagged(domain.NewTag("course", ""))),
			`opossum: invalid query.items[0].tags[0] "": must not be empty (NewTag returns the empty tag when its key or value is empty or its key contains a colon)`,
		},
		{
			"refuses a type that is not UTF-8", domain.NewQuery(domain.OfTypes("a\xff")),
			`opossum: invalid query.items[0].types[0] "a\xff": must be valid UTF-8 without NUL`,
		},
		{
			"refuses a tag with NUL", domain.NewQuery(domain.Tagged("a\x00b")),
			`opossum: invalid query.items[0].tags[0] "a\x00b": must be valid UTF-8 without NUL`,
		},
		{"accepts the longest type", domain.NewQuery(domain.OfTypes(strings.Repeat("t", domain.MaxTypeBytes))), ""},
		{
			"refuses a longer type", domain.NewQuery(domain.OfTypes(strings.Repeat("t", domain.MaxTypeBytes+1))),
			"opossum: query.items[0].types[0] is over the limit MaxTypeBytes: 256, at most 255",
		},
		{"accepts the longest tag", domain.NewQuery(domain.Tagged(domain.Tag(strings.Repeat("t", domain.MaxTagBytes)))), ""},
		{
			"refuses a longer tag", domain.NewQuery(domain.Tagged(domain.Tag(strings.Repeat("t", domain.MaxTagBytes+1)))),
			"opossum: query.items[0].tags[0] is over the limit MaxTagBytes: 256, at most 255",
		},
		{"accepts the most tags of an item", domain.NewQuery(domain.Tagged(numbered(domain.MaxTags)...)), ""},
		{
			"refuses more tags of an item", domain.NewQuery(domain.Tagged(numbered(domain.MaxTags + 1)...)),
			"opossum: query.items[0].tags is over the limit MaxTags: 65, at most 64",
		},
		{"accepts the most types of an item", domain.NewQuery(domain.OfTypes(types(domain.MaxQueryTypes)...)), ""},
		{
			"refuses more types of an item", domain.NewQuery(domain.OfTypes(types(domain.MaxQueryTypes + 1)...)),
			"opossum: query.items[0].types is over the limit MaxQueryTypes: 257, at most 256",
		},
		{"accepts the most items", domain.NewQuery(items(domain.MaxQueryItems)...), ""},
		{
			"refuses more items", domain.NewQuery(items(domain.MaxQueryItems + 1)...),
			"opossum: query is over the limit MaxQueryItems: 1025, at most 1024",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			checkErr(t, tt.query.Validate(), tt.want)
		})
	}
}

func TestValidateConditions(t *testing.T) {
	t.Parallel()
	valid := domain.AppendCondition{FailIfEventsMatch: domain.NewQuery(domain.OfTypes("A"))}
	many := func(n int) []domain.AppendCondition {
		conditions := make([]domain.AppendCondition, n)
		for i := range conditions {
			conditions[i] = valid
		}
		return conditions
	}
	tests := []struct {
		name       string
		conditions []domain.AppendCondition
		want       string
	}{
		{"accepts none", nil, ""},
		{"accepts one", many(1), ""},
		{"accepts a guard over all events", []domain.AppendCondition{{FailIfEventsMatch: domain.All()}}, ""},
		{"accepts any After", []domain.AppendCondition{{FailIfEventsMatch: domain.All(), After: 1 << 63}}, ""},
		{"accepts the most", many(domain.MaxConditions), ""},
		{
			"refuses more", many(domain.MaxConditions + 1),
			"opossum: conditions is over the limit MaxConditions: 65, at most 64",
		},
		{
			"names the condition with the zero Query",
			[]domain.AppendCondition{valid, {After: 3}},
			"opossum: invalid conditions[1].failIfEventsMatch: must be All() or have at least one item; the zero Query selects nothing",
		},
		{
			"names the item in the condition",
			[]domain.AppendCondition{{FailIfEventsMatch: domain.NewQuery(domain.QueryItem{})}},
			"opossum: invalid conditions[0].failIfEventsMatch.items[0]: must have at least one type or tag; say All() to select everything",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			checkErr(t, domain.ValidateConditions(tt.conditions), tt.want)
		})
	}
}
