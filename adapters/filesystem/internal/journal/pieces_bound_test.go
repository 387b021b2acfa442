package journal_test

import (
	"io"
	"reflect"
	"strings"
	"testing"

	"github.com/opossum-go/opossum/adapters/filesystem/internal/journal"
	"github.com/opossum-go/opossum/internal/allocated"
)

//nolint:paralleltest // memory is counted for the whole process
func TestWhatNoBatchCanHoldIsNotKept(t *testing.T) {
	good := small()
	text := good.bytes[good.ends[0]:]
	const size = 256 << 20
	for _, tt := range []struct {
		name   string
		behind io.Reader
		length int64
		most   uint64 // bytes of memory
		want   string // of the damage
	}{
		{"zeros", io.NewSectionReader(&sparse{size: size}, 0, size), size, 100 << 20, "bytes without a newline"},
		{"newlines", &repeated{left: size, text: strings.Repeat("\n", 1<<20)}, size, 4 << 20, ""},
		{"newlines and something", io.MultiReader(&repeated{left: size, text: strings.Repeat("\n", 1<<20)}, strings.NewReader("x")), size, 4 << 20, `"x" behind 268435456 of them`},
	} {
		var end journal.Mark
		var damage *journal.Damage
		var err error
		used := allocated.By(func() {
			var scanner journal.Scanner
			end, damage, err = journal.ScanPieces(io.MultiReader(strings.NewReader(text), tt.behind), tt.length, from(), func(piece journal.Piece, mark journal.Mark) (journal.Mark, *journal.Damage) {
				return scanner.ScanPiece(piece, mark, nil)
			})
		})
		if err != nil || end != good.mark {
			t.Errorf("%s: end %+v, error %v; want %+v", tt.name, end, err, good.mark)
		}
		if (damage == nil) != (tt.want == "") || damage != nil && !strings.HasSuffix(damage.Got, tt.want) {
			t.Errorf("%s: damage %+v, want %q", tt.name, damage, tt.want)
		}
		if used > tt.most {
			t.Errorf("%s: %d bytes of memory, want at most %d", tt.name, used, tt.most)
		}
	}
}

// repeated gives a text again and again.
type repeated struct {
	left int
	text string
}

func (r *repeated) Read(p []byte) (int, error) {
	if r.left == 0 {
		return 0, io.EOF
	}
	n := copy(p[:min(len(p), r.left)], r.text)
	r.left -= n
	return n, nil
}

func TestManyNewlinesAreTheSameInPieces(t *testing.T) {
	t.Parallel()
	good := small()
	text := good.bytes[good.ends[0]:]
	for _, newlines := range []int{1, 600, 70_000, 1 << 20} {
		for _, behind := range []string{"", "x", strings.Repeat("x", 60), strings.Repeat("x", 61), text, "\x00\n\n"} {
			for _, all := range []string{text + fill(newlines) + behind, fill(newlines) + behind} {
				want := seenAtOnce(all, from())
				for _, size := range []int{1, 5000, 100_000} {
					got, err := seenInPieces(strings.NewReader(all), int64(len(all)), size, from())
					if err != nil || !reflect.DeepEqual(got, want) {
						t.Fatalf("%d newlines and %.20q in pieces of %d, error %v\n got: %+v\nwant: %+v", newlines, behind, size, err, got, want)
					}
				}
			}
		}
	}
}
