package filesystem

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/opossum-go/opossum/adapters/filesystem/internal/index"
	"github.com/opossum-go/opossum/adapters/filesystem/internal/journal"
	"github.com/opossum-go/opossum/domain"
)

// listIndexes returns the names of what there is below indexes/, for a store that
// looks at everything; none for another one. A file or a link that leads out of the store
// in the place of that directory is listed itself.
func (s *Store) listIndexes() (names []string, err error) {
	if !s.readAll {
		return nil, nil
	}
	entries, err := s.dir.List(indexesDir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil && s.noFolder(indexesDir) {
		return []string{indexesDir}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("opossum: list %s: %w", s.file(indexesDir), err)
	}
	for _, e := range entries {
		names = append(names, indexesDir+"/"+e.Name())
	}
	return names, nil
}

// noFolder reports whether something else than a folder has that name.
func (s *Store) noFolder(name string) bool {
	entries, err := s.dir.List(".")
	return err == nil && slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return e.Name() == name && !e.IsDir() })
}

// checkEnd refuses a store that ends at end, in the segment that begins at last,
// although it once went on: an index file gets its name when an event behind its
// segment is committed and durable. One of the last segment, or of a later one, tells
// of events that are gone. names are what to look at beside the former. Unless the
// whole tail was read, events may go on behind the head.
func (s *Store) checkEnd(names []string, last domain.Position, end journal.Mark, whole bool) error {
	for _, name := range append([]string{indexName(last)}, names...) {
		first, ok := firstIn(strings.TrimPrefix(name, indexesDir+"/"), indexExt)
		if !ok || first < last {
			continue
		}
		info, err := s.readInfo(first)
		if err != nil || info.Store != s.id || info.First != first {
			continue // damaged, or of another store: nothing reads it
		}
		if chain, known := s.chainBefore(first); known && info.Start != chain {
			continue // of events that were lost before a backup was restored
		}
		if !whole {
			next := segmentName(info.Last + 1)
			if ok, err = s.exists(next); err != nil {
				return fmt.Errorf("opossum: read %s: %w", s.file(next), regular(err, s.path))
			}
			if ok {
				continue
			}
		}
		return s.endsBefore(name, info, end)
	}
	return nil
}

// chainBefore returns the chain in front of the segment at first, if that is the last
// one that was read, or the one behind it.
func (s *Store) chainBefore(first domain.Position) (_ journal.Chain, known bool) {
	if seg := s.active(); seg != nil && seg.first == first {
		return seg.start, true
	}
	head := s.mark()
	return head.Chain, head.Position+1 == first
}

// endsBefore reports that the store ends at end, although the index file of that name
// proves that there are events behind its segment.
func (s *Store) endsBefore(name string, info index.Info, end journal.Mark) error {
	file, d := segmentName(info.Last+1), &journal.Damage{Position: info.Last + 1, Got: "no such file, or an empty one"}
	if end.Position < info.Last {
		d.Position, d.Got = end.Position+1, fmt.Sprintf("events up to position %d", end.Position)
		if file = segmentName(end.Position + 1); end.Position >= info.First {
			file, d.Offset = segmentName(info.First), end.Offset
		}
	}
	d.Want = fmt.Sprintf("events behind position %d, as there is %s, which is made when some are committed", info.Last, s.file(name))
	d.Got += "; events were lost here, and only a backup has them, or that index file is one of a later copy of this store:" +
		" only then it is not needed and can be moved out of the directory"
	return s.corrupt(file, d)
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
