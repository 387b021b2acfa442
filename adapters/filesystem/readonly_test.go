package filesystem_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/opossum-go/opossum/adapters/filesystem"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

func TestAStoreThatIsOpenForReadingFollowsAWriterAndChangesNothing(t *testing.T) {
	dir := makeStore(t, 12)
	reader := mustOpenReadOnly(t, dir)
	checkHead(t, reader, 12)
	before := readDisk(t, dir)
	for _, events := range [][]domain.Event{{{Type: "Never"}}, {{Type: "Never", Tags: []domain.Tag{"n:1"}}}} {
		if _, err := reader.Append(t.Context(), events); !errors.Is(err, ports.ErrReadOnly) {
			t.Errorf("Append() = %v, want ErrReadOnly", err)
		}
	}
	if _, err := reader.Append(t.Context(), nil); !errors.Is(err, domain.ErrInvalid) {
		t.Errorf("Append() of nothing = %v, want ErrInvalid: input is checked first", err)
	}
	checkDisk(t, dir, before)

	writer := startProcess(t, "store", setup{Dir: dir, SegmentSize: 4 << 10})
	writer.mustAsk(request{Do: "append", Types: []string{"A", "B"}, Tag: "t:1"})
	checkHead(t, reader, 14)
	if got := readSeen(t, reader, domain.NewQuery(domain.Tagged("t:1"))); len(got) != 2 || got[1].Type != "B" {
		t.Errorf("the reader sees %v, want both events of the writer", got)
	}
	// A reader that opens while the writer lives sees the same.
	checkHead(t, mustOpenReadOnly(t, dir), 14)
	writer.end()
}

func TestAStoreThatIsOpenForReadingGoesOnWhileTheLockIsHeld(t *testing.T) {
	dir := makeStore(t, 12)
	defer holdLock(t, dir)()
	if got := eventsOf(t, dir); len(got) != 12 {
		t.Errorf("read %d events, want 12", len(got))
	}
	if report, err := filesystem.Verify(t.Context(), dir); err != nil || report.Events != 12 {
		t.Errorf("Verify() = %+v, %v, want 12 events", report, err)
	}
}

// tornTail appends what an interrupted append leaves to the last segment.
func tornTail(t testing.TB, dir string) (file string, added []byte) {
	t.Helper()
	file = slices.Max(segmentFiles(t, dir))
	text := readFile(t, file)
	added = []byte(`{"position":13,"recordedAt":"2026-01-02T03:04:05Z","type":"Torn","tags":["n`)
	writeFile(t, file, append(text, added...))
	return file, added
}

func TestReadingPassesOverAnUnfinishedAppendAndLeavesItOnDisk(t *testing.T) {
	dir := makeStore(t, 12)
	want := eventsOf(t, dir)
	file, added := tornTail(t, dir)
	size := int64(len(readFile(t, file)) - len(added))
	before := readDisk(t, dir)

	reader := mustOpenReadOnly(t, dir)
	repairs := reader.Repairs()
	if len(repairs) != 1 || repairs[0].File != file || repairs[0].Offset != size || repairs[0].Bytes != int64(len(added)) || repairs[0].Reason == "" {
		t.Errorf("Repairs() = %+v, want %d bytes at %d of %s", repairs, len(added), size, file)
	}
	if got := readAll(t, reader, domain.All()); !slices.EqualFunc(got, want, sameEvent) {
		t.Errorf("read %d events, want the %d that were there before", len(got), len(want))
	}
	report, err := filesystem.Verify(t.Context(), dir)
	if err != nil || report.Events != 12 || len(report.Unfinished) != 1 {
		t.Errorf("Verify() = %+v, %v, want 12 events and one unfinished append", report, err)
	}
	checkDisk(t, dir, before)

	// A writer cuts it off and says so.
	writer := openStore(t, dir, filesystem.Options{})
	if repairs := writer.Repairs(); len(repairs) != 1 || repairs[0].Offset != size {
		t.Errorf("Repairs() of the writer = %+v, want the same", repairs)
	}
	if got := mustAppend(t, writer, domain.Event{Type: "Next"}); got.First != 13 {
		t.Errorf("the next event has position %d, want 13", got.First)
	}
	checkHead(t, reader, 13)
}

func TestReadingNeedsNoLedger(t *testing.T) {
	whole := makeStore(t, 12)
	for name, spoil := range map[string]func(ledger string) error{
		"gone":    os.Remove,
		"garbage": func(ledger string) error { return os.WriteFile(ledger, []byte("garbage"), 0o600) },
		"empty":   func(ledger string) error { return os.WriteFile(ledger, nil, 0o600) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := copyStore(t, whole)
			want := eventsOf(t, whole)
			if err := spoil(filepath.Join(dir, "ledger")); err != nil {
				t.Fatal(err)
			}
			before := readDisk(t, dir)
			if got := eventsOf(t, dir); !slices.EqualFunc(got, want, sameEvent) {
				t.Errorf("read %d events, want %d", len(got), len(want))
			}
			if report, err := filesystem.Verify(t.Context(), dir); err != nil || report.Events != 12 {
				t.Errorf("Verify() = %+v, %v, want 12 events", report, err)
			}
			checkDisk(t, dir, before)
			mustAppend(t, openStore(t, dir, filesystem.Options{}), domain.Event{Type: "Next"})
			checkHead(t, mustOpenReadOnly(t, dir), 13)
		})
	}
}

func TestReadingGoesBeyondALedgerThatIsOld(t *testing.T) {
	dir := makeStore(t, 12)
	old := readFile(t, filepath.Join(dir, "ledger"))
	store := openStore(t, dir, filesystem.Options{SegmentSize: 4 << 10})
	for range 12 {
		mustAppend(t, store, padded("Later", 700))
	}
	must(t, store.Close()) // and do nothing in the background
	// As after a power cut that took the newest ledger: it is never synced.
	writeFile(t, filepath.Join(dir, "ledger"), old)
	before := readDisk(t, dir)
	if got := eventsOf(t, dir); len(got) != 24 {
		t.Errorf("read %d events, want 24", len(got))
	}
	checkDisk(t, dir, before)

	// Beside a writer in the middle of an append what counts is what the ledger says, and
	// the segments that another one follows.
	last, _ := strings.CutSuffix(filepath.Base(segmentFiles(t, dir)[len(segmentFiles(t, dir))-1]), ".jsonl")
	first, err := strconv.ParseUint(last, 10, 64)
	must(t, err)
	release := holdLock(t, dir)
	checkHead(t, mustOpenReadOnly(t, dir), domain.Position(first-1))
	release()

	other := openStore(t, dir, filesystem.Options{})
	checkHead(t, other, 24)
	if got := mustAppend(t, other, domain.Event{Type: "Next"}); got.First != 25 {
		t.Errorf("the next event has position %d, want 25", got.First)
	}
}

func TestReadingADirectoryWithoutAStoreSaysSo(t *testing.T) {
	empty := t.TempDir()
	for _, dir := range []string{empty, filepath.Join(empty, "missing")} {
		if _, err := filesystem.OpenReadOnly(t.Context(), dir, filesystem.Options{}); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("OpenReadOnly(%s) = %v, want fs.ErrNotExist", dir, err)
		} else {
			checkText(t, err, dir)
		}
		if _, err := filesystem.Verify(t.Context(), dir); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("Verify(%s) = %v, want fs.ErrNotExist", dir, err)
		}
	}
	if d := readDisk(t, empty); len(d) > 0 {
		t.Errorf("looking for a store created %v", d)
	}
}

func TestReadingACopyWithoutTheLockFileWorks(t *testing.T) {
	dir := copyStore(t, makeStore(t, 12))
	if err := os.Remove(filepath.Join(dir, ".lock")); err != nil {
		t.Fatal(err)
	}
	before := readDisk(t, dir)
	if got := eventsOf(t, dir); len(got) != 12 {
		t.Errorf("read %d events, want 12", len(got))
	}
	checkDisk(t, dir, before)
}
