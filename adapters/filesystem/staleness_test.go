package filesystem

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/opossum-go/opossum/adapters/filesystem/internal/vfs"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// watchedFS notes what is read of the segments, and can hand out a ledger that
// was caught in the middle of a write.
type watchedFS struct {
	vfs.FS
	mu    sync.Mutex
	opens []string // segments that were opened
	reads []readRange
	torn  int // how often the ledger is read half written from now on
}

type readRange struct {
	name     string
	from, to int64
}

func (w *watchedFS) Open(name string, flag int) (vfs.File, error) {
	f, err := w.FS.Open(name, flag)
	if err != nil {
		return nil, err
	}
	if strings.HasPrefix(name, eventsDir) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.opens = append(w.opens, name)
	}
	return watchedFile{f, w, name}, nil
}

type watchedFile struct {
	vfs.File
	fs   *watchedFS
	name string
}

func (f watchedFile) ReadAt(b []byte, from int64) (int, error) {
	n, err := f.File.ReadAt(b, from)
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	switch {
	case f.name == ledgerName && f.fs.torn > 0:
		f.fs.torn--
		copy(b[:n/2], strings.Repeat("0", n/2))
	case strings.HasPrefix(f.name, eventsDir) && n > 0:
		f.fs.reads = append(f.fs.reads, readRange{f.name, from, from + int64(n)})
	}
	return n, err
}

// watch returns what was opened and read since the last call.
func (w *watchedFS) watch() (opens []string, reads []readRange) {
	w.mu.Lock()
	defer w.mu.Unlock()
	opens, reads = w.opens, w.reads
	w.opens, w.reads = nil, nil
	return opens, reads
}

// openWatched opens the store in dir through a watchedFS.
func openWatched(t *testing.T, dir string) (*Store, *watchedFS) {
	t.Helper()
	root, err := vfs.OS(dir)
	if err != nil {
		t.Fatal(err)
	}
	options, err := Options{SegmentSize: minSegmentSize}.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	w := &watchedFS{FS: root}
	s, err := open(t.Context(), dir, w, newProcessLock(root, dir, options.LockTimeout), options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if _, err := Verify(context.WithoutCancel(t.Context()), dir); err != nil {
			t.Error(err)
		}
	})
	return s, w
}

func openOther(t *testing.T, dir string) *Store {
	t.Helper()
	s, err := Open(t.Context(), dir, Options{SegmentSize: minSegmentSize})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func appendTagged(t *testing.T, s *Store, tag domain.Tag, count int) {
	t.Helper()
	for range count {
		data := []byte(`"` + strings.Repeat("x", 1000) + `"`)
		if _, err := s.Append(t.Context(), []domain.Event{{Type: "Happened", Tags: []domain.Tag{tag}, Data: data}}); err != nil {
			t.Fatal(err)
		}
	}
}

func TestNothingIsReadAgainWhenNothingChanged(t *testing.T) {
	dir := t.TempDir()
	appendTagged(t, openOther(t, dir), "a:1", 10)
	s, w := openWatched(t, dir)
	if _, err := readAll(s); err != nil { // which opens the segments
		t.Fatal(err)
	}
	w.watch()
	nobody := domain.NewQuery(domain.Tagged("b:1"))
	for range 3 {
		if head, err := s.Head(t.Context()); err != nil || head != 10 {
			t.Fatalf("Head() = %d, %v, want 10", head, err)
		}
		result, err := s.Read(t.Context(), nobody, ports.ReadOptions{})
		if err != nil {
			t.Fatal(err)
		}
		for e, err := range result.Events {
			t.Fatalf("unexpected event %v, %v", e, err)
		}
	}
	// Appending asks for what others committed too, and it checks a condition.
	if _, err := s.Append(t.Context(), []domain.Event{{Type: "Next"}}, domain.AppendCondition{FailIfEventsMatch: nobody}); err != nil {
		t.Fatal(err)
	}
	if _, reads := w.watch(); len(reads) > 0 {
		t.Errorf("read %v of the segments although nothing had changed", reads)
	}
}

func TestCatchingUpReadsTheNewEventsOnly(t *testing.T) {
	for _, tt := range []struct {
		name  string
		catch func(*Store) error
	}{
		{"for a read", func(s *Store) error { _, err := s.Head(context.Background()); return err }},
		{"for an append", func(s *Store) error {
			_, err := s.Append(context.Background(), []domain.Event{{Type: "Mine"}})
			return err
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			other := openOther(t, dir)
			appendTagged(t, other, "a:1", 10)
			s, w := openWatched(t, dir)
			w.watch()
			old := other.head
			name := segmentName(other.active().first)
			appendTagged(t, other, "a:1", 6) // in the segment that is known, and in new ones
			if other.active().first <= old.Position {
				t.Fatal("the other store began no segment")
			}
			if err := tt.catch(s); err != nil {
				t.Fatal(err)
			}
			opens, reads := w.watch()
			for _, o := range opens {
				if o < name {
					t.Errorf("opened %s, which holds old events only", o)
				}
			}
			var fresh int64
			for _, r := range reads {
				if r.name < name || (r.name == name && r.from < old.Offset) {
					t.Errorf("read bytes %d to %d of %s, which were known", r.from, r.to, r.name)
				}
				fresh += r.to - r.from
			}
			if fresh == 0 {
				t.Error("read nothing, although there is something new")
			}
			if head, err := s.Head(t.Context()); err != nil || head < 16 {
				t.Errorf("Head() = %d, %v, want what the other store appended", head, err)
			}
		})
	}
}

func TestAConditionSeesAnEventThatAnotherHandleWrote(t *testing.T) {
	dir := t.TempDir()
	s, w := openWatched(t, dir)
	appendTagged(t, openOther(t, dir), "a:1", 3)
	w.watch()
	_, err := s.Append(t.Context(), []domain.Event{{Type: "Mine"}},
		domain.AppendCondition{FailIfEventsMatch: domain.NewQuery(domain.Tagged("a:1")), After: 1})
	var conflict *ports.ConflictError
	if !errors.As(err, &conflict) || conflict.Position != 2 || conflict.Type != "Happened" {
		t.Fatalf("Append() = %v, want a conflict with position 2", err)
	}
	if head, err := s.Head(t.Context()); err != nil || head != 3 {
		t.Errorf("Head() = %d, %v, want 3", head, err)
	}
}

func TestALedgerCaughtInTheMiddleOfAWriteHidesNothing(t *testing.T) {
	dir := t.TempDir()
	s, w := openWatched(t, dir)
	other := openOther(t, dir)
	for n := range domain.Position(3) {
		appendTagged(t, other, "a:1", 1)
		w.mu.Lock()
		w.torn = 5
		w.mu.Unlock()
		if head, err := s.Head(t.Context()); err != nil || head != n+1 {
			t.Fatalf("Head() = %d, %v, want %d", head, err, n+1)
		}
	}
}

func TestASubscriptionThatWaitsNeedsNoLedger(t *testing.T) {
	dir := t.TempDir()
	s, w := openWatched(t, dir)
	other := openOther(t, dir)
	appendTagged(t, other, "a:1", 1)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // unless it is broken
	defer cancel()
	for event, err := range s.Subscribe(ctx, domain.All(), 0) {
		if err != nil {
			t.Fatal(err)
		}
		if event.Position == 3 {
			return
		}
		w.mu.Lock()
		w.torn = 1 << 30 // from now on
		w.mu.Unlock()
		appendTagged(t, other, "a:1", 1)
	}
}

func TestAStoreWithoutItsLedgerKeepsWhatItKnows(t *testing.T) {
	dir := t.TempDir()
	s, _ := openWatched(t, dir)
	other := openOther(t, dir)
	appendTagged(t, other, "a:1", 3)
	if head, err := s.Head(t.Context()); err != nil || head != 3 {
		t.Fatalf("Head() = %d, %v, want 3", head, err)
	}
	for _, spoil := range []func(string) error{
		os.Remove,
		func(path string) error { return os.WriteFile(path, []byte("garbage"), 0o600) },
		func(path string) error { return os.WriteFile(path, nil, 0o600) },
	} {
		before, err := s.Head(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := spoil(filepath.Join(dir, ledgerName)); err != nil {
			t.Fatal(err)
		}
		if head, err := s.Head(t.Context()); err != nil || head != before {
			t.Errorf("Head() = %d, %v, want %d", head, err, before)
		}
		// The next append of any store that does not hold the lock writes the ledger anew.
		other.gate <- struct{}{}
		other.letGo()
		<-other.gate
		appendTagged(t, other, "a:1", 1)
		if head, err := s.Head(t.Context()); err != nil || head != before+1 {
			t.Errorf("Head() = %d, %v, want %d", head, err, before+1)
		}
	}
}
