package journal_test

import (
	"errors"
	"io"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/opossum-go/opossum/adapters/filesystem/internal/journal"
	"github.com/opossum-go/opossum/domain"
)

// seen is what a scan tells, in words of its own.
type seen struct {
	events  []domain.SequencedEvent
	entries []journal.Entry
	spans   []journal.Span
	end     journal.Mark
	damage  *journal.Damage
}

func (s *seen) visit(span journal.Span, entry journal.Entry, line *domain.SequencedEvent) {
	own := *line
	own.Type, own.Tags = strings.Clone(line.Type), nil // the text will be overwritten
	for _, tag := range line.Tags {
		own.Tags = append(own.Tags, domain.Tag(strings.Clone(string(tag))))
	}
	s.events, s.entries, s.spans = append(s.events, own), append(s.entries, entry), append(s.spans, span)
}

// seenAtOnce scans all of text, which begins at mark.
func seenAtOnce(text string, mark journal.Mark) seen {
	var s seen
	s.end, s.damage = journal.Scan(text, mark, s.visit)
	return s
}

// seenInPieces scans what source has in pieces of so many bytes.
func seenInPieces(source io.Reader, length int64, bytes int, mark journal.Mark) (seen, error) {
	var s seen
	var scanner journal.Scanner
	var err error
	s.end, s.damage, err = journal.ScanInPieces(source, length, bytes, mark, func(piece journal.Piece, mark journal.Mark) (journal.Mark, *journal.Damage) {
		return scanner.ScanPiece(piece, mark, s.visit)
	})
	return s, err
}

// checkPieces holds that text is the same in pieces of each size as it is at once.
func checkPieces(t testing.TB, text string, mark journal.Mark, sizes ...int) {
	t.Helper()
	want := seenAtOnce(text, mark)
	for _, size := range sizes {
		got, err := seenInPieces(strings.NewReader(text), int64(len(text)), size, mark)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("in pieces of %d bytes, error %v\n got: %+v\nwant: %+v\ntext: %q", size, err, got, want, text)
		}
	}
}

func TestATextIsTheSameInPiecesOfAnySize(t *testing.T) {
	t.Parallel()
	good := small()
	rest := good.bytes[good.ends[0]:]
	for size := 1; size <= len(rest)+2; size++ {
		checkPieces(t, rest, from(), size)
	}
	sizes := []int{1, 100, 500, 1000}
	for at := range len(rest) {
		checkPieces(t, rest[:at], from(), sizes...)
		checkPieces(t, rest[:at]+"\n"+rest[at:], from(), sizes...)
		checkPieces(t, rest[:at]+rest[at+1:], from(), sizes...)
		flipped := []byte(rest)
		flipped[at] ^= 1 << (at % 8)
		checkPieces(t, string(flipped), from(), sizes...)
	}
}

func TestATextThatIsNotCanonicalOrFilledIsTheSameInPieces(t *testing.T) {
	t.Parallel()
	good := small()
	rest := good.bytes[good.ends[0]:]
	foreign := newText(1)
	foreign.addLines(" "+string(lineOf(plain(1))), string(lineOf(full(2))))
	foreign.addLines(string(lineOf(plain(3))))
	foreign.addLines(strings.ReplaceAll(string(lineOf(full(4))), `,"`, ` , "`))
	for _, text := range []string{
		"", "\n", "x", foreign.bytes[foreign.ends[0]:], rest + strings.Repeat("\n", 3000), rest + strings.Repeat("\n", 3000) + rest,
		strings.Repeat("\n", 3000) + rest, rest + strings.Repeat("\x00", 3000), rest + rest, strings.Repeat("x", 3000) + "\n" + rest,
		`{"commit":` + "\n" + rest, strings.Repeat(`{"commit":`+"\n", 300), rest + `{"commit":` + strings.Repeat("9", 3000) + "\n",
	} {
		for size := 1; size < 7000; size += 1 + size/7 {
			checkPieces(t, text, from(), size)
		}
	}
}

func TestManyBatchesOfAllSizesAreTheSameInPieces(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	x := newText(1)
	for next := domain.Position(1); len(x.bytes) < 100_000; {
		var batch []domain.SequencedEvent
		for range 1 + random.IntN(1<<random.IntN(7)) {
			batch, next = append(batch, usual(next)), next+1
		}
		x.add(batch...)
	}
	text := x.bytes[x.ends[0]:]
	for range 60 {
		changed := []byte(text[:random.IntN(len(text)+1)])
		for range random.IntN(3) {
			changed = slices.Insert(changed, random.IntN(len(changed)+1), "\n{x\x00"[random.IntN(4)])
		}
		checkPieces(t, string(changed), from(), 1+random.IntN(1000), 1+random.IntN(10_000), 1+random.IntN(100_000))
	}
	checkPieces(t, text, from(), 1, 300, 4096, 50_000)
}

func TestAPieceNeedsNoFullReadAndNoLengthThatIsRight(t *testing.T) {
	t.Parallel()
	good := small()
	text := good.bytes[good.ends[0]:]
	want := seenAtOnce(text, from())
	for _, length := range []int64{-5, 0, 10, int64(len(text)) - 1, int64(len(text)), 1 << 50} {
		for name, source := range map[string]io.Reader{
			"one byte":          iotest.OneByteReader(strings.NewReader(text)),
			"half of it":        iotest.HalfReader(strings.NewReader(text)),
			"the end with data": iotest.DataErrReader(strings.NewReader(text)),
		} {
			got, err := seenInPieces(source, length, 700, from())
			if err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("%s at a time, length %d: error %v\n got: %+v\nwant: %+v", name, length, err, got, want)
			}
		}
	}
}

func TestAnErrorOfASourceEndsAScanInPieces(t *testing.T) {
	t.Parallel()
	good := small()
	text := good.bytes[good.ends[0]:]
	broken := errors.New("broken")
	for at := range len(text) + 1 {
		source := io.MultiReader(strings.NewReader(text[:at]), iotest.ErrReader(broken))
		if got, err := seenInPieces(source, int64(len(text)), 700, from()); !errors.Is(err, broken) {
			t.Fatalf("broken behind %d bytes: error %v, end %+v", at, err, got.end)
		}
	}
}

// FuzzPieces holds that any text is the same in pieces of any size as it is at once, and
// that reading it so takes no more memory than it is worth.
func FuzzPieces(f *testing.F) {
	good := small()
	rest := good.bytes[good.ends[0]:]
	f.Add(rest, 1)
	f.Add(rest+"\n\n\n", 400)
	f.Add(rest[:len(rest)-3], 600)
	f.Add(strings.Replace(rest, "box", "fox", 1), 300)
	f.Fuzz(func(t *testing.T, text string, size int) {
		bytes := 1 + int(uint(size)%5000)
		var err error
		checkMemory(t, text, func() {
			var scanner journal.Scanner
			_, _, err = journal.ScanInPieces(strings.NewReader(text), int64(len(text)), bytes, from(), func(piece journal.Piece, mark journal.Mark) (journal.Mark, *journal.Damage) {
				return scanner.ScanPiece(piece, mark, func(journal.Span, journal.Entry, *domain.SequencedEvent) {})
			})
		})
		if err != nil {
			t.Errorf("pieces of %d bytes: %v", bytes, err)
		}
		checkPieces(t, text, from(), bytes)
	})
}
