package journal_test

import (
	"strings"
	"testing"
	"time"

	"github.com/opossum-go/opossum/adapters/filesystem/internal/journal"
	"github.com/opossum-go/opossum/domain"
)

func TestTheTimeOfAnAppendIsInUTCHoweverItIsWritten(t *testing.T) {
	t.Parallel()
	want := plain(1)
	good := string(lineOf(want))
	at := want.RecordedAt.Format(time.RFC3339Nano)
	for _, offset := range []int{60, -90, 14 * 60} {
		text := strings.Replace(good, at, want.RecordedAt.In(time.FixedZone("", offset*60)).Format(time.RFC3339Nano), 1)
		if text == good {
			t.Fatalf("the line has no %s", at)
		}
		if line, ok := journal.ParseCanonical(text); ok {
			t.Errorf("%s is taken for canonical: %+v", text, line)
		}
		for _, proven := range []bool{false, true} { // an index file may call it so
			var got domain.SequencedEvent
			if err := journal.NewDecoder(nil).Decode(&got, []byte(text), proven); err != nil {
				t.Fatal(err)
			}
			checkEvent(t, got, want)
		}
		x := newText(1)
		x.addLines(text)
		if f := scan(t, x.bytes); f.damage != nil || f.mark.RecordedAt != want.RecordedAt || !f.spans[0].Foreign {
			t.Errorf("%s: recorded at %v in %+v, damage %+v; want %v", text, f.mark.RecordedAt, f.spans, f.damage, want.RecordedAt)
		}
	}
}

func TestATimeOfAnAppendThatIsBeyondTheYearsInUTCIsRefused(t *testing.T) {
	t.Parallel()
	good := string(lineOf(plain(1)))
	at := plain(1).RecordedAt.Format(time.RFC3339Nano)
	for _, beyond := range []string{"0001-01-01T00:30:00+01:00", "9999-12-31T23:30:00-01:00"} {
		line, err := journal.Decode([]byte(strings.Replace(good, at, beyond, 1)), nil)
		if err == nil || !strings.Contains(err.Error(), "want a time in the years 1 to 9999 of UTC, got "+beyond) {
			t.Errorf("%s is read as %v, error %v", beyond, line.RecordedAt, err)
		}
	}
}
