package vfs

import (
	"errors"
	"os"
	"syscall"
)

// syncData is fdatasync: content and size, without the times that fsync would
// write too.
func syncData(f *os.File) error {
	for {
		err := syscall.Fdatasync(int(f.Fd()))
		if !errors.Is(err, syscall.EINTR) {
			if err != nil {
				return &os.PathError{Op: "fdatasync", Path: f.Name(), Err: err}
			}
			return nil
		}
	}
}

func syncDir(d *os.File) error { return d.Sync() }
