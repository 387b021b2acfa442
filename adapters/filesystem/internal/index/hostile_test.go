package index_test

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"runtime"
	"slices"
	"testing"

	"github.com/opossum-go/opossum/adapters/filesystem/internal/index"
	"github.com/opossum-go/opossum/domain"
)

const (
	said   = 256  // bytes of the header that say something of a store with a short id
	atSums = 152  // place of the checksum of the checksums
	atSum  = 4092 // place of the checksum of the header
)

// resum gives a file that was changed checksums that fit, as hostile bytes have.
func resum(file []byte) {
	castagnoli := crc32.MakeTable(crc32.Castagnoli)
	body := bodyOf(file)
	sums := file[body:body]
	for start := index.HeaderSize; start < body; start += 4096 {
		sums = binary.LittleEndian.AppendUint32(sums, crc32.Checksum(file[start:min(start+4096, body)], castagnoli))
	}
	binary.LittleEndian.PutUint32(file[atSums:], crc32.Checksum(file[body:], castagnoli))
	binary.LittleEndian.PutUint32(file[atSum:], crc32.Checksum(file[:atSum], castagnoli))
}

// bodyOf returns where the body of a file ends.
func bodyOf(file []byte) int {
	blocks := (len(file) - index.HeaderSize + 4099) / 4100 // 4,096 bytes and their checksum each
	return len(file) - 4*blocks
}

// Checksums do not stop who can compute them. Then answers may be wrong, but a check
// against the segment says so, and nothing panics or goes on for ever.
func TestBytesThatFitTheirChecksumsDoNoHarm(t *testing.T) {
	t.Parallel()
	s, queries := small()
	file := s.file(t)
	var places []int
	for at := range said {
		places = append(places, at)
	}
	for at := index.HeaderSize; at < bodyOf(file); at += 1 + s.rng.IntN(25) {
		places = append(places, at)
	}
	holdHostile(t, s, queries, places)
}

// The lists are where a walk might go on for ever. So each of their bytes is
// changed, and those of the entries that lead to them.
func TestListsThatFitTheirChecksumsDoNoHarm(t *testing.T) {
	t.Parallel()
	s := newSegment(15, 7)
	for i := range 270 {
		s.add([]string{"A", "B"}[i*i%7%2], []domain.Tag{"x", "y"}[i%2:]...)
	}
	queries := []domain.Query{
		domain.NewQuery(domain.OfTypes("A")), domain.NewQuery(domain.Tagged("x")),
		domain.NewQuery(domain.Tagged("y").Tagged("x")), domain.NewQuery(domain.OfTypes("A", "B").Tagged("y"), domain.OfTypes("B")),
	}
	var places []int
	for at := index.HeaderSize + 270*(1+10); at < bodyOf(s.file(t)); at++ {
		places = append(places, at)
	}
	holdHostile(t, s, queries, places)
}

// holdHostile changes one byte at a time and holds that no answer does harm.
func holdHostile(t *testing.T, s *segment, queries []domain.Query, places []int) {
	t.Helper()
	file, want := s.file(t), answers(s.memory, queries)
	opened, noticed := 0, 0
	for _, at := range places {
		change := byte(1 + s.rng.IntN(255))
		hostile := slices.Clone(file)
		hostile[at] ^= change
		resum(hostile)
		if slices.Equal(hostile, file) {
			continue // a checksum was changed, and computed again
		}
		sidecar, err := index.OpenSidecar(hostile)
		if err != nil {
			mustBeDamage(t, err)
			continue
		}
		opened++
		got := answers(sidecar, queries)
		if err := sidecar.Check(s.info(), s.memory); err != nil {
			mustBeDamage(t, err)
			noticed++
		} else if !slices.Equal(got, want) {
			// What harms nobody need not be noticed: a slot that leads nowhere.
			t.Fatalf("byte %d ^ %#x: a check finds nothing, though answers differ", at, change)
		}
	}
	if opened < 500 || noticed < opened*4/5 {
		t.Errorf("opened %d files that were changed, and noticed %d of them", opened, noticed)
	}
}

func mustBeDamage(t *testing.T, err error) {
	t.Helper()
	if err != nil && !errors.Is(err, index.ErrDamaged) {
		t.Fatalf("error %v does not wrap ErrDamaged", err)
	}
}

// FuzzSidecar holds that no bytes make an index file panic, go on for ever, or take more
// memory than they are worth, and that one which passes a check answers as its segment
// does. The checksums are made to fit, so that more than them is tried.
func FuzzSidecar(f *testing.F) {
	segments := map[domain.Position]*segment{} // by the last position
	for _, events := range []int{0, 1, 5, 150} {
		s := newSegment(uint64(events), 3)
		segments[s.first+domain.Position(events)-1] = s
		s.grow(events)
		file, err := s.memory.Encode(s.info())
		if err != nil {
			f.Fatal(err)
		}
		f.Add(file[:said], file[index.HeaderSize:bodyOf(file)], "T1", "t2")
	}
	f.Fuzz(func(t *testing.T, head, body []byte, typ, tag string) {
		file := make([]byte, index.HeaderSize+len(body)+(len(body)+4095)/4096*4)
		copy(file[:atSum], head)
		copy(file[index.HeaderSize:], body)
		resum(file)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		defer func() {
			runtime.ReadMemStats(&after)
			if used, most := after.TotalAlloc-before.TotalAlloc, uint64(1<<20+512*len(file)); used > most {
				t.Errorf("a file of %d bytes took %d bytes of memory", len(file), used)
			}
		}()
		sidecar, err := index.OpenSidecar(file)
		if err != nil {
			mustBeDamage(t, err)
			return
		}
		if info, err := index.ReadInfo(file); err != nil || info != sidecar.Info() {
			t.Errorf("ReadInfo says %+v, %v; the sidecar %+v", info, err, sidecar.Info())
		}
		queries := []domain.Query{
			domain.All(), domain.NewQuery(domain.OfTypes(typ)), domain.NewQuery(domain.Tagged(domain.Tag(tag))),
			domain.NewQuery(domain.OfTypes(typ, "T0").Tagged(domain.Tag(tag)), domain.Tagged("t0", domain.Tag(tag))),
		}
		for _, q := range queries {
			up, down, err := walk(sidecar, q)
			mustBeDamage(t, err)
			if !slices.IsSorted(up) || !slices.IsSorted(down) {
				t.Errorf("%v is found at %v and %v, out of order", q, up, down)
			}
		}
		for p := sidecar.First(); p <= sidecar.Last(); p++ {
			_, err := sidecar.Entry(p)
			mustBeDamage(t, err)
		}
		s := segments[sidecar.Last()]
		if s == nil || sidecar.First() != s.first {
			return
		}
		if err := sidecar.Check(s.info(), s.memory); err != nil {
			mustBeDamage(t, err)
		} else if got, want := answers(sidecar, queries), answers(s.memory, queries); !slices.Equal(got, want) {
			t.Errorf("a check finds nothing, though the answers are %v, want %v", got, want)
		}
	})
}
