package journal_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/opossum-go/opossum/adapters/filesystem/internal/journal"
	"github.com/opossum-go/opossum/domain"
)

// FuzzScan holds that a scan of any bytes ends, and that what it accepts is written
// again as the same bytes.
func FuzzScan(f *testing.F) {
	good := small()
	rest := good.bytes[good.ends[0]:]
	f.Add(rest)
	f.Add(rest[:len(rest)-1])
	f.Add(rest[:300] + rest[301:])
	f.Add(rest + "\x00\x00\x00")
	f.Add(strings.Repeat(`{"commit":{"first":1,"last":1,"bytes":1,`, 9) + "\n")
	f.Fuzz(func(t *testing.T, rest string) {
		begin := from()
		again := newText(1)
		var batch []domain.SequencedEvent
		var span journal.Span
		flush := func() {
			if len(batch) > 0 {
				again.add(batch...)
			}
			batch = nil
		}
		mark, damage := journal.Scan(rest, begin, func(s journal.Span, _ journal.Entry, line *journal.Line) {
			if s != span {
				flush()
				span = s
			}
			own := *line
			own.Tags = append([]domain.Tag(nil), line.Tags...)
			batch = append(batch, own.Event())
		})
		flush()
		if want := rest[:mark.Offset-begin.Offset]; again.bytes[begin.Offset:] != want {
			t.Errorf("accepted\n%q\nis written again as\n%q", want, again.bytes[begin.Offset:])
		}
		if whole := mark.Offset-begin.Offset == int64(len(rest)); whole != (damage == nil) {
			t.Errorf("mark at byte %d of %d, damage %+v", mark.Offset-begin.Offset, len(rest), damage)
		}
		journal.Torn(rest[mark.Offset-begin.Offset:])
	})
}

// FuzzParseEvent holds that only what AppendEvent writes is accepted.
func FuzzParseEvent(f *testing.F) {
	for _, e := range []domain.SequencedEvent{plain(1), full(2)} {
		f.Add(strings.TrimSuffix(string(journal.AppendEvent(nil, &e)), "\n"))
	}
	f.Fuzz(func(t *testing.T, text string) {
		line, err := journal.ParseEvent(text, nil)
		if err != nil {
			return
		}
		e := line.Event()
		if again := string(journal.AppendEvent(nil, &e)); again != text+"\n" {
			t.Errorf("accepted\n%q\nis written again as\n%q", text, again)
		}
	})
}

// FuzzEventRoundTrip holds that every event that a store accepts comes back as it
// was.
func FuzzEventRoundTrip(f *testing.F) {
	f.Add("Moved", "box:1", "id", "cause", "key", "value", `{"a":1}`, int64(0), 0)
	f.Add("\x01\"\\", "\u2028\x7f", "é", "\n", "\r\t", "\u0001x", `"\u00e9"`, int64(-62135596800), 330)
	f.Fuzz(func(t *testing.T, typ, tag, id, cause, key, value, data string, nanos int64, minutes int) {
		prepared, err := domain.PrepareEvents([]domain.Event{{
			Type: typ, Tags: []domain.Tag{domain.Tag(tag), "z", domain.Tag(typ)}, Data: json.RawMessage(data),
			Metadata: domain.Metadata{
				ID: id, OccurredAt: time.Unix(0, nanos).In(time.FixedZone("", minutes%1440*60)), CorrelationID: cause,
				CausationID: value, OperationID: key, UserID: tag, Values: map[string]string{key: value, id: cause},
			},
		}})
		if err != nil {
			return
		}
		want := domain.SequencedEvent{Position: 1, RecordedAt: time.Unix(0, nanos).UTC(), Event: prepared[0]}
		text := string(journal.AppendEvent(nil, &want))
		if strings.Count(text, "\n") != 1 || !strings.HasSuffix(text, "\n") {
			t.Fatalf("%q is not one line", text)
		}
		if !json.Valid([]byte(text)) {
			t.Errorf("%q is not JSON", text)
		}
		line, err := journal.ParseEvent(strings.TrimSuffix(text, "\n"), nil)
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		checkEvent(t, line.Event(), want)
	})
}
