package filesystem_test

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/opossum-go/opossum/adapters/filesystem"
)

// ledgerOf returns the ledger of a new store with count events of so many bytes each.
func ledgerOf(t *testing.T, count, size int) []byte {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "other")
	store := openStore(t, dir, filesystem.Options{SegmentSize: 4 << 10})
	for range count {
		mustAppend(t, store, padded("Other", size))
	}
	return readFile(t, filepath.Join(dir, "ledger"))
}

// giveLedger gives a store the ledger of another one.
func giveLedger(count, size int) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		t.Helper()
		writeFile(t, filepath.Join(dir, "ledger"), ledgerOf(t, count, size))
	}
}

// makeIndexed makes a store of 12 events in three segments, with the index files of
// the first two.
func makeIndexed(t *testing.T) string {
	t.Helper()
	dir := makeStore(t, 12)
	store := openStore(t, dir, filesystem.Options{})
	untilIndexed(t, dir)
	must(t, store.Close())
	if n := len(indexFiles(t, dir)); n != 2 {
		t.Fatalf("%d index files, want 2", n)
	}
	return dir
}

func TestALedgerThatIsNotOfTheseSegmentsIsNamedAndNotTheSegments(t *testing.T) {
	t.Parallel()
	whole := makeIndexed(t)
	for _, tt := range []struct {
		name  string
		spoil []func(*testing.T, string)
	}{
		{"that of a store of the same length", []func(*testing.T, string){giveLedger(12, 550)}},
		{"one that ends in the middle of a line", []func(*testing.T, string){giveLedger(12, 500)}},
		{"one of fewer events, in the same segment", []func(*testing.T, string){giveLedger(11, 550)}},
		{"one of fewer events, in a segment that was sealed", []func(*testing.T, string){giveLedger(3, 100)}},
		{"one whose segments begin elsewhere", []func(*testing.T, string){giveLedger(9, 900)}},
		{"one that is longer than the segment", []func(*testing.T, string){giveLedger(4, 1300)}},
		{"one, and an append that was never finished", []func(*testing.T, string){giveLedger(11, 540), func(t *testing.T, dir string) {
			t.Helper()
			tornTail(t, dir)
		}}},
		{"one, and no index files", []func(*testing.T, string){giveLedger(8, 500), remove("indexes")}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := copyStore(t, whole)
			for _, spoil := range tt.spoil {
				spoil(t, dir)
			}
			before := readDisk(t, dir)
			for name, open := range openersAndRepair() {
				err := open(t, dir)
				checkCorrupt(t, err, dir, "ledger", filepath.Join(dir, "events"), "another store", "changed together with all checksums", "a backup tells which")
				checkPlain(t, err)
				if n := len(found(err)); n != 1 {
					t.Errorf("%s tells of %d things, want of the ledger alone: %v", name, n, err)
				}
			}
			checkDisk(t, dir, before)

			// Nor is the ledger needed.
			remove("ledger")(t, dir)
			must(t, openers["Open"](t, dir))
			if report, err := filesystem.Verify(t.Context(), dir); err != nil || report.Events != 12 || report.Ledger.State != filesystem.LedgerCurrent {
				t.Errorf("without that ledger Verify() = %+v, %v; want 12 events and a new one", report, err)
			}
		})
	}
}

func TestALedgerAheadOfTheSegmentsIsDamageWithBothExplanations(t *testing.T) {
	t.Parallel()
	whole := makeIndexed(t)
	last := threeSegments[2]
	for _, tt := range []struct {
		name  string
		spoil func(*testing.T, string)
		file  string
		want  string
		got   string
	}{
		{"the ledger of a later copy", func(t *testing.T, dir string) {
			t.Helper()
			later := copyStore(t, dir)
			mustAppend(t, openStore(t, later, filesystem.Options{}), one("Later")...)
			writeFile(t, filepath.Join(dir, "ledger"), readFile(t, filepath.Join(later, "ledger")))
		}, last, "events up to position 13,", "events up to position 12;"},
		{"the ledger of another store that is longer", giveLedger(30, 550), "events/00000000000000000013.jsonl", "the segment with position 13,", "no such file"},
		{"the last append is cut off", changeLines(last, func(l [][]byte) [][]byte { return l[:len(l)-2] }), last, "events up to position 12,", "events up to position 11;"},
		{"it has become fill", changeLines(last, func(l [][]byte) [][]byte {
			n := len(l) - 2
			return append(l[:n], bytes.Repeat([]byte("\n"), len(l[n])+len(l[n+1])))
		}), last, "events up to position 12,", "events up to position 11;"},
		{"its commit line is cut off", changeLines(last, func(l [][]byte) [][]byte { return l[:len(l)-1] }), last, "events up to position 12,", "events up to position 11 and "},
		{"it is cut in the middle", change(last, func(b []byte) []byte { return b[:len(b)-400] }), last, "events up to position 12,", "bytes that are no whole append"},
		{"the last segment is cut in its first event", change(last, func(b []byte) []byte { return b[:300] }), last, "events up to position 12,", "events up to position 10 and 300 bytes"},
		{"the last segment is gone", remove(last), last, "the segment with position 11,", "no such file"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := copyStore(t, whole)
			tt.spoil(t, dir)
			before := readDisk(t, dir)
			for name, open := range openersAndRepair() {
				err := open(t, dir)
				d := corruption(t, err, dir, tt.file, filepath.Join(dir, "ledger"), "only a backup has them", "another store", "only then")
				checkPlain(t, err)
				if !strings.HasPrefix(d.Want, tt.want) || !strings.Contains(d.Got, tt.got) {
					t.Errorf("%s wants %q and got %q; want %q and %q", name, d.Want, d.Got, tt.want, tt.got)
				}
				if n := len(found(err)); n != 1 {
					t.Errorf("%s tells of %d things, want of one: %v", name, n, err)
				}
			}
			checkDisk(t, dir, before)
		})
	}
}

// checkPlain fails when err speaks to those who call this package and to nobody else.
func checkPlain(t *testing.T, err error) {
	t.Helper()
	if strings.Contains(err.Error(), "Open") {
		t.Errorf("%v, which names a function", err)
	}
}

func TestAStoreThatIsRefusedForItsLedgerIsNotSaidToGetIndexFiles(t *testing.T) {
	t.Parallel()
	dir := copyStore(t, makeIndexed(t))
	giveLedger(8, 100)(t, dir) // in the first segment, and the next one has to be looked at
	remove("indexes")(t, dir)
	var log bytes.Buffer
	_, err := filesystem.Open(t.Context(), dir, filesystem.Options{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	checkCorrupt(t, err, dir, "ledger")
	if strings.Contains(log.String(), "made anew") {
		t.Errorf("the log says %q, and the store was not opened", log.String())
	}
}

// What stands there and is damaged is not excused by another ledger.
func TestDamageInTheLastAppendIsNotBlamedOnTheLedger(t *testing.T) {
	t.Parallel()
	whole := makeIndexed(t)
	for name, spoil := range map[string]func(*testing.T, string){
		"its event":       changeLines(threeSegments[2], func(l [][]byte) [][]byte { l[len(l)-2][100] ^= 1; return l }),
		"its commit line": changeLines(threeSegments[2], func(l [][]byte) [][]byte { l[len(l)-1][40] ^= 1; return l }),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := copyStore(t, whole)
			spoil(t, dir)
			for how, open := range openersAndRepair() {
				err := open(t, dir)
				checkCorrupt(t, err, dir, threeSegments[2], "position 12")
				if strings.Contains(err.Error(), "ledger") {
					t.Errorf("%s() = %v, which speaks of the ledger", how, err)
				}
			}
		})
	}
}

func TestVerifyJudgesTheLedgerBesidesOtherDamage(t *testing.T) {
	t.Parallel()
	whole := makeIndexed(t)
	stale := func(t *testing.T, dir string) {
		t.Helper()
		earlier := filepath.Join(t.TempDir(), "earlier")
		must(t, os.CopyFS(earlier, os.DirFS(dir)))
		must(t, os.Remove(filepath.Join(earlier, "ledger")))
		changeLines(threeSegments[2], func(l [][]byte) [][]byte { return l[:len(l)-2] })(t, earlier)
		must(t, openStore(t, earlier, filesystem.Options{}).Close())
		writeFile(t, filepath.Join(dir, "ledger"), readFile(t, filepath.Join(earlier, "ledger")))
	}
	for _, tt := range []struct {
		name  string
		spoil func(*testing.T, string)
		want  []string
	}{
		{"its own, current", func(*testing.T, string) {}, []string{threeSegments[0]}},
		{"its own, stale", stale, []string{threeSegments[0]}},
		{"that of another store", giveLedger(12, 540), []string{threeSegments[0], "ledger"}},
		{"that of a shorter store", giveLedger(8, 500), []string{threeSegments[0], "ledger"}},
		{"that of a store with other segments", giveLedger(9, 900), []string{threeSegments[0], "ledger"}},
		{"one that is ahead", giveLedger(14, 550), []string{threeSegments[0], threeSegments[2]}},
		{"one that is ahead by a segment", giveLedger(30, 550), []string{threeSegments[0], "events/00000000000000000013.jsonl"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := copyStore(t, whole)
			tt.spoil(t, dir)
			flip(threeSegments[0])(t, dir)
			_, err := filesystem.Verify(t.Context(), dir)
			var got []string
			for _, d := range found(err) {
				name, relErr := filepath.Rel(dir, d.File)
				must(t, relErr)
				got = append(got, filepath.ToSlash(name))
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("Verify() names %q, want %q; it says\n%v", got, tt.want, err)
			}
		})
	}
}
