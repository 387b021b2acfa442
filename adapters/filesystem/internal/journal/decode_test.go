package journal_test

import (
	"strings"
	"testing"
	"unsafe"

	"github.com/opossum-go/opossum/adapters/filesystem/internal/journal"
	"github.com/opossum-go/opossum/domain"
)

// lineOf returns the line of e without its newline, in memory of its own.
func lineOf(e domain.SequencedEvent) []byte {
	line := journal.AppendEvent(nil, &e)
	return line[: len(line)-1 : len(line)-1]
}

// within reports whether s is a part of line.
func within(line []byte, s string) bool {
	begin, at := uintptr(unsafe.Pointer(&line[0])), uintptr(unsafe.Pointer(unsafe.StringData(s)))
	return begin <= at && at+uintptr(len(s)) <= begin+uintptr(len(line))
}

func TestADecodedEventKeepsItsLineAndNothingElse(t *testing.T) {
	t.Parallel()
	var types journal.Interner
	want := usual(7)
	line := lineOf(want)
	got, err := journal.Decode(line, &types)
	if err != nil {
		t.Fatal(err)
	}
	checkEvent(t, got, want)
	for _, s := range []string{got.Metadata.ID, string(got.Tags[0]), string(got.Tags[1])} {
		if !within(line, s) {
			t.Errorf("%q is no part of the line", s)
		}
	}
	if !within(line, journal.TextOf(got.Data)) || cap(got.Data) != len(got.Data) {
		t.Errorf("data of %d bytes with room for %d is no part of the line, or has room behind it", len(got.Data), cap(got.Data))
	}
	if within(line, got.Type) {
		t.Error("the type is a part of the line: whoever keeps the type keeps the line")
	}
	if bare, err := journal.Decode(line, nil); err != nil || !within(line, bare.Type) {
		t.Errorf("without an interner the type is no part of the line, error %v", err)
	}
	if cap(got.Tags) != len(got.Tags) {
		t.Errorf("memory for %d tags was taken for %d", cap(got.Tags), len(got.Tags))
	}
}

func TestALineInAnotherFormIsDecodedToo(t *testing.T) {
	t.Parallel()
	var types journal.Interner
	want := full(3)
	text := strings.Replace(string(lineOf(want)), `"tags"`, ` "t\u0061gs" `, 1)
	got, err := journal.Decode([]byte(text), &types)
	if err != nil {
		t.Fatal(err)
	}
	checkEvent(t, got, want)
	if got, err := journal.Decode([]byte("{}"), &types); err == nil || !strings.Contains(err.Error(), `no key "position"`) {
		t.Errorf("decoded as %+v, error %v", got, err)
	}
}

//nolint:paralleltest // allocations are counted for the whole process
func TestDecodingTakesMemoryForTheTagsOnly(t *testing.T) {
	var types journal.Interner
	zoned, bare := usual(7), usual(8)
	zoned.Metadata.OccurredAt = full(1).Metadata.OccurredAt
	bare.Tags = nil
	for _, tt := range []struct {
		name string
		line []byte
		most float64
	}{{"two tags", lineOf(usual(7)), 1}, {"a time in another zone", lineOf(zoned), 1}, {"no tags", lineOf(bare), 0}} {
		got := testing.AllocsPerRun(100, func() {
			if _, err := journal.Decode(tt.line, &types); err != nil {
				t.Fatal(err)
			}
		})
		if got > tt.most {
			t.Errorf("%s: %v allocations, want at most %v", tt.name, got, tt.most)
		}
	}
}

//nolint:paralleltest // allocations are counted for the whole process
func TestAScanTakesNoMemoryForEachEvent(t *testing.T) {
	allocations := func(events, batch int) float64 {
		x := usualText(events, batch)
		rest := x.bytes[x.ends[0]:]
		return testing.AllocsPerRun(5, func() {
			if _, damage := journal.Scan(rest, from(), func(journal.Span, journal.Entry, *domain.SequencedEvent) {}); damage != nil {
				t.Fatal(damage)
			}
		})
	}
	for _, batch := range []int{1, 10} {
		if few, many := allocations(100, batch), allocations(1000, batch); many > few {
			t.Errorf("batches of %d: 100 events took %v allocations, 1,000 took %v", batch, few, many)
		}
	}
}

func TestTextOnWhichTheWordsOfEightBytesEndIsReadRight(t *testing.T) {
	t.Parallel()
	// Each byte that ends a run, at each place of a word and at each distance from the end of the text.
	for _, special := range []byte{'"', '\\', 0, 1, ' ' - 1} {
		for at := range 20 {
			for behind := range 20 {
				for _, filler := range []string{"x", " ", "\x7f", "!", "#", "[", "]", "\xc3\xa9"} {
					text := strings.Repeat(filler, at) + string([]byte{special}) + strings.Repeat(filler, behind)
					end, ascii := journal.Plain(text, 0)
					if end != at*len(filler) || (ascii != (len(filler) == 1) && at > 0) {
						t.Fatalf("%q: the run ends at %d, ASCII %v", text, end, ascii)
					}
				}
			}
		}
	}
	if end, ascii := journal.Plain("", 0); end != 0 || !ascii {
		t.Errorf("no text: the run ends at %d, ASCII %v", end, ascii)
	}
}
