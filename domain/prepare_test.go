package domain_test

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/opossum-go/opossum/domain"
)

// one returns a batch of one event of type A after change was applied to it.
func one(change func(*domain.Event)) []domain.Event {
	e := domain.Event{Type: "A"}
	change(&e)
	return []domain.Event{e}
}

func withData(data string) []domain.Event {
	return one(func(e *domain.Event) { e.Data = []byte(data) })
}

func withTags(tags ...domain.Tag) []domain.Event {
	return one(func(e *domain.Event) { e.Tags = tags })
}

func withMetadata(m domain.Metadata) []domain.Event {
	return one(func(e *domain.Event) { e.Metadata = m })
}

func TestPrepareEventsAcceptsAndRefuses(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("m", domain.MaxMetadataBytes)
	values := func(n int) map[string]string {
		m := make(map[string]string, n)
		for i := range n {
			m[fmt.Sprintf("k%d", i)] = "v"
		}
		return m
	}
	tests := []struct {
		name   string
		events []domain.Event
		want   string // the error's text; empty when the batch is accepted
	}{
		{"refuses no events", nil, "opossum: invalid events: must hold at least one event"},
		{"refuses an empty batch", []domain.Event{}, "opossum: invalid events: must hold at least one event"},
		{"accepts a type alone", []domain.Event{{Type: "A"}}, ""},
		{"refuses the zero Event", []domain.Event{{}}, `opossum: invalid events[0].type "": must not be empty`},
		{"names the event at fault", []domain.Event{{Type: "A"}, {}}, `opossum: invalid events[1].type "": must not be empty`},
		{"accepts the longest type", []domain.Event{{Type: strings.Repeat("t", domain.MaxTypeBytes)}}, ""},
		{
			"refuses a longer type",
			[]domain.Event{{Type: strings.Repeat("t", domain.MaxTypeBytes+1)}},
			"opossum: events[0].type is over the limit MaxTypeBytes: 256, at most 255",
		},
		{
			"counts bytes of the type, not letters",
			[]domain.Event{{Type: strings.Repeat("é", 128)}},
			"opossum: events[0].type is over the limit MaxTypeBytes: 256, at most 255",
		},
		{
			"refuses a type that is not UTF-8",
			[]domain.Event{{Type: "\xc3("}},
			`opossum: invalid events[0].type "\xc3(": must be valid UTF-8 without NUL`,
		},
		{
			"refuses a type with NUL",
			[]domain.Event{{Type: "A\x00"}},
			`opossum: invalid events[0].type "A\x00": must be valid UTF-8 without NUL`,
		},

		{"accepts a tag without a colon", withTags("urgent"), ""},
		{"accepts white space, colons and any script in a tag", withTags("a: b:c", "名前:太郎", "🦝"), ""},
		{"accepts the longest tag", withTags(domain.Tag(strings.Repeat("t", domain.MaxTagBytes))), ""},
		{
			"refuses a longer tag",
			withTags(domain.Tag(strings.Repeat("t", domain.MaxTagBytes+1))),
			`opossum: events[0].tags[0] is over the limit MaxTagBytes: 256, at most 255 (event type "A")`,
		},
		{
			"refuses the empty tag of a forgotten id",
			withTags("x", domain.NewTag("course", "")),
			`opossum: invalid events[0].tags[1] "": must not be empty (NewTag returns the empty tag when its key or value is empty or its key contains a colon) (event type "A")`,
		},
		{
			"refuses a tag that is not UTF-8",
			withTags("\xff"), `opossum: invalid events[0].tags[0] "\xff": must be valid UTF-8 without NUL (event type "A")`,
		},
		{
			"refuses a tag with NUL",
			withTags("\x00"), `opossum: invalid events[0].tags[0] "\x00": must be valid UTF-8 without NUL (event type "A")`,
		},
		{"accepts the most tags", withTags(numbered(domain.MaxTags)...), ""},
		{"counts distinct tags", withTags(append(numbered(domain.MaxTags), numbered(domain.MaxTags)...)...), ""},
		{
			"refuses more tags",
			withTags(numbered(domain.MaxTags + 1)...), "opossum: events[0].tags is over the limit MaxTags: 65, at most 64",
		},

		{
			"refuses data that is not JSON",
			withData("hello"),
			`opossum: invalid events[0].data "hello": must be one JSON value: invalid character 'h' looking for beginning of value`,
		},
		{
			"refuses two JSON values",
			withData("1 2"),
			`opossum: invalid events[0].data "1 2": must be one JSON value: invalid character '2' after top-level value`,
		},
		{
			"refuses half a JSON value",
			withData(`{"a":`),
			`opossum: invalid events[0].data "{\"a\":": must be one JSON value: unexpected end of JSON input`,
		},
		{
			"refuses white space alone",
			withData(" \n"), `opossum: invalid events[0].data " \n": must be one JSON value: unexpected end of JSON input`,
		},
		{
			"refuses a line break in a JSON string",
			withData("\"a\nb\""),
			`opossum: invalid events[0].data "\"a\nb\"": must be one JSON value: invalid character '\n' in string literal`,
		},
		{
			"refuses data that is not UTF-8",
			withData("\"\xff\""), `opossum: invalid events[0].data "\"\xff\"": must be JSON in valid UTF-8`,
		},
		{
			"shortens a long value in the error and cuts it between letters",
			withData("x" + strings.Repeat("é", 100)),
			`opossum: invalid events[0].data "x` + strings.Repeat("é", 19) +
				`"…: must be one JSON value: invalid character 'x' looking for beginning of value`,
		},
		{
			"refuses half of a surrogate pair", withData(`{"a":"x\ud800"}`),
			`opossum: invalid events[0].data \ud800: must not escape half of a surrogate pair: that is no text, and readers of JSON refuse or replace it`,
		},
		{
			"refuses the halves of a pair in the wrong order", withData(`"\\\udc00\ud800"`),
			`opossum: invalid events[0].data \udc00: must not escape half of a surrogate pair: that is no text, and readers of JSON refuse or replace it`,
		},
		{
			"refuses half of a pair in a key, behind a whole one", withData(`{"\ud83d\ude00\uD83D\u0020":1}`),
			`opossum: invalid events[0].data \uD83D: must not escape half of a surrogate pair: that is no text, and readers of JSON refuse or replace it`,
		},
		{"accepts the deepest nesting", withData(strings.Repeat("[", domain.MaxDataDepth) + strings.Repeat("]", domain.MaxDataDepth)), ""},
		{
			"refuses deeper nesting",
			withData(strings.Repeat("[", domain.MaxDataDepth+1) + strings.Repeat("]", domain.MaxDataDepth+1)),
			"opossum: events[0].data is over the limit MaxDataDepth: 101, at most 100",
		},
		{
			"counts objects as nesting too",
			withData(strings.Repeat(`{"a":[`, 65) + strings.Repeat("]}", 65)),
			"opossum: events[0].data is over the limit MaxDataDepth: 101, at most 100",
		},
		{"does not count siblings as nesting", withData("[" + strings.Repeat("[],", 500) + "{}]"), ""},
		{"does not count brackets in strings", withData(`"` + strings.Repeat("[{", 500) + `"`), ""},
		{"does not end a string at an escaped quote", withData(`"\"` + strings.Repeat("[", 500) + `\\"`), ""},
		{
			"refuses 10 MB of nested brackets without parsing them",
			withData(strings.Repeat("[", 10<<20)),
			"opossum: events[0].data is over the limit MaxDataBytes: 10485760, at most 1048576",
		},
		{"accepts the largest data", withData(`"` + strings.Repeat("d", domain.MaxDataBytes-2) + `"`), ""},
		{
			"refuses larger data",
			withData(`"` + strings.Repeat("d", domain.MaxDataBytes-1) + `"`),
			"opossum: events[0].data is over the limit MaxDataBytes: 1048577, at most 1048576",
		},
		{"does not count insignificant white space", withData(strings.Repeat(" ", domain.MaxDataBytes) + "1"), ""},
		{
			"refuses an endless run of white space all the same",
			withData(strings.Repeat(" ", 8*domain.MaxDataBytes) + "1"),
			"opossum: events[0].data is over the limit MaxDataBytes: 8388609, at most 1048576",
		},

		{"accepts the longest metadata", withMetadata(domain.Metadata{
			ID: long, CorrelationID: long, CausationID: long, OperationID: long, UserID: long, Values: map[string]string{long: long},
		}), ""},
		{
			"refuses a longer id",
			withMetadata(domain.Metadata{ID: long + "m"}),
			"opossum: events[0].metadata.id is over the limit MaxMetadataBytes: 1025, at most 1024",
		},
		{
			"refuses a longer correlation id",
			withMetadata(domain.Metadata{CorrelationID: long + "m"}),
			"opossum: events[0].metadata.correlationId is over the limit MaxMetadataBytes: 1025, at most 1024",
		},
		{
			"refuses a causation id with NUL",
			withMetadata(domain.Metadata{CausationID: "\x00"}),
			`opossum: invalid events[0].metadata.causationId "\x00": must be valid UTF-8 without NUL`,
		},
		{
			"refuses an operation id that is not UTF-8",
			withMetadata(domain.Metadata{OperationID: "\xff"}),
			`opossum: invalid events[0].metadata.operationId "\xff": must be valid UTF-8 without NUL`,
		},
		{
			"refuses a user id that is not UTF-8",
			withMetadata(domain.Metadata{UserID: "\xff"}),
			`opossum: invalid events[0].metadata.userId "\xff": must be valid UTF-8 without NUL`,
		},
		{"accepts an empty metadata value", withMetadata(domain.Metadata{Values: map[string]string{"k": ""}}), ""},
		{
			"refuses an empty metadata key",
			withMetadata(domain.Metadata{Values: map[string]string{"": "v"}}),
			`opossum: invalid events[0].metadata.values key "": must not be empty`,
		},
		{
			"refuses a longer metadata value",
			withMetadata(domain.Metadata{Values: map[string]string{"k": long + "m"}}),
			`opossum: events[0].metadata.values["k"] is over the limit MaxMetadataBytes: 1025, at most 1024`,
		},
		{"accepts the most metadata values", withMetadata(domain.Metadata{Values: values(domain.MaxMetadataValues)}), ""},
		{
			"refuses more metadata values",
			withMetadata(domain.Metadata{Values: values(domain.MaxMetadataValues + 1)}),
			"opossum: events[0].metadata.values is over the limit MaxMetadataValues: 65, at most 64",
		},
		{"accepts the last nanosecond of year 9999", withMetadata(domain.Metadata{
			OccurredAt: time.Date(9999, 12, 31, 23, 59, 59, 999_999_999, time.UTC),
		}), ""},
		{
			"refuses year 10000",
			withMetadata(domain.Metadata{OccurredAt: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)}),
			`opossum: invalid events[0].metadata.occurredAt "10000-01-01 00:00:00 +0000 UTC": must lie in the years 1 to 9999`,
		},
		{
			"refuses a year before 1",
			withMetadata(domain.Metadata{OccurredAt: time.Date(0, 12, 31, 0, 0, 0, 0, time.UTC)}),
			`opossum: invalid events[0].metadata.occurredAt "0000-12-31 00:00:00 +0000 UTC": must lie in the years 1 to 9999`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			prepared, err := domain.PrepareEvents(tt.events)
			checkErr(t, err, tt.want)
			if err != nil && prepared != nil {
				t.Errorf("PrepareEvents returns %d events beside its error", len(prepared))
			}
			if err == nil && len(prepared) != len(tt.events) {
				t.Errorf("PrepareEvents returns %d events, want %d", len(prepared), len(tt.events))
			}
		})
	}
}

func TestPrepareEventsBoundsTheNumberOfEvents(t *testing.T) {
	t.Parallel()
	events := make([]domain.Event, domain.MaxBatchEvents+1)
	for i := range events {
		events[i].Type = "A"
	}
	_, err := domain.PrepareEvents(events[1:])
	checkErr(t, err, "")
	_, err = domain.PrepareEvents(events)
	checkErr(t, err, "opossum: events is over the limit MaxBatchEvents: 10001, at most 10000")
}

func TestPrepareEventsBoundsTheBytesOfABatch(t *testing.T) {
	t.Parallel()
	// text returns the most metadata values there may be, with n bytes in all, keys included.
	text := func(n int) map[string]string {
		values := map[string]string{}
		for i := range domain.MaxMetadataValues {
			key := fmt.Sprintf("%0*d", domain.MaxMetadataBytes, i)
			values[key] = strings.Repeat("v", min(domain.MaxMetadataBytes, n-len(key)))
			n -= len(key) + len(values[key])
		}
		return values
	}
	// atLimit returns a batch that could not hold one byte more.
	atLimit := func() []domain.Event {
		const each = 2 * domain.MaxMetadataBytes * domain.MaxMetadataValues
		events := make([]domain.Event, domain.MaxBatchBytes/each)
		same := text(each - len("A1"))
		for i := range events {
			events[i] = domain.Event{Type: "A", Data: []byte("1"), Metadata: domain.Metadata{Values: same}}
		}
		last := &events[len(events)-1]
		last.Tags, last.Metadata = []domain.Tag{"a", "b"}, domain.Metadata{UserID: "u", Values: text(each - len("A1abu"))}
		return events
	}
	first, final := fmt.Sprintf("%0*d", domain.MaxMetadataBytes, 0), fmt.Sprintf("%0*d", domain.MaxMetadataBytes, domain.MaxMetadataValues-1)
	const over = "opossum: events is over the limit MaxBatchBytes: 16777217, at most 16777216"
	tests := []struct {
		name   string
		change func(last *domain.Event)
		want   string
	}{
		{"accepts the most", func(*domain.Event) {}, ""},
		{"counts a tag once", func(e *domain.Event) { e.Tags = append(e.Tags, "b") }, ""},
		{"does not count white space in data", func(e *domain.Event) { e.Data = append(e.Data, ' ') }, ""},
		{"counts types", func(e *domain.Event) { e.Type = "AA" }, over},
		{"counts tags", func(e *domain.Event) { e.Tags[1] = "bb" }, over},
		{"counts data", func(e *domain.Event) { e.Data = []byte("10") }, over},
		{"counts the id", func(e *domain.Event) { e.Metadata.ID = "i" }, over},
		{"counts the correlation id", func(e *domain.Event) { e.Metadata.CorrelationID = "i" }, over},
		{"counts the causation id", func(e *domain.Event) { e.Metadata.CausationID = "i" }, over},
		{"counts the operation id", func(e *domain.Event) { e.Metadata.OperationID = "i" }, over},
		{"counts the user id", func(e *domain.Event) { e.Metadata.UserID = "uu" }, over},
		{"counts metadata values", func(e *domain.Event) { e.Metadata.Values[final] += "v" }, over},
		{"counts metadata keys", func(e *domain.Event) {
			e.Metadata.Values[first[1:]] = e.Metadata.Values[first]
			delete(e.Metadata.Values, first)
			e.Metadata.Values[final] += "vv"
		}, over},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			events := atLimit()
			tt.change(&events[len(events)-1])
			_, err := domain.PrepareEvents(events)
			checkErr(t, err, tt.want)
		})
	}
}

func TestPrepareEventsKeepsDataByteForByte(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, data, want string }{
		{"takes absent data as null", "", "null"},
		{"keeps null", "null", "null"},
		{"keeps a string", `"a b"`, `"a b"`},
		{"drops white space between tokens only", " {\n\t\"a b\" : [ 1 , 2 ]\r\n} ", `{"a b":[1,2]}`},
		{"keeps the order of keys and doubled keys", `{"b":1,"a":2,"b":3}`, `{"b":1,"a":2,"b":3}`},
		{"keeps numbers as written", `[1.0,1e2,-0,12345678901234567890123]`, `[1.0,1e2,-0,12345678901234567890123]`},
		{"keeps escapes as written", `"\u00e9\/\u0000<>&"`, `"\u00e9\/\u0000<>&"`},
		{"keeps escaped surrogate pairs", `"\ud83d\uDE00\\ud800"`, `"\ud83d\uDE00\\ud800"`},
		{"keeps unescaped line separators", "\"\u2028\u2029\"", "\"\u2028\u2029\""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			prepared, err := domain.PrepareEvents(withData(tt.data))
			if err != nil {
				t.Fatal(err)
			}
			if got := string(prepared[0].Data); got != tt.want {
				t.Errorf("data %q became %q, want %q", tt.data, got, tt.want)
			}
		})
	}
}

func TestPrepareEventsSortsTagsAndDropsDuplicates(t *testing.T) {
	t.Parallel()
	prepared, err := domain.PrepareEvents(withTags("b", "a", "b", "B"))
	if err != nil {
		t.Fatal(err)
	}
	if want := []domain.Tag{"B", "a", "b"}; !reflect.DeepEqual(prepared[0].Tags, want) {
		t.Errorf("tags = %q, want %q", prepared[0].Tags, want)
	}
}

func TestPrepareEventsLeavesItsInputAlone(t *testing.T) {
	t.Parallel()
	events := []domain.Event{{
		Type: "A", Tags: []domain.Tag{"b", "a", "b"}, Data: []byte(` {"a": 1} `),
		Metadata: domain.Metadata{Values: map[string]string{"k": "v"}},
	}}
	prepared, err := domain.PrepareEvents(events)
	if err != nil {
		t.Fatal(err)
	}
	prepared[0].Tags[0] = "changed"
	prepared[0].Data[0] = '!'
	prepared[0].Metadata.Values["k"] = "changed"
	want := domain.Event{
		Type: "A", Tags: []domain.Tag{"b", "a", "b"}, Data: []byte(` {"a": 1} `),
		Metadata: domain.Metadata{Values: map[string]string{"k": "v"}},
	}
	if !reflect.DeepEqual(events[0], want) {
		t.Errorf("changing the prepared event changed the input to %+v", events[0])
	}

	again, err := domain.PrepareEvents(events)
	if err != nil {
		t.Fatal(err)
	}
	events[0].Tags[0] = "changed"
	events[0].Data[1] = '!'
	events[0].Metadata.Values["k"] = "changed"
	if !bytes.Equal(again[0].Data, []byte(`{"a":1}`)) || again[0].Tags[1] != "b" || again[0].Metadata.Values["k"] != "v" {
		t.Errorf("changing the input changed the prepared event to %+v", again[0])
	}
}

func TestPrepareEventsTakesNoValuesAsNil(t *testing.T) {
	t.Parallel()
	prepared, err := domain.PrepareEvents(withMetadata(domain.Metadata{Values: map[string]string{}}))
	if err != nil {
		t.Fatal(err)
	}
	if prepared[0].Metadata.Values != nil {
		t.Errorf("an empty map became %#v, want nil", prepared[0].Metadata.Values)
	}
}

func TestPrepareEventsKeepsWhatTheTextOfATimeCanSay(t *testing.T) {
	t.Parallel()
	local := func(name string, seconds int) time.Time {
		return time.Date(2026, 3, 1, 9, 30, 0, 123_456_789, time.FixedZone(name, seconds))
	}
	tests := []struct {
		name  string
		given time.Time
		want  string // in time.RFC3339Nano; empty for the zero time
	}{
		{"leaves the zero time to the store", time.Time{}, ""},
		{"keeps UTC", time.Date(2026, 3, 1, 9, 30, 0, 1, time.UTC), "2026-03-01T09:30:00.000000001Z"},
		{"keeps an offset", local("CET", 3600), "2026-03-01T09:30:00.123456789+01:00"},
		{"keeps an offset of half an hour", local("IST", 5*3600+1800), "2026-03-01T09:30:00.123456789+05:30"},
		{"takes a zone without offset as UTC", local("GMT", 0), "2026-03-01T09:30:00.123456789Z"},
		{"takes an offset with seconds to UTC", local("LMT", 3601), "2026-03-01T08:29:59.123456789Z"},
		{"takes an offset of a day or more to UTC", local("far", 24*3600), "2026-02-28T09:30:00.123456789Z"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			prepared, err := domain.PrepareEvents(withMetadata(domain.Metadata{OccurredAt: tt.given}))
			if err != nil {
				t.Fatal(err)
			}
			got := prepared[0].Metadata.OccurredAt
			if tt.want == "" {
				if !got.IsZero() {
					t.Errorf("zero time became %v", got)
				}
				return
			}
			if text := got.Format(time.RFC3339Nano); text != tt.want {
				t.Errorf("time became %s, want %s", text, tt.want)
			}
			if !got.Equal(tt.given) {
				t.Errorf("time became another instant: %v, given %v", got, tt.given)
			}
			back, err := time.Parse(time.RFC3339Nano, tt.want)
			if err != nil {
				t.Fatal(err)
			}
			if _, offset := got.Zone(); !back.Equal(got) || back.Format(time.RFC3339Nano) != tt.want || offset%60 != 0 {
				t.Errorf("time %v does not survive its text form", got)
			}
		})
	}
}

func TestPrepareEventsDropsTheMonotonicReading(t *testing.T) {
	t.Parallel()
	now := time.Now()
	prepared, err := domain.PrepareEvents(withMetadata(domain.Metadata{OccurredAt: now}))
	if err != nil {
		t.Fatal(err)
	}
	got := prepared[0].Metadata.OccurredAt
	if strings.Contains(got.String(), "m=") {
		t.Errorf("time keeps its monotonic reading: %v", got)
	}
	if !got.Equal(now) {
		t.Errorf("time became %v, want the instant of %v", got, now)
	}
}
