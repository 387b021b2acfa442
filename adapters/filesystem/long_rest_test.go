package filesystem_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/opossum-go/opossum/adapters/filesystem"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/internal/allocated"
)

//nolint:paralleltest // memory is counted for the whole process
func TestAnOpenCutsOffWhateverAFileWasExtendedByInLittleMemory(t *testing.T) {
	const size = 200 << 20
	for _, begun := range []bool{false, true} {
		dir := filepath.Join(t.TempDir(), "store")
		o := filesystem.Options{SegmentSize: 4 << 10}
		s := openStore(t, dir, o)
		for range 40 {
			mustAppend(t, s, padded("A", 300))
		}
		must(t, s.Close())
		last := slices.Max(segmentFiles(t, dir))
		if begun { // a segment that never got a batch
			must(t, os.WriteFile(filepath.Join(dir, "events", "00000000000000000041.jsonl"), nil, 0o600))
			last = filepath.Join(dir, "events", "00000000000000000041.jsonl")
		}
		must(t, os.Truncate(last, size))
		if used := allocated.By(func() { s = openStore(t, dir, o) }); used > size/2 {
			t.Errorf("begun %v: a file of %d bytes took %d bytes of memory", begun, size, used)
		}
		repairs := s.Repairs()
		if len(repairs) != 1 || repairs[0].File != last || repairs[0].Offset+repairs[0].Bytes != size {
			t.Errorf("begun %v: repairs %+v, want the end of %s cut off", begun, repairs, last)
		}
		if got := readAll(t, s, domain.All()); len(got) != 40 {
			t.Errorf("begun %v: %d events, want 40", begun, len(got))
		}
		must(t, s.Close())
	}
}
