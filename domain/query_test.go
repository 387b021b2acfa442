package domain_test

import (
	"reflect"
	"strconv"
	"sync"
	"testing"

	"github.com/opossum-go/opossum/domain"
)

func TestQueryMatches(t *testing.T) {
	t.Parallel()
	event := domain.Event{Type: "StudentSubscribed", Tags: []domain.Tag{"student:s1", "course:c1"}}
	untagged := domain.Event{Type: "StudentSubscribed"}
	tests := []struct {
		name  string
		query domain.Query
		event domain.Event
		want  bool
	}{
		{"All matches any event", domain.All(), event, true},
		{"All matches an event without tags", domain.All(), untagged, true},
		{"the zero Query matches nothing", domain.Query{}, event, false},
		{"a query without items matches nothing", domain.NewQuery(), event, false},
		{"an item with neither types nor tags matches nothing", domain.NewQuery(domain.QueryItem{}), event, false},
		{"an empty item beside a real one adds nothing", domain.NewQuery(domain.QueryItem{}, domain.OfTypes("Other")), event, false},
		{"a type matches the same type", domain.NewQuery(domain.OfTypes("StudentSubscribed")), event, true},
		{"types are alternatives", domain.NewQuery(domain.OfTypes("Other", "StudentSubscribed")), event, true},
		{"another type does not match", domain.NewQuery(domain.OfTypes("Other")), event, false},
		{"a prefix of the type does not match", domain.NewQuery(domain.OfTypes("Student")), event, false},
		{"types tell upper from lower case", domain.NewQuery(domain.OfTypes("studentsubscribed")), event, false},
		{"a tag matches an event that carries it", domain.NewQuery(domain.Tagged("course:c1")), event, true},
		{"tags must all be carried", domain.NewQuery(domain.Tagged("course:c1", "student:s1")), event, true},
		{"one missing tag is enough to not match", domain.NewQuery(domain.Tagged("course:c1", "student:s2")), event, false},
		{"a tag is compared whole", domain.NewQuery(domain.Tagged("course:c")), event, false},
		{"tags tell upper from lower case", domain.NewQuery(domain.Tagged("course:C1")), event, false},
		{"a tag does not match an event without tags", domain.NewQuery(domain.Tagged("course:c1")), untagged, false},
		{"a type matches an event without tags", domain.NewQuery(domain.OfTypes("StudentSubscribed")), untagged, true},
		{"type and tag must both hold", domain.NewQuery(domain.OfTypes("StudentSubscribed").Tagged("course:c1")), event, true},
		{"type without the tag does not match", domain.NewQuery(domain.OfTypes("StudentSubscribed").Tagged("course:c2")), event, false},
		{"tag without the type does not match", domain.NewQuery(domain.OfTypes("Other").Tagged("course:c1")), event, false},
		{"items are alternatives", domain.NewQuery(domain.OfTypes("Other"), domain.Tagged("student:s1")), event, true},
		{"no item matching means no match", domain.NewQuery(domain.OfTypes("Other"), domain.Tagged("student:s2")), event, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := tt.query.Matches(tt.event); got != tt.want {
				t.Errorf("(%v).Matches(%s %v) = %v, want %v", tt.query, tt.event.Type, tt.event.Tags, got, tt.want)
			}
		})
	}
}

func TestTagsThatDifferInUnicodeNormalisationAreTwoTags(t *testing.T) {
	t.Parallel()
	composed, decomposed := domain.Tag("name:Zo\u00eb"), domain.Tag("name:Zoe\u0308")
	event := domain.Event{Type: "Named", Tags: []domain.Tag{composed}}
	if domain.NewQuery(domain.Tagged(decomposed)).Matches(event) {
		t.Errorf("query for %+q matches an event tagged %+q", decomposed, composed)
	}
	prepared, err := domain.PrepareEvents([]domain.Event{{Type: "Named", Tags: []domain.Tag{composed, decomposed}}})
	if err != nil {
		t.Fatal(err)
	}
	if got := len(prepared[0].Tags); got != 2 {
		t.Errorf("event keeps %d tags, want both", got)
	}
}

func TestNewQueryNormalises(t *testing.T) {
	t.Parallel()
	got := domain.NewQuery(
		domain.OfTypes("B", "A", "B").Tagged("y", "x", "y"),
		domain.Tagged("z"),
		domain.OfTypes("A", "B").Tagged("x", "y"),
	).Items()
	want := []domain.QueryItem{
		{Types: []string{"A", "B"}, Tags: []domain.Tag{"x", "y"}},
		{Tags: []domain.Tag{"z"}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("items = %+v, want types and tags sorted and equal items once: %+v", got, want)
	}
}

func TestItemsWithDifferentTextsAreKeptApart(t *testing.T) {
	t.Parallel()
	// Written without quotes, each pair would look the same.
	pairs := [][2]domain.QueryItem{
		{domain.OfTypes("A B"), domain.OfTypes("A", "B")},
		{domain.OfTypes("A"), domain.Tagged("A")},
		{domain.Tagged(`a" "b`), domain.Tagged("a", "b")},
		{domain.Tagged("a", "bc"), domain.Tagged("ab", "c")},
	}
	for _, pair := range pairs {
		if got := len(domain.NewQuery(pair[0], pair[1]).Items()); got != 2 {
			t.Errorf("NewQuery(%+v, %+v) has %d items, want 2", pair[0], pair[1], got)
		}
	}
}

func TestQuerySharesNoMemoryWithItsParts(t *testing.T) {
	t.Parallel()
	types, tags := []string{"A"}, []domain.Tag{"x"}
	query := domain.NewQuery(domain.QueryItem{Types: types, Tags: tags})
	types[0], tags[0] = "changed", "changed"
	items := query.Items()
	items[0].Types[0], items[0].Tags[0] = "changed", "changed"
	if got := query.String(); got != "A{x}" {
		t.Errorf("query became %q after its parts were changed, want A{x}", got)
	}
}

func TestEachYieldsWhatItemsCopies(t *testing.T) {
	t.Parallel()
	for _, query := range []domain.Query{
		domain.All(),
		{},
		domain.NewQuery(domain.OfTypes("B", "A", "A").Tagged("y", "x"), domain.Tagged("z"), domain.OfTypes("C")),
	} {
		var got []domain.QueryItem
		for item := range query.Each() {
			got = append(got, item)
		}
		want := query.Items()
		if len(got) != len(want) || len(got) > 0 && !reflect.DeepEqual(got, want) {
			t.Errorf("Each of %v yields %+v, want %+v", query, got, want)
		}
	}
}

func TestEachEndsWithItsLoop(t *testing.T) {
	t.Parallel()
	for item := range domain.NewQuery(domain.OfTypes("A"), domain.OfTypes("B")).Each() {
		if item.String() != "A" {
			t.Fatalf("the first item is %v, want A", item)
		}
		break
	}
}

func TestAppendingToAnItemOfEachLeavesTheQueryAlone(t *testing.T) {
	t.Parallel()
	query := domain.NewQuery(domain.OfTypes("A", "A", "B").Tagged("x", "x", "y"))
	grown := func(more string) domain.QueryItem {
		var item domain.QueryItem
		for item = range query.Each() {
			item.Types, item.Tags = append(item.Types, more), append(item.Tags, domain.Tag(more))
		}
		return item
	}
	one, two := grown("one"), grown("two")
	if one.String() != "A|B|one{x y one}" || two.String() != "A|B|two{x y two}" {
		t.Errorf("items with more in them are %v and %v, want one and two apart", one, two)
	}
	if got := query.String(); got != "A|B{x y}" {
		t.Errorf("query became %v, want A|B{x y}", got)
	}
}

func TestTaggedLeavesTheOriginalItemAlone(t *testing.T) {
	t.Parallel()
	tags := make([]domain.Tag, 1, 4)
	tags[0] = "x"
	item := domain.Tagged(tags...)
	one, two := item.Tagged("one"), item.Tagged("two")
	for _, check := range []struct {
		got  domain.QueryItem
		want string
	}{{item, "{x}"}, {one, "{x one}"}, {two, "{x two}"}} {
		if check.got.String() != check.want {
			t.Errorf("item is %v, want %v", check.got, check.want)
		}
	}
}

func TestUnion(t *testing.T) {
	t.Parallel()
	a, b := domain.NewQuery(domain.OfTypes("A")), domain.NewQuery(domain.Tagged("b"))
	tests := []struct {
		name  string
		query domain.Query
		want  string
	}{
		{"keeps the items of both", a.Union(b), "A or {b}"},
		{"takes several at once", a.Union(b, domain.NewQuery(domain.OfTypes("C"))), "A or {b} or C"},
		{"keeps equal items once", a.Union(a, b, b), "A or {b}"},
		{"with All is All", a.Union(domain.All()), "all events"},
		{"of All with something is All", domain.All().Union(a), "all events"},
		{"ignores the zero Query", a.Union(domain.Query{}), "A"},
		{"of the zero Query with something is that", domain.Query{}.Union(b), "{b}"},
		{"of nothing but zero queries is the zero Query", domain.Query{}.Union(domain.Query{}), "no query"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := tt.query.String(); got != tt.want {
				t.Errorf("union = %q, want %q", got, tt.want)
			}
		})
	}
	if got := a.String(); got != "A" {
		t.Errorf("Union changed its receiver to %q", got)
	}
}

// The race detector sees it when two unions write to memory that they share.
func TestUnionsOfOneQueryAreIndependent(t *testing.T) {
	t.Parallel()
	twice := domain.NewQuery(domain.OfTypes("A"), domain.OfTypes("A"))
	var wait sync.WaitGroup
	unions := make([]domain.Query, 8)
	for i := range unions {
		wait.Go(func() { unions[i] = twice.Union(domain.NewQuery(domain.OfTypes(strconv.Itoa(i)))) })
	}
	wait.Wait()
	for i, union := range unions {
		if got, want := union.String(), "A or "+strconv.Itoa(i); got != want {
			t.Errorf("union %d = %q, want %q", i, got, want)
		}
	}
}

func TestQueryTellsAllFromZero(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name        string
		query       domain.Query
		isAll, zero bool
	}{
		{"All", domain.All(), true, false},
		{"zero", domain.Query{}, false, true},
		{"no items", domain.NewQuery(), false, true},
		{"one item", domain.NewQuery(domain.OfTypes("A")), false, false},
		{"one invalid item", domain.NewQuery(domain.QueryItem{}), false, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := tt.query.IsAll(); got != tt.isAll {
				t.Errorf("IsAll() = %v, want %v", got, tt.isAll)
			}
			if got := tt.query.IsZero(); got != tt.zero {
				t.Errorf("IsZero() = %v, want %v", got, tt.zero)
			}
		})
	}
}

func TestQueryString(t *testing.T) {
	t.Parallel()
	tests := []struct {
		query domain.Query
		want  string
	}{
		{domain.All(), "all events"},
		{domain.Query{}, "no query"},
		{domain.NewQuery(domain.OfTypes("CourseDefined")), "CourseDefined"},
		{domain.NewQuery(domain.Tagged("course:c1", "student:s1")), "{course:c1 student:s1}"},
		{
			domain.NewQuery(domain.OfTypes("B", "A").Tagged("course:c1"), domain.OfTypes("C")),
			"A|B{course:c1} or C",
		},
	}
	for _, tt := range tests {
		if got := tt.query.String(); got != tt.want {
			t.Errorf("String() = %q, want %q", got, tt.want)
		}
	}
}
