package index_test

import (
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/opossum-go/opossum/adapters/filesystem/internal/index"
	"github.com/opossum-go/opossum/domain"
)

// walkOnce walks through a part in one direction. It fails when a step does not lead
// on: such a walk need never end.
func walkOnce(t *testing.T, p index.Part, q domain.Query, backwards bool) error {
	t.Helper()
	c, err := p.Cursor(q)
	if err != nil {
		return err
	}
	for from, to := p.First(), p.Last(); from <= to; {
		var at domain.Position
		if backwards {
			at, err = c.Prev(to, from)
		} else {
			at, err = c.Next(from, to)
		}
		if at == 0 || err != nil {
			return err
		}
		if at < from || at > to {
			t.Fatalf("%v, backwards %v: position %d is found between %d and %d", q, backwards, at, from, to)
		}
		if backwards {
			to = at - 1
		} else {
			from = at + 1
		}
	}
	return nil
}

// early is a segment with lists of several runs, most of which end long before it does.
func early() *segment {
	s := newSegment(21, 1)
	for i := range 600 {
		tags := []domain.Tag{}
		if i < 400 {
			tags = append(tags, "x")
		}
		if i%3 == 0 {
			tags = append(tags, "y")
		}
		if i > 300 {
			tags = append(tags, "z")
		}
		s.add([]string{"A", "B", "C"}[min(i/150, 2)], tags...)
	}
	return s
}

func TestAListThatEndsBeforeItsEntrySaysIsDamaged(t *testing.T) {
	t.Parallel()
	s := early()
	const count, last, lie = 400, 399, 595 // of tag x
	entry := binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(nil, count), last)
	file := s.file(t)
	at := slices.Index(windows(file, len(entry)), string(entry))
	if at < 0 {
		t.Fatal("the file has no entry of the tag")
	}
	binary.LittleEndian.PutUint32(file[at+4:], lie)
	resum(file)
	sidecar, err := index.OpenSidecar(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range []domain.Query{
		domain.NewQuery(domain.Tagged("x")),
		domain.NewQuery(domain.OfTypes("C").Tagged("x")), // one call goes through many events
		domain.NewQuery(domain.Tagged("x", "z")),
	} {
		for _, backwards := range []bool{false, true} {
			if err := walkOnce(t, sidecar, q, backwards); err == nil {
				t.Errorf("%v, backwards %v: no damage is found", q, backwards)
			} else {
				mustBeDamage(t, err)
			}
		}
	}
}

// windows returns what stands at each place of data.
func windows(data []byte, size int) []string {
	var all []string
	for at := range len(data) - size + 1 {
		all = append(all, string(data[at:at+size]))
	}
	return all
}

// Several numbers are changed at a time, to such as might stand there.
func TestAWalkThroughListsThatLieLeadsOn(t *testing.T) {
	t.Parallel()
	s := early()
	good := s.file(t)
	from, body := index.HeaderSize+len(s.events)*(1+10), bodyOf(good) // behind types and lines
	rng := rand.New(rand.NewPCG(7, 8))
	opened := 0
	for range 4000 {
		file := slices.Clone(good)
		for range 1 + rng.IntN(3) {
			at := from + rng.IntN(body-from-3)
			if rng.IntN(2) == 0 {
				file[at] = byte(rng.IntN(256))
			} else {
				binary.LittleEndian.PutUint32(file[at:], rng.Uint32N(700))
			}
		}
		resum(file)
		sidecar, err := index.OpenSidecar(file)
		if err != nil {
			continue
		}
		opened++
		for _, q := range []domain.Query{
			domain.NewQuery(domain.Tagged("x")), domain.NewQuery(domain.Tagged("y", "z")),
			domain.NewQuery(domain.OfTypes("B", "C").Tagged("x")), domain.NewQuery(domain.OfTypes("A", "C")),
		} {
			for _, backwards := range []bool{false, true} {
				mustBeDamage(t, walkOnce(t, sidecar, q, backwards))
			}
		}
	}
	if opened == 0 {
		t.Error("none of the files was opened")
	}
}
