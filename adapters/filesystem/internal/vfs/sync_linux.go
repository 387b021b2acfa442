package vfs

import (
	"errors"
	"os"
	"syscall"
)

// syncData is fdatasync: content and size, without the times that fsync would
// write too.
func syncData(f *os.File) error {
	// Fd would ask the system twice how the file was opened.
	conn, err := f.SyscallConn()
	if err != nil {
		return err
	}
	controlErr := conn.Control(func(fd uintptr) {
		for {
			if err = syscall.Fdatasync(int(fd)); !errors.Is(err, syscall.EINTR) {
				return
			}
		}
	})
	if err = errors.Join(controlErr, err); err != nil {
		return &os.PathError{Op: "fdatasync", Path: f.Name(), Err: err}
	}
	return nil
}

func syncDir(d *os.File) error { return d.Sync() }
