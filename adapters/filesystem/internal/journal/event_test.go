package journal_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/opossum-go/opossum/adapters/filesystem/internal/journal"
	"github.com/opossum-go/opossum/domain"
)

func TestEventLinesHaveOneForm(t *testing.T) {
	t.Parallel()
	minimal := domain.SequencedEvent{Position: 18446744073709551615, RecordedAt: recorded, Event: domain.Event{Type: "A", Data: json.RawMessage("null")}}
	for _, tt := range []struct {
		name  string
		event domain.SequencedEvent
		want  string
	}{
		{"absent fields are left out", minimal, `{"position":18446744073709551615,"recordedAt":"2026-03-04T05:06:07.000000089Z","type":"A","tags":[],"data":null}`},
		{
			"every field has its place, and only what must be escaped is", full(7),
			`{"position":7,"recordedAt":"2026-03-04T05:06:07.000000089Z","type":"Say \"hi\"\\\n\r\t\u0001\u001f` + "\x7f" + `","tags":["a:\"quoted\"","b:ü€😀` + "\u2028" + `","c:<&>"],` +
				`"id":"id-1","occurredAt":"1999-12-31T23:59:59.999999999-09:30","correlationId":"corr/1","causationId":"cause\t1","operationId":"op é","userId":"u\"1\"",` +
				`"values":{"a":"","k\n":"v\\","z":"last"},"data":{"n":1.50e+3,"s":"\u00fc\"\\","a":[null,true,{}],"commit":{"first":1}}}`,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := string(journal.AppendEvent(nil, &tt.event)); got != tt.want+"\n" {
				t.Errorf("line\n got: %s\nwant: %s", got, tt.want)
			}
		})
	}
}

func TestHeaderAndCommitLinesHaveOneForm(t *testing.T) {
	t.Parallel()
	// The chain of an empty store is the SHA-256 of its id.
	const hex = "ca04094be603caa791209d19348fbf94dc0d8a5e8d71e8e6eeffdd85ad2afa1c"
	chain := journal.Genesis(storeID)
	header := string(journal.AppendHeader(nil, journal.Header{Store: storeID, First: 42, Chain: chain}))
	if want := `{"segment":{"format":1,"store":"` + storeID + `","first":42,"chain":"` + hex + "\"}}\n"; header != want {
		t.Errorf("header\n got: %s\nwant: %s", header, want)
	}
	commit := string(journal.AppendCommit(nil, journal.Commit{First: 42, Last: 44, Bytes: 512, CRC: 0x00c0ffee, Chain: chain}))
	if want := `{"commit":{"first":42,"last":44,"bytes":512,"crc32c":"00c0ffee","chain":"` + hex + "\"}}\n"; commit != want {
		t.Errorf("commit line\n got: %s\nwant: %s", commit, want)
	}
}

func TestTheChecksumIsCRC32C(t *testing.T) {
	t.Parallel()
	if got := journal.Checksum("123456789"); got != 0xe3069283 { // the check value that RFC 3720 gives for it
		t.Errorf("checksum = %08x, want e3069283", got)
	}
}

func TestEventsComeBackAsTheyWere(t *testing.T) {
	t.Parallel()
	bare := plain(1)
	bare.Tags = []domain.Tag{}
	for _, tt := range []struct {
		name  string
		event domain.SequencedEvent
	}{
		{"every field", full(3)},
		{"no tags and no metadata", bare},
		{"one value", withMetadata(domain.Metadata{Values: map[string]string{"": ""}})},
		{"an offset ahead of UTC", withMetadata(domain.Metadata{OccurredAt: time.Date(2026, 1, 1, 0, 0, 0, 1, time.FixedZone("", 5*3600+45*60))})},
		{"the first and the last year", withMetadata(domain.Metadata{OccurredAt: time.Date(9999, 12, 31, 23, 59, 59, 999_999_999, time.UTC)})},
		{"only some metadata", withMetadata(domain.Metadata{CausationID: "c", UserID: "\u0000u"})},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			line, err := journal.Decode([]byte(strings.TrimSuffix(string(journal.AppendEvent(nil, &tt.event)), "\n")), nil)
			if err != nil {
				t.Fatal(err)
			}
			checkEvent(t, line, tt.event)
		})
	}
}

func withMetadata(m domain.Metadata) domain.SequencedEvent {
	e := plain(9)
	e.Metadata = m
	return e
}

// checkEvent compares everything, times by their instant and their offset.
func checkEvent(t testing.TB, got, want domain.SequencedEvent) {
	t.Helper()
	for _, times := range [][2]*time.Time{{&got.RecordedAt, &want.RecordedAt}, {&got.Metadata.OccurredAt, &want.Metadata.OccurredAt}} {
		_, gotOffset := times[0].Zone()
		_, wantOffset := times[1].Zone()
		if !times[0].Equal(*times[1]) || gotOffset != wantOffset {
			t.Errorf("time %v came back as %v", times[1], times[0])
		}
		*times[0] = *times[1]
	}
	if len(got.Tags) == 0 && len(want.Tags) == 0 {
		got.Tags = want.Tags
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("event\n got: %+v\nwant: %+v", got, want)
	}
}

func TestALineThatIsNotCanonicalIsUnderstoodWhenItSaysTheSame(t *testing.T) {
	t.Parallel()
	event := full(3)
	good := strings.TrimSuffix(string(journal.AppendEvent(nil, &event)), "\n")
	const data = `"data":{"n":1.50e+3,"s":"\u00fc\"\\","a":[null,true,{}],"commit":{"first":1}}`
	without := func(change func(m *domain.Metadata)) *domain.SequencedEvent {
		other := full(3)
		change(&other.Metadata)
		return &other
	}
	for _, tt := range []struct {
		name, old, new string
		want           *domain.SequencedEvent // nil: it is refused
	}{
		{"a space behind a colon", `"position":3`, `"position": 3`, &event},
		{"white space at both ends", good, " \t\r" + good + "\n ", &event},
		{"white space everywhere in the envelope", `{"position":3,"recordedAt":`, "{ \"position\" : 3\t,\r\n\"recordedAt\":", &event},
		{"white space in the data", `{"n":1.50e+3,`, `{ "n" : 1.50e+3 , `, &event},
		{"a position with a sign", `"position":3`, `"position":+3`, nil},
		{"a position with a leading zero", `"position":3`, `"position":03`, nil},
		{"a position with a fraction", `"position":3`, `"position":3.0`, nil},
		{"position 0", `"position":3`, `"position":0`, nil},
		{"a position beyond 64 bits", `"position":3`, `"position":18446744073709551616`, nil},
		{"a position as text", `"position":3`, `"position":"3"`, nil},
		{"no position", `"position":3`, `"position":`, nil},
		{"a time without a zone", `07.000000089Z"`, `07.000000089"`, nil},
		{"a time with a zero at the end of its fraction", `59.999999999-09:30`, `59.9999999990-09:30`, nil},
		{"a time in zeros", `07.000000089Z"`, `07.00000008900Z"`, nil},
		{"an offset of zero that is not written Z", `07.000000089Z"`, `07.000000089+00:00"`, &event},
		{"a comma in a time", `07.000000089Z"`, `07,000000089Z"`, nil},
		{"an escape in a time", `"2026-`, `"\u0032026-`, &event},
		{"the zero time", `1999-12-31T23:59:59.999999999-09:30`, `0001-01-01T00:00:00Z`, nil},
		{"an escape that nobody needs", `c:<`, `c:\u003c`, &event},
		{"an escaped slash", `corr/1`, `corr\/1`, &event},
		{"an escape in capital letters", `\u001f`, `\u001F`, &event},
		{"a surrogate pair", `😀`, `\ud83d\uDE00`, &event},
		{"an escape in a key", `"position"`, `"p\u006fsition"`, &event},
		{"a control character that is not escaped", `cause\t1`, "cause\t1", nil},
		{"a surrogate without its other half", `op é`, `op \ud83d`, nil},
		{"a surrogate before another character", `op é`, `op \ud83d\u0041`, nil},
		{"the second half of a surrogate pair first", `op é`, `op \ude00\ud83d`, nil},
		{"half a surrogate pair in the data", `"s":"`, `"s":"\ud83d`, nil},
		{"an unknown escape", `op é`, `op \x`, nil},
		{"broken UTF-8", `op é`, "op \xc3", nil},
		{"broken UTF-8 in the data", `"s":"`, "\"s\":\"\xff", nil},
		{"keys of values in another order", `"a":"","k\n":"v\\"`, `"k\n":"v\\","a":""`, &event},
		{"a key of values twice", `"a":"",`, `"a":"","a":"",`, nil},
		{"a key of values twice, once with an escape", `"a":"",`, `"a":"","\u0061":"",`, nil},
		{"a value that is no text", `"a":""`, `"a":1`, nil},
		{"an empty object of values", `"values":{"a":"","k\n":"v\\","z":"last"}`, `"values":{}`, without(func(m *domain.Metadata) { m.Values = nil })},
		{"an empty id", `"id":"id-1"`, `"id":""`, without(func(m *domain.Metadata) { m.ID = "" })},
		{"an id that is null", `"id":"id-1"`, `"id":null`, nil},
		{"a comma in front of a tag", `"tags":["`, `"tags":[,"`, nil},
		{"a comma behind the tags", `c:<&>"]`, `c:<&>",]`, nil},
		{"tags without a comma", `","c:`, `""c:`, nil},
		{"a tag that is null", `"tags":["`, `"tags":[null,"`, nil},
		{"another order of fields", `"id":"id-1","occurredAt":"1999-12-31T23:59:59.999999999-09:30"`, `"occurredAt":"1999-12-31T23:59:59.999999999-09:30","id":"id-1"`, &event},
		{"a field behind the data", `"id":"id-1",` + good[strings.Index(good, `"occurredAt"`):len(good)-1], good[strings.Index(good, `"occurredAt"`):len(good)-1] + `,"id":"id-1"`, &event},
		{"the data first", good, `{` + data + `,` + strings.TrimPrefix(strings.Replace(good, `,`+data, ``, 1), `{`), &event},
		{"a key twice", `"id":"id-1"`, `"id":"id-1","id":"id-1"`, nil},
		{"data twice", data, data + `,` + data, nil},
		{"an unknown field", `,"id":`, `,"extra":1,"id":`, nil},
		{"an unknown field behind the data", data, data + `,"extra":1`, nil},
		{"a key in other letters", `"type"`, `"Type"`, nil},
		{"no type", `"type":"Say \"hi\"\\\n\r\t\u0001\u001f` + "\x7f" + `",`, ``, nil},
		{"no data", `,` + data, ``, nil},
		{"no value of data", data, `"data":`, nil},
		{"data with brackets that do not match", `[null,true,{}]`, `[null,true,{]}`, nil},
		{"data with a name that is none", `null`, `nul`, nil},
		{"data with a number that is none", `1.50e+3`, `1.e3`, nil},
		{"data with a comma at the end", `[null,true,{}]`, `[null,true,{},]`, nil},
		{"data that is nested too deep", `[null`, strings.Repeat("[", domain.MaxDataDepth) + strings.Repeat("]", domain.MaxDataDepth) + `,[null`, nil},
		{"something behind the object", good, good + `{}`, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			text := strings.Replace(good, tt.old, tt.new, 1)
			if text == good {
				t.Fatalf("the line has no %s", tt.old)
			}
			if line, ok := journal.ParseCanonical(text); ok {
				t.Errorf("taken for canonical: %+v", line)
			}
			line, err := journal.Decode([]byte(text), nil)
			switch {
			case tt.want == nil && err == nil:
				t.Errorf("accepted as %+v", line)
			case tt.want != nil && err != nil:
				t.Errorf("refused: %v", err)
			case tt.want != nil:
				checkEvent(t, line, *tt.want)
			}
		})
	}
	for length := range len(good) {
		if line, err := journal.Decode([]byte(good[:length]), nil); err == nil {
			t.Errorf("the first %d bytes are accepted as %+v", length, line)
		}
	}
}

func TestEveryChangeGivesAnotherChain(t *testing.T) {
	t.Parallel()
	chains := map[journal.Chain]string{}
	for name, chain := range map[string]journal.Chain{
		"the empty store": journal.Genesis(storeID), "another store": journal.Genesis(storeID + "x"),
		"one batch": journal.Genesis(storeID).Next("a"), "another batch": journal.Genesis(storeID).Next("b"),
		"two batches": journal.Genesis(storeID).Next("a").Next("b"), "in another order": journal.Genesis(storeID).Next("b").Next("a"),
	} {
		if other, twice := chains[chain]; twice {
			t.Errorf("%s and %s have the same chain", name, other)
		}
		chains[chain] = name
	}
}
