package filesystem

import (
	"context"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/opossum-go/opossum/adapters/filesystem/internal/vfs"
	"github.com/opossum-go/opossum/adapters/filesystem/internal/vfs/vfstest"
	"github.com/opossum-go/opossum/domain"
)

// unableToTell returns a store whose next writes of the ledger fail, so many of
// them.
func unableToTell(t *testing.T, dir string, failures *atomic.Int64) *Store {
	t.Helper()
	root, err := vfs.OS(dir)
	if err != nil {
		t.Fatal(err)
	}
	watched := vfstest.Watch(root, nil, func(c vfstest.Call) vfstest.Fault {
		if c.Kind == vfstest.Write && c.Name == ledgerName && failures.Add(-1) >= 0 {
			return vfstest.Fault{Err: syscall.EIO, Effect: vfstest.Nothing}
		}
		return vfstest.Fault{}
	})
	options, err := Options{}.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	s, err := open(t.Context(), dir, watched, newProcessLock(root, dir, options.LockTimeout), options)
	if err != nil {
		t.Fatal(err)
	}
	s.spawn = s.tasks.run
	s.lendLock(leaseSlice, leaseIdle)
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestASubscriptionElsewhereGetsWhatTheLedgerCouldNotTellAtOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var failures atomic.Int64
	s := unableToTell(t, dir, &failures)
	other := openOther(t, dir)
	appendTagged(t, s, "a:1", 1)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for e, err := range other.Subscribe(ctx, domain.All(), 0) {
		if err != nil {
			t.Fatalf("%v, after %d failures", err, 5-failures.Load())
		}
		if e.Position == 2 {
			break
		}
		failures.Store(5)
		appendTagged(t, s, "a:2", 1)
	}
	if failures.Load() >= 0 {
		t.Error("no write of the ledger failed, or the last one did")
	}
}

func TestCloseTellsOthersWhatTheLedgerCouldNotTell(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var failures atomic.Int64
	s := unableToTell(t, dir, &failures)
	other := openOther(t, dir)
	s.lease.idle = time.Hour // the pause before it tries again by itself
	failures.Store(1)
	appendTagged(t, s, "a:1", 1)
	if head, err := other.Head(t.Context()); head != 0 || err != nil {
		t.Fatalf("another handle has head %d, %v before the ledger was written", head, err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if head, err := other.Head(t.Context()); head != 1 || err != nil {
		t.Errorf("another handle has head %d, %v; want 1", head, err)
	}
}

func TestALedgerThatCannotBeWrittenDoesNotKeepAStoreOpen(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var failures atomic.Int64
	s := unableToTell(t, dir, &failures)
	failures.Store(1 << 40)
	appendTagged(t, s, "a:1", 1)
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	failures.Store(0)
	other := openOther(t, dir)
	if head, err := other.Head(t.Context()); head != 1 || err != nil {
		t.Errorf("who opens the store afterwards has head %d, %v; want 1", head, err)
	}
}
