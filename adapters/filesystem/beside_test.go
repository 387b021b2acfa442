package filesystem

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gofrs/flock"

	"github.com/opossum-go/opossum/adapters/filesystem/internal/vfs"
	"github.com/opossum-go/opossum/domain"
)

// watched is a folder that tells which files are opened.
type watched struct {
	vfs.FS
	opened func(name string)
}

func (w watched) Open(name string, flag int) (vfs.File, error) {
	w.opened(name)
	return w.FS.Open(name, flag)
}

func TestWithoutALedgerTheAppendLockIsTakenForTheLastSegmentOnly(t *testing.T) {
	dir := t.TempDir()
	options := Options{SegmentSize: 4 << 10, LockTimeout: time.Minute}
	store, err := Open(t.Context(), dir, options)
	if err != nil {
		t.Fatal(err)
	}
	for range 12 {
		if _, err := store.Append(t.Context(), []domain.Event{{Type: "Happened", Data: []byte(`"` + strings.Repeat("x", 1000) + `"`)}}); err != nil {
			t.Fatal(err)
		}
	}
	err = errors.Join(store.Close(), os.Remove(filepath.Join(dir, ledgerName)), os.RemoveAll(filepath.Join(dir, indexesDir)))
	if err != nil {
		t.Fatal(err)
	}
	for _, readOnly := range []bool{true, false} {
		root, err := vfs.OS(dir)
		if err != nil {
			t.Fatal(err)
		}
		firsts, err := listSegments(root, dir)
		if err != nil || len(firsts) < 3 {
			t.Fatalf("segments from %v, %v; want some more", firsts, err)
		}
		var free []string // that were opened while the append lock was free
		other := flock.New(filepath.Join(dir, lockName))
		folder := watched{root, func(name string) {
			ok, err := other.TryLock()
			if err != nil {
				t.Error(err)
			}
			if ok {
				free = append(free, name)
				if err := other.Unlock(); err != nil {
					t.Error(err)
				}
			}
		}}
		withDefaults, err := options.withDefaults()
		if err != nil {
			t.Fatal(err)
		}
		s := newStore(dir, folder, newProcessLock(root, dir, time.Minute), withDefaults)
		s.readOnly = readOnly
		s.spawn = func(func()) {}
		if readOnly {
			err = s.loadReadOnly(t.Context())
		} else {
			err = s.load(t.Context())
		}
		if err != nil {
			t.Fatal(err)
		}
		if head := s.visible(); head != 12 {
			t.Errorf("read only %v: the head is %d, want 12", readOnly, head)
		}
		for _, first := range firsts[:len(firsts)-1] {
			if !slices.Contains(free, segmentName(first)) {
				t.Errorf("read only %v: %s was read with the append lock held", readOnly, segmentName(first))
			}
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if !readOnly {
			continue
		}
		// Another one that only looks is not in the way.
		release, err := probeLock(filepath.Join(dir, lockName))
		again, againErr := probeLock(filepath.Join(dir, lockName))
		if err != nil || againErr != nil {
			t.Errorf("probeLock() = %v, and once more %v; want none", err, againErr)
		}
		release()
		again()
	}
}
