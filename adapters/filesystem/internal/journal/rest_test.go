package journal_test

import (
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/opossum-go/opossum/adapters/filesystem/internal/journal"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/internal/allocated"
)

// checkRest holds that a rest is judged in parts of any size as it is at once.
func checkRest(t *testing.T, rest string) journal.Rest {
	t.Helper()
	want := journal.Rest{Bytes: int64(len(rest)), Torn: journal.Torn(rest), Blank: strings.Trim(rest, "\n\x00") == ""}
	const before, behind = "{\"commit\":\n", "\nx"
	file := strings.NewReader(before + rest + behind)
	for _, part := range []int{513, 600, 1000, 4096} {
		got, err := journal.JudgeRestInParts(file, int64(len(before)), int64(len(before)+len(rest)), part)
		if err != nil || got != want {
			t.Fatalf("in parts of %d bytes: %+v, error %v; want %+v; rest %q", part, got, err, want, rest)
		}
	}
	if got, err := journal.JudgeRest(strings.NewReader(before+rest), int64(len(before)), -1); err != nil || got != want {
		t.Fatalf("%+v, error %v; want %+v; rest %q", got, err, want, rest)
	}
	return want
}

func TestARestIsJudgedInPartsAsItIsAtOnce(t *testing.T) {
	t.Parallel()
	good := small()
	all := good.bytes[good.ends[0]:]
	whole, torn := 0, 0
	for at := range len(all) {
		for _, rest := range []string{all[:at], all[at:], all[:at] + "\n" + all[at:], all[:at] + all[at+1:], strings.Repeat("x", at) + "\n" + all} {
			if checkRest(t, rest).Torn {
				torn++
			} else {
				whole++
			}
		}
	}
	if whole < 100 || torn < 100 {
		t.Errorf("%d of the rests hold a whole batch, %d do not", whole, torn)
	}
	for _, rest := range []string{
		"", "\n", "\x00", fill(5000), strings.Repeat("\x00", 5000), fill(700) + strings.Repeat("\x00", 2000) + fill(3), fill(3000) + "x",
		"x" + fill(3000), strings.Repeat("{\"commit\":{\"first\":1\n", 300), "\n{\"commit\":{\"first\":" + strings.Repeat("9", 3000) + "\n",
	} {
		checkRest(t, rest)
	}
}

func TestAWholeBatchIsFoundWhereverItStandsInARest(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(3, 4))
	x := newText(1)
	for next := domain.Position(1); len(x.bytes) < 20_000; {
		var batch []domain.SequencedEvent
		for range 1 + random.IntN(1<<random.IntN(6)) {
			batch, next = append(batch, usual(next)), next+1
		}
		x.add(batch...)
	}
	all := x.bytes[x.ends[0]:]
	for range 200 {
		changed := []byte(all[random.IntN(len(all)):])
		for range random.IntN(40) {
			changed[random.IntN(len(changed))] ^= 1 << random.IntN(8)
		}
		checkRest(t, string(changed))
	}
}

// sparse is a file of zeros with text at its end.
type sparse struct {
	size   int64
	text   string
	broken int64 // reads that reach so far fail
}

var errBroken = errors.New("broken")

func (f *sparse) ReadAt(p []byte, off int64) (int, error) {
	n := int(min(int64(len(p)), f.size-off))
	if f.broken > 0 && off+int64(n) > f.broken {
		return 0, errBroken
	}
	p = p[:max(n, 0)]
	clear(p)
	if from := f.size - int64(len(f.text)); off+int64(len(p)) > from {
		copy(p[max(0, from-off):], f.text[max(0, off-from):])
	}
	if len(p) == 0 {
		return 0, io.EOF
	}
	return len(p), nil
}

//nolint:paralleltest // memory is counted for the whole process
func TestALongRestIsJudgedInLittleMemory(t *testing.T) {
	good := small()
	batch := good.bytes[good.ends[0]:good.ends[1]]
	const size = 64 << 20
	for _, tt := range []struct {
		name string
		file sparse
		want journal.Rest
	}{
		{"zeros", sparse{size: size}, journal.Rest{Bytes: size, Torn: true, Blank: true}},
		{"zeros and a whole batch", sparse{size: size, text: "\n" + batch}, journal.Rest{Bytes: size}},
		{"zeros and half a batch", sparse{size: size, text: "\n" + batch[:len(batch)-5]}, journal.Rest{Bytes: size, Torn: true}},
	} {
		var got journal.Rest
		var err error
		used := allocated.By(func() { got, err = journal.JudgeRest(&tt.file, 0, -1) })
		if err != nil || got != tt.want {
			t.Errorf("%s: %+v, error %v; want %+v", tt.name, got, err, tt.want)
		}
		if used > 1<<20 {
			t.Errorf("%s: %d bytes of memory for %d", tt.name, used, size)
		}
	}
}

func TestAnErrorOfAFileEndsTheLookAtARest(t *testing.T) {
	t.Parallel()
	for _, broken := range []int64{1, 5000, 1 << 20} {
		if got, err := journal.JudgeRest(&sparse{size: 2 << 20, broken: broken}, 0, -1); !errors.Is(err, errBroken) {
			t.Errorf("broken behind %d bytes: %+v, error %v", broken, got, err)
		}
	}
}
