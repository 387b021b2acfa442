package filesystem_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/opossum-go/opossum/adapters/filesystem"
	"github.com/opossum-go/opossum/domain"
)

// makeLedger makes a closed store of 1,000 bookings, each appended alone.
func makeLedger(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	store, err := filesystem.Open(t.Context(), dir, filesystem.Options{SegmentSize: 64 << 10, NoFillAhead: true})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 1000 {
		mustAppend(t, store, domain.Event{
			Type: "Booked", Tags: []domain.Tag{"account:1"}, Data: fmt.Appendf(nil, `{"booking":%d,"amount":%d}`, i+1, 100*(i+1)),
		})
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	removeIndexes(t, dir) // so that opening reads all of it too
	return dir
}

// segmentWith returns the segment that holds text, and where in it.
func segmentWith(t *testing.T, dir, text string) (file string, offset int64) {
	t.Helper()
	for _, file := range segmentFiles(t, dir) {
		if at := bytes.Index(readFile(t, file), []byte(text)); at >= 0 {
			return file, int64(at)
		}
	}
	t.Fatalf("no segment holds %q", text)
	return "", 0
}

func TestAnAuditNamesTheEventThatWasChangedByHand(t *testing.T) {
	dir := makeLedger(t)
	report, err := filesystem.Verify(t.Context(), dir)
	if err != nil || report.Events != 1000 || report.Segments != len(segmentFiles(t, dir)) || len(report.Unfinished) > 0 {
		t.Fatalf("Verify() = %+v, %v, want 1000 events", report, err)
	}
	var size int64
	for _, file := range segmentFiles(t, dir) {
		size += int64(len(readFile(t, file)))
	}
	if report.Bytes != size {
		t.Errorf("Verify() counts %d bytes, the segments have %d", report.Bytes, size)
	}

	file, start := segmentWith(t, dir, `{"position":812,`)
	next, end := segmentWith(t, dir, `{"position":813,`)
	if next != file {
		t.Fatal("the event stands at the end of its segment")
	}
	whole := readFile(t, file)
	name := "events/" + filepath.Base(file)
	// Somebody books one more zero; then he mends the checksum too, then the chain.
	edited := bytes.Replace(whole, []byte(`"amount":81200}`), []byte(`"amount":812000}`), 1)
	for _, tt := range []struct {
		name     string
		text     []byte
		position domain.Position
	}{
		{"the event edited", edited, 812},
		{"its length and checksum mended", mend(t, edited), 812},
		{"its chain mended too", mendChain(t, mend(t, edited)), 813},
	} {
		t.Run(tt.name, func(t *testing.T) {
			writeFile(t, file, tt.text)
			defer writeFile(t, file, whole)
			before := readDisk(t, dir)
			low, high := start, end
			if tt.position > 812 {
				_, low = segmentWith(t, dir, fmt.Sprintf(`{"position":%d,`, tt.position))
				_, high = segmentWith(t, dir, fmt.Sprintf(`{"position":%d,`, tt.position+1))
			}
			for how, opener := range openers {
				corrupt := corruption(t, opener(t, dir), dir, name, fmt.Sprintf("position %d", tt.position))
				if corrupt.Position != tt.position || corrupt.Offset < low || corrupt.Offset > high {
					t.Errorf("%s names position %d at byte %d, want %d between %d and %d", how, corrupt.Position, corrupt.Offset, tt.position, low, high)
				}
			}
			checkDisk(t, dir, before)
		})
	}
	if again, err := filesystem.Verify(t.Context(), dir); err != nil || again.Chain != report.Chain {
		t.Errorf("Verify() = %+v, %v, want what it was at first", again, err)
	}
}

var commitAfter = regexp.MustCompile(`\{"commit":\{"first":812,"last":812,"bytes":(\d+),"crc32c":"([0-9a-f]+)"`)

// mend makes length and checksum of the commit of position 812 fit the text, as
// somebody would who knows the format but not all of it.
func mend(t *testing.T, text []byte) []byte {
	t.Helper()
	from := bytes.Index(text, []byte(`{"position":812,`))
	at := commitAfter.FindSubmatchIndex(text)
	if from < 0 || at == nil || at[0] < from {
		t.Fatal("the commit line was not found")
	}
	batch := text[from:at[0]]
	sum := crc32.Checksum(batch, crc32.MakeTable(crc32.Castagnoli))
	crc := hex.EncodeToString([]byte{byte(sum >> 24), byte(sum >> 16), byte(sum >> 8), byte(sum)})
	return slices.Concat(text[:at[2]], fmt.Appendf(nil, "%d", len(batch)), text[at[3]:at[4]], []byte(crc), text[at[5]:])
}

var chains = regexp.MustCompile(`"chain":"([0-9a-f]+)"`)

// mendChain makes the chain of the commit of position 812 fit as well. Only who
// does so for all that follows is not found out by Verify, but by the chain value
// that was noted down elsewhere.
func mendChain(t *testing.T, text []byte) []byte {
	t.Helper()
	from, at := bytes.Index(text, []byte(`{"position":812,`)), commitAfter.FindIndex(text)
	before := chains.FindAllSubmatch(text[:from], -1)
	previous, err := hex.DecodeString(string(before[len(before)-1][1]))
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(append(previous, text[from:at[0]]...))
	value := chains.FindSubmatchIndex(text[at[0]:])
	return slices.Concat(text[:at[0]+value[2]], []byte(hex.EncodeToString(sum[:])), text[at[0]+value[3]:])
}

func TestADamagedIndexFileHidesNothingElse(t *testing.T) {
	t.Parallel()
	whole := makeIndexed(t)
	const first, second = "indexes/00000000000000000001.idx", "indexes/00000000000000000006.idx"
	for name, spoil := range map[string]func(*testing.T, string){
		"one that was changed":     flip(first),
		"a directory in its place": replaceByDir(first),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := copyStore(t, whole)
			spoil(t, dir)
			tornTail(t, dir)
			remove("ledger")(t, dir)
			remove(second)(t, dir)
			writeFile(t, filepath.Join(dir, "indexes", "foo"), nil)
			report, err := filesystem.Verify(t.Context(), dir)
			checkCorrupt(t, err, dir, first)
			if n := len(found(err)); n != 1 {
				t.Errorf("Verify() tells of %d things, want one: %v", n, err)
			}
			if report.Events != 12 || len(report.Unfinished) != 1 || report.Ledger.State != filesystem.LedgerMissing ||
				len(report.Strays) != 1 || len(report.Unindexed) != 1 {
				t.Errorf("Verify() = %+v, want 12 events, an unfinished append, no ledger, a stray, and a missing index file", report)
			}
		})
	}
}

func TestADirectoryInThePlaceOfAnIndexFileIsNamedByTheRepairThatCannotMakeIt(t *testing.T) {
	dir := makeIndexed(t)
	path := filepath.Join(dir, "indexes", "00000000000000000001.idx")
	replaceByDir("indexes/00000000000000000001.idx")(t, dir)
	if found := mustRepair(t, dir, filesystem.RepairOptions{DryRun: true}); len(found.Indexes) != 1 {
		t.Errorf("RepairDir() = %+v, want one index file to make", found)
	}
	_, err := filesystem.RepairDir(t.Context(), dir, filesystem.RepairOptions{})
	checkText(t, err, path, "something else has that name")
	must(t, os.Remove(path))
	mustRepair(t, dir, filesystem.RepairOptions{})
	if report, err := filesystem.Verify(t.Context(), dir); err != nil || report.Indexes != 2 {
		t.Errorf("Verify() = %+v, %v; want two index files", report, err)
	}
}
