package journal_test

import (
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
