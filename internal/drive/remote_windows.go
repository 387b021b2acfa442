package drive

import (
	"path/filepath"

	"golang.org/x/sys/windows"
)

// Remote returns the kind of the network file system that the directory path is
// on, "" for a local one.
func Remote(path string) (string, error) {
	root, err := windows.UTF16PtrFromString(filepath.VolumeName(path) + `\`)
	if err != nil {
		return "", err
	}
	if windows.GetDriveType(root) == windows.DRIVE_REMOTE {
		return "network", nil
	}
	return "", nil
}
