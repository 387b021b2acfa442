package filesystem_test

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/opossum-go/opossum/adapters/filesystem"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// copies returns two copies of a store, with the same events in the first segment and
// others of the same sizes behind it.
func copies(t *testing.T) (one, other string) {
	t.Helper()
	one = filepath.Join(t.TempDir(), "store")
	options := filesystem.Options{SegmentSize: 4 << 10, Clock: fixedClock{}}
	appends := func(dir, tag string) {
		store := openStore(t, dir, options)
		for range 8 {
			mustAppend(t, store, padded("Odd", 300, domain.Tag(tag)), padded("Even", 300, domain.Tag(tag)))
		}
		untilIndexed(t, dir)
		must(t, store.Close())
	}
	appends(one, "n:0")
	other = copyStore(t, one)
	appends(one, "n:1")
	appends(other, "n:2")
	return one, other
}

func TestAnIndexFileOfAnotherCopyOfTheStoreIsNotBelieved(t *testing.T) {
	t.Parallel()
	one, other := copies(t)
	want := eventsOf(t, one)
	files := indexFiles(t, one)
	for i, file := range indexFiles(t, other) {
		writeFile(t, files[i], readFile(t, file))
	}
	mustBeMadeAnew(t, one, want)
}

// mustBeMadeAnew checks that the store in dir, one of whose index files lies, is read
// without harm, and gets a right one when it is opened for writing.
func mustBeMadeAnew(t *testing.T, dir string, want []domain.SequencedEvent) {
	t.Helper()
	var corrupt *ports.CorruptError
	if _, err := filesystem.Verify(t.Context(), dir); !errors.As(err, &corrupt) || filepath.Ext(corrupt.File) != ".idx" {
		t.Errorf("Verify() = %v, want damage in an index file", err)
	}
	reader := mustOpenReadOnly(t, dir)
	if got := readAll(t, reader, domain.All()); !slices.EqualFunc(got, want, sameEvent) {
		t.Errorf("who only reads finds %d events, want %d", len(got), len(want))
	}
	must(t, reader.Close())
	store := openStore(t, dir, filesystem.Options{})
	if got := readAll(t, store, domain.All()); !slices.EqualFunc(got, want, sameEvent) {
		t.Errorf("%d events, want %d", len(got), len(want))
	}
	untilIndexed(t, dir)
	must(t, store.Close())
}

func TestAnIndexFileThatLiesAboutItsSegmentIsNotBelieved(t *testing.T) {
	t.Parallel()
	whole := sealedStore(t)
	want := eventsOf(t, whole)
	const last, bytes, start, end, seconds, sum = 24, 32, 40, 72, 104, 4092
	for name, lie := range map[string]func(head []byte){
		"no events": func(head []byte) {
			binary.LittleEndian.PutUint64(head[last:], 0)
			copy(head[end:seconds], head[start:end])
		},
		"too short": func(head []byte) {
			binary.LittleEndian.PutUint64(head[bytes:], binary.LittleEndian.Uint64(head[bytes:])-400)
		},
		"one event less": func(head []byte) { head[last]-- },
		"a time that is none": func(head []byte) {
			binary.LittleEndian.PutUint64(head[seconds:], 1<<40)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := copyStore(t, whole)
			file := indexFiles(t, dir)[0]
			text := readFile(t, file)
			lie(text)
			binary.LittleEndian.PutUint32(text[sum:], crc32.Checksum(text[:sum], crc32.MakeTable(crc32.Castagnoli)))
			writeFile(t, file, text)
			mustBeMadeAnew(t, dir, want)
		})
	}
}

func TestAnIndexFileOfEventsThatWereLostBeforeABackupWasRestoredRefusesNothing(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "store")
	options := filesystem.Options{SegmentSize: 4 << 10, Clock: fixedClock{}}
	store := openStore(t, dir, options)
	mustAppend(t, store, padded("Odd", 300), padded("Even", 300))
	must(t, store.Close())
	backup := copyStore(t, dir)
	store = openStore(t, dir, options)
	for range 20 {
		mustAppend(t, store, padded("Odd", 300, "n:1"), padded("Even", 300, "n:1"))
	}
	untilIndexed(t, dir)
	must(t, store.Close())
	// Restored without the indexes folder, but for the segment that is the last one now.
	for _, file := range indexFiles(t, dir)[1:] {
		must(t, os.MkdirAll(filepath.Join(backup, "indexes"), 0o700))
		writeFile(t, filepath.Join(backup, "indexes", filepath.Base(file)), readFile(t, file))
	}
	for range 20 {
		store := openStore(t, backup, options)
		mustAppend(t, store, padded("Odd", 300, "n:2"), padded("Even", 300, "n:2"))
		must(t, store.Close())
	}
	if got := readAll(t, openStore(t, backup, options), domain.All()); len(got) != 42 {
		t.Errorf("%d events, want 42", len(got))
	}
}
