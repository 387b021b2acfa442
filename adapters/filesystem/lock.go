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
	firstLockPause   = 100 * time.Microsecond
	longestLockPause = 5 * time.Millisecond
)

// processLock is the append lock between processes. The kernel frees it when its
// holder dies. It guards the tail of the last segment and everything that
// recovery does; it is never a data file. Not safe for concurrent use: the gate of
// the store comes first.
type processLock struct {
	dir     *vfs.Dir
	file    *flock.Flock
	timeout time.Duration
}

// newProcessLock returns the lock of the store in dir, which stands at path.
func newProcessLock(dir *vfs.Dir, path string, timeout time.Duration) *processLock {
	return &processLock{
		dir:     dir,
		file:    flock.New(filepath.Join(path, lockName), flock.SetFlag(os.O_CREATE|os.O_RDWR), flock.SetPermissions(0o600)),
		timeout: timeout,
	}
}

// acquire takes the lock at once when it is free, and otherwise tries again with
// growing, jittered pauses until the timeout is over, ctx ends or stop is closed.
func (l *processLock) acquire(ctx context.Context, stop <-chan struct{}) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("opossum: wait for the append lock %s: %w", l.file.Path(), err)
	}
	if ok, err := l.try(); ok || err != nil {
		return err
	}
	deadline := time.NewTimer(l.timeout)
	defer deadline.Stop()
	pauses := backoff.ExponentialBackOff{
		InitialInterval: firstLockPause, RandomizationFactor: 0.5, Multiplier: 1.5, MaxInterval: longestLockPause,
	}
	pauses.Reset()
	for {
		pause := time.NewTimer(pauses.NextBackOff())
		select {
		case <-ctx.Done():
			pause.Stop()
			return fmt.Errorf("opossum: wait for the append lock %s: %w", l.file.Path(), ctx.Err())
		case <-stop:
			pause.Stop()
			return ports.ErrClosed
		case <-deadline.C:
			pause.Stop()
			return fmt.Errorf("%w: %s is held by another process for more than %v; see whether one hangs, or raise Options.LockTimeout; do not delete the file",
				ports.ErrLockTimeout, l.file.Path(), l.timeout)
		case <-pause.C:
		}
		if ok, err := l.try(); ok || err != nil {
			return err
		}
	}
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
	return true, nil
}

func (l *processLock) release() error {
	if err := l.file.Unlock(); err != nil && !errors.Is(err, os.ErrClosed) {
		return fmt.Errorf("opossum: free the append lock %s: %w", l.file.Path(), err)
	}
	return nil
}

// probeLock reports whether no process holds the append lock at path, and keeps it
// until release. It creates nothing. A lock that cannot be asked counts as held.
func probeLock(path string) (free bool, release func()) {
	info, err := os.Lstat(path)
	if errors.Is(err, os.ErrNotExist) {
		return true, func() {} // a copy of a store: nobody can be writing
	}
	if err != nil || !info.Mode().IsRegular() {
		return false, func() {}
	}
	file := flock.New(path, flock.SetFlag(os.O_RDONLY))
	free, err = file.TryLock()
	return free && err == nil, func() { _ = file.Close() }
}
