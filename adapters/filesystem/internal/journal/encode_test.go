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

func TestTheBodiesOfABatchAreThoseOfItsEventsOneAfterTheOther(t *testing.T) {
	t.Parallel()
	var batch []domain.Event
	want := "before"
	for i := range domain.Position(100) {
		for _, e := range []domain.SequencedEvent{full(i + 1), plain(i + 1), usual(i + 1)} {
			batch = append(batch, e.Event)
			want += string(new(journal.Encoder).AppendBody(nil, &e.Event))
		}
	}
	if got := string(journal.AppendBodies([]byte("before"), batch)); got != want {
		t.Errorf("bodies of a batch\n got: %s\nwant: %s", got, want)
	}
	if got := string(journal.AppendBodies([]byte("before"), nil)); got != "before" {
		t.Errorf("the bodies of no events are %q", got[len("before"):])
	}
}

func TestTheBodiesOfALargeBatchTakeMemoryOnce(t *testing.T) {
	batch := make([]domain.Event, 10_000)
	for i := range batch {
		batch[i] = usual(domain.Position(i + 1)).Event
	}
	// Once more with the race detector; each time that it grows would make about twenty.
	if allocs := testing.AllocsPerRun(5, func() { journal.AppendBodies(nil, batch) }); allocs > 2 {
		t.Errorf("the bodies of %d events took memory %v times, want once", len(batch), allocs)
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
