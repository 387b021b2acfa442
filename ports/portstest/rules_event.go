package portstest

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/opossum-go/opossum/domain"
)

var eventRules = []Rule{
	{"data comes back byte for byte, without insignificant white space", dataComesBack},
	{"absent data is stored as null", absentDataIsNull},
	{"type and tags come back byte for byte", typeAndTagsComeBack},
	{"tags come back sorted and without duplicates", tagsAreASet},
	{"an event may carry several tags with one key", tagsMayRepeatAKey},
	{"metadata comes back as given", metadataComesBack},
	{"no metadata values and an empty map of them are the same", emptyValuesAreNone},
	{"metadata is not searched by queries", metadataIsNotSearched},
	{"an event without an id gets one of its own", idsAreFilledIn},
}

func dataComesBack(t testing.TB, f Fixture) {
	const spaced, compact = "\t{ \"b\" : [ 1 , 2 ] ,\r\n \"a\" : \" x  y \" } \n", `{"b":[1,2],"a":" x  y "}`
	asGiven := []string{
		`null`, `true`, `false`, `0`, `-0`, `""`, `[]`, `{}`, `[[],{},[{}]]`,
		`12345678901234567890123456789`, `0.1000`, `1.0`, `1e400`, `-1E-400`, `1e+2`, `9007199254740993`, `0.30000000000000004`,
		`{"b":1,"a":2,"B":3}`, `{"twice":1,"twice":2}`, `{"":0}`,
		`"\u003c\u003e\u0026<>&"`, `"\/ / \b\f\n\r\t\" \\"`, `"\u0000"`, `"\u00e9\u00E9é"`,
		`"\ud83d\ude00😀"`, `"\\ud800"`, "\"\u2028\u2029\"", "\"e\u0301 \u00e9\"", "\"\u007f\ufeff\ufffd\"",
		`"} \" ] {"`, `"a\nb"`, `{"k\"ey":"v\\"}`,
		`"` + strings.Repeat("long ", 20_000) + `"`,
	}
	given := append(slices.Clone(asGiven), spaced)
	want := append(slices.Clone(asGiven), compact)

	store := open(t, f)
	batch := make([]domain.Event, len(given))
	for i, data := range given {
		batch[i] = domain.Event{Type: "wrote", Data: []byte(data)}
	}
	mustAppend(t, store, batch...)
	for i, e := range wantDense(t, store, len(given)) {
		if got := string(e.Data); got != want[i] {
			t.Errorf("data %.80q came back as %.80q, want %.80q", given[i], got, want[i])
		}
	}
}

func absentDataIsNull(t testing.TB, f Fixture) {
	store := open(t, f)
	mustAppend(t, store,
		domain.Event{Type: "nil"},
		domain.Event{Type: "empty", Data: json.RawMessage{}},
		domain.Event{Type: "null", Data: json.RawMessage("null")},
	)
	for _, e := range wantDense(t, store, 3) {
		if string(e.Data) != "null" {
			t.Errorf("data of event %s = %q, want null", e.Type, e.Data)
		}
	}
}

func typeAndTagsComeBack(t testing.TB, f Fixture) {
	store := open(t, f)
	texts := []string{
		"x", "Über", "日本語", "e\u0301", "\u00e9", "👩‍🔬", `quote"back\slash`, "line\nfeed", "tab\t", " space ", "<&>", "\u2028", "\u007f", "\x01", "\ufffd", "\ufeffbom",
		strings.Repeat("é", domain.MaxTagBytes/2),
	}
	for _, text := range texts {
		mustAppend(t, store, event(text, domain.Tag(text)))
	}
	all := wantDense(t, store, len(texts))
	for i, text := range texts {
		if got := all[i]; got.Type != text || !slices.Equal(got.Tags, []domain.Tag{domain.Tag(text)}) {
			t.Errorf("type and tag %q came back as %q and %q, want them unchanged", text, got.Type, got.Tags)
		}
		if got := collect(t, mustRead(t, store, items(domain.OfTypes(text).Tagged(domain.Tag(text))), forwards)); len(got) != 1 {
			t.Errorf("a query for type and tag %q selects %d events, want 1", text, len(got))
		}
	}
}

func tagsAreASet(t testing.TB, f Fixture) {
	store := open(t, f)
	mustAppend(t, store, event("seen", "c", "a", "b", "a", "c", "B"))
	want := []domain.Tag{"B", "a", "b", "c"}
	if got := wantDense(t, store, 1)[0].Tags; !slices.Equal(got, want) {
		t.Errorf("tags came back as %q, want %q", got, want)
	}
	if got := len(collect(t, mustRead(t, store, tagged("a"), forwards))); got != 1 {
		t.Errorf("an event that was given a tag twice comes %d times", got)
	}
}

func tagsMayRepeatAKey(t testing.TB, f Fixture) {
	store := open(t, f)
	mustAppend(t, store, named("both", "met", "student:1", "student:2"), named("one", "met", "student:1"))
	wantSelections(t, store, []selection{
		{tagged("student:1"), forwards, "both one"},
		{tagged("student:2"), forwards, "both"},
		{tagged("student:1", "student:2"), forwards, "both"},
	})
}

func metadataComesBack(t testing.TB, f Fixture) {
	at := func(offset int) time.Time {
		return time.Date(1987, time.July, 1, 23, 59, 59, 123456789, time.FixedZone("somewhere", offset))
	}
	given := []domain.Metadata{
		{
			ID: "id-1", OccurredAt: at(5*3600 + 30*60), CorrelationID: "corr", CausationID: "cause", OperationID: "op", UserID: "user",
			Values: map[string]string{"foo": "bar", "baz": "", "Ключ": "<значение> \"\\\n", "foo ": "\u2028"},
		},
		{ID: "only an id", OccurredAt: at(0)},
		{ID: "west", OccurredAt: at(-9*3600 - 30*60)},
		{ID: "whole seconds", OccurredAt: at(-3600).Truncate(time.Second)},
		{ID: "long ago", OccurredAt: time.Date(1, time.January, 1, 0, 0, 0, 1, time.UTC)},
		{ID: "far ahead", OccurredAt: time.Date(9999, time.December, 31, 23, 59, 59, 999999999, time.UTC)},
		{ID: "", OccurredAt: at(60), UserID: "everything but an id"},
	}
	store := open(t, f)
	for i, m := range given {
		mustAppend(t, store, domain.Event{Type: fmt.Sprint("event", i), Metadata: m})
	}
	for i, e := range wantDense(t, store, len(given)) {
		want := given[i]
		if want.ID == "" {
			want.ID = e.Metadata.ID
		}
		got := pictureOf(domain.Event{Metadata: e.Metadata})
		if want := pictureOf(domain.Event{Metadata: want}); got != want {
			t.Errorf("metadata came back as\n     %s\nwant %s", got, want)
		}
		if !e.Metadata.OccurredAt.Equal(want.OccurredAt) {
			t.Errorf("OccurredAt %v came back as another instant, %v", want.OccurredAt, e.Metadata.OccurredAt)
		}
	}
}

func emptyValuesAreNone(t testing.TB, f Fixture) {
	store := open(t, f)
	mustAppend(t, store,
		domain.Event{Type: "nil"},
		domain.Event{Type: "empty", Metadata: domain.Metadata{Values: map[string]string{}}},
		domain.Event{Type: "one", Metadata: domain.Metadata{Values: map[string]string{"key": ""}}},
	)
	for i, e := range wantDense(t, store, 3) {
		want := map[string]string{}
		if i == 2 {
			want["key"] = ""
		}
		if !maps.Equal(e.Metadata.Values, want) {
			t.Errorf("values of event %s = %v, want %v", e.Type, e.Metadata.Values, want)
		}
	}
}

func metadataIsNotSearched(t testing.TB, f Fixture) {
	store := open(t, f)
	e := named("tag:in-data", "sent", "tag:real")
	e.Metadata = domain.Metadata{ID: "tag:id", UserID: "tag:user", CorrelationID: "received", Values: map[string]string{"tag:key": "tag:value"}}
	mustAppend(t, store, e)
	for _, tag := range []domain.Tag{"tag:id", "tag:user", "tag:key", "tag:value", "tag:in-data", "received"} {
		if got := len(collect(t, mustRead(t, store, tagged(tag), forwards))); got != 0 {
			t.Errorf("a query for tag %q finds an event that has it elsewhere", tag)
		}
	}
	if got := len(collect(t, mustRead(t, store, ofType("received"), forwards))); got != 0 {
		t.Error("a query for a type finds an event that has the text elsewhere")
	}
}

func idsAreFilledIn(t testing.TB, f Fixture) {
	store := open(t, f)
	given := event("given")
	given.Metadata.ID = "mine"
	mustAppend(t, store, event("a"), event("b"), given)
	mustAppend(t, store, event("c"))
	all := wantDense(t, store, 4)
	if got := all[2].Metadata.ID; got != "mine" {
		t.Errorf("a given id came back as %q, want %q", got, "mine")
	}
	seen := map[string]bool{"": true}
	for _, e := range all {
		if id := e.Metadata.ID; seen[id] {
			t.Errorf("event at position %d has the id %q, want one of its own", e.Position, id)
		}
		seen[e.Metadata.ID] = true
	}
	wantSame(t, readAll(t, store), all)
}
