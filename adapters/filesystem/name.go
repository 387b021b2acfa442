package filesystem

import (
	"errors"
	"io/fs"
	"path/filepath"

	"github.com/opossum-go/opossum/adapters/filesystem/internal/vfs"
)

// syncAbove makes the name of the directory path durable, and those of the directories
// above it: whoever made them may have died before. It goes up to the root, or to the
// first one that may not be opened, which is not its maker's.
func syncAbove(path string, sync func(dir string) error) error {
	for above := filepath.Dir(path); above != path; path, above = above, filepath.Dir(above) {
		if err := sync(above); errors.Is(err, fs.ErrPermission) {
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
