package filesystem_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gofrs/flock"

	"github.com/opossum-go/opossum/adapters/filesystem"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// stoppingClock stops an append in the middle, when it asks for the time while it
// holds the append lock of the store in dir.
type stoppingClock struct {
	dir      string
	armed    atomic.Bool
	held     chan struct{} // closed when the append has come there
	released chan struct{}
	once     sync.Once
}

func newStoppingClock(dir string) *stoppingClock {
	return &stoppingClock{dir: dir, held: make(chan struct{}), released: make(chan struct{})}
}

func (c *stoppingClock) Now() time.Time {
	if c.armed.Load() && !lockIsFree(c.dir) && c.armed.CompareAndSwap(true, false) {
		close(c.held)
		<-c.released
	}
	return time.Now()
}

// release lets the append go on.
func (c *stoppingClock) release() { c.once.Do(func() { close(c.released) }) }

// lockIsFree reports whether nobody holds the append lock of the store in dir.
func lockIsFree(dir string) bool {
	lock := flock.New(filepath.Join(dir, ".lock"))
	free, err := lock.TryLock()
	return errors.Join(err, lock.Close()) == nil && free
}

func one(typ string) []domain.Event { return []domain.Event{{Type: typ}} }

// holdLock takes the append lock of the store in dir as another process would. A
// store may keep it for a moment after an append.
func holdLock(t *testing.T, dir string) (release func()) {
	t.Helper()
	lock := flock.New(filepath.Join(dir, ".lock"))
	if ok, err := lock.TryLockContext(t.Context(), 100*time.Microsecond); !ok || err != nil {
		t.Fatalf("the append lock does not become free: %v", err)
	}
	release = func() {
		if err := lock.Close(); err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(release)
	return release
}

// lockedStore opens a store whose append lock somebody else holds.
func lockedStore(t *testing.T, options filesystem.Options) (store *filesystem.Store, release func()) {
	t.Helper()
	dir := t.TempDir()
	store = openStore(t, dir, options)
	return store, holdLock(t, dir)
}

func checkHead(t *testing.T, store *filesystem.Store, want domain.Position) {
	t.Helper()
	if head, err := store.Head(t.Context()); err != nil || head != want {
		t.Errorf("Head() = %d, %v, want %d", head, err, want)
	}
}

// checkLockTimeout checks that err says which lock was waited for and which option
// says for how long.
func checkLockTimeout(t *testing.T, err error, dir string) {
	t.Helper()
	if !errors.Is(err, ports.ErrLockTimeout) {
		t.Fatalf("error %v, want ErrLockTimeout", err)
	}
	checkText(t, err, filepath.Join(dir, ".lock"), "Options.LockTimeout")
}

// checkText checks that err says all of parts.
func checkText(t testing.TB, err error, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("error %v does not say %q", err, part)
		}
	}
}

func TestTheLockIsAcquiredWhenItIsFree(t *testing.T) {
	dir := t.TempDir()
	// With a nanosecond to wait there is no second try.
	store := openStore(t, dir, filesystem.Options{LockTimeout: 1})
	for range 3 {
		mustAppend(t, store, one("Happened")...)
		holdLock(t, dir)() // nobody holds it for long after an append
	}
}

func TestWaitingForTheLockEndsWithTheTimeout(t *testing.T) {
	const timeout = 20 * time.Millisecond
	store, release := lockedStore(t, filesystem.Options{LockTimeout: timeout})
	began := time.Now()
	_, err := store.Append(t.Context(), one("Late"))
	if waited := time.Since(began); waited < timeout {
		t.Errorf("gave up after %v, the timeout is %v", waited, timeout)
	}
	checkLockTimeout(t, err, store.Dir())
	checkText(t, err, timeout.String())
	checkHead(t, store, 0)

	_, err = filesystem.Open(t.Context(), store.Dir(), filesystem.Options{LockTimeout: timeout})
	checkLockTimeout(t, err, store.Dir())

	release()
	if got := mustAppend(t, store, one("Next")...); got.First != 1 {
		t.Errorf("the next event has position %d, want 1", got.First)
	}
}

func TestTheLockIsReleasedWhenItsHolderCloses(t *testing.T) {
	dir := t.TempDir()
	clock := newStoppingClock(dir)
	holder := openStore(t, dir, filesystem.Options{Clock: clock})
	t.Cleanup(clock.release)
	waiter := openStore(t, dir, filesystem.Options{LockTimeout: time.Hour})
	clock.armed.Store(true)

	appended, closed := make(chan error, 1), make(chan error, 1)
	go func() {
		_, err := holder.Append(context.WithoutCancel(t.Context()), one("Mine"))
		appended <- err
	}()
	<-clock.held
	if lockIsFree(dir) {
		t.Fatal("the lock is free in the middle of an append")
	}
	go func() { closed <- holder.Close() }()
	waited := make(chan error, 1)
	go func() {
		_, err := waiter.Append(context.WithoutCancel(t.Context()), one("Theirs"))
		waited <- err
	}()
	clock.release()
	for what, done := range map[string]chan error{"the append under way": appended, "Close": closed, "the waiting append": waited} {
		if err := <-done; err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	holdLock(t, dir)()
	checkHead(t, waiter, 2)
}

func TestAContextThatHasEndedTakesNoLock(t *testing.T) {
	dir := t.TempDir()
	store := openStore(t, dir, filesystem.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, held := range []bool{false, true} {
		if held {
			holdLock(t, dir)
		}
		if _, err := store.Append(ctx, one("Never")); !errors.Is(err, context.Canceled) {
			t.Errorf("Append() = %v, want the context's error", err)
		}
		if s, err := filesystem.Open(ctx, dir, filesystem.Options{}); !errors.Is(err, context.Canceled) {
			t.Errorf("Open() = %v, %v, want the context's error", s, err)
		}
	}
	checkHead(t, store, 0)
}

// askedContext tells how often it was asked whether it has ended: each round of
// waiting for the lock asks once.
type askedContext struct {
	context.Context
	asked atomic.Int64
	often chan struct{} // closed when it was asked several times
}

func (c *askedContext) Done() <-chan struct{} {
	if c.asked.Add(1) == 5 {
		close(c.often)
	}
	return c.Context.Done()
}

func TestAContextThatEndsWhileWaitingForTheLockEndsTheWait(t *testing.T) {
	store, release := lockedStore(t, filesystem.Options{LockTimeout: time.Hour})
	for name, call := range map[string]func(context.Context) error{
		"append": func(ctx context.Context) error { _, err := store.Append(ctx, one("Never")); return err },
		"open": func(ctx context.Context) error {
			_, err := filesystem.Open(ctx, store.Dir(), filesystem.Options{LockTimeout: time.Hour})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			inner, cancel := context.WithCancel(t.Context())
			ctx := &askedContext{Context: inner, often: make(chan struct{})}
			go func() {
				<-ctx.often
				cancel()
			}()
			err := call(ctx)
			if !errors.Is(err, context.Canceled) {
				t.Fatalf("error %v, want the context's", err)
			}
			checkText(t, err, filepath.Join(store.Dir(), ".lock"))
		})
	}
	checkHead(t, store, 0)
	release()
	mustAppend(t, store, one("Next")...)
}

func TestAnAppendThatMeetsAHeldLockGoesOnWhenItIsReleased(t *testing.T) {
	store, release := lockedStore(t, filesystem.Options{LockTimeout: time.Hour})
	ctx := &askedContext{Context: t.Context(), often: make(chan struct{})}
	go func() {
		<-ctx.often // it has been waiting for some rounds
		release()
	}()
	positions, err := store.Append(ctx, one("Patient"))
	if err != nil || positions.First != 1 {
		t.Errorf("Append() = %v, %v, want position 1", positions, err)
	}
}

func TestTheLockKeepsHandlesOfOneProcessApartToo(t *testing.T) {
	dir := t.TempDir()
	clock := newStoppingClock(dir)
	holder := openStore(t, dir, filesystem.Options{Clock: clock})
	t.Cleanup(clock.release)
	other := openStore(t, dir, filesystem.Options{LockTimeout: time.Millisecond})
	clock.armed.Store(true)
	appended := make(chan error, 1)
	go func() {
		_, err := holder.Append(context.WithoutCancel(t.Context()), one("Mine"))
		appended <- err
	}()
	<-clock.held
	_, err := other.Append(t.Context(), one("Theirs"))
	checkLockTimeout(t, err, dir)
	checkHead(t, other, 0) // reading waits for nobody
	clock.release()
	if err := <-appended; err != nil {
		t.Error(err)
	}
	checkHead(t, other, 1)
}
