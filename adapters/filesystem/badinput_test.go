package filesystem_test

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/opossum-go/opossum/adapters/filesystem"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// openers are the ways to come at a store.
var openers = map[string]func(t *testing.T, dir string) error{
	"Open": func(t *testing.T, dir string) error {
		t.Helper()
		s, err := filesystem.Open(t.Context(), dir, filesystem.Options{})
		return errors.Join(err, closeIfOpen(s))
	},
	"OpenReadOnly": func(t *testing.T, dir string) error {
		t.Helper()
		s, err := filesystem.OpenReadOnly(t.Context(), dir, filesystem.Options{})
		return errors.Join(err, closeIfOpen(s))
	},
	"Verify": func(t *testing.T, dir string) error {
		t.Helper()
		_, err := filesystem.Verify(t.Context(), dir)
		return err
	},
}

func closeIfOpen(s *filesystem.Store) error {
	if s == nil {
		return nil
	}
	return s.Close()
}

func TestADirectoryThatIsAFileIsRefused(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	writeFile(t, file, []byte("precious"))
	before := readDisk(t, dir)
	for _, path := range []string{file, filepath.Join(file, "below")} {
		for name, opener := range openers {
			err := opener(t, path)
			if err == nil {
				t.Errorf("%s(%s) accepts a file", name, path)
			}
			checkText(t, err, path, "directory")
		}
	}
	checkDisk(t, dir, before)
}

func TestADirectoryOfSomethingElseIsRefusedAndLeftAlone(t *testing.T) {
	for name, prepare := range map[string]func(dir string) error{
		"thesis.txt": func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "thesis.txt"), []byte("precious"), 0o600)
		},
		"photos": func(dir string) error { return os.Mkdir(filepath.Join(dir, "photos"), 0o700) },
		".git":   func(dir string) error { return os.Mkdir(filepath.Join(dir, ".git"), 0o700) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := prepare(dir); err != nil {
				t.Fatal(err)
			}
			before := readDisk(t, dir)
			err := openers["Open"](t, dir)
			if !errors.Is(err, filesystem.ErrFormat) {
				t.Errorf("Open() = %v, want ErrFormat", err)
			}
			checkText(t, err, dir, name, "directory of its own")
			checkDisk(t, dir, before)
		})
	}
}

func TestAStoreOfAnotherFormatOrModeIsRefused(t *testing.T) {
	for _, tt := range []struct {
		name, from, to string
		says           []string
	}{
		{"a newer format", `"format":1`, `"format":2`, []string{"format 2", "knows format 1", "use a version of Opossum"}},
		{"a newer format with other fields", `"format":1`, `"format":7,"shards":[1,2]`, []string{"format 7"}},
		{"format zero", `"format":1`, `"format":0`, []string{"format 0"}},
		{"another mode", `"mode":"local"`, `"mode":"share"`, []string{`mode "share"`, `"local"`}},
		{"an empty mode", `"mode":"local"`, `"mode":""`, []string{`mode ""`}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := makeStore(t, 3)
			path := filepath.Join(dir, "store.json")
			whole := readFile(t, path)
			writeFile(t, path, bytes.Replace(whole, []byte(tt.from), []byte(tt.to), 1))
			before := readDisk(t, dir)
			for name, opener := range openers {
				err := opener(t, dir)
				if !errors.Is(err, filesystem.ErrFormat) {
					t.Errorf("%s() = %v, want ErrFormat", name, err)
				}
				checkText(t, err, append(tt.says, path)...)
			}
			checkDisk(t, dir, before)
			writeFile(t, path, whole)
			if got := eventsOf(t, dir); len(got) != 3 {
				t.Errorf("the store has %d events afterwards, want 3", len(got))
			}
		})
	}
}

func TestASegmentOfANewerFormatIsRefused(t *testing.T) {
	dir := makeStore(t, 3)
	change("events/00000000000000000001.jsonl", func(b []byte) []byte {
		return bytes.Replace(b, []byte(`"format":1`), []byte(`"format":2`), 1)
	})(t, dir)
	before := readDisk(t, dir)
	for _, opener := range openers {
		checkCorrupt(t, opener(t, dir), dir, "events/00000000000000000001.jsonl", "segment header")
	}
	checkDisk(t, dir, before)
}

func TestAStoreThatWasNeverFinishedIsFinished(t *testing.T) {
	// What a crash while a store is being created can leave.
	for name, prepare := range map[string]func(t *testing.T, dir string){
		"nothing but the lock": func(t *testing.T, dir string) { t.Helper(); writeFile(t, filepath.Join(dir, ".lock"), nil) },
		"half a manifest": func(t *testing.T, dir string) {
			t.Helper()
			writeFile(t, filepath.Join(dir, ".lock"), nil)
			writeFile(t, filepath.Join(dir, "store.json.tmp"), []byte(`{"form`))
		},
		"no manifest": func(t *testing.T, dir string) {
			t.Helper()
			if err := os.Mkdir(filepath.Join(dir, "events"), 0o700); err != nil {
				t.Fatal(err)
			}
		},
		"a manifest only": func(t *testing.T, dir string) {
			t.Helper()
			writeFile(t, filepath.Join(dir, "store.json"), readFile(t, filepath.Join(makeStore(t, 0), "store.json")))
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			prepare(t, dir)
			if got := mustAppend(t, openStore(t, dir, filesystem.Options{}), domain.Event{Type: "First"}); got.First != 1 {
				t.Errorf("the first event has position %d", got.First)
			}
		})
	}
}

func TestOptionsAreChecked(t *testing.T) {
	for _, tt := range []struct {
		options filesystem.Options
		field   string
	}{
		{filesystem.Options{SegmentSize: -1}, "Options.SegmentSize"},
		{filesystem.Options{SegmentSize: 4<<10 - 1}, "Options.SegmentSize"},
		{filesystem.Options{SegmentSize: 1<<30 + 1}, "Options.SegmentSize"},
		{filesystem.Options{SegmentSize: math.MaxInt64}, "Options.SegmentSize"},
		{filesystem.Options{LockTimeout: -1}, "Options.LockTimeout"},
		{filesystem.Options{PollInterval: -time.Second}, "Options.PollInterval"},
	} {
		dir := filepath.Join(t.TempDir(), "store")
		for name, open := range map[string]func() error{
			"Open": func() error {
				s, err := filesystem.Open(t.Context(), dir, tt.options)
				return errors.Join(err, closeIfOpen(s))
			},
			"OpenReadOnly": func() error {
				s, err := filesystem.OpenReadOnly(t.Context(), dir, tt.options)
				return errors.Join(err, closeIfOpen(s))
			},
		} {
			err := open()
			var invalid *domain.ValidationError
			if !errors.As(err, &invalid) || invalid.Field != tt.field || invalid.Value == "" || invalid.Rule == "" {
				t.Errorf("%s(%+v) = %v, want a ValidationError for %s", name, tt.options, err, tt.field)
			}
		}
		if _, err := os.Lstat(dir); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("the directory was created although %s is invalid", tt.field)
		}
	}
	for _, size := range []int64{0, 4 << 10, 1 << 30} {
		openStore(t, t.TempDir(), filesystem.Options{SegmentSize: size})
	}
}

func TestAnEventThatIsEditedWhileTheStoreIsOpenIsNotRead(t *testing.T) {
	dir := t.TempDir()
	store := openStore(t, dir, filesystem.Options{})
	for i := range 5 {
		mustAppend(t, store, domain.Event{Type: fmt.Sprintf("Event%d", i+1), Tags: []domain.Tag{"n:1"}})
	}
	file := segmentFiles(t, dir)[0]
	whole := readFile(t, file)
	for name, damaged := range map[string][]byte{
		"edited": bytes.Replace(whole, []byte("Event3"), []byte("Event8"), 1),
		"cut":    whole[:bytes.Index(whole, []byte(`{"position":3`))+20],
	} {
		t.Run(name, func(t *testing.T) {
			writeFile(t, file, damaged)
			defer writeFile(t, file, whole)
			var got []domain.Position
			var last error
			result, err := store.Read(t.Context(), domain.All(), ports.ReadOptions{})
			if err != nil {
				t.Fatal(err)
			}
			for e, err := range result.Events {
				if last = err; err == nil {
					got = append(got, e.Position)
				}
			}
			corrupt := corruption(t, last, dir, "events/00000000000000000001.jsonl", "position 3")
			if want := int64(bytes.Index(whole, []byte(`{"position":3`))); corrupt.Offset != want || corrupt.Position != 3 {
				t.Errorf("damage at byte %d, position %d, want %d and 3", corrupt.Offset, corrupt.Position, want)
			}
			if len(got) != 2 {
				t.Errorf("read positions %v, want those before the damage", got)
			}
			// A conflict would have to tell what the event is.
			_, err = store.Append(t.Context(), []domain.Event{{Type: "Next"}},
				domain.AppendCondition{FailIfEventsMatch: domain.NewQuery(domain.Tagged("n:1")), After: 2})
			if !errors.Is(err, ports.ErrCorrupt) {
				t.Errorf("Append() with a condition on it = %v, want ErrCorrupt", err)
			}
		})
	}
}

func TestNothingIsAppendedBehindAFileThatWasCutWhileTheStoreIsOpen(t *testing.T) {
	dir := t.TempDir()
	store := openStore(t, dir, filesystem.Options{NoFillAhead: true})
	for range 5 {
		mustAppend(t, store, domain.Event{Type: "Happened"})
	}
	file := segmentFiles(t, dir)[0]
	whole := readFile(t, file)
	writeFile(t, file, whole[:len(whole)-10])
	before := readDisk(t, dir)
	_, err := store.Append(t.Context(), []domain.Event{{Type: "Next"}})
	checkCorrupt(t, err, dir, "events/00000000000000000001.jsonl")
	checkDisk(t, dir, before)
	writeFile(t, file, whole)
	if got := mustAppend(t, store, domain.Event{Type: "Next"}); got.First != 6 {
		t.Errorf("the next event has position %d, want 6", got.First)
	}
}
