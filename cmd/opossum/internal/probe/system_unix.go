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

// sameDisk reports whether two directories are on the same file system.
func sameDisk(a, b string) bool {
	var one, other unix.Stat_t
	return unix.Stat(a, &one) == nil && unix.Stat(b, &other) == nil && one.Dev == other.Dev
}

func openFiles() (uint64, bool) {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		return 0, false
	}
	return limit.Cur, true
}
