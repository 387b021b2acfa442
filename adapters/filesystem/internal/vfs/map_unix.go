//go:build unix

package vfs

import (
	"os"

	"golang.org/x/sys/unix"
)

func mapFile(f *os.File, length int) (*Mapping, error) {
	data, err := unix.Mmap(int(f.Fd()), 0, length, unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return nil, &os.PathError{Op: "mmap", Path: f.Name(), Err: err}
	}
	return &Mapping{Data: data, release: unix.Munmap}, nil
}
