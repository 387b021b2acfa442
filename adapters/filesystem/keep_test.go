package filesystem

import (
	"runtime"
	"testing"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

func TestWhoeverKeepsAFewEventsKeepsLittleOfTheirNeighbours(t *testing.T) {
	const (
		every    = 500       // of the events one is kept
		ofOne    = 20 << 10  // its memory, that of its neighbours, and their tags
		anything = 256 << 10 // the decoder, pages, what the test itself keeps
	)
	costlyStores(t, func(t *testing.T, dir string, _ bool) {
		s, _ := openCounted(t, dir)
		for _, backwards := range []bool{false, true} {
			if _, err := take(s, domain.All(), ports.ReadOptions{Backwards: backwards}, 0); err != nil {
				t.Fatal(err) // from here on the store keeps what it keeps
			}
			before := heap()
			result, err := s.Read(t.Context(), domain.All(), ports.ReadOptions{Backwards: backwards})
			if err != nil {
				t.Fatal(err)
			}
			var kept []domain.SequencedEvent
			for e, err := range result.Events {
				if err != nil {
					t.Fatal(err)
				}
				if e.Position%every == 0 {
					kept = append(kept, e)
				}
			}
			used := int64(heap()) - int64(before)
			t.Logf("backwards %v: %d events keep %d bytes", backwards, len(kept), used)
			if most := int64(len(kept)*ofOne + anything); len(kept) != costEvents/every || used > most {
				t.Errorf("backwards %v: %d events keep %d bytes, want at most %d", backwards, len(kept), used, most)
			}
			runtime.KeepAlive(kept)
		}
	})
}

// heap returns how many bytes are in use.
func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
