package filesystem

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/opossum-go/opossum/adapters/filesystem/internal/journal"
	"github.com/opossum-go/opossum/adapters/filesystem/internal/vfs/vfstest"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/internal/allocated"
	"github.com/opossum-go/opossum/ports"
)

// shelf is a closed store of 12 events in three segments: its files by name, always
// the same bytes.
type shelf struct {
	files map[string][]byte
	log   []domain.SequencedEvent
}

type stoppedClock struct{}

func (stoppedClock) Now() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC) }

var shelfOptions = Options{SegmentSize: 4 << 10, IDs: simIDs{}, Clock: stoppedClock{}}

// manifestText is what stands in store.json.
func manifestText() []byte {
	return fmt.Appendf(nil, `{"format":%d,"id":"0192f0c1-7a3b-7c44-9d55-2f1e6a7b8c9d","created":"2026-01-02T03:04:05Z","mode":%q}`, journal.Format, modeLocal)
}

func newShelf(t testing.TB) shelf {
	t.Helper()
	disk := shelf{files: map[string][]byte{manifestName: manifestText()}}.disk(t)
	s := mustOpenOn(t, disk.FS(), shelfOptions)
	for n := range 12 {
		mustAppend(t, s, domain.Event{
			Type: fmt.Sprint("Type", n%3), Tags: []domain.Tag{"all", domain.Tag(fmt.Sprint("n:", n))}, Data: fmt.Appendf(nil, "%q", strings.Repeat("x", 700)),
		})
	}
	log, err := readAll(s)
	if err = errors.Join(err, s.Close()); err != nil || len(log) != 12 {
		t.Fatalf("the store holds %d events, %v", len(log), err)
	}
	made := shelf{files: map[string][]byte{}, log: log}
	made.add(t, disk, ".")
	if made.files[segmentName(1)] == nil || len(made.files) < 5 {
		t.Fatalf("the store has the files %q, want some segments", slices.Collect(maps.Keys(made.files)))
	}
	return made
}

// add takes in the files of disk below a directory.
func (s shelf) add(t testing.TB, disk *vfstest.Disk, dir string) {
	t.Helper()
	entries, err := disk.FS().List(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		name := path.Join(dir, e.Name())
		if e.IsDir() {
			s.add(t, disk, name)
		} else if text, ok := disk.Content(name); ok {
			s.files[name] = text
		}
	}
}

// disk returns a disk with these files.
func (s shelf) disk(t testing.TB) *vfstest.Disk {
	t.Helper()
	disk := vfstest.New()
	for name, text := range s.files {
		if dir := path.Dir(name); dir != "." {
			if err := disk.FS().Mkdir(dir); err != nil {
				t.Fatal(err)
			}
		}
		disk.Damage(name, text)
	}
	return disk
}

// mustBeHarmless wants the store on disk to be refused as damaged, or to hold the
// log, for verification too, and take a further append, which the next process finds.
// Opening it takes no more memory than it is worth, whatever the given bytes in it say.
func mustBeHarmless(t testing.TB, disk *vfstest.Disk, log []domain.SequencedEvent, given int) (opened bool) {
	t.Helper()
	most := uint64(1<<20 + 64*given) // the rest is some 15 KiB
	var verified []domain.SequencedEvent
	var s *Store
	var refused, err error
	verifying := allocated.By(func() { verified, refused = verifiedLog(disk) })
	opening := allocated.By(func() { s, err = openOn(t, disk.FS(), Options{IDs: simIDs{}}) })
	if verifying > most || opening > most {
		t.Errorf("verification took %d bytes of memory, Open() %d, want at most %d", verifying, opening, most)
	}
	if err == nil && (refused != nil || len(verified) != len(log) || len(log) > 0 && !reflect.DeepEqual(verified, log)) {
		t.Errorf("Open() takes the store, verification finds %d events of %d, %v", len(verified), len(log), refused)
	}
	if err != nil {
		if !errors.Is(err, ports.ErrCorrupt) && !errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), simDir) {
			t.Errorf("Open() = %v, want ErrCorrupt or ErrFormat and a file", err)
		}
		return false
	}
	got, err := readAll(s)
	if err != nil || !reflect.DeepEqual(got, log) {
		t.Errorf("the store holds %d events, %v, want the %d that were stored", len(got), err, len(log))
	}
	at, err := s.Append(t.Context(), []domain.Event{{Type: "Further"}})
	if err = errors.Join(err, s.Close()); err != nil || at.First != domain.Position(len(log)+1) {
		t.Fatalf("Append() = %v, %v, want position %d", at, err, len(log)+1)
	}
	s = mustOpenOn(t, disk.FS(), Options{})
	got, err = readAll(s)
	if err = errors.Join(err, s.Close()); err != nil || len(got) != len(log)+1 || len(log) > 0 && !reflect.DeepEqual(got[:len(log)], log) {
		t.Errorf("the next process finds %d events, %v, want %d and one more", len(got), err, len(log))
	}
	return true
}

// verifiedLog returns what a process that verifies the store reads in it.
func verifiedLog(disk *vfstest.Disk) ([]domain.SequencedEvent, error) {
	s, err := openVerifying(disk.FS(), Options{})
	if err != nil {
		return nil, err
	}
	log, err := readAll(s)
	return log, errors.Join(err, s.Close())
}

// FuzzLedgerText holds that a ledger is taken or not, and means what it was written
// for.
func FuzzLedgerText(f *testing.F) {
	text := newShelf(f).files[ledgerName]
	f.Add(text)
	f.Add(text[:len(text)/2])
	f.Add(bytes.TrimRight(text, " \n"))
	f.Add([]byte(ledgerCRC))
	f.Add([]byte(`{"position":-1,"crc32c":"00000000"}`))
	f.Add(sealedLedger(`{"position":1e1,"segment":1,"bytes":1,"chain":""`))
	f.Add(sealedLedger(`{"position":18446744073709551615,"segment":1,"bytes":9223372036854775807,"chain":"\u0000"`))
	f.Add(sealedLedger(`{"POSITION":3,"position":4,"position":5,"chain":"é"`))
	f.Fuzz(func(t *testing.T, text []byte) {
		l, ok := parseLedger(text)
		if !ok {
			if l != (ledger{}) {
				t.Errorf("a ledger that is refused says %+v", l)
			}
			return
		}
		again, err := l.text()
		if err != nil {
			return // longer than a ledger can be
		}
		back, ok := parseLedger(again)
		if back.CRC = l.CRC; !ok || back != l {
			t.Errorf("%q says %+v, written again %+v, %v", text, l, back, ok)
		}
	})
}

// sealedLedger gives the text of a ledger, but for its last field, the checksum that
// fits it.
func sealedLedger(body string) []byte {
	text := fmt.Sprintf(`%s%s%08x"}`, body, ledgerCRC, journal.Checksum(body))
	return fmt.Appendf(nil, "%-*s\n", ledgerSize-1, text)
}

// FuzzLedgerOfAStore holds that a ledger whose checksum fits and which lies is
// noticed or does no harm.
func FuzzLedgerOfAStore(f *testing.F) {
	whole := newShelf(f)
	last, ok := parseLedger(whole.files[ledgerName])
	if !ok {
		f.Fatal("the store has no ledger")
	}
	position, segment := uint64(last.Position), uint64(last.Segment)
	f.Add(position, segment, last.Bytes, last.Recorded, last.Chain, "")
	f.Add(uint64(0), uint64(0), int64(0), "", last.Chain, "")
	f.Add(uint64(5), uint64(1), int64(0), last.Recorded, last.Chain, "")
	f.Add(position, uint64(6), last.Bytes, last.Recorded, last.Chain, "")
	f.Add(position, segment, last.Bytes-1, last.Recorded, last.Chain, "")
	f.Add(position-1, segment, last.Bytes, "9999-12-31T23:59:59Z", last.Chain, "")
	f.Add(^uint64(0), ^uint64(0), int64(-1)<<63, "yesterday", "", `,"position":3`)
	f.Add(uint64(1)<<63, uint64(1), int64(1)<<62, "", strings.Repeat("f", 64), `,"colour":[[[]]]`)
	f.Fuzz(func(t *testing.T, position, segment uint64, length int64, recorded, chain, more string) {
		body := fmt.Sprintf(`{"position":%d,"segment":%d,"bytes":%d,"recordedAt":%s,"chain":%s%s`,
			position, segment, length, inQuotes(t, recorded), inQuotes(t, chain), more)
		disk := whole.disk(t)
		disk.Damage(ledgerName, sealedLedger(body))
		opened := mustBeHarmless(t, disk, whole.log, len(body))
		if l, ok := parseLedger(sealedLedger(body)); ok && opened && l.Position > domain.Position(len(whole.log)) {
			t.Errorf("a ledger that says position %d is passed, the store has %d events", l.Position, len(whole.log))
		}
	})
}

func inQuotes(t testing.TB, s string) string {
	t.Helper()
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// FuzzManifest holds that a store whose store.json is taken can be worked with.
func FuzzManifest(f *testing.F) {
	whole := newShelf(f)
	id := `"id":"0192f0c1-7a3b-7c44-9d55-2f1e6a7b8c9d"`
	f.Add(manifestText())
	f.Add(bytes.ToUpper(manifestText()))
	f.Add([]byte(`{"format":1}`))
	f.Add([]byte(`{"format":1e0,` + id + `,"created":"0001-01-01T00:00:00Z","mode":"local"}`))
	f.Add([]byte(`{"format":1,"format":1,` + id + `,"mode":"share","mode":"local"} `))
	f.Add([]byte("{\"format\":1,\"id\":\"\xff\u0000\n\",\"mode\":\"local\"}"))
	f.Add([]byte(`{"format":1,"id":"` + strings.Repeat("x", 600) + `","mode":"local"}`))
	f.Add([]byte(`{"format":-1}`))
	f.Add([]byte(`[` + strings.Repeat(`[`, 20_000)))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, text []byte) {
		disk := whole.disk(t)
		disk.Damage(manifestName, text)
		mustBeHarmless(t, disk, whole.log, len(text))

		// A store that was just made has nothing to compare the id with.
		disk = vfstest.New()
		if err := disk.FS().Mkdir(eventsDir); err != nil {
			t.Fatal(err)
		}
		disk.Damage(manifestName, text)
		mustBeHarmless(t, disk, nil, len(text))
	})
}

// FuzzSegmentNames holds that a further file among the events is refused, or is an
// empty one where the next segment begins.
func FuzzSegmentNames(f *testing.F) {
	whole := newShelf(f)
	for _, name := range []string{
		"00000000000000000013.jsonl", "00000000000000000014.jsonl", "00000000000000000003.jsonl", "00000000000000000000.jsonl",
		"13.jsonl", "+0000000000000000013.jsonl", "000000000000000000_3.jsonl", "99999999999999999999.jsonl", "18446744073709551615.jsonl",
		"0x000000000000000013.jsonl", "00000000000000000013.JSONL", "00000000000000000013", ".jsonl", "notes.txt", "\xff.jsonl", "..jsonl",
		"０0000000000000013.jsonl", "00000000000000000013.jsonl.jsonl",
	} {
		f.Add(name, []byte(nil))
		f.Add(name, []byte("\n"))
		f.Add(name, whole.files[segmentName(1)])
	}
	f.Fuzz(func(t *testing.T, name string, text []byte) {
		file := eventsDir + "/" + name
		if name == "" || name == "." || name == ".." || strings.ContainsAny(name, "/\x00") || whole.files[file] != nil {
			return
		}
		disk := whole.disk(t)
		disk.Damage(file, text)
		if mustBeHarmless(t, disk, whole.log, len(text)) && file != segmentName(domain.Position(len(whole.log)+1)) {
			t.Errorf("the store opens beside %q", name)
		}
	})
}

// FuzzDataComesBack holds that data is refused or comes back byte for byte but for
// white space, from this handle and from the next process, and that what stands in
// the segment is JSON to others.
func FuzzDataComesBack(f *testing.F) {
	for _, data := range []string{
		`null`, ` {"a" : [1, 2.50, 1e400, -0.0, 123456789012345678901234567890] } `, `{"a":1,"a":2,"a":{"a":3}}`, `"\u00e9 \/ \ud83e\udd9d é"`,
		`"\ud83e"`, "\"\xff\"", "\"\xed\xa0\x80\"", "\"\x00\"", "\"\u2028\u2029\ufeff\"", "\ufeff1", `{"commit":{"first":1,"last":1,"bytes":2}}`,
		`"}\n{\"commit\":"`, `tru`, `1 2`, `01`, `[`, `"`, `'a'`, `NaN`, `{"__proto__":null}`, "[1,\r\n\t2]", `"<>&"`, `-`, `1.`, `{"a":1,}`,
	} {
		f.Add([]byte(data), "tag:1")
	}
	f.Add([]byte(`1`), "\xff")
	f.Add([]byte(`1`), "line\nline\",\"data\":2}")
	empty := shelf{files: map[string][]byte{manifestName: manifestText()}}
	f.Fuzz(func(t *testing.T, data []byte, tag string) {
		disk := empty.disk(t)
		s := mustOpenOn(t, disk.FS(), shelfOptions)
		given := slices.Clone(data)
		e := domain.Event{Type: "Given", Tags: []domain.Tag{domain.Tag(tag)}, Data: data}
		_, err := s.Append(t.Context(), []domain.Event{e})
		if !bytes.Equal(data, given) {
			t.Fatalf("the caller's data became %q", data)
		}
		var want bytes.Buffer
		switch {
		case errors.Is(err, domain.ErrInvalid):
			if head, err := s.Head(t.Context()); head != 0 || err != nil {
				t.Errorf("Head() = %d, %v after an append that was refused", head, err)
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
			return
		case err != nil:
			t.Fatalf("Append() = %v, want it stored or invalid", err)
		case len(data) == 0:
			want.WriteString("null")
		default:
			if err := json.Compact(&want, data); err != nil || !utf8.Valid(data) {
				t.Fatalf("%q was stored, which is no JSON: %v", data, err)
			}
		}
		text, _ := disk.Content(segmentName(1))
		for line := range bytes.Lines(bytes.TrimRight(text, "\n")) {
			if !json.Valid(line) {
				t.Errorf("the segment holds the line %q", line)
			}
		}
		here, err := readAll(s)
		if err = errors.Join(err, s.Close()); err != nil {
			t.Fatal(err)
		}
		s = mustOpenOn(t, disk.FS(), shelfOptions)
		there, err := readAll(s)
		if err = errors.Join(err, s.Close()); err != nil {
			t.Fatal(err)
		}
		for _, log := range [][]domain.SequencedEvent{here, there} {
			if len(log) != 1 || !bytes.Equal(log[0].Data, want.Bytes()) || !slices.Equal(log[0].Tags, e.Tags) {
				t.Errorf("%q came back as %+v", given, log)
			}
		}
	})
}

// FuzzQueryOfAStore holds that a query gives what a look at each event gives, both
// ways, or is refused.
func FuzzQueryOfAStore(f *testing.F) {
	whole := newShelf(f)
	store := mustOpenOn(f, whole.disk(f).FS(), Options{})
	f.Cleanup(func() {
		if err := store.Close(); err != nil {
			f.Error(err)
		}
	})
	f.Add("Type1", "all", "n:3", uint64(0), uint64(0), 0, false)
	f.Add("", "all", "all", uint64(5), uint64(9), 2, true)
	f.Add("Type2|Type0", "", "n:11", ^uint64(0), uint64(1), 1, true)
	f.Add("", "", "n:6", uint64(11), ^uint64(0), -1, false)
	f.Add("Type0", "\xff", "n:1", uint64(3), uint64(3), 1<<62, false)
	f.Fuzz(func(t *testing.T, types, tag1, tag2 string, after, before uint64, limit int, backwards bool) {
		var one domain.QueryItem
		for typ := range strings.SplitSeq(types, "|") {
			if typ != "" {
				one.Types = append(one.Types, typ)
			}
		}
		if tag1 != "" {
			one.Tags = append(one.Tags, domain.Tag(tag1))
		}
		query := domain.NewQuery(one, domain.Tagged(domain.Tag(tag2)))
		o := ports.ReadOptions{After: domain.Position(after), Before: domain.Position(before), Limit: limit, Backwards: backwards}
		var got []domain.SequencedEvent
		var err error
		// All that the store holds may be the answer.
		if used, most := allocated.By(func() { got, err = read(store, query, o) }), uint64(1<<20+64*(len(types)+len(tag1)+len(tag2))); used > most {
			t.Errorf("Read(%v, %+v) took %d bytes of memory", query, o, used)
		}
		if refused := query.Validate() != nil || limit < 0; refused || err != nil {
			if !refused || !errors.Is(err, domain.ErrInvalid) {
				t.Errorf("Read(%v, %+v) = %v, want it refused: %v", query, o, err, refused)
			}
			return
		}
		want := scan(whole.log, query, o)
		if !slices.EqualFunc(got, want, func(a, b domain.SequencedEvent) bool { return reflect.DeepEqual(a, b) }) {
			t.Errorf("Read(%v, %+v) = %d events, want %d", query, o, len(got), len(want))
		}
	})
}
