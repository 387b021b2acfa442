package portstest

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

var invalidRules = []Rule{
	{"an empty batch is refused before any condition is looked at", emptyBatchIsRefused},
	{"an event with an invalid type, tag, data or metadata is refused", invalidEventsAreRefused},
	{"a condition with an invalid query is refused", invalidConditionsAreRefused},
	{"an invalid append is refused before its conditions are looked at", inputIsCheckedFirst},
	{"a read with an invalid query or a negative limit is refused", invalidReadsAreRefused},
	{"a subscription to an invalid query ends with that error", invalidSubscriptionsEnd},
	{"hostile data is refused without harm", hostileDataIsRefused},
	{"a refused input names the field at fault", refusalNamesTheField},
}

// wantInvalid appends and wants domain.ErrInvalid, which is not a conflict.
func wantInvalid(t testing.TB, store ports.Appender, events []domain.Event, conditions ...domain.AppendCondition) error {
	t.Helper()
	_, err := store.Append(t.Context(), events, conditions...)
	if !errors.Is(err, domain.ErrInvalid) || errors.Is(err, ports.ErrConflict) {
		t.Errorf("Append of %.60q under [%.60s] = %v, want domain.ErrInvalid", types(events), guards(conditions), err)
	}
	return err
}

func invalidQueries() map[string]domain.Query {
	return map[string]domain.Query{
		"the zero query":                    {},
		"a query without items":             domain.NewQuery(),
		"an item without types and tags":    items(domain.QueryItem{}),
		"such an item beside a good one":    items(domain.OfTypes("opened"), domain.QueryItem{}),
		"an empty type":                     ofType("opened", ""),
		"an empty tag":                      tagged(""),
		"a tag of a forgotten id":           tagged(domain.NewTag("course", "")),
		"a type that is not UTF-8":          ofType("a\xff"),
		"a type with NUL":                   ofType("a\x00"),
		"a tag that is not UTF-8":           tagged("\xc3\x28"),
		"a tag with NUL":                    tagged("a\x00b"),
		"a type that is too long":           ofType(strings.Repeat("a", domain.MaxTypeBytes+1)),
		"a tag that is too long":            tagged(domain.Tag(strings.Repeat("a", domain.MaxTagBytes+1))),
		"a bad tag in the second of 2":      items(domain.Tagged("day"), domain.OfTypes("opened").Tagged("shop", "")),
		"the union of two queries for none": domain.Query{}.Union(domain.NewQuery()),
	}
}

func emptyBatchIsRefused(t testing.TB, f Fixture) {
	store := openDay(t, f)
	before := readAll(t, store)
	for _, empty := range [][]domain.Event{nil, {}} {
		wantInvalid(t, store, empty)
		wantInvalid(t, store, empty, none(ofType("burnt")))
		wantInvalid(t, store, empty, none(ofType("opened")))
		wantInvalid(t, store, empty, none(domain.All()))
	}
	wantUnchanged(t, store, before)
}

func invalidEventsAreRefused(t testing.TB, f Fixture) {
	store := openDay(t, f)
	before := readAll(t, store)
	data := func(data string) domain.Event { return domain.Event{Type: "good", Data: []byte(data)} }
	meta := func(m domain.Metadata) domain.Event { return domain.Event{Type: "good", Metadata: m} }
	for name, bad := range map[string]domain.Event{
		"the zero event":             {},
		"no type":                    event("", "tag"),
		"a type that is not UTF-8":   event("a\xff"),
		"a type with NUL":            event("a\x00b"),
		"an empty tag":               event("good", "fine", ""),
		"a tag of a forgotten id":    event("good", domain.NewTag("course", "")),
		"a tag that is not UTF-8":    event("good", "\xe2\x82"),
		"a tag with NUL":             event("good", "\x00"),
		"only white space":           data(" \n"),
		"no JSON":                    data("hello"),
		"half an object":             data(`{"a":`),
		"two values":                 data(`1 2`),
		"a trailing comma":           data(`[1,]`),
		"a bare NUL":                 data("\"\x00\""),
		"a NUL after the value":      data("1\x00"),
		"a line feed in a string":    data("\"\n\""),
		"data that is not UTF-8":     data("\"\xff\""),
		"half of a surrogate pair":   data(`"\udc00\ud800"`),
		"a leading zero":             data(`01`),
		"not a number":               data(`NaN`),
		"an unknown escape":          data(`"\x41"`),
		"a comment":                  data(`1 // one`),
		"a byte order mark":          data("\ufeff1"),
		"an id that is not UTF-8":    meta(domain.Metadata{ID: "\xff"}),
		"a user with NUL":            meta(domain.Metadata{UserID: "a\x00"}),
		"a correlation with NUL":     meta(domain.Metadata{CorrelationID: "\x00"}),
		"a causation not in UTF-8":   meta(domain.Metadata{CausationID: "\xff"}),
		"an operation not in UTF-8":  meta(domain.Metadata{OperationID: "\xff"}),
		"an empty metadata key":      meta(domain.Metadata{Values: map[string]string{"": "v"}}),
		"a metadata key with NUL":    meta(domain.Metadata{Values: map[string]string{"\x00": "v"}}),
		"a value that is not UTF-8":  meta(domain.Metadata{Values: map[string]string{"k": "\xff"}}),
		"a time after the year 9999": meta(domain.Metadata{OccurredAt: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)}),
		"a time before the year 1":   meta(domain.Metadata{OccurredAt: time.Date(0, 12, 31, 0, 0, 0, 0, time.UTC)}),
	} {
		if _, err := store.Append(t.Context(), []domain.Event{bad}); !errors.Is(err, domain.ErrInvalid) {
			t.Errorf("an event with %s: %v, want domain.ErrInvalid", name, err)
		}
	}
	wantUnchanged(t, store, before)
}

func invalidConditionsAreRefused(t testing.TB, f Fixture) {
	store := openDay(t, f)
	before := readAll(t, store)
	good := []domain.Event{event("good")}
	for name, query := range invalidQueries() {
		for _, conditions := range [][]domain.AppendCondition{
			{none(query)},
			{noneAfter(100, query)},
			{none(ofType("burnt")), none(query)},
		} {
			if _, err := store.Append(t.Context(), good, conditions...); !errors.Is(err, domain.ErrInvalid) {
				t.Errorf("a condition with %s: %v, want domain.ErrInvalid", name, err)
			}
		}
	}
	wantInvalid(t, store, good, domain.AppendCondition{})
	wantUnchanged(t, store, before)
}

func inputIsCheckedFirst(t testing.TB, f Fixture) {
	store := openDay(t, f)
	fails := none(ofType("opened"))
	wantInvalid(t, store, []domain.Event{event("")}, fails)
	wantInvalid(t, store, []domain.Event{{Type: "bad", Data: []byte("{")}}, fails)
	wantInvalid(t, store, []domain.Event{event("good")}, fails, domain.AppendCondition{})
	wantInvalid(t, store, []domain.Event{event("good")}, fails, none(tagged("")))
}

func invalidReadsAreRefused(t testing.TB, f Fixture) {
	store := openDay(t, f)
	for name, query := range invalidQueries() {
		if _, err := store.Read(t.Context(), query, forwards); !errors.Is(err, domain.ErrInvalid) {
			t.Errorf("a read with %s: %v, want domain.ErrInvalid", name, err)
		}
	}
	for _, options := range []ports.ReadOptions{{Limit: -1}, {Limit: -100, Backwards: true}} {
		if _, err := store.Read(t.Context(), domain.All(), options); !errors.Is(err, domain.ErrInvalid) {
			t.Errorf("a read with limit %d: %v, want domain.ErrInvalid", options.Limit, err)
		}
	}
}

func invalidSubscriptionsEnd(t testing.TB, f Fixture) {
	store := openDay(t, f)
	for name, query := range invalidQueries() {
		got, err := follow(t, store.Subscribe(t.Context(), query, 0)).end(t, f)
		if len(got) != 0 || !errors.Is(err, domain.ErrInvalid) {
			t.Errorf("a subscription with %s yields %d events and ends with %v, want domain.ErrInvalid at once", name, len(got), err)
		}
	}
}

func hostileDataIsRefused(t testing.TB, f Fixture) {
	store := openDay(t, f)
	before := readAll(t, store)
	const megabytes = 10 << 20
	for _, data := range []string{
		strings.Repeat("[", megabytes),
		strings.Repeat("[", megabytes/2) + strings.Repeat("]", megabytes/2),
		strings.Repeat(`{"a":`, domain.MaxDataBytes/8) + "1" + strings.Repeat("}", domain.MaxDataBytes/8),
		strings.Repeat("[", domain.MaxDataBytes/2) + strings.Repeat("]", domain.MaxDataBytes/2),
		strings.Repeat(" ", megabytes) + "1",
		strings.Repeat("]", 1000),
	} {
		wantInvalid(t, store, []domain.Event{{Type: "deep", Data: []byte(data)}})
	}
	wantUnchanged(t, store, before)
}

func refusalNamesTheField(t testing.TB, f Fixture) {
	store := openDay(t, f)
	for _, row := range []struct {
		events     []domain.Event
		conditions []domain.AppendCondition
		want       string
	}{
		{nil, nil, "events"},
		{[]domain.Event{event("good"), event("")}, nil, "events[1].type"},
		{[]domain.Event{event("good", "fine", "")}, nil, "events[0].tags[1]"},
		{[]domain.Event{{Type: "good", Data: []byte("{")}}, nil, "events[0].data"},
		{[]domain.Event{event("good")}, []domain.AppendCondition{none(domain.All()), {}}, "conditions[1]"},
	} {
		err := wantInvalid(t, store, row.events, row.conditions...)
		var invalid *domain.ValidationError
		if !errors.As(err, &invalid) || !strings.HasPrefix(invalid.Field, row.want) {
			t.Errorf("got %v, want a *domain.ValidationError for %s", err, row.want)
		}
	}
}
