package probe

import (
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/windows"
)

var mapFile func(f *os.File, size int) (text []byte, unmap func() error, err error)

// sameDisk reports whether two directories are on the same volume, as far as their
// paths tell.
func sameDisk(a, b string) bool { return filepath.VolumeName(a) == filepath.VolumeName(b) }

func openFiles() (uint64, bool) { return 0, false }

func fileSystemOf(dir string) (FileSystem, error) {
	f := FileSystem{Name: "unknown", Kind: Unknown, FreeBytes: -1, FreeInodes: -1}
	root, err := windows.UTF16PtrFromString(filepath.VolumeName(dir) + `\`)
	if err != nil {
		return f, err
	}
	switch windows.GetDriveType(root) {
	case windows.DRIVE_REMOTE:
		f.Kind = Network
	case windows.DRIVE_RAMDISK:
		f.Kind = Memory
	case windows.DRIVE_FIXED, windows.DRIVE_REMOVABLE:
		f.Kind = Local
	}
	var name [windows.MAX_PATH + 1]uint16
	if windows.GetVolumeInformation(root, nil, 0, nil, nil, nil, &name[0], uint32(len(name))) == nil {
		f.Name = windows.UTF16ToString(name[:])
	}
	path, err := windows.UTF16PtrFromString(dir)
	if err != nil {
		return f, err
	}
	var free uint64
	if err := windows.GetDiskFreeSpaceEx(path, &free, nil, nil); err != nil {
		return f, fmt.Errorf("free space of %s: %w", dir, err)
	}
	f.FreeBytes = int64(free)
	return f, nil
}

func syncData(f *os.File) error { return f.Sync() }
