package filesystem_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/opossum-go/opossum/adapters/filesystem"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// What was acknowledged is seen by everybody, also when the ledger that tells of it is
// gone at once.
func TestWhatTheLedgerCannotTellIsReadWithoutIt(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*testing.T, string){
		"missing": remove("ledger"),
		"empty":   replaceText("ledger", ""),
		"garbage": replaceText("ledger", string(make([]byte, 320))),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, rolls := range []bool{false, true} {
				dir := t.TempDir()
				writer := openStore(t, dir, filesystem.Options{SegmentSize: 64 << 10})
				mustAppend(t, writer, one("First")...)
				beside := openStore(t, dir, filesystem.Options{})
				reader, err := filesystem.OpenReadOnly(t.Context(), dir, filesystem.Options{})
				must(t, err)
				defer func() { must(t, reader.Close()) }()
				count := domain.Position(6)
				if rolls {
					count = 600
				}
				for range count - 1 {
					mustAppend(t, writer, one("Next")...)
				}
				spoil(t, dir)
				for who, store := range map[string]interface {
					ports.Reader
					ports.Subscriber
				}{"a handle that reads only": reader, "one that may write": beside} {
					if head, err := store.Head(t.Context()); err != nil || head != count {
						t.Errorf("%s: Head() = %d, %v; want %d", who, head, err, count)
					}
					if got := len(readAll(t, store, domain.All())); got != int(count) {
						t.Errorf("%s reads %d events, want %d", who, got, count)
					}
				}
			}
		})
	}
}

func TestWithoutALedgerAndAnyEventNobodyWaits(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	store := openStore(t, dir, filesystem.Options{LockTimeout: 50 * time.Millisecond})
	reader, err := filesystem.OpenReadOnly(t.Context(), dir, filesystem.Options{LockTimeout: 50 * time.Millisecond})
	must(t, err)
	defer func() { must(t, reader.Close()) }()
	remove("ledger")(t, dir)
	defer holdLock(t, dir)()
	for who, store := range map[string]ports.Reader{"a handle that reads only": reader, "one that may write": store} {
		if head, err := store.Head(t.Context()); err != nil || head != 0 {
			t.Errorf("%s: Head() = %d, %v; want 0", who, head, err)
		}
	}
}

// Without a ledger it is the append lock that says whether what stands behind the head
// is committed.
func TestWithoutALedgerAReadWaitsForWhoeverAppends(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	store := openStore(t, dir, filesystem.Options{LockTimeout: 50 * time.Millisecond})
	mustAppend(t, store, one("First")...)
	reader, err := filesystem.OpenReadOnly(t.Context(), dir, filesystem.Options{LockTimeout: 50 * time.Millisecond})
	must(t, err)
	defer func() { must(t, reader.Close()) }()
	tornTail(t, dir)
	remove("ledger")(t, dir)
	release := holdLock(t, dir)
	for who, store := range map[string]ports.Reader{"a handle that reads only": reader, "one that may write": store} {
		if _, err := store.Head(t.Context()); !errors.Is(err, ports.ErrLockTimeout) {
			t.Errorf("%s: Head() = %v, want ErrLockTimeout", who, err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := store.Head(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: Head() = %v, want that its context has ended", who, err)
		}
	}
	release()
	for who, store := range map[string]ports.Reader{"a handle that reads only": reader, "one that may write": store} {
		if head, err := store.Head(t.Context()); err != nil || head != 1 {
			t.Errorf("%s: Head() = %d, %v; want 1", who, head, err)
		}
	}
}
