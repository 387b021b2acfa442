package filesystem

import (
	"runtime"
	"strings"
	"testing"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

const (
	ofOne    = 20 << 10  // what one event that is kept may keep: its memory, that of its neighbours, and their tags
	anything = 256 << 10 // the decoder, pages, what the test itself keeps
)

// checkKept reads what query selects, keeps the events that keep says, and holds how many
// they are and what they keep in memory to what they may.
func checkKept(t *testing.T, s *Store, query domain.Query, want int, keep func(n int, e domain.SequencedEvent) bool) {
	t.Helper()
	forget := func() {
		for _, seg := range s.segments {
			seg.recent.forget()
		}
	}
	for _, backwards := range []bool{false, true} {
		options := ports.ReadOptions{Backwards: backwards}
		if _, err := take(s, query, options, 0); err != nil {
			t.Fatal(err) // from here on the store keeps what it keeps
		}
		forget()
		before := heap()
		result, err := s.Read(t.Context(), query, options)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		var kept []domain.SequencedEvent
		for e, err := range result.Events {
			if err != nil {
				t.Fatal(err)
			}
			if keep(n, e) {
				kept = append(kept, e)
			}
			n++
		}
		forget()
		used := int64(heap()) - int64(before)
		t.Logf("backwards %v: %d events keep %d bytes", backwards, len(kept), used)
		if most := int64(len(kept)*ofOne + anything); len(kept) != want || used > most {
			t.Errorf("backwards %v: %d events keep %d bytes, want %d that keep at most %d", backwards, len(kept), used, want, most)
		}
		runtime.KeepAlive(kept)
	}
}

func TestWhoeverKeepsAFewEventsKeepsLittleOfTheirNeighbours(t *testing.T) {
	costlyStores(t, func(t *testing.T, dir string, _ bool) {
		s, _ := openCounted(t, dir)
		for _, tt := range []struct {
			name  string
			query domain.Query
			all   int
			every int // of so many events one is kept
		}{
			{"of everything", domain.All(), costEvents, 500},
			{"of a type", domain.NewQuery(domain.OfTypes("Type7")), costEvents / 20, 100},
			{"of a tag", domain.NewQuery(domain.Tagged("a:7")), costEvents / 100, 100},
		} {
			t.Run(tt.name, func(t *testing.T) {
				checkKept(t, s, tt.query, tt.all/tt.every, func(n int, _ domain.SequencedEvent) bool { return n%tt.every == 0 })
			})
		}
	})
}

func TestWhoeverKeepsASmallEventKeepsNoLargeOneBesideIt(t *testing.T) {
	const pairs = 64
	for _, tt := range []struct {
		name        string
		segmentSize int64
	}{{"in the last segment", maxSegmentSize}, {"in sealed segments", 1 << 20}} {
		t.Run(tt.name, func(t *testing.T) {
			s, _ := openCounted(t, mixedStore(t, tt.segmentSize, pairs))
			for _, query := range []domain.Query{domain.All(), domain.NewQuery(domain.OfTypes("Small", "Large"))} {
				checkKept(t, s, query, pairs, func(_ int, e domain.SequencedEvent) bool { return e.Type == "Small" })
			}
		})
	}
}

// mixedStore makes a store of pairs of a small event and one of more than 40 KiB, with
// others between them.
func mixedStore(t *testing.T, segmentSize int64, pairs int) (dir string) {
	t.Helper()
	dir = t.TempDir()
	large := []byte(`"` + strings.Repeat("x", 41_000) + `"`)
	other := []byte(`"` + strings.Repeat("x", 2*maxGap) + `"`)
	s, err := Open(t.Context(), dir, Options{SegmentSize: segmentSize})
	if err != nil {
		t.Fatal(err)
	}
	for range pairs {
		mustAppend(t, s, domain.Event{Type: "Large", Data: large}, domain.Event{Type: "Small"}, domain.Event{Type: "Other", Data: other})
	}
	mustCloseSealed(t, s)
	return dir
}

// heap returns how many bytes are in use.
func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
