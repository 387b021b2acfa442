package filesystem_test

import (
	"path/filepath"
	"testing"

	"github.com/opossum-go/opossum/adapters/filesystem"
)

// An index file is made when an event behind its segment is committed: it proves that
// there is another segment.
func TestAStoreThatEndsBeforeWhatItsIndexFilesProveIsRefusedByEverybody(t *testing.T) {
	t.Parallel()
	whole := makeStore(t, 10)
	older := readFile(t, filepath.Join(whole, "ledger"))
	store := openStore(t, whole, filesystem.Options{SegmentSize: 4 << 10})
	mustAppend(t, store, one("Eleventh")...)
	mustAppend(t, store, one("Twelfth")...)
	untilIndexed(t, whole)
	must(t, store.Close())
	if n := len(indexFiles(t, whole)); n != 2 || len(segmentFiles(t, whole)) != 3 {
		t.Fatalf("%d index files, want those of two segments of three", n)
	}
	const first, second = "indexes/00000000000000000001.idx", "indexes/00000000000000000006.idx"
	stale := func(t *testing.T, dir string) {
		t.Helper()
		writeFile(t, filepath.Join(dir, "ledger"), older)
	}
	for _, tt := range []struct {
		name  string
		spoil []func(*testing.T, string)
		file  string
		says  []string
	}{
		{"the last segment, and the ledger is older", []func(*testing.T, string){remove(threeSegments[2]), stale}, threeSegments[2], []string{"position 10", second}},
		{"the last segment and the ledger", []func(*testing.T, string){remove(threeSegments[2]), remove("ledger")}, threeSegments[2], []string{"position 10", second}},
		{"two segments", []func(*testing.T, string){remove(threeSegments[2]), remove(threeSegments[1]), remove("ledger")}, threeSegments[1], []string{"position 5", first}},
		{"all segments", []func(*testing.T, string){remove("events"), remove("ledger")}, threeSegments[0], []string{first}},
		{"what the last segment held", []func(*testing.T, string){replaceText(threeSegments[2], ""), remove("ledger")}, threeSegments[2], []string{"position 10", second}},
		{"all but the beginning of the last segment", []func(*testing.T, string){
			changeLines(threeSegments[2], func(l [][]byte) [][]byte { return [][]byte{l[0], l[1][:20]} }), remove("ledger"),
		}, threeSegments[2], []string{"position 10", second}},
		{"the last segment, and the end of the one before", []func(*testing.T, string){
			remove(threeSegments[2]), changeLines(threeSegments[1], func(l [][]byte) [][]byte { return l[:len(l)-2] }), remove("ledger"),
		}, threeSegments[1], []string{"position 10", second}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := copyStore(t, whole)
			for _, spoil := range tt.spoil {
				spoil(t, dir)
			}
			before := readDisk(t, dir)
			for _, how := range []string{"OpenReadOnly", "Verify", "RepairDir", "RepairDir dry"} {
				err := openersAndRepair()[how](t, dir)
				checkCorrupt(t, err, dir, tt.file, append(tt.says, "only a backup")...)
				if n := len(found(err)); n != 1 {
					t.Errorf("%s() tells of %d things: %v", how, n, err)
				}
			}
			checkDisk(t, dir, before)
			err := openers["Open"](t, dir)
			checkText(t, err, "only a backup", filepath.FromSlash(tt.says[len(tt.says)-1]))
			if found(err) == nil {
				t.Errorf("Open() = %v, want a CorruptError", err)
			}
			checkDisk(t, dir, before)
		})
	}
}
