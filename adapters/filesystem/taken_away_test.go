package filesystem_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/opossum-go/opossum/adapters/filesystem"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

func TestAnAppendNoticesThatItsFileWasTakenAway(t *testing.T) {
	tests := []struct {
		name string
		take func(dir, segment string) error
	}{
		{"the segment was removed", func(_, segment string) error { return os.Remove(segment) }},
		{"the segment was replaced by a copy", func(_, segment string) error {
			text, err := os.ReadFile(segment)
			if err != nil {
				return err
			}
			return errors.Join(os.Rename(segment, segment+".old"), os.WriteFile(segment, text, 0o600))
		}},
		{"the folder was removed and another one made in its place", func(dir, _ string) error {
			return errors.Join(os.RemoveAll(dir), os.Mkdir(dir, 0o700))
		}},
		{"the folder was moved away and another one made in its place", func(dir, _ string) error {
			return errors.Join(os.Rename(dir, dir+".old"), os.Mkdir(dir, 0o700))
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "store")
			store, err := filesystem.Open(t.Context(), dir, filesystem.Options{})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := store.Close(); err != nil {
					t.Errorf("Close() = %v", err)
				}
			})
			if _, err := store.Append(t.Context(), []domain.Event{{Type: "A"}}); err != nil {
				t.Fatal(err)
			}
			if err := tt.take(dir, filepath.Join(dir, "events", "00000000000000000001.jsonl")); err != nil {
				t.Skipf("this system does not let it be taken: %v", err)
			}
			positions, err := store.Append(t.Context(), []domain.Event{{Type: "B"}})
			if !errors.Is(err, ports.ErrCorrupt) {
				t.Errorf("Append() = %v, %v; want ErrCorrupt, for nobody would ever see the event", positions, err)
			}
		})
	}
}

func TestAStoreOpenedThroughALinkStaysWhereItWas(t *testing.T) {
	base := t.TempDir()
	first, second, link := filepath.Join(base, "v1"), filepath.Join(base, "v2"), filepath.Join(base, "current")
	openStore(t, first, filesystem.Options{})
	openStore(t, second, filesystem.Options{})
	if err := os.Symlink(first, link); err != nil {
		t.Skipf("this system makes no links: %v", err)
	}
	store := openStore(t, link, filesystem.Options{LockTimeout: 20 * time.Millisecond})
	if err := errors.Join(os.Remove(link), os.Symlink(second, link)); err != nil {
		t.Fatal(err)
	}
	release := holdLock(t, first)
	if _, err := store.Append(t.Context(), one("A")); !errors.Is(err, ports.ErrLockTimeout) {
		t.Errorf("Append() = %v while the lock of its folder is held, want ErrLockTimeout", err)
	}
	release()
	if _, err := store.Append(t.Context(), one("A")); err != nil {
		t.Error(err)
	}
	checkHead(t, openStore(t, first, filesystem.Options{}), 1)
	checkHead(t, openStore(t, second, filesystem.Options{}), 0)
}

func TestCloseEndsAnAppendThatWaitsForTheLock(t *testing.T) {
	store, release := lockedStore(t, filesystem.Options{LockTimeout: time.Hour})
	defer release()
	ctx := &askedContext{Context: t.Context(), often: make(chan struct{})}
	result := make(chan error, 1)
	go func() {
		_, err := store.Append(ctx, one("Never"))
		result <- err
	}()
	<-ctx.often // it has been waiting for some rounds
	if err := store.Close(); err != nil {
		t.Error(err)
	}
	if err := <-result; !errors.Is(err, ports.ErrClosed) {
		t.Errorf("Append() = %v, want ErrClosed", err)
	}
}

func TestATextFileUnderTheNameOfTheNextSegmentIsRefused(t *testing.T) {
	dir := t.TempDir()
	store, err := filesystem.Open(t.Context(), dir, filesystem.Options{})
	if err != nil {
		t.Fatal(err)
	}
	mustAppend(t, store, one("A")...)
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	notes := filepath.Join(dir, "events", "00000000000000000002.jsonl")
	if err := os.WriteFile(notes, []byte("my notes\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := filesystem.Open(t.Context(), dir, filesystem.Options{}); !errors.Is(err, ports.ErrCorrupt) {
		t.Errorf("Open() = %v, want ErrCorrupt", err)
	}
	if text, err := os.ReadFile(notes); string(text) != "my notes\n" {
		t.Errorf("the file now holds %q, %v", text, err)
	}
}
