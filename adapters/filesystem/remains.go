package filesystem

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/opossum-go/opossum/adapters/filesystem/internal/vfs"
	"github.com/opossum-go/opossum/ports"
)

// refuseRemains refuses a directory that has lost its manifest: what is in it tells
// of events, and nothing says of which store. Everything else of a store is made
// after the manifest.
func refuseRemains(dir vfs.FS, path string) error {
	found, err := remains(dir)
	if err != nil || found == "" {
		return err
	}
	// Looked for afterwards: somebody may just have made the store.
	if _, err := readManifest(dir, path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return &ports.CorruptError{
		File: filepath.Join(path, manifestName), Want: "the manifest of a store that has " + found, Got: "no file; restore it from a backup",
	}
}

// remains says what there is in dir that tells of events, "" when nothing does. A
// store that nothing was ever appended to leaves nothing.
func remains(dir vfs.FS) (found string, err error) {
	entries, err := dir.List(".")
	if err != nil {
		return "", err
	}
	has := map[string]bool{}
	for _, e := range entries {
		has[e.Name()] = e.IsDir()
		if e.Name() == ledgerName {
			has[ledgerName] = e.Type().IsRegular()
		}
	}
	for _, kind := range []struct{ folder, ending, found string }{
		{eventsDir, segmentExt, "segments"}, {indexesDir, indexExt, "index files"},
	} {
		if !has[kind.folder] {
			continue
		}
		files, err := dir.List(kind.folder)
		if err != nil {
			return "", err
		}
		for _, e := range files {
			if _, ok := firstIn(e.Name(), kind.ending); ok {
				return kind.found, nil
			}
		}
	}
	if !has[ledgerName] {
		return "", nil
	}
	file := ledgerFile{dir: dir}
	l, ok, err := file.read()
	if err = errors.Join(err, file.close()); err != nil || !ok || l.Position == 0 {
		return "", err
	}
	return fmt.Sprintf("a ledger, which says that %d events are committed", l.Position), nil
}
