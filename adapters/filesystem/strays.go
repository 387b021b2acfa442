package filesystem

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/opossum-go/opossum/domain"
)

// listIndexes returns the names of what there is below indexes/, for a store that
// looks at everything; none for another one. A file in the place of that directory is
// listed itself.
func (s *Store) listIndexes() (names []string, err error) {
	if !s.readAll {
		return nil, nil
	}
	entries, err := s.dir.List(indexesDir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		if file, openErr := s.dir.Open(indexesDir, os.O_RDONLY); openErr == nil {
			return []string{indexesDir}, file.Close()
		}
		return nil, fmt.Errorf("opossum: list %s: %w", s.file(indexesDir), err)
	}
	for _, e := range entries {
		names = append(names, indexesDir+"/"+e.Name())
	}
	return names, nil
}

// straysAmong returns the paths of those names that are not those of index files of
// sealed segments, or of such files while they are made. firsts are the segments.
func (s *Store) straysAmong(names []string, firsts []domain.Position) (paths []string) {
	sealed := map[string]bool{}
	for _, first := range firsts[:max(0, len(firsts)-1)] {
		sealed[indexName(first)] = true
	}
	for _, name := range names {
		if !sealed[strings.TrimSuffix(name, ".tmp")] {
			paths = append(paths, s.file(name))
		}
	}
	return paths
}
