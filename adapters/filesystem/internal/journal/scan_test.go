package journal_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/opossum-go/opossum/adapters/filesystem/internal/journal"
	"github.com/opossum-go/opossum/domain"
)

// mustBePrefix fails t unless f is a run of whole batches from the start of the
// segment good, unchanged. It returns their number.
func mustBePrefix(t testing.TB, good *text, f found) int {
	t.Helper()
	batches := slices.Index(good.ends, int(f.mark.Offset))
	if batches < 0 {
		t.Fatalf("the mark is at byte %d, where no batch ends", f.mark.Offset)
	}
	want := scan(t, good.bytes[:good.ends[batches]])
	if want.damage != nil || f.mark != want.mark {
		t.Fatalf("mark = %+v, want %+v", f.mark, want.mark)
	}
	if len(f.events) != len(want.events) {
		t.Fatalf("%d events were shown, want %d", len(f.events), len(want.events))
	}
	for i := range f.events {
		checkEvent(t, f.events[i], want.events[i])
	}
	return batches
}

func TestAScanShowsEveryEventOfWholeBatches(t *testing.T) {
	t.Parallel()
	good := small()
	f := scan(t, good.bytes)
	if f.damage != nil {
		t.Fatalf("damage %+v in a whole segment", *f.damage)
	}
	if f.mark != good.mark {
		t.Errorf("mark = %+v, want %+v", f.mark, good.mark)
	}
	want := []domain.SequencedEvent{plain(1), plain(2), full(3), plain(4), plain(5)}
	if len(f.events) != len(want) {
		t.Fatalf("%d events, want %d", len(f.events), len(want))
	}
	batchOf := []int{0, 1, 1, 2, 3}
	for i := range want {
		checkEvent(t, f.events[i], want[i])
		if span := (journal.Span{Start: int64(good.ends[batchOf[i]]), End: int64(good.ends[batchOf[i]+1])}); f.spans[i] != span {
			t.Errorf("event %d stands in %+v, want %+v", i+1, f.spans[i], span)
		}
	}
}

func TestAScanGoesOnFromWhereItStopped(t *testing.T) {
	t.Parallel()
	good := small()
	mark := from()
	for i, end := range good.ends[1:] {
		var damage *journal.Damage
		if mark, damage = journal.Scan(good.bytes[mark.Offset:end], mark, nil); damage != nil || mark.Offset != int64(end) {
			t.Fatalf("batch %d: mark %+v, damage %+v", i+1, mark, damage)
		}
	}
	if mark != good.mark {
		t.Errorf("mark = %+v, want %+v", mark, good.mark)
	}
}

func TestAScanOfACutSegmentStopsBehindItsLastWholeBatch(t *testing.T) {
	t.Parallel()
	good := small()
	for length := good.ends[0]; length < len(good.bytes); length++ {
		cut := good.bytes[:length]
		f := scan(t, cut)
		batches := mustBePrefix(t, good, f)
		if good.ends[batches+1] <= length {
			t.Fatalf("%d bytes hold %d whole batches or more, %d were found", length, batches+1, batches)
		}
		if whole := length == good.ends[batches]; whole != (f.damage == nil) {
			t.Fatalf("%d bytes: damage = %+v", length, f.damage)
		}
		if !journal.Torn(cut[f.mark.Offset:]) {
			t.Fatalf("the rest of a segment that was cut at %d bytes is not taken for an unfinished append", length)
		}
	}
}

func TestZerosInPlaceOfASectorAreAnUnfinishedAppend(t *testing.T) {
	t.Parallel()
	good := newText(1)
	good.add(plain(1))
	begin := len(good.bytes)
	good.add(plain(2), full(3), full(4), plain(5))
	first, last := begin/sector, (len(good.bytes)-1)/sector
	for lost := 1; lost < 1<<(last-first+1); lost++ {
		b := []byte(good.bytes)
		for i := first; i <= last; i++ {
			if lost>>(i-first)&1 == 1 {
				clear(b[max(begin, i*sector):min(len(b), (i+1)*sector)])
			}
		}
		f := scan(t, string(b))
		if batches := mustBePrefix(t, good, f); batches != 1 || f.damage == nil {
			t.Fatalf("sectors %b lost: %d batches, damage %+v", lost, batches, f.damage)
		}
		if !journal.Torn(string(b[f.mark.Offset:])) {
			t.Fatalf("sectors %b lost: not taken for an unfinished append", lost)
		}
	}
}

func TestEveryBitThatFlipsIsFound(t *testing.T) {
	t.Parallel()
	good := small()
	b := []byte(good.bytes)
	for i := good.ends[0]; i < len(b); i++ {
		for bit := range 8 {
			b[i] ^= 1 << bit
			f := scan(t, string(b))
			batches := mustBePrefix(t, good, f)
			if f.damage == nil || good.ends[batches] > i {
				t.Fatalf("bit %d of byte %d flipped: accepted up to byte %d", bit, i, f.mark.Offset)
			}
			if good.ends[batches+1] <= i {
				t.Fatalf("bit %d of byte %d flipped: only %d batches before it were found", bit, i, batches)
			}
			// A newline that is gone is noticed only in the batch that follows.
			noticed := int64(good.ends[min(batches+2, len(good.ends)-1)])
			if f.damage.Offset < f.mark.Offset || f.damage.Offset > noticed || f.damage.Position <= f.mark.Position {
				t.Fatalf("bit %d of byte %d flipped: told as damage at byte %d, position %d", bit, i, f.damage.Offset, f.damage.Position)
			}
			if batches+2 < len(good.ends) && journal.Torn(string(b[f.mark.Offset:])) {
				t.Fatalf("bit %d of byte %d flipped: taken for an unfinished append although whole batches follow", bit, i)
			}
			b[i] ^= 1 << bit
		}
	}
}

func TestLinesThatWereMovedAreFound(t *testing.T) {
	t.Parallel()
	good := small()
	all := lines(good.bytes[good.ends[0]:])
	try := func(name string, changed []string) {
		text := strings.Join(changed, "")
		if text == good.bytes[good.ends[0]:] {
			return
		}
		f := scan(t, good.bytes[:good.ends[0]]+text)
		batches := mustBePrefix(t, good, f)
		if f.damage == nil && !strings.HasPrefix(good.bytes, good.bytes[:good.ends[0]]+text) {
			t.Errorf("%s: accepted as %d batches", name, batches)
		}
	}
	for i := range all {
		try(fmt.Sprintf("line %d removed", i), slices.Delete(slices.Clone(all), i, i+1))
		try(fmt.Sprintf("line %d twice", i), slices.Insert(slices.Clone(all), i, all[i]))
		for j := range i {
			swapped := slices.Clone(all)
			swapped[i], swapped[j] = swapped[j], swapped[i]
			try(fmt.Sprintf("lines %d and %d swapped", j, i), swapped)
			try(fmt.Sprintf("lines %d to %d removed", j, i), slices.Delete(slices.Clone(all), j, i+1))
		}
		for j := range len(all) + 1 {
			try(fmt.Sprintf("line %d again before line %d", i, j), slices.Insert(slices.Clone(all), j, all[i]))
		}
	}
}

func TestBatchesOfAnotherSegmentAreFound(t *testing.T) {
	t.Parallel()
	good := small()
	tail := good.bytes[good.ends[3]:]
	other := newText(1)
	other.add(plain(1), plain(2)) // other batches before the same one
	other.add(plain(3))
	other.add(plain(4))
	mark, damage := journal.Scan(tail, journal.Mark{Position: 4, Chain: other.mark.Chain, Offset: int64(len(other.bytes))}, nil)
	if damage == nil {
		t.Errorf("a batch was accepted behind a chain that is not its own, up to %+v", mark)
	}
	mark, damage = journal.Scan(tail, journal.Mark{Position: 3, Chain: good.mark.Chain, Offset: 0}, nil)
	if damage == nil || damage.Position != 4 || damage.Want != "position 4" || damage.Got != "position 5" {
		t.Errorf("a batch was accepted at another position, up to %+v: %+v", mark, damage)
	}
}

func TestDamageSaysWhatWasWantedAndWhatIsThere(t *testing.T) {
	t.Parallel()
	good := small()
	one := len(lines(good.bytes)[1]) // the first event line
	commit := good.ends[0] + one
	for _, tt := range []struct {
		name       string
		text       string
		offset     int
		position   domain.Position
		want, got  string
		unfinished bool
	}{
		{
			"half a line", good.bytes[:good.ends[0]+20], good.ends[0], 1,
			"a whole line", "20 bytes without a newline", true,
		},
		{
			"a line of another kind", good.bytes[:commit] + "rm -rf \x1b[2J\n", commit, 2,
			"an event line or a commit line", `"rm -rf \x1b[2J" (not an event line: no object, at byte 0 of the line)`, true,
		},
		{
			"a commit line too early", good.bytes[:good.ends[0]] + good.bytes[commit:good.ends[1]], good.ends[0], 1,
			"an event line", "a commit line without events", true,
		},
		{
			"another checksum", strings.Replace(good.bytes[:good.ends[1]], `"crc32c":"`, `"crc32c":"z`, 1), commit, 1,
			"commit line " + strings.TrimSuffix(good.bytes[commit:good.ends[1]], "\n"),
			strings.TrimSuffix(strings.Replace(good.bytes[commit:good.ends[1]], `"crc32c":"`, `"crc32c":"z`, 1), "\n"), true,
		},
		{
			"another chain", strings.Replace(good.bytes[:good.ends[1]], good.bytes[good.ends[1]-10:good.ends[1]-4], "zzzzzz", 1), commit, 1,
			"commit line " + strings.TrimSuffix(good.bytes[commit:good.ends[1]], "\n"),
			good.bytes[commit:good.ends[1]-10] + `zzzzzz"}}`, false,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := scan(t, tt.text)
			if f.damage == nil {
				t.Fatal("no damage found")
			}
			if want := (journal.Damage{Offset: int64(tt.offset), Position: tt.position, Want: tt.want, Got: tt.got}); *f.damage != want {
				t.Errorf("damage\n got: %+v\nwant: %+v", *f.damage, want)
			}
			if got := journal.Torn(tt.text[f.mark.Offset:]); got != tt.unfinished {
				t.Errorf("taken for an unfinished append: %v, want %v", got, tt.unfinished)
			}
		})
	}
}

func TestEventDataIsNeverTakenForACommitLine(t *testing.T) {
	t.Parallel()
	// The data claims to close a batch of the five bytes in front of it, which are
	// always the same.
	data := fmt.Sprintf(`{"commit":{"first":1,"last":1,"bytes":5,"crc32c":"%08x","chain":""}}`, journal.Checksum(`ata":`))
	hostile := plain(1)
	hostile.Data = []byte(data)
	line := string(journal.AppendEvent(nil, &hostile))
	if !strings.Contains(line, `"data":`+data) {
		t.Fatalf("the line %s does not hold the data", line)
	}
	if !journal.Torn(line) {
		t.Error("an unfinished append is taken for damage because of what its data says")
	}
	whole := newText(1)
	whole.add(hostile, plain(2))
	if f := scan(t, whole.bytes); f.damage != nil || len(f.events) != 2 {
		t.Errorf("a whole batch is damaged by what its data says: %+v", f.damage)
	}
}

func TestAnEmptyRestIsNoDamage(t *testing.T) {
	t.Parallel()
	mark, damage := journal.Scan("", from(), nil)
	if damage != nil || mark != from() || !journal.Torn("") {
		t.Errorf("an empty text moved the mark to %+v, damage %+v", mark, damage)
	}
}

func TestTheStoreTimeOfAMarkIsTheLatest(t *testing.T) {
	t.Parallel()
	x := newText(1)
	early, late := plain(1), plain(2)
	early.RecordedAt, late.RecordedAt = late.RecordedAt.AddDate(1, 0, 0), early.RecordedAt
	x.add(early)
	x.add(late)
	if f := scan(t, x.bytes); !f.mark.RecordedAt.Equal(early.RecordedAt) {
		t.Errorf("store time = %v, want %v", f.mark.RecordedAt, early.RecordedAt)
	}
}

func TestMuchTextIsScannedAsItsPartsAre(t *testing.T) {
	t.Parallel()
	good := newText(1)
	last := domain.Position(0)
	for _, batch := range []int{1, 700, 1, 1, 3000, 2} {
		var events []domain.SequencedEvent
		for range batch {
			last++
			events = append(events, usual(last))
		}
		good.add(events...)
	}
	if f := scan(t, good.bytes); f.damage != nil || f.mark != good.mark || len(f.events) != int(last) {
		t.Errorf("mark %+v with %d events, damage %+v; want %+v with %d", f.mark, len(f.events), f.damage, good.mark, last)
	}
	for i, end := range good.ends[1:] {
		for _, at := range []int{end - 5, (good.ends[i] + end) / 2} {
			f := scan(t, good.bytes[:at]+"~"+good.bytes[at+1:])
			if f.damage == nil || f.mark.Offset != int64(good.ends[i]) {
				t.Errorf("byte %d of batch %d changed: mark %+v, damage %+v; want a mark at byte %d", at, i, f.mark, f.damage, good.ends[i])
			}
		}
	}
}
