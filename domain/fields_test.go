package domain_test

import (
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/opossum-go/opossum/domain"
)

func TestAnErrorNamesThePlaceOfTheValueAtFault(t *testing.T) {
	t.Parallel()
	const (
		notText = ": must be valid UTF-8 without NUL"
		noTag   = ` "": must not be empty (NewTag returns the empty tag when its key or value is empty or its key contains a colon)`
	)
	// third returns the error of a batch whose third event was changed.
	third := func(change func(*domain.Event)) func() error {
		return func() error {
			events := make([]domain.Event, 3)
			for i := range events {
				events[i] = domain.Event{Type: "A", Tags: []domain.Tag{"a", "b"}, Data: []byte("{}")}
			}
			change(&events[2])
			_, err := domain.PrepareEvents(events)
			return err
		}
	}
	metadata := func(m domain.Metadata) func() error { return third(func(e *domain.Event) { e.Metadata = m }) }
	// query returns the error of a query whose third item is item.
	query := func(item domain.QueryItem) domain.Query {
		return domain.NewQuery(domain.OfTypes("A"), domain.OfTypes("B"), item)
	}
	validate := func(item domain.QueryItem) func() error { return query(item).Validate }
	// condition returns the error of conditions whose second has such a query.
	condition := func(q domain.Query) func() error {
		return func() error {
			return domain.ValidateConditions([]domain.AppendCondition{{FailIfEventsMatch: domain.All()}, {FailIfEventsMatch: q}})
		}
	}
	long := strings.Repeat("m", domain.MaxMetadataBytes+1)
	tests := []struct {
		fault func() error
		field string
		want  string // the error's text
	}{
		{third(func(e *domain.Event) { e.Type = "" }), "events[2].type", `opossum: invalid events[2].type "": must not be empty`},
		{third(func(e *domain.Event) { e.Type = "\xff" }), "events[2].type", `opossum: invalid events[2].type "\xff"` + notText},
		{third(func(e *domain.Event) { e.Type = long }), "events[2].type", "opossum: events[2].type is over the limit MaxTypeBytes: 1025, at most 255"},
		{third(func(e *domain.Event) { e.Tags[1] = "" }), "events[2].tags[1]", "opossum: invalid events[2].tags[1]" + noTag + ` (event type "A")`},
		{third(func(e *domain.Event) { e.Tags[1] = "\x00" }), "events[2].tags[1]", `opossum: invalid events[2].tags[1] "\x00"` + notText + ` (event type "A")`},
		{
			third(func(e *domain.Event) { e.Tags[1], e.Type = domain.Tag(long), strings.Repeat("T", 50) }), "events[2].tags[1]",
			"opossum: events[2].tags[1] is over the limit MaxTagBytes: 1025, at most 255 (event type \"" + strings.Repeat("T", 40) + `"…)`,
		},
		{third(func(e *domain.Event) { e.Tags = numbered(65) }), "events[2].tags", "opossum: events[2].tags is over the limit MaxTags: 65, at most 64"},
		{
			third(func(e *domain.Event) { e.Data = []byte("[1") }), "events[2].data",
			`opossum: invalid events[2].data "[1": must be one JSON value: unexpected end of JSON input`,
		},
		{
			third(func(e *domain.Event) { e.Data = []byte(strings.Repeat("[", 101)) }), "events[2].data",
			"opossum: events[2].data is over the limit MaxDataDepth: 101, at most 100",
		},
		{metadata(domain.Metadata{ID: "\x00"}), "events[2].metadata.id", `opossum: invalid events[2].metadata.id "\x00"` + notText},
		{metadata(domain.Metadata{CorrelationID: "\x00"}), "events[2].metadata.correlationId", `opossum: invalid events[2].metadata.correlationId "\x00"` + notText},
		{metadata(domain.Metadata{CausationID: "\x00"}), "events[2].metadata.causationId", `opossum: invalid events[2].metadata.causationId "\x00"` + notText},
		{metadata(domain.Metadata{OperationID: "\x00"}), "events[2].metadata.operationId", `opossum: invalid events[2].metadata.operationId "\x00"` + notText},
		{metadata(domain.Metadata{UserID: long}), "events[2].metadata.userId", "opossum: events[2].metadata.userId is over the limit MaxMetadataBytes: 1025, at most 1024"},
		{
			metadata(domain.Metadata{ID: long, UserID: "\x00"}), "events[2].metadata.id",
			"opossum: events[2].metadata.id is over the limit MaxMetadataBytes: 1025, at most 1024",
		},
		{metadata(domain.Metadata{Values: map[string]string{"": ""}}), "events[2].metadata.values key", `opossum: invalid events[2].metadata.values key "": must not be empty`},
		{metadata(domain.Metadata{Values: map[string]string{"\xff": ""}}), "events[2].metadata.values key", `opossum: invalid events[2].metadata.values key "\xff"` + notText},
		{
			metadata(domain.Metadata{Values: map[string]string{long: ""}}), "events[2].metadata.values key",
			"opossum: events[2].metadata.values key is over the limit MaxMetadataBytes: 1025, at most 1024",
		},
		{
			metadata(domain.Metadata{Values: map[string]string{strings.Repeat("k", 41): "\x00"}}),
			`events[2].metadata.values["` + strings.Repeat("k", 40) + `"…]`,
			`opossum: invalid events[2].metadata.values["` + strings.Repeat("k", 40) + `"…] "\x00"` + notText,
		},
		{
			metadata(domain.Metadata{OccurredAt: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)}), "events[2].metadata.occurredAt",
			`opossum: invalid events[2].metadata.occurredAt "10000-01-01 00:00:00 +0000 UTC": must lie in the years 1 to 9999`,
		},

		{validate(domain.QueryItem{}), "query.items[2]", "opossum: invalid query.items[2]: must have at least one type or tag; say All() to select everything"},
		{validate(domain.OfTypes("A", "\xff")), "query.items[2].types[1]", `opossum: invalid query.items[2].types[1] "\xff"` + notText},
		{validate(domain.OfTypes("A", "B"+long)), "query.items[2].types[1]", "opossum: query.items[2].types[1] is over the limit MaxTypeBytes: 1026, at most 255"},
		{validate(domain.OfTypes("A").Tagged("a", "b\x00")), "query.items[2].tags[1]", `opossum: invalid query.items[2].tags[1] "b\x00"` + notText},
		{validate(domain.Tagged("")), "query.items[2].tags[0]", "opossum: invalid query.items[2].tags[0]" + noTag},
		{validate(domain.OfTypes(types(257)...)), "query.items[2].types", "opossum: query.items[2].types is over the limit MaxQueryTypes: 257, at most 256"},
		{validate(domain.Tagged(numbered(65)...)), "query.items[2].tags", "opossum: query.items[2].tags is over the limit MaxTags: 65, at most 64"},

		{
			condition(domain.NewQuery(items(1025)...)), "conditions[1].failIfEventsMatch",
			"opossum: conditions[1].failIfEventsMatch is over the limit MaxQueryItems: 1025, at most 1024",
		},
		{
			condition(query(domain.OfTypes("A", "\xff"))), "conditions[1].failIfEventsMatch.items[2].types[1]",
			`opossum: invalid conditions[1].failIfEventsMatch.items[2].types[1] "\xff"` + notText,
		},
		{
			condition(query(domain.Tagged(""))), "conditions[1].failIfEventsMatch.items[2].tags[0]",
			"opossum: invalid conditions[1].failIfEventsMatch.items[2].tags[0]" + noTag,
		},
		{
			condition(query(domain.OfTypes(types(257)...))), "conditions[1].failIfEventsMatch.items[2].types",
			"opossum: conditions[1].failIfEventsMatch.items[2].types is over the limit MaxQueryTypes: 257, at most 256",
		},
	}
	for _, tt := range tests {
		t.Run(tt.want, func(t *testing.T) {
			t.Parallel()
			err := tt.fault()
			checkErr(t, err, tt.want)
			if field := fieldOf(err); field != tt.field {
				t.Errorf("the error's field is %q, want %q", field, tt.field)
			}
		})
	}
}

func TestATextIsValidUnlessAByteOfItIsNULOrNotUTF8(t *testing.T) {
	t.Parallel()
	for length := 1; length < 20; length++ {
		for place := range length {
			for b := range 256 {
				text := []byte(strings.Repeat("x", length))
				text[place] = byte(b)
				for _, text := range []string{string(text), string(text) + "é"} {
					_, err := domain.PrepareEvents([]domain.Event{{Type: text}})
					if valid := b != 0 && b < utf8.RuneSelf; valid != (err == nil) {
						t.Fatalf("%q: error %v, want valid: %v", text, err, valid)
					}
				}
			}
		}
	}
}

// fieldOf returns the field that err names, "" when it names none.
func fieldOf(err error) string {
	if invalid, ok := errors.AsType[*domain.ValidationError](err); ok {
		return invalid.Field
	}
	if over, ok := errors.AsType[*domain.LimitError](err); ok {
		return over.Field
	}
	return ""
}
