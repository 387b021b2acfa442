package filesystem

import (
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"syscall"

	"github.com/opossum-go/opossum/adapters/filesystem/internal/vfs"
)

// notTheirs are the errors of directories in which the user of a store makes none: those
// of others, and those of file systems that cannot be written to or keep nothing.
var notTheirs = []error{fs.ErrPermission, errors.ErrUnsupported, syscall.EINVAL, syscall.EROFS, syscall.ENOSYS}

// syncAbove makes the name of the directory path durable, and those of the directories
// above it: whoever made them may have died before. It goes up to the root, or to the
// first one that may not be opened or cannot be synced, in which nobody made any.
func syncAbove(path string, sync func(dir string) error) error {
	for above := filepath.Dir(path); above != path; path, above = above, filepath.Dir(above) {
		if err := sync(above); slices.ContainsFunc(notTheirs, func(e error) bool { return errors.Is(err, e) }) {
			return nil
		} else if err != nil {
			return err
		}
	}
	return nil
}

// syncDir makes the names in the directory path durable.
func syncDir(path string) error {
	dir, err := vfs.OS(path)
	if err != nil {
		return err
	}
	return errors.Join(dir.SyncDir("."), dir.Close())
}
