package journal_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/opossum-go/opossum/adapters/filesystem/internal/journal"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/internal/allocated"
)

// FuzzScan holds that a scan of any bytes ends, takes no more memory than the bytes
// are worth, and accepts nothing that a slow check of another make refuses.
func FuzzScan(f *testing.F) {
	good := small()
	rest := good.bytes[good.ends[0]:]
	f.Add(rest)
	f.Add(rest[:len(rest)-1])
	f.Add(rest[:300] + rest[301:])
	f.Add(rest + "\x00\x00\x00")
	f.Add(rest + "\n\n\n")
	f.Add(strings.Repeat(`{"commit":{"first":1,"last":1,"bytes":1,`, 9) + "\n")
	f.Fuzz(func(t *testing.T, rest string) {
		begin := from()
		var mark journal.Mark
		var damage *journal.Damage
		var torn bool
		checkMemory(t, rest, func() {
			mark, damage = journal.Scan(rest, begin, func(journal.Span, journal.Entry, *domain.SequencedEvent) {})
			torn = journal.Torn(rest[mark.Offset-begin.Offset:])
		})
		end := mark.Offset - begin.Offset
		if whole := wholeBatches(rest, begin); end > int64(whole) {
			t.Errorf("%d bytes were accepted, %d are whole batches", end, whole)
		}
		if clean := strings.Trim(rest[end:], "\n") == ""; clean != (damage == nil) {
			t.Errorf("mark at byte %d of %d, damage %+v", end, len(rest), damage)
		}
		if torn == holdsWhole(rest[end:]) {
			t.Errorf("taken for an unfinished append: %v", torn)
		}
		seen := begin.Position
		scan(t, newText(1).bytes+rest) // checks entries and spans
		again, _ := journal.Scan(rest[:end], begin, func(span journal.Span, entry journal.Entry, line *domain.SequencedEvent) {
			if seen++; line.Position != seen {
				t.Errorf("position %d was shown behind %d", line.Position, seen-1)
			}
			text := rest[int64(entry.Offset)-begin.Offset:][:entry.Length]
			event, err := journal.Decode([]byte(text), nil)
			if err != nil {
				t.Fatalf("the line %q is accepted by a scan and not by a read: %v", text, err)
			}
			checkEvent(t, *line, told(event))
		})
		if again != mark {
			t.Errorf("what was accepted up to %+v is accepted up to %+v when it stands alone", mark, again)
		}
	})
}

// checkMemory holds that what do makes of text takes no more memory than text is worth.
func checkMemory(t *testing.T, text string, do func()) {
	t.Helper()
	if used, most := allocated.By(do), uint64(1<<20+64*len(text)); used > most {
		t.Errorf("%d bytes of text took %d bytes of memory", len(text), used)
	}
}

// FuzzCommitLine holds that what stands in front of a commit line is taken for a
// whole batch exactly when the line says so in its one form.
func FuzzCommitLine(f *testing.F) {
	good := newText(1)
	good.add(plain(1))
	all := lines(good.bytes)
	f.Add(all[1], all[2])
	f.Add("x"+all[1], all[2])
	f.Add(all[1], all[2][:len(all[2])-1])
	f.Add(all[1], strings.Replace(all[2], `"bytes":`, `"bytes":0`, 1))
	f.Add(all[1], strings.Replace(all[2], `"first":1`, `"first":18446744073709551616`, 1))
	f.Add("\n", fmt.Sprintf(`{"commit":{"first":1,"last":1,"bytes":1,"crc32c":"%08x","chain":"%064x"}}`+"\n", journal.Checksum("\n"), 0))
	f.Fuzz(func(t *testing.T, batch, line string) {
		var torn bool
		checkMemory(t, batch+line, func() { torn = journal.Torn(batch + line) })
		if torn == holdsWhole(batch+line) {
			t.Errorf("%q behind %q is taken for an unfinished append: %v", line, batch, torn)
		}
	})
}

// FuzzEventLine holds that all parsers agree: what is in canonical form is
// understood by the one that reads any form too, and what that one understands says
// the same in canonical form. encoding/json understands all of it alike.
func FuzzEventLine(f *testing.F) {
	for _, e := range []domain.SequencedEvent{plain(1), full(2), usual(3)} {
		line := strings.TrimSuffix(string(journal.AppendEvent(nil, &e)), "\n")
		f.Add(line)
		f.Add(" " + strings.ReplaceAll(line, ",", " , "))
		f.Add(strings.Replace(line, `"data"`, `"\u0064ata"`, 1))
		f.Add(strings.TrimSuffix(line, "}") + `,"id":"behind"}`)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var canonical, line, proven domain.SequencedEvent
		var isCanonical, isProven bool
		var err error
		checkMemory(t, text, func() {
			canonical, isCanonical = journal.ParseCanonical(text)
			line, err = journal.ParseAny(text)
			proven, isProven = journal.ParseProven(text) // of other text it is nonsense, and no harm
		})
		if isCanonical {
			if err != nil {
				t.Fatalf("%q is canonical, and refused as JSON: %v", text, err)
			}
			checkEvent(t, canonical, line)
			if !isProven {
				t.Fatalf("%q is canonical, and not understood when that is known", text)
			}
			checkEvent(t, proven, line)
		}
		checkDecoder(t, text, isCanonical, line, err)
		if err != nil {
			return
		}
		e := line
		again := strings.TrimSuffix(string(journal.AppendEvent(nil, &e)), "\n")
		if isCanonical && again != text {
			t.Errorf("%q is taken for canonical, and written again as %q", text, again)
		}
		repeated, ok := journal.ParseCanonical(again)
		if !ok {
			t.Fatalf("%q is understood, and written as %q, which is not canonical", text, again)
		}
		checkEvent(t, repeated, e)
		checkWithStandardLibrary(t, text, e)
	})
}

// checkDecoder holds that a line says the same whatever lines came before it.
func checkDecoder(t *testing.T, text string, canonical bool, want domain.SequencedEvent, wantErr error) {
	t.Helper()
	var types journal.Interner
	d := journal.NewDecoder(&types)
	d.Together(3)
	var got domain.SequencedEvent
	for _, before := range []domain.SequencedEvent{usual(1), full(2)} {
		if err := d.Decode(&got, lineOf(before), true); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 { // the second time it follows itself
		err := d.Decode(&got, []byte(text), canonical)
		if (err == nil) != (wantErr == nil) {
			t.Fatalf("%q behind other lines: error %v, want %v", text, err, wantErr)
		}
		if err == nil {
			checkEvent(t, got, want)
		}
	}
}

// checkWithStandardLibrary compares e with what encoding/json reads in text.
func checkWithStandardLibrary(t *testing.T, text string, e domain.SequencedEvent) {
	t.Helper()
	type value struct {
		Position                                           uint64
		Type, ID, CorrelationID, CausationID, UserID, Data string
		OperationID                                        string
		RecordedAt, OccurredAt                             int64
		Tags                                               []domain.Tag
		Values                                             map[string]string
	}
	var said struct {
		Position                                     uint64
		Type, ID, CorrelationID, CausationID, UserID string
		OperationID                                  string
		RecordedAt, OccurredAt                       time.Time
		Tags                                         []domain.Tag
		Values                                       map[string]string
		Data                                         json.RawMessage
	}
	if err := json.Unmarshal([]byte(text), &said); err != nil {
		t.Fatalf("%q is accepted, and encoding/json says: %v", text, err)
	}
	prepared, err := domain.PrepareEvents([]domain.Event{{Type: "any", Data: said.Data}})
	if err != nil {
		t.Fatalf("%q is accepted with data that no store takes: %v", text, err)
	}
	if len(said.Values) == 0 {
		said.Values = nil
	}
	slices.Sort(said.Tags) // a set
	said.Tags = slices.Compact(said.Tags)
	m := e.Metadata
	got := value{
		uint64(e.Position), e.Type, m.ID, m.CorrelationID, m.CausationID, m.UserID, string(e.Data), m.OperationID,
		e.RecordedAt.UnixNano(), m.OccurredAt.UnixNano(), append([]domain.Tag{}, e.Tags...), m.Values,
	}
	want := value{
		said.Position, said.Type, said.ID, said.CorrelationID, said.CausationID, said.UserID, string(prepared[0].Data), said.OperationID,
		said.RecordedAt.UnixNano(), said.OccurredAt.UnixNano(), append([]domain.Tag{}, said.Tags...), said.Values,
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%q\n is read as %+v\nencoding/json says %+v", text, got, want)
	}
}

// FuzzTime holds that a time is canonical exactly when the time package reads it and
// writes it in the same form, within what stores keep, and is the same time then.
func FuzzTime(f *testing.F) {
	for _, text := range []string{
		"2026-03-04T05:06:07Z", "2026-03-04T05:06:07.1Z", "2026-03-04T05:06:07.000000001+05:45", "2024-02-29T23:59:59.999999999-23:59",
		"2023-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2000-02-29T00:00:00Z", "2026-04-31T00:00:00Z", "2026-13-01T00:00:00Z",
		"0001-01-01T00:00:00Z", "0001-01-01T01:00:00+01:00", "0001-01-01T00:00:00+01:00", "0000-12-31T23:59:59Z", "9999-12-31T23:59:59.999999999-12:00",
		"2026-03-04T24:00:00Z", "2026-03-04T05:06:60Z", "2026-03-04T05:06:07,5Z", "2026-03-04T5:06:07Z", "2026-03-04t05:06:07z",
		"2026-03-04T05:06:07+24:00", "2026-03-04T05:06:07-00:00", "2026-03-04T05:06:07.10Z", "2026-03-04T05:06:07.Z", "2026-03-04T05:06:07.1234567891Z",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, canonical, ok := journal.ParseTime(text)
		want, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			if ok {
				t.Errorf("%q is read as %v, the time package says: %v", text, got, err)
			}
			return
		}
		_, offset := want.Zone()
		storable := want.Year() >= 1 && !want.IsZero() && offset > -24*3600 && offset < 24*3600
		want = want.In(time.FixedZone("", offset))
		if same := want.Format(time.RFC3339Nano) == text && storable; same != (ok && canonical) {
			t.Errorf("%q is canonical: %v, the time package writes %s", text, ok && canonical, want.Format(time.RFC3339Nano))
		}
		if !ok {
			return
		}
		_, gotOffset := got.Zone()
		if !got.Equal(want) || gotOffset != offset {
			t.Errorf("%q is read as %v, want %v", text, got, want)
		}
		if offset == 0 && got.Location() != time.UTC {
			t.Errorf("%q is in zone %v, want UTC", text, got.Location())
		}
	})
}

// FuzzData holds that data is passed on as it stands exactly when a store would
// keep it as it stands.
func FuzzData(f *testing.F) {
	for _, data := range []string{
		`null`, `{"a":[1,-2.5e+10,"x\n\u00e9\ud83d\ude00",true,false,null,{},[]]}`, `{"a":1,}`, `[1,]`, `[,1]`, `{,}`, `{"a"}`, `{"a":}`,
		`01`, `-`, `1.`, `.5`, `1e`, `1E-5`, `"\x"`, `"\u12g4"`, `"\ud83d"`, `"\ud83dA"`, `"\ude00\ud83d"`, "\"\xff\"", "\"\t\"", ` 1`, `1 `,
		`[1}`, `{"a":1]`, `1,"id":"x"`, `1}{`, ``, `"`, `"\`, `tru`, `nulll`, "\"\x7f\u2028\"",
		strings.Repeat("[", domain.MaxDataDepth) + strings.Repeat("]", domain.MaxDataDepth), strings.Repeat("[", domain.MaxDataDepth+1) + strings.Repeat("]", domain.MaxDataDepth+1),
	} {
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data string) {
		prepared, err := domain.PrepareEvents([]domain.Event{{Type: "any", Data: json.RawMessage(data)}})
		kept := err == nil && data != "" && string(prepared[0].Data) == data
		if got := journal.IsCompact(data); got != kept {
			t.Errorf("%q is passed on: %v, a store keeps it as it stands: %v", data, got, kept)
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
		for _, at := range []time.Time{want.RecordedAt, want.Metadata.OccurredAt} {
			if !strings.Contains(text, `"`+at.Format(time.RFC3339Nano)+`"`) {
				t.Errorf("%q does not hold %s", text, at.Format(time.RFC3339Nano))
			}
		}
		line, ok := journal.ParseCanonical(strings.TrimSuffix(text, "\n"))
		if !ok {
			t.Fatalf("%q is not canonical", text)
		}
		checkEvent(t, line, want)
		checkWithStandardLibrary(t, text, want)
	})
}
