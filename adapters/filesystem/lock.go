package filesystem

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/gofrs/flock"

	"github.com/opossum-go/opossum/adapters/filesystem/internal/vfs"
	"github.com/opossum-go/opossum/ports"
)

const (
	firstLockPause   = 50 * time.Microsecond
	longestLockPause = time.Millisecond
	// Who is next in turn looks often: it is alone in doing so.
	nextPause = 100 * time.Microsecond
	// In between it does something useful, with pauses.
	meanwhilePause = 500 * time.Microsecond
	// longHold is how long a process may have had the lock and take it again without
	// asking whether another one waits.
	longHold = time.Millisecond
	// turnPatience bounds the wait for one's turn. The turn is a courtesy and protects
	// nothing: a process that was stopped while it was next must not stop the others. After
	// the first time they wait no longer than a part of what they had the lock for: enough
	// for whoever is next and alive, and little of what they do.
	turnPatience = 100 * time.Millisecond
	stuckPart    = 8
)

// processLock is the append lock between processes. The kernel frees it when its
// holder dies. It guards the tail of the last segment and everything that
// recovery does; it is never a data file. Not safe for concurrent use: the gate of
// the store comes first.
//
// A process that uses the lock again and again would get it every time before the
// others, who look only now and then. So there is a second lock, the turn: whoever
// waits holds it, and whoever has had the lock for long asks for it first.
type processLock struct {
	dir     *vfs.Dir
	file    *flock.Flock
	turn    *flock.Flock
	timeout time.Duration
	since   time.Time     // when it was taken
	held    time.Duration // how long it was held the last time
	stuck   bool          // the turn was not to be had the last time
	missed  time.Time     // since then it was not to be had; zero once it was
}

// newProcessLock returns the lock of the store in dir, which stands at path.
func newProcessLock(dir *vfs.Dir, path string, timeout time.Duration) *processLock {
	at := func(name string) *flock.Flock {
		return flock.New(filepath.Join(path, name), flock.SetFlag(os.O_CREATE|os.O_RDWR), flock.SetPermissions(0o600))
	}
	return &processLock{dir: dir, file: at(lockName), turn: at(turnName), timeout: timeout}
}

// acquire takes the lock at once when it is free and nobody else is to have it
// first. Otherwise it waits in turn until the timeout is over, ctx ends or stop is
// closed. What the caller waited for its own process does not count, unless that one
// waited for the lock itself.
func (l *processLock) acquire(ctx context.Context, since time.Time, stop <-chan struct{}, meanwhile func()) (waited bool, err error) {
	if err := ctx.Err(); err != nil {
		return false, fmt.Errorf("opossum: wait for the append lock %s: %w", l.file.Path(), err)
	}
	if l.held < longHold {
		if ok, err := l.try(); ok || err != nil {
			return false, err
		}
	}
	began := time.Now()
	if l.missed.IsZero() {
		l.missed = began
	}
	if since.Before(l.missed) {
		since = l.missed
	}
	left := l.timeout - began.Sub(since)
	patience := min(turnPatience, left/2)
	if l.stuck {
		patience = min(patience, l.held/stuckPart)
	}
	deadline := time.NewTimer(left)
	defer deadline.Stop()
	pauses := backoff.ExponentialBackOff{
		InitialInterval: firstLockPause, RandomizationFactor: 0.5, Multiplier: 1.5, MaxInterval: longestLockPause,
	}
	pauses.Reset()
	next := false      // this process holds the turn
	var kept time.Time // when meanwhile was called last
	defer func() {
		if next {
			_ = l.turn.Unlock() // closing the file, in the worst case
		}
	}()
	for {
		if !next {
			// What keeps the turn from being taken keeps nobody from waiting without it.
			next, _ = l.turn.TryLock()
		}
		if next || time.Since(began) >= patience {
			if ok, err := l.try(); ok || err != nil {
				l.stuck = !next
				return waited, err
			}
		}
		waited = true
		var length time.Duration
		if next {
			if now := time.Now(); now.Sub(kept) >= meanwhilePause {
				kept = now
				meanwhile()
			}
			shortPause(nextPause)
		} else {
			length = pauses.NextBackOff()
		}
		pause := time.NewTimer(length)
		select {
		case <-ctx.Done():
			pause.Stop()
			return true, fmt.Errorf("opossum: wait for the append lock %s: %w", l.file.Path(), ctx.Err())
		case <-stop:
			pause.Stop()
			return true, ports.ErrClosed
		case <-deadline.C:
			pause.Stop()
			if ok, err := l.try(); ok || err != nil {
				return true, err
			}
			return true, fmt.Errorf("%w: %s is held by another process for more than %v; see whether one hangs, or raise Options.LockTimeout; do not delete the file",
				ports.ErrLockTimeout, l.file.Path(), l.timeout)
		case <-pause.C:
		}
	}
}

// wanted reports whether another process waits for the lock, which this one holds:
// then it has the turn.
func (l *processLock) wanted() bool {
	free, err := l.turn.TryLock()
	if !free || err != nil {
		return true
	}
	return l.turn.Unlock() != nil
}

// try takes the lock if it is free. The lock is found by its path and the files
// of the store by their open directory: a directory that was moved away meanwhile
// has another lock than the one at the path, and taking that would keep nobody out.
func (l *processLock) try() (bool, error) {
	ok, err := l.file.TryLock()
	if err != nil {
		return false, fmt.Errorf("opossum: take the append lock %s: %w", l.file.Path(), err)
	}
	if !ok {
		return false, nil
	}
	info, err := l.file.Stat()
	same := false
	if err == nil {
		same, err = l.dir.Is(lockName, info)
	}
	if err == nil && !same {
		err = &ports.CorruptError{
			File: l.file.Path(), Want: "the append lock of the store that was opened",
			Got: "another one; the store was moved or replaced while it was open, close it and open it again",
		}
	}
	if err != nil {
		return false, errors.Join(err, l.release())
	}
	l.since, l.missed = time.Now(), time.Time{}
	return true, nil
}

func (l *processLock) release() error {
	l.held = time.Since(l.since)
	if err := l.file.Unlock(); err != nil && !errors.Is(err, os.ErrClosed) {
		return fmt.Errorf("opossum: free the append lock %s: %w", l.file.Path(), err)
	}
	return nil
}

// errHeld says that a process holds the append lock, which is to say that it writes.
var errHeld = errors.New("opossum: the append lock is held by a process that writes")

// probeLock returns nil when no process holds the append lock at path, and keeps it so
// until release. It creates nothing, and is in the way of nobody who only looks.
// Otherwise err is errHeld, or why the lock cannot be asked: then somebody may hold it.
func probeLock(path string) (release func(), err error) {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return func() {}, nil // a copy of a store: nobody can be writing
	case err != nil:
		return func() {}, fmt.Errorf("opossum: ask for the append lock: %w", err)
	case !info.Mode().IsRegular():
		return func() {}, regular(&vfs.NotRegularError{Name: lockName, Mode: info.Mode()}, filepath.Dir(path))
	}
	file := flock.New(path, flock.SetFlag(os.O_RDONLY))
	free, err := file.TryRLock()
	switch {
	case err != nil:
		err = fmt.Errorf("opossum: ask for the append lock: %w", err)
	case !free:
		err = errHeld
	}
	return func() { _ = file.Close() }, err
}
