package filesystem

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/gofrs/flock"

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
	file    *flock.Flock
	timeout time.Duration
}

func newProcessLock(path string, timeout time.Duration) *processLock {
	return &processLock{
		file:    flock.New(path, flock.SetFlag(os.O_CREATE|os.O_RDWR), flock.SetPermissions(0o600)),
		timeout: timeout,
	}
}

// acquire takes the lock at once when it is free, and otherwise tries again with
// growing, jittered pauses until the timeout is over or ctx ends.
func (l *processLock) acquire(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("opossum: wait for the append lock %s: %w", l.file.Path(), err)
	}
	if ok, err := l.file.TryLock(); ok || err != nil {
		return l.wrap(err)
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
		case <-deadline.C:
			pause.Stop()
			return fmt.Errorf("%w: %s is held by another process for more than %v; see whether one hangs, or raise Options.LockTimeout",
				ports.ErrLockTimeout, l.file.Path(), l.timeout)
		case <-pause.C:
		}
		if ok, err := l.file.TryLock(); ok || err != nil {
			return l.wrap(err)
		}
	}
}

func (l *processLock) wrap(err error) error {
	if err != nil {
		return fmt.Errorf("opossum: take the append lock %s: %w", l.file.Path(), err)
	}
	return nil
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
