//go:build linux || darwin

package probe

import (
	"os"

	"golang.org/x/sys/unix"
)

var mapFile = func(f *os.File, size int) (text []byte, unmap func() error, err error) {
	text, err = unix.Mmap(int(f.Fd()), 0, size, unix.PROT_READ, unix.MAP_SHARED)
	return text, func() error { return unix.Munmap(text) }, err
}

func openFiles() (uint64, bool) {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		return 0, false
	}
	return limit.Cur, true
}
