package filesystem_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/opossum-go/opossum/adapters/filesystem"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// disk is what stands below a directory: the content of each file, the target of
// each link, "dir" for a directory.
type disk map[string]string

func readDisk(t testing.TB, dir string) disk {
	t.Helper()
	d := disk{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		switch {
		case entry.IsDir():
			d[name] = "dir"
		case entry.Type()&fs.ModeSymlink != 0:
			target, err := os.Readlink(path)
			d[name] = "link to " + target
			return err
		default:
			text, err := os.ReadFile(path)
			d[name] = "file " + string(text)
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// checkDisk checks that nothing below dir has changed since before was read.
func checkDisk(t testing.TB, dir string, before disk) {
	t.Helper()
	after := readDisk(t, dir)
	for _, names := range []disk{before, after} {
		// Index files are made in the background.
		maps.DeleteFunc(names, func(name, _ string) bool { return strings.HasPrefix(name, "indexes") })
	}
	for name := range maps.Keys(after) {
		if _, known := before[name]; !known {
			t.Errorf("%s was created", name)
		}
	}
	for name, text := range before {
		if got, ok := after[name]; !ok {
			t.Errorf("%s was removed", name)
		} else if got != text {
			t.Errorf("%s was changed from %d to %d bytes", name, len(text), len(got))
		}
	}
}

// copyStore copies the files of a store.
func copyStore(t testing.TB, from string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "copy")
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	return to
}

func readFile(t testing.TB, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func writeFile(t testing.TB, path string, text []byte) {
	t.Helper()
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// lines splits text into lines that keep their newline.
// Fill at the end of the text is left out.
func lines(text []byte) [][]byte {
	return slices.Collect(bytes.Lines(append(bytes.TrimRight(text, "\n"), '\n')))
}

// fixedClock makes stores of the same size each time: a time with fewer digits is
// shorter.
type fixedClock struct{}

func (fixedClock) Now() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) }

// makeStore makes a closed store of the given number of events, each appended
// alone, five in a segment. It has no index files: whoever opens it reads all of it.
func makeStore(t testing.TB, count int) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "store")
	store, err := filesystem.Open(t.Context(), dir, filesystem.Options{SegmentSize: 4 << 10, Clock: fixedClock{}, NoFillAhead: true})
	if err != nil {
		t.Fatal(err)
	}
	for i := range count {
		mustAppend(t, store, padded(fmt.Sprintf("Event%d", i+1), 550, "n:1"))
	}
	if err := errors.Join(store.Close(), os.RemoveAll(filepath.Join(dir, "indexes"))); err != nil {
		t.Fatal(err)
	}
	return dir
}

// mustOpenReadOnly opens the store in dir until the test ends.
func mustOpenReadOnly(t testing.TB, dir string) *filesystem.Store {
	t.Helper()
	store, err := filesystem.OpenReadOnly(t.Context(), dir, filesystem.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return store
}

// eventsOf reads the store in dir without changing it.
func eventsOf(t testing.TB, dir string) []domain.SequencedEvent {
	t.Helper()
	store := mustOpenReadOnly(t, dir)
	events := readAll(t, store, domain.All())
	if err := store.Close(); err != nil { // and not at the end of a test that opens thousands
		t.Fatal(err)
	}
	return events
}

// checkCorrupt checks that err names file, which is relative to dir, and says each
// of parts.
func checkCorrupt(t testing.TB, err error, dir, file string, parts ...string) {
	t.Helper()
	_ = corruption(t, err, dir, file, parts...)
}

// corruption is checkCorrupt for those who want to know more of err.
func corruption(t testing.TB, err error, dir, file string, parts ...string) *ports.CorruptError {
	t.Helper()
	var corrupt *ports.CorruptError
	if !errors.As(err, &corrupt) {
		t.Fatalf("error %v, want a CorruptError", err)
	}
	if want := filepath.Join(dir, filepath.FromSlash(file)); corrupt.File != want {
		t.Errorf("error names the file %s, want %s", corrupt.File, want)
	}
	checkText(t, err, append(parts, filepath.FromSlash(file))...)
	return corrupt
}
