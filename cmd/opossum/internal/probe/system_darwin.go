package probe

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

func fileSystemOf(dir string) (FileSystem, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		return FileSystem{}, fmt.Errorf("statfs %s: %w", dir, err)
	}
	f := FileSystem{
		Name: unix.ByteSliceToString(st.Fstypename[:]), Kind: Network,
		FreeBytes: int64(st.Bavail) * int64(st.Bsize), FreeInodes: int64(st.Ffree),
	}
	if st.Flags&unix.MNT_LOCAL != 0 {
		f.Kind = Local
	}
	return f, nil
}

// syncData asks the drive itself to flush.
func syncData(f *os.File) error { return f.Sync() }
