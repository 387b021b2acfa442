package index_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/opossum-go/opossum/adapters/filesystem/internal/index"
	"github.com/opossum-go/opossum/domain"
)

// answers are everything that a part says of what a test asks. An answer that is
// an error is the text "damaged".
func answers(p index.Part, queries []domain.Query) []string {
	var all []string
	say := func(err error, format string, args ...any) {
		if err != nil {
			all = append(all, "damaged")
			return
		}
		all = append(all, fmt.Sprintf(format, args...))
	}
	for _, q := range queries {
		up, down, err := walk(p, q)
		say(err, "%v: %v %v", q, up, down)
	}
	for position := p.First(); position <= p.Last(); position++ {
		e, err := p.Entry(position)
		say(err, "%+v", e)
	}
	return all
}

// allOrError fails unless each answer is the right one or an error.
func allOrError(t *testing.T, what string, got, want []string) (errors int) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d answers, want %d", what, len(got), len(want))
	}
	for i := range want {
		if got[i] == "damaged" {
			errors++
		} else if got[i] != want[i] {
			t.Fatalf("%s: got %s, want %s or an error", what, got[i], want[i])
		}
	}
	return errors
}

// exchanged returns a copy of file with two blocks, and their checksums, in each
// other's place.
func exchanged(file []byte, a, b int) []byte {
	out := slices.Clone(file)
	for _, part := range []struct{ from, size int }{{index.HeaderSize, 4096}, {bodyOf(file), 4}} {
		copy(out[part.from+a*part.size:][:part.size], file[part.from+b*part.size:])
		copy(out[part.from+b*part.size:][:part.size], file[part.from+a*part.size:])
	}
	return out
}

func TestBlocksThatStandInEachOthersPlaceAreRefused(t *testing.T) {
	t.Parallel()
	s := newSegment(14, 1)
	s.grow(1000)
	file := s.file(t)
	if _, err := index.OpenSidecar(exchanged(file, 1, 1)); err != nil {
		t.Fatalf("a block in its own place is refused: %v", err)
	}
	if _, err := index.OpenSidecar(exchanged(file, 0, 1)); !errors.Is(err, index.ErrDamaged) {
		t.Errorf("blocks in each other's place: %v, want ErrDamaged", err)
	}
}

// small is a segment whose file has short lists, a list of three runs, and two
// blocks and a bit.
func small() (*segment, []domain.Query) {
	s := newSegment(9, 41)
	for i := range 300 {
		s.add(fmt.Sprint("T", i%3), "all", domain.Tag(fmt.Sprint("one of ", i/7)), domain.Tag(strings.Repeat("long ", i%3)+"x"))
	}
	return s, []domain.Query{
		domain.All(), domain.NewQuery(domain.Tagged("all")), domain.NewQuery(domain.OfTypes("T1")),
		domain.NewQuery(domain.Tagged("one of 7")), domain.NewQuery(domain.Tagged("long x", "one of 42").Tagged("all")),
		domain.NewQuery(domain.OfTypes("T0").Tagged("all"), domain.OfTypes("T2", "T1").Tagged("one of 11")),
		domain.NewQuery(domain.Tagged("none")), domain.NewQuery(domain.OfTypes("None")),
	}
}

func TestEveryFlippedBitYieldsAnErrorOrTheRightAnswer(t *testing.T) {
	t.Parallel()
	s, queries := small()
	file := s.file(t)
	want := answers(s.memory, queries)
	for at := range file {
		for bit := range 8 {
			file[at] ^= 1 << bit
			what := fmt.Sprintf("bit %d of byte %d flipped", bit, at)
			sidecar, err := index.OpenSidecar(file)
			switch {
			case err != nil:
				if !errors.Is(err, index.ErrDamaged) {
					t.Fatalf("%s: error %v does not wrap ErrDamaged", what, err)
				}
			case at < index.HeaderSize:
				t.Fatalf("%s: the header is believed", what)
			default:
				if err := sidecar.Check(s.info(), s.memory); !errors.Is(err, index.ErrDamaged) {
					t.Fatalf("%s: a check says %v", what, err)
				}
				if bit == at%8 && at%37 == 0 {
					allOrError(t, what, answers(sidecar, queries), want)
				}
			}
			if _, err := index.ReadInfo(file); (err != nil) != (at < index.HeaderSize) {
				t.Fatalf("%s: ReadInfo says %v", what, err)
			}
			file[at] ^= 1 << bit
		}
	}
	if n := allOrError(t, "nothing flipped", answers(s.sidecar(t), queries), want); n > 0 {
		t.Errorf("%d errors in a file that is good", n)
	}
}

func TestABlockThatIsDamagedSpoilsOnlyWhatIsInIt(t *testing.T) {
	t.Parallel()
	s, queries := small()
	file := s.file(t)
	want := answers(s.memory, queries)
	for block := index.HeaderSize; block < len(file)-12; block += 4096 {
		damaged := slices.Clone(file)
		damaged[block+1] ^= 0x10
		sidecar, err := index.OpenSidecar(damaged)
		if err != nil {
			t.Fatal(err)
		}
		// Twice: what was found to be damaged is not believed the next time either.
		for range 2 {
			if n := allOrError(t, fmt.Sprint("block at ", block), answers(sidecar, queries), want); n == 0 || n == len(want) {
				t.Errorf("block at %d: %d of %d answers are errors, want some", block, n, len(want))
			}
		}
		var damage *index.DamageError
		if err := sidecar.Check(s.info(), s.memory); !errors.As(err, &damage) || damage.Offset != int64(block) {
			t.Errorf("the check says %v, want damage at byte %d", err, block)
		}
	}
}

func TestAFileOfAnotherLengthIsRefused(t *testing.T) {
	t.Parallel()
	s, _ := small()
	file := s.file(t)
	for n := range file {
		if _, err := index.OpenSidecar(file[:n:n]); !errors.Is(err, index.ErrDamaged) {
			t.Fatalf("%d of %d bytes: %v, want ErrDamaged", n, len(file), err)
		}
		if _, err := index.ReadInfo(file[:n:n]); errors.Is(err, index.ErrDamaged) != (n < index.HeaderSize) {
			t.Fatalf("%d of %d bytes: ReadInfo says %v", n, len(file), err)
		}
	}
	for _, more := range []string{"\n", "\x00\x00\x00\x00", strings.Repeat("x", 5000)} {
		if _, err := index.OpenSidecar(append(slices.Clone(file), more...)); !errors.Is(err, index.ErrDamaged) {
			t.Errorf("%d bytes too many: %v, want ErrDamaged", len(more), err)
		}
	}
}

func TestACheckNamesTheFirstDifference(t *testing.T) {
	t.Parallel()
	first := newSegment(10, 100)
	first.grow(400)
	first.add("T0", "t0", "special")
	sidecar := first.sidecar(t)
	if err := sidecar.Check(first.info(), first.memory); err != nil {
		t.Errorf("a file is not what its own segment says: %v", err)
	}
	for _, tt := range []struct {
		name   string
		change func(*index.Info)
		last   func(*segment)
		want   string
	}{
		{name: "another store", change: func(i *index.Info) { i.Store = "b" }, want: `store: want b, got a store`},
		{name: "another length", change: func(i *index.Info) { i.Bytes++ }, want: "length of the segment"},
		{name: "another chain before", change: func(i *index.Info) { i.Start[0]++ }, want: "chain before the segment"},
		{name: "another chain after", change: func(i *index.Info) { i.End[31]++ }, want: "chain after the segment"},
		{name: "another time", change: func(i *index.Info) { i.RecordedAt = i.RecordedAt.Add(1) }, want: "time of the last event"},
		{name: "another type", last: func(s *segment) { s.add("T1", "t0", "special") }, want: `type "T0": want`},
		{name: "a new type", last: func(s *segment) { s.add("New", "t0", "special") }, want: "different types"},
		{name: "another tag", last: func(s *segment) { s.add("T0", "t0", "other") }, want: `want tag "other", got "special"`},
		{name: "one tag less", last: func(s *segment) { s.add("T0", "special") }, want: `tag "t0"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newSegment(10, 100)
			s.grow(400)
			if tt.last == nil {
				tt.last = func(s *segment) { s.add("T0", "t0", "special") }
			}
			tt.last(s)
			info := s.info()
			if tt.change != nil {
				tt.change(&info)
			}
			if err := sidecar.Check(info, s.memory); !errors.Is(err, index.ErrDamaged) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("check says %v, want ErrDamaged with %q", err, tt.want)
			}
		})
	}
	other := newSegment(11, 100)
	other.grow(401)
	if err := sidecar.Check(other.info(), other.memory); !errors.Is(err, index.ErrDamaged) {
		t.Errorf("check against another segment says %v", err)
	}
}

func TestAHeaderSaysWhatItWasGiven(t *testing.T) {
	t.Parallel()
	s, _ := small()
	for _, recorded := range []time.Time{{}, time.Date(2026, 11, 22, 3, 4, 5, 999999999, time.FixedZone("", 3600)), time.Date(9999, 12, 31, 23, 59, 59, 1, time.UTC)} {
		for _, store := range []string{"", "x", strings.Repeat("é", 512)} {
			want := s.info()
			want.Store, want.RecordedAt = store, recorded
			file, err := s.memory.Encode(want)
			if err != nil {
				t.Fatal(err)
			}
			want.RecordedAt = recorded.UTC()
			got, err := index.ReadInfo(file[:index.HeaderSize])
			if got != want || err != nil {
				t.Errorf("got %+v, %v; want %+v", got, err, want)
			}
			sidecar, err := index.OpenSidecar(file)
			if err != nil || sidecar.Info() != want {
				t.Errorf("the sidecar says %+v, %v; want %+v", sidecar.Info(), err, want)
			}
		}
	}
}

func TestAFileIsNotWrittenForAnotherSegment(t *testing.T) {
	t.Parallel()
	s, _ := small()
	for name, change := range map[string]func(*index.Info){
		"another first position":   func(i *index.Info) { i.First-- },
		"another last position":    func(i *index.Info) { i.Last++ },
		"a store id that is large": func(i *index.Info) { i.Store = strings.Repeat("x", 1025) },
	} {
		info := s.info()
		change(&info)
		if _, err := s.memory.Encode(info); err == nil {
			t.Errorf("%s: a file is made", name)
		}
	}
}

func TestEqualSegmentsHaveEqualFiles(t *testing.T) {
	t.Parallel()
	a, _ := small()
	b, _ := small()
	b.grow(50)
	b.truncate(len(a.events))
	if !bytes.Equal(a.file(t), b.file(t)) {
		t.Error("files of equal segments differ")
	}
}
