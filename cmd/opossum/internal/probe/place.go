package probe

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// makeScratch makes the directory in which files are tried: in dir, or beside the
// store that dir belongs to, when that is the same disk and may be written to. What
// does not belong to a store is damage for whoever looks at it.
func (r *Report) makeScratch(dir string) (scratch string, err error) {
	places := []string{dir}
	if r.Store = storeAround(dir); r.Store != "" {
		if err := lockOpens(r.Store); err != nil {
			return "", err
		}
		places = []string{r.Store}
		if beside := filepath.Dir(r.Store); sameDisk(beside, dir) {
			places = []string{beside, r.Store}
		}
	}
	for _, r.Probed = range places {
		if scratch, err = os.MkdirTemp(r.Probed, ".opossum-doctor-"); err == nil {
			return scratch, nil
		}
	}
	if cause, ok := errors.AsType[*fs.PathError](err); ok {
		err = cause.Err
	}
	err = fmt.Errorf("no directory can be made in %s: %w", r.Probed, err)
	r.Probed = ""
	return "", err
}

// storeAround returns the folder of the store that dir is, or is a folder of.
func storeAround(dir string) string {
	for _, at := range []string{dir, filepath.Dir(dir)} {
		if _, err := os.Lstat(filepath.Join(at, "store.json")); err == nil {
			return at
		}
	}
	return ""
}

// lockOpens reports why the lock of a store cannot be opened as a writer opens it.
func lockOpens(store string) error {
	path := filepath.Join(store, ".lock")
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s is no regular file: no process can open the store for writing", path)
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0) //nolint:gosec // the lock of a store
	if err != nil {
		return err
	}
	return f.Close()
}
