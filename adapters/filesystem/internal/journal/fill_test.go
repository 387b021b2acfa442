package journal_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/opossum-go/opossum/adapters/filesystem/internal/journal"
)

const sector = 512

func fill(n int) string { return strings.Repeat("\n", n) }

func TestNewlinesUpToTheEndAreTheCleanEnd(t *testing.T) {
	t.Parallel()
	good := small()
	for _, end := range good.ends {
		want := scan(t, good.bytes[:end])
		for _, n := range []int{1, 2, 100, 70_000} {
			f := scan(t, good.bytes[:end]+fill(n))
			if f.damage != nil || f.mark != want.mark || len(f.events) != len(want.events) {
				t.Errorf("%d newlines at byte %d: mark %+v, damage %+v, want mark %+v", n, end, f.mark, f.damage, want.mark)
			}
		}
	}
}

func TestNewlinesThatAnythingFollowsAreDamage(t *testing.T) {
	t.Parallel()
	good := small()
	for i, end := range good.ends {
		for _, tt := range []struct {
			behind, got string
			torn        bool
		}{
			{"x", `"x" behind 3 of them`, true},
			{"\x00\n\n", `"\x00\n\n" behind 3 of them`, true},
			{good.bytes[good.ends[0]:], "", false},
		} {
			f := scan(t, good.bytes[:end]+fill(3)+tt.behind)
			if batches := mustBePrefix(t, good, f); batches != i || f.damage == nil {
				t.Fatalf("%q behind newlines at byte %d: %d batches, damage %+v", tt.behind, end, batches, f.damage)
			}
			if f.damage.Offset != int64(end+3) || f.damage.Position != f.mark.Position+1 {
				t.Errorf("damage at byte %d, position %d, want byte %d", f.damage.Offset, f.damage.Position, end+3)
			}
			if tt.got != "" && f.damage.Got != tt.got {
				t.Errorf("damage %+v, want got %s", *f.damage, tt.got)
			}
			if got := journal.Torn(fill(3) + tt.behind); got != tt.torn {
				t.Errorf("newlines before %q taken for an unfinished append: %v, want %v", tt.behind, got, tt.torn)
			}
		}
	}
}

// lose returns text with the sectors in the set lost replaced from byte begin on,
// as it stands in a file.
func lose(text string, begin, lost int, by byte) string {
	b := []byte(text)
	for i, k := begin/sector, 0; i*sector < len(b); i, k = i+1, k+1 {
		if lost>>k&1 == 0 {
			continue
		}
		for j := max(begin, i*sector); j < min(len(b), (i+1)*sector); j++ {
			b[j] = by
		}
	}
	return string(b)
}

func TestLostSectorsOfABatchInAFilledSegmentAreAnUnfinishedAppend(t *testing.T) {
	t.Parallel()
	good := newText(1)
	good.add(plain(1))
	begin := len(good.bytes)
	good.add(plain(2), full(3), full(4), plain(5))
	const behind = 1000
	filled := good.bytes + fill(behind)
	sectors := (len(filled)-1)/sector - begin/sector + 1
	for _, by := range []byte{'\n', 0} {
		for lost := range 1 << sectors {
			text := lose(filled, begin, lost, by)
			f := scan(t, text)
			batches := mustBePrefix(t, good, f)
			rest := text[f.mark.Offset:]
			switch {
			case batches == 2 && text[:len(good.bytes)] != good.bytes:
				t.Fatalf("sectors %b became %q: accepted as whole", lost, by)
			case batches == 1 && (f.damage == nil) != journal.Fill(rest):
				t.Fatalf("sectors %b became %q: damage %+v", lost, by, f.damage)
			case !journal.Torn(rest):
				t.Fatalf("sectors %b became %q: not taken for an unfinished append", lost, by)
			}
		}
	}
}

func TestAnAppendCutShortInAFilledSegmentIsUnfinished(t *testing.T) {
	t.Parallel()
	good := small()
	begin := good.ends[3]
	for length := begin; length < len(good.bytes); length++ {
		text := good.bytes[:length] + fill(len(good.bytes)-length+7)
		f := scan(t, text)
		batches := mustBePrefix(t, good, f)
		// The newline that ends the commit line was there before.
		if whole := length >= len(good.bytes)-1; whole != (batches == 4) {
			t.Fatalf("%d bytes of the last batch were written: %d batches found", length-begin, batches)
		}
		if clean := length == begin || length == len(good.bytes)-1; clean != (f.damage == nil) {
			t.Fatalf("%d bytes of the last batch were written: damage %+v", length-begin, f.damage)
		}
		if !journal.Torn(text[f.mark.Offset:]) {
			t.Fatalf("%d bytes of the last batch were written: not taken for an unfinished append", length-begin)
		}
	}
}

func TestLostSectorsDoNotTurnEventDataIntoACommitLine(t *testing.T) {
	t.Parallel()
	good := newText(1)
	begin := len(good.bytes)
	hostile := plain(1)
	// The data holds, at the begin of each sector that it reaches, what would close
	// a batch of the one newline before it.
	commit := fmt.Sprintf(`{"commit":{"first":1,"last":1,"bytes":1,"crc32c":"%08x","chain":"%064x"}}`, journal.Checksum("\n"), 0)
	hostile.Data = []byte(`[""]`)
	from := begin + strings.Index(string(journal.AppendEvent(nil, &hostile)), `[""]`)
	data := `["`
	for range 4 {
		data += strings.Repeat("x", (sector-(from+len(data)+2)%sector)%sector) + `",` + commit + `,"`
	}
	hostile.Data = []byte(data + `"]`)
	good.add(hostile)
	if good.bytes[2*sector:][:len(commit)] != commit {
		t.Fatal("the data does not stand where it was meant to")
	}
	sectors := (len(good.bytes)-1)/sector - begin/sector + 1
	for lost := range 1 << sectors {
		text := lose(good.bytes, begin, lost, '\n')
		if text == good.bytes {
			continue
		}
		f := scan(t, text)
		if len(f.events) > 0 || !journal.Torn(text[begin:]) {
			t.Fatalf("sectors %b lost: %d events, damage %+v", lost, len(f.events), f.damage)
		}
	}
}

func TestASegmentThatWasBegunHoldsNothingButItsHeaderAndFill(t *testing.T) {
	t.Parallel()
	header := newText(1).bytes
	for n := range len(header) + 1 {
		for _, behind := range []string{"", "\n", fill(5000), "\x00", strings.Repeat("\x00", 5000), fill(50) + strings.Repeat("\x00", 500) + fill(3)} {
			if !journal.Begun(header[:n]+behind, header) {
				t.Errorf("%d bytes of the header and %d bytes of fill are no segment that was begun", n, len(behind))
			}
		}
	}
	for _, text := range []string{
		"x", "\nx", "\x00" + header[1:], header[:10] + "x" + header[11:], header[:10] + "\n" + header[11:],
		strings.Replace(header, `"first":1`, `"first":2`, 1), header[1:],
	} {
		if journal.Begun(text, header) {
			t.Errorf("%q is taken for a segment that was begun", text)
		}
	}
	f := scan(t, header+fill(600))
	if f.damage != nil || f.mark != from() || !journal.Torn(header+fill(600)) {
		t.Errorf("a header and fill: mark %+v, damage %+v", f.mark, f.damage)
	}
}
