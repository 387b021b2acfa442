package domain_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/opossum-go/opossum/domain"
)

// FuzzPrepareEvents holds that whatever is accepted is in the one form in which
// stores keep it, and that everything else is refused as invalid.
func FuzzPrepareEvents(f *testing.F) {
	f.Add("CourseDefined", "course:c1", "", `{"capacity": 10}`, "user", int64(0), 0)
	f.Add("A", "b", "a", "[[[1.0e5 , null]]]", "\x00", int64(1), 3600)
	f.Add("", "\xff", "x", "\"\\ud800\"", "é", int64(-1), 3601)
	f.Add("A", "a", "a", "\"\xff\"", "", int64(1<<62), -90000)
	f.Add("A", "a", "a", "{\"a\":1,\"a\":\"\\\"[\"}", "", int64(253402300800), 5400)
	f.Fuzz(func(t *testing.T, typ, tag1, tag2, data, user string, seconds int64, offset int) {
		event := domain.Event{
			Type: typ, Tags: []domain.Tag{domain.Tag(tag1), domain.Tag(tag2), domain.Tag(tag1)}, Data: []byte(data),
			Metadata: domain.Metadata{
				UserID: user, OccurredAt: time.Unix(seconds, 1).In(time.FixedZone("somewhere", offset)),
				Values: map[string]string{"by": user},
			},
		}
		prepared, err := domain.PrepareEvents([]domain.Event{event})
		if err != nil {
			if !errors.Is(err, domain.ErrInvalid) {
				t.Fatalf("error %v is not ErrInvalid", err)
			}
			return
		}
		got := prepared[0]
		checkData(t, data, got.Data)
		if n := len(got.Tags); n == 0 || n > 2 || (n == 2) != (tag1 != tag2) {
			t.Errorf("tags %q and %q became %q", tag1, tag2, got.Tags)
		}
		for _, tag := range []domain.Tag{domain.Tag(tag1), domain.Tag(tag2)} {
			if !domain.NewQuery(domain.OfTypes(typ).Tagged(tag)).Matches(got) {
				t.Errorf("the event is no longer found by its type %q and tag %q", typ, tag)
			}
		}
		checkTime(t, event.Metadata.OccurredAt, got.Metadata.OccurredAt)
		again, err := domain.PrepareEvents(prepared)
		if err != nil {
			t.Fatalf("what was prepared is refused: %v", err)
		}
		if !reflect.DeepEqual(again, prepared) {
			t.Errorf("preparing twice gives %+v, once %+v", again, prepared)
		}
	})
}

func checkData(t *testing.T, given string, got json.RawMessage) {
	t.Helper()
	if given == "" {
		given = "null"
	}
	var want bytes.Buffer
	if err := json.Compact(&want, []byte(given)); err != nil {
		t.Fatalf("data %q was accepted, encoding/json says %v", given, err)
	}
	if !bytes.Equal(got, want.Bytes()) {
		t.Errorf("data %q became %q, want %q", given, got, want.Bytes())
	}
	if bytes.ContainsAny(got, "\n\r") {
		t.Errorf("data %q spans lines", got)
	}
}

func checkTime(t *testing.T, given, got time.Time) {
	t.Helper()
	back, err := time.Parse(time.RFC3339Nano, got.Format(time.RFC3339Nano))
	if err != nil {
		t.Fatalf("time %v has no text form: %v", got, err)
	}
	if !back.Equal(given) {
		t.Errorf("time %v comes back as %v", given, back)
	}
}

// FuzzQuery holds that queries are built, checked and matched as the definition
// says, written down here once more.
func FuzzQuery(f *testing.F) {
	f.Add("A", "B", "t:1", "t:2", "A", "t:2", 0)
	f.Add("", "", "", "", "", "", 1)
	f.Add("A", "A", "t", "t", "A", "t", 2)
	f.Add("A\xff", "B", "t", "é", "B", "e\u0301", 3)
	f.Add("A B", "A", "{A}", "or", "A", "{A}", 4)
	f.Add("\x00", "B", strings.Repeat("x", 256), "", "B", "", 5)
	f.Fuzz(func(t *testing.T, type1, type2, tag1, tag2, typ, tag string, shape int) {
		items := []domain.QueryItem{
			domain.OfTypes(type1, type2),
			domain.Tagged(domain.Tag(tag1), domain.Tag(tag2), domain.Tag(tag1)),
			domain.OfTypes(type2).Tagged(domain.Tag(tag1)),
			domain.OfTypes(),
		}
		n := shape & 3
		items = append(items[n:], items[:n]...)[:1+(shape>>2)&3]
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		query := domain.NewQuery(items...)
		err := query.Validate()
		runtime.ReadMemStats(&after)
		if used, most := after.TotalAlloc-before.TotalAlloc, uint64(1<<20+64*(len(type1)+len(type2)+len(tag1)+len(tag2))); used > most {
			t.Errorf("a query of %d items took %d bytes of memory", len(items), used)
		}

		valid := true
		event := domain.Event{Type: typ, Tags: []domain.Tag{domain.Tag(tag), domain.Tag(tag2)}}
		matches := false
		for _, item := range items {
			valid = valid && len(item.Types)+len(item.Tags) > 0
			matched := len(item.Types)+len(item.Tags) > 0 && (len(item.Types) == 0 || slices.Contains(item.Types, typ))
			for _, text := range item.Types {
				valid = valid && isText(text, domain.MaxTypeBytes)
			}
			for _, text := range item.Tags {
				valid = valid && isText(string(text), domain.MaxTagBytes)
				matched = matched && (string(text) == tag || string(text) == tag2)
			}
			matches = matches || matched
		}
		if valid != (err == nil) || err != nil && !errors.Is(err, domain.ErrInvalid) {
			t.Errorf("%q: Validate() = %v, want it valid: %v", items, err, valid)
		}
		if got := query.Matches(event); got != matches {
			t.Errorf("%q matches %q: %v, want %v", items, event, got, matches)
		}
		again := domain.NewQuery(slices.Concat(query.Items(), items)...)
		if !reflect.DeepEqual(again, query) {
			t.Errorf("%q with its own items is another query: %v", query, again)
		}
		if union := query.Union(domain.Query{}, query); !reflect.DeepEqual(union, query) {
			t.Errorf("the union of %q with itself and nothing is %v", query, union)
		}
		if !query.Union(domain.All()).Matches(event) {
			t.Errorf("the union of %q with all events does not match %q", query, event)
		}
	})
}

func isText(s string, most int) bool {
	return s != "" && len(s) <= most && utf8.ValidString(s) && !strings.Contains(s, "\x00")
}
