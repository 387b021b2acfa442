package filesystem_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opossum-go/opossum/adapters/filesystem"
	"github.com/opossum-go/opossum/domain"
)

// padded is an event of about size bytes.
func padded(typ string, size int, tags ...domain.Tag) domain.Event {
	return domain.Event{Type: typ, Tags: tags, Data: []byte(`"` + strings.Repeat("x", size) + `"`)}
}

func mustAppend(t testing.TB, store *filesystem.Store, events ...domain.Event) domain.Positions {
	t.Helper()
	positions, err := store.Append(t.Context(), events)
	if err != nil {
		t.Fatal(err)
	}
	return positions
}

// segmentFiles returns the paths of the segments of the store in dir, in order.
func segmentFiles(t testing.TB, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "events", "*.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestAStoreWritesOnInTheSegmentThatAnotherOneBegan(t *testing.T) {
	dir := t.TempDir()
	options := filesystem.Options{SegmentSize: 4 << 10}
	first, second := openStore(t, dir, options), openStore(t, dir, options)
	for i := range 12 {
		// Each of the two finds a segment that the other began, at different places of
		// it, while it still has an older one open for writing.
		mustAppend(t, first, padded(fmt.Sprintf("First%d", i), 100))
		mustAppend(t, second, padded(fmt.Sprintf("Second%d", i), 5000))
	}
	got := readSeen(t, openStore(t, dir, options), domain.All())
	for i, e := range got {
		if want := fmt.Sprintf("%s%d", []string{"First", "Second"}[i%2], i/2); e.Type != want {
			t.Errorf("position %d is %s, want %s", e.Position, e.Type, want)
		}
	}
	if len(got) != 24 {
		t.Errorf("the store holds %d events, want 24", len(got))
	}
	if n := len(segmentFiles(t, dir)); n < 6 {
		t.Errorf("the store has %d segments, too few for this test", n)
	}
}

func TestASegmentIsClosedByTheAppendThatCrossesItsSize(t *testing.T) {
	dir := t.TempDir()
	store := openStore(t, dir, filesystem.Options{SegmentSize: 4 << 10})
	mustAppend(t, store, padded("Small", 10))
	mustAppend(t, store, padded("Crossing", 5000), padded("Crossing", 5000))
	mustAppend(t, store, padded("Next", 10))
	files := segmentFiles(t, dir)
	want := []string{"00000000000000000001.jsonl", "00000000000000000004.jsonl"}
	if len(files) != 2 || filepath.Base(files[0]) != want[0] || filepath.Base(files[1]) != want[1] {
		t.Fatalf("segments %q, want %q", files, want)
	}
	info, err := os.Stat(files[0])
	if err != nil {
		t.Fatal(err)
	}
	if info.Size() < 10_000 {
		t.Errorf("the first segment has %d bytes, want the whole append that crossed its size", info.Size())
	}
}
