package drive

import (
	"fmt"
	"syscall"
)

const mntLocal = 0x1000 // MNT_LOCAL of sys/mount.h

// Remote returns the kind of the network file system that the directory path is
// on, "" for a local one.
func Remote(path string) (string, error) {
	var st syscall.Statfs_t
	if err := syscall.Statfs(path, &st); err != nil {
		return "", fmt.Errorf("statfs %s: %w", path, err)
	}
	if st.Flags&mntLocal != 0 {
		return "", nil
	}
	return "network", nil
}
