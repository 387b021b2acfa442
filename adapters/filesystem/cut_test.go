package filesystem_test

import (
	"errors"
	"os"
	"runtime"
	"testing"

	"github.com/opossum-go/opossum/adapters/filesystem"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

func TestASegmentThatIsCutWhileItIsMappedIsDamageForEveryReadThatTouchesIt(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows cuts no file that is mapped")
	}
	dir := sealedStore(t)
	must(t, openStore(t, dir, filesystem.Options{}).Close()) // seals what is left
	store := openStore(t, dir, filesystem.Options{})
	all := readAll(t, store, domain.All())
	segments := segmentFiles(t, dir)
	if len(segments) < 4 {
		t.Fatalf("%d segments, want one in front of the one that is cut, and two behind it", len(segments))
	}
	text := readFile(t, segments[1])
	t.Cleanup(func() { writeFile(t, segments[1], text) }) // the store is verified afterwards
	must(t, os.Truncate(segments[1], 0))
	for _, backwards := range []bool{false, true} {
		for _, query := range []domain.Query{domain.All(), domain.NewQuery(domain.Tagged("n:1")), domain.NewQuery(domain.OfTypes("Odd"))} {
			result, err := store.Read(t.Context(), query, ports.ReadOptions{Backwards: backwards})
			must(t, err)
			seen := 0
			err = nil
			for e, readErr := range result.Events {
				if err = readErr; err == nil {
					seen++
					if want := all[e.Position-1]; e.Metadata.ID != want.Metadata.ID {
						t.Errorf("position %d has become %+v", e.Position, e)
					}
				}
			}
			if !errors.Is(err, ports.ErrCorrupt) || seen == 0 {
				t.Errorf("%v backwards %v: %d events, then %v; want those of the segment in front, then ErrCorrupt", query, backwards, seen, err)
			}
		}
	}
}
