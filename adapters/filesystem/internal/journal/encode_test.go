package journal_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/opossum-go/opossum/adapters/filesystem/internal/journal"
	"github.com/opossum-go/opossum/domain"
)

// Times repeat, change, and differ only in their zones.
func TestALineIsTheSameWhenItsBodyWasWrittenBeforeItsPlaceWasKnown(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 3, 4, 12, 0, 0, 5, time.UTC)
	times := []time.Time{
		{}, noon, noon, noon.Add(1), noon.In(time.FixedZone("", 3600)), noon.In(time.FixedZone("", -1800)), noon, {}, noon.Truncate(time.Second),
	}
	var bodies journal.Encoder
	for i, occurred := range times {
		for _, e := range []domain.SequencedEvent{full(domain.Position(9 + i)), plain(domain.Position(9 + i))} {
			e.Metadata.OccurredAt = occurred
			body := bodies.AppendBody([]byte("before"), &e.Event)
			got := string(journal.AppendLine([]byte("line: "), e.Position, journal.AppendTime(nil, e.RecordedAt), body[len("before"):]))
			if want := "line: " + string(journal.AppendEvent(nil, &e)); got != want {
				t.Errorf("line of an event that occurred at %v\n got: %s\nwant: %s", occurred, got, want)
			}
		}
	}
}

func TestEveryCharacterAtEveryPlaceOfATextIsWrittenAsJSONNeedsIt(t *testing.T) {
	t.Parallel()
	for length := 1; length < 20; length++ {
		for place := range length {
			for c := rune(1); c < 0x100; c++ {
				said := strings.Repeat("x", place) + string(c) + strings.Repeat("y", length-1-place)
				body := new(journal.Encoder).AppendBody(nil, &domain.Event{Type: said, Data: json.RawMessage("0")})
				var got struct{ Type string }
				if err := json.Unmarshal([]byte("{"+strings.TrimPrefix(string(body), ",")), &got); err != nil || got.Type != said {
					t.Fatalf("%q comes back as %q: %v", said, got.Type, err)
				}
				if escaped := !strings.HasPrefix(string(body), `,"type":"`+said+`","tags":`); escaped != (c < ' ' || c == '"' || c == '\\') {
					t.Fatalf("%q has an escape: %v, in %s", said, escaped, body)
				}
			}
		}
	}
}
