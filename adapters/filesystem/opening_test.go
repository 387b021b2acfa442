package filesystem

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/opossum-go/opossum/adapters/filesystem/internal/vfs"
	"github.com/opossum-go/opossum/adapters/filesystem/internal/vfs/vfstest"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

func TestWhatAReopenedStoreShowedIsThereAfterAPowerCut(t *testing.T) {
	t.Parallel()
	disk := vfstest.New()
	var syncs atomic.Int64
	syncs.Store(-1000)
	first := mustOpenOn(t, vfstest.Watch(disk.FS(), nil, func(c vfstest.Call) vfstest.Fault {
		if c.Kind != vfstest.Sync {
			return vfstest.Fault{}
		}
		switch n := syncs.Add(1); {
		case n == 1: // the sync of an append, whose data gets to the disk all the same
			return vfstest.Fault{Err: syscall.EIO, Effect: vfstest.Whole}
		case n > 1: // that of undoing it, which does not
			return vfstest.Fault{Err: syscall.EIO, Effect: vfstest.Nothing}
		}
		return vfstest.Fault{}
	}), Options{})
	mustAppend(t, first, domain.Event{Type: "A"})
	syncs.Store(0)
	if _, err := first.Append(t.Context(), []domain.Event{{Type: "B"}}); !errors.Is(err, ports.ErrUnknownOutcome) {
		t.Fatalf("Append() = %v, want an unknown outcome", err)
	}
	// The process dies, and another one looks.
	shown, err := readAll(mustOpenOn(t, disk.FS(), Options{}))
	if err != nil {
		t.Fatal(err)
	}
	left, err := readAll(mustOpenOn(t, oldest(disk).FS(), Options{}))
	if err != nil || len(left) != len(shown) {
		t.Errorf("%d events were shown, a power cut left %d, %v", len(shown), len(left), err)
	}
}

// onDisk returns the directory of a store as Open has it, and options for small
// segments.
func onDisk(t *testing.T, dir string) (*vfs.Dir, Options) {
	t.Helper()
	root, err := vfs.OS(dir)
	if err != nil {
		t.Fatal(err)
	}
	options, err := Options{SegmentSize: 4 << 10}.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	return root, options
}

func TestAStoreWithoutIndexFilesDoesNotTakeAFileAndAnIndexForEachSegmentToOpen(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	openQuiet := func() *Store {
		root, options := onDisk(t, dir)
		s, err := open(t.Context(), dir, root, newProcessLock(root, dir, options.LockTimeout), options)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	writer := openQuiet()
	appendTagged(t, writer, "a:1", 160)
	if err := errors.Join(writer.Close(), os.RemoveAll(filepath.Join(dir, indexesDir))); err != nil {
		t.Fatal(err)
	}
	s := openQuiet()
	loose := 0
	for _, seg := range s.segments {
		if !s.isSealed(seg) {
			loose++
		}
	}
	if got, err := readAll(s); len(s.segments) < 3*mostLoose || loose > mostLoose+1 || len(got) != 160 || err != nil {
		t.Errorf("%d of %d segments are in memory after Open, want at most %d; %d events, %v", loose, len(s.segments), mostLoose+1, len(got), err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// impatience is a context that ends when it was asked so many times.
type impatience struct {
	context.Context
	left atomic.Int64
}

func (c *impatience) Err() error {
	if c.left.Add(-1) < 0 {
		return context.Canceled
	}
	return nil
}

func TestOpeningEndsWithItsContextAlsoWhileItReads(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, err := Open(t.Context(), dir, Options{SegmentSize: 4 << 10})
	if err != nil {
		t.Fatal(err)
	}
	appendTagged(t, s, "a:1", 40)
	if err := errors.Join(s.Close(), os.RemoveAll(filepath.Join(dir, indexesDir))); err != nil {
		t.Fatal(err)
	}
	for name, opening := range map[string]func(context.Context) error{
		"Open": func(ctx context.Context) error {
			s, err := Open(ctx, dir, Options{})
			if err == nil {
				err = s.Close()
			}
			return err
		},
		"OpenReadOnly": func(ctx context.Context) error {
			s, err := OpenReadOnly(ctx, dir, Options{})
			if err == nil {
				err = s.Close()
			}
			return err
		},
		"Verify": func(ctx context.Context) error { _, err := Verify(ctx, dir); return err },
		"RepairDir": func(ctx context.Context) error {
			_, err := RepairDir(ctx, dir, RepairOptions{})
			return err
		},
	} {
		ctx := &impatience{Context: t.Context()}
		ctx.left.Store(6)
		if err := opening(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("%s whose context ends at the sixth of some ten segments returns %v", name, err)
		}
	}
}

// heldLock is a lock that another process never gives back.
type heldLock struct {
	freeLock
	asked atomic.Int64
}

func (l *heldLock) acquire(context.Context, time.Time, <-chan struct{}, func()) (bool, error) {
	l.asked.Add(1)
	return false, ports.ErrLockTimeout
}

// behind returns a store of many segments without index files, whose ledger is that of
// when it had half of its events.
func behind(t *testing.T) (dir string, stale []byte) {
	t.Helper()
	dir = t.TempDir()
	writer, err := Open(t.Context(), dir, Options{SegmentSize: 4 << 10})
	if err != nil {
		t.Fatal(err)
	}
	appendTagged(t, writer, "a:1", 60)
	if stale, err = os.ReadFile(filepath.Join(dir, ledgerName)); err != nil {
		t.Fatal(err)
	}
	appendTagged(t, writer, "a:1", 60)
	if err := errors.Join(writer.Close(), os.RemoveAll(filepath.Join(dir, indexesDir))); err != nil {
		t.Fatal(err)
	}
	return dir, stale
}

func TestOpenWaitsForALockThatIsHeldOnceForAllIndexFiles(t *testing.T) {
	t.Parallel()
	dir, _ := behind(t)
	root, options := onDisk(t, dir)
	var lock heldLock
	if _, err := open(t.Context(), dir, root, &lock, options); !errors.Is(err, ports.ErrLockTimeout) || lock.asked.Load() != 2 {
		t.Errorf("Open() = %v after it asked %d times for the lock, want 2 times: for the first index file and for itself", err, lock.asked.Load())
	}
}

// soleLock is a lock that notices when it is taken by who has it already.
type soleLock struct {
	*processLock
	held, twice atomic.Int64
}

func (l *soleLock) acquire(ctx context.Context, since time.Time, stop <-chan struct{}, meanwhile func()) (bool, error) {
	waited, err := l.processLock.acquire(ctx, since, stop, meanwhile)
	if err == nil && l.held.Add(1) > 1 {
		l.twice.Add(1)
	}
	return waited, err
}

func (l *soleLock) release() error {
	l.held.Add(-1)
	return l.processLock.release()
}

func TestNothingRunsBesideTheOpeningOfAStore(t *testing.T) {
	t.Parallel()
	dir, stale := behind(t)
	for range 3 {
		if err := errors.Join(os.WriteFile(filepath.Join(dir, ledgerName), stale, 0o600), os.RemoveAll(filepath.Join(dir, indexesDir))); err != nil {
			t.Fatal(err)
		}
		root, options := onDisk(t, dir)
		lock := &soleLock{processLock: newProcessLock(root, dir, options.LockTimeout)}
		s, err := newStore(dir, root, lock, options).open(t.Context()) // with all that it does in the background
		if err != nil {
			t.Fatal(err)
		}
		got, err := readAll(s)
		if err = errors.Join(err, s.Close()); err != nil || len(got) != 120 || lock.twice.Load() > 0 {
			t.Errorf("%d events, %v; the lock was taken %d times while it was held", len(got), err, lock.twice.Load())
		}
	}
}

// lateLock is a lock before which something happens.
type lateLock struct {
	freeLock
	before func()
}

func (l *lateLock) acquire(context.Context, time.Time, <-chan struct{}, func()) (bool, error) {
	if l.before != nil {
		l.before()
		l.before = nil
	}
	return false, nil
}

func TestAStoreThatGoesOnWhileItIsOpenedAndWhoseLastWriterDiesIsOpened(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	root, options := onDisk(t, dir)
	other, err := Open(t.Context(), dir, options)
	if err != nil {
		t.Fatal(err)
	}
	appendTagged(t, other, "a:1", 2)
	s, err := open(t.Context(), dir, root, &lateLock{before: func() {
		// The other process rolls several times, seals, and dies while it begins a segment.
		for other.visible() < 4 || other.mark().Offset < options.SegmentSize {
			appendTagged(t, other, "a:2", 1)
		}
		appendTagged(t, other, "a:3", 1)
		for other.mark().Offset < options.SegmentSize {
			appendTagged(t, other, "a:3", 1)
		}
		other.sealAll()
		header := other.newSegment(other.mark()).header
		if err := errors.Join(other.Close(), os.WriteFile(filepath.Join(dir, filepath.FromSlash(segmentName(other.head.Position+1))), []byte(header+`{"position"`), 0o600)); err != nil {
			t.Error(err)
		}
	}}, options)
	if err != nil {
		t.Fatal(err)
	}
	got, err := readAll(s)
	if err = errors.Join(err, s.Close()); err != nil || len(got) != int(other.head.Position) || len(s.Repairs()) != 1 {
		t.Errorf("%d events, repairs %+v, %v; want %d events, and what was begun cut off", len(got), s.Repairs(), err, other.head.Position)
	}
}
