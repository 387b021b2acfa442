package bench

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// canForget says that files can be dropped from memory.
const canForget = true

// forget writes a file out and drops it from the operating system's memory.
func forget(path string) (err error) {
	f, err := os.Open(path) //nolint:gosec // a file of the store that is measured
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := f.Sync(); err != nil {
		return err
	}
	return unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED)
}
