package filesystem_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/opossum-go/opossum/adapters/filesystem"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// makeFlipStore makes a small store with all there is: two segments, a batch of
// two events, tags, metadata and escapes.
func makeFlipStore(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "store")
	store, err := filesystem.Open(t.Context(), dir, filesystem.Options{SegmentSize: 4 << 10, Clock: fixedClock{}, NoFillAhead: true})
	if err != nil {
		t.Fatal(err)
	}
	mustAppend(t, store, padded("Long", 4000, "a:1"))
	rich := domain.Event{
		Type: "Rich \"é\"", Tags: []domain.Tag{"a:1", "b:\n"}, Data: []byte(`{"n":1.50,"s":"\u00e9"}`),
		Metadata: domain.Metadata{UserID: "ada", Values: map[string]string{"k": "v"}},
	}
	mustAppend(t, store, rich, domain.Event{Type: "Bare"})
	mustAppend(t, store, domain.Event{Type: "Last", Tags: []domain.Tag{"a:1"}})
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

// flipEach flips one bit of each byte of the file and calls try with the damaged
// file in place. Afterwards the file is as it was.
func flipEach(t *testing.T, path string, try func(at int)) {
	t.Helper()
	whole := readFile(t, path)
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}()
	step := 1
	if underRace || testing.Short() {
		step = 7 // meets each bit of a byte in turn as 1 does
	}
	for at := 0; at < len(whole) && !t.Failed(); at += step {
		if _, err := f.WriteAt([]byte{whole[at] ^ 1<<(at%8)}, int64(at)); err != nil {
			t.Fatal(err)
		}
		try(at)
		if _, err := f.WriteAt(whole[at:at+1], int64(at)); err != nil {
			t.Fatal(err)
		}
	}
}

// removeIndexes makes the next Open read all segments.
func removeIndexes(t *testing.T, dir string) {
	t.Helper()
	if err := os.RemoveAll(filepath.Join(dir, "indexes")); err != nil {
		t.Fatal(err)
	}
}

// openEvents opens the store in dir for writing and reads it. There are no index
// files that would spare it a look at every byte.
func openEvents(t *testing.T, dir string) ([]domain.SequencedEvent, error) {
	t.Helper()
	removeIndexes(t, dir)
	store, err := filesystem.Open(t.Context(), dir, filesystem.Options{})
	if err != nil {
		return nil, err
	}
	events := readAll(t, store, domain.All())
	return events, store.Close()
}

func TestNoFlippedBitOfASegmentEverPasses(t *testing.T) {
	dir := makeFlipStore(t)
	want := eventsOf(t, dir)
	before := readDisk(t, dir)
	for _, file := range segmentFiles(t, dir) {
		flipEach(t, file, func(at int) {
			got, err := openEvents(t, dir)
			var corrupt *ports.CorruptError
			if !errors.As(err, &corrupt) || corrupt.File != file {
				t.Errorf("a flip of byte %d of %s gives %d events and error %v, want a CorruptError there", at, file, len(got), err)
			}
		})
	}
	checkDisk(t, dir, before)
	if got := eventsOf(t, dir); !slices.EqualFunc(got, want, sameEvent) {
		t.Error("the store is not what it was")
	}
}

func TestAFlippedBitOfTheLedgerDoesNoHarm(t *testing.T) {
	dir := makeFlipStore(t)
	want := eventsOf(t, dir)
	path := filepath.Join(dir, "ledger")
	whole := readFile(t, path)
	flipEach(t, path, func(at int) {
		got, err := openEvents(t, dir)
		if err != nil || !slices.EqualFunc(got, want, sameEvent) {
			t.Errorf("a flip of byte %d of the ledger gives %d events and error %v, want the %d that were stored", at, len(got), err, len(want))
		}
		if string(readFile(t, path)) != string(whole) {
			t.Errorf("after a flip of byte %d the ledger was not written anew", at)
		}
	})
}

func TestAFlippedBitOfTheManifestNeverGivesOtherEvents(t *testing.T) {
	dir := makeFlipStore(t)
	want := eventsOf(t, dir)
	refused := 0
	flipEach(t, filepath.Join(dir, "store.json"), func(at int) {
		got, err := openEvents(t, dir)
		switch {
		case errors.Is(err, ports.ErrCorrupt), errors.Is(err, filesystem.ErrFormat):
			refused++
		case err != nil || !slices.EqualFunc(got, want, sameEvent):
			t.Errorf("a flip of byte %d of store.json gives %d events and error %v", at, len(got), err)
		}
	})
	if refused == 0 {
		t.Error("no flip was refused")
	}
}

func TestWithoutALedgerAFlippedBitCostsAtMostTheLastAppendAndIsTold(t *testing.T) {
	dir := makeFlipStore(t)
	want := eventsOf(t, dir)
	remove("ledger")(t, dir)
	removeIndexes(t, dir)
	cut := 0
	for _, file := range segmentFiles(t, dir) {
		flipEach(t, file, func(at int) {
			store, err := filesystem.OpenReadOnly(t.Context(), dir, filesystem.Options{})
			if err != nil {
				if !errors.Is(err, ports.ErrCorrupt) {
					t.Errorf("a flip of byte %d of %s: %v", at, file, err)
				}
				return
			}
			got := readAll(t, store, domain.All())
			if len(got) != len(want)-1 || !slices.EqualFunc(got, want[:len(got)], sameEvent) {
				t.Errorf("a flip of byte %d of %s gives %d events, want those before the last append", at, file, len(got))
			}
			if repairs := store.Repairs(); len(repairs) != 1 || repairs[0].File != file {
				t.Errorf("a flip of byte %d of %s: repairs %+v, want that the last append is told of", at, file, repairs)
			}
			cut++
			if err := store.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	if cut == 0 {
		t.Error("no flip was taken for an interrupted append")
	}
}
