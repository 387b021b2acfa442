package bench

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// storedBytes returns the size of all files below dir.
func storedBytes(dir string) int64 {
	total := int64(0)
	_ = filepath.WalkDir(dir, func(_ string, entry fs.DirEntry, err error) error {
		if err != nil {
			return nil //nolint:nilerr // a file that went away meanwhile has no size
		}
		if info, err := entry.Info(); err == nil && info.Mode().IsRegular() {
			total += info.Size()
		}
		return nil
	})
	return total
}

// segments returns the paths of the store's segment files, oldest first; none for
// a store that has no such files.
func segments(dir string) []string {
	paths, err := filepath.Glob(filepath.Join(dir, "events", "*.jsonl"))
	if err != nil {
		return nil
	}
	return paths // Glob sorts, and the names are padded
}

// lastSegment returns the path of the newest segment, "" when there is none.
func lastSegment(dir string) string {
	paths := segments(dir)
	if len(paths) == 0 {
		return ""
	}
	return paths[len(paths)-1]
}

// content returns how many bytes of a file stand before the newlines that it may
// be filled up with.
func content(path string) int64 {
	f, err := os.Open(path) //nolint:gosec // a file of the store that is measured
	if err != nil {
		return 0
	}
	defer func() { _ = f.Close() }() // it was only read
	info, err := f.Stat()
	if err != nil {
		return 0
	}
	end, piece := info.Size(), make([]byte, 64<<10)
	for end > 0 {
		from := max(0, end-int64(len(piece)))
		n, err := f.ReadAt(piece[:end-from], from)
		if n == 0 && err != nil {
			return end
		}
		if kept := len(strings.TrimRight(string(piece[:n]), "\n")); kept > 0 {
			return from + int64(kept)
		}
		end = from
	}
	return 0
}
