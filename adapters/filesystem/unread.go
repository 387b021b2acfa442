package filesystem

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/opossum-go/opossum/adapters/filesystem/internal/journal"
	"github.com/opossum-go/opossum/adapters/filesystem/internal/vfs"
)

// unread returns how many bytes behind the head were not looked at when the store was
// opened, without fill and without events that were committed meanwhile.
func (s *Store) unread() (bytes int64, err error) {
	if len(s.repairs) > 0 {
		return 0, nil // the whole tail was
	}
	head := s.mark()
	if seg := s.active(); seg != nil {
		if bytes, err = withoutFill(seg.file, head.Offset); err != nil {
			return 0, fmt.Errorf("opossum: read %s: %w", s.file(segmentName(seg.first)), err)
		}
	}
	firsts, err := listSegments(s.dir, s.path)
	if err != nil {
		return 0, err
	}
	for _, first := range firsts {
		if first <= head.Position {
			continue
		}
		file, err := s.dir.Open(segmentName(first), os.O_RDONLY)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return 0, regular(err, s.path)
		}
		more, err := withoutFill(file, 0)
		if err = errors.Join(err, file.Close()); err != nil {
			return 0, fmt.Errorf("opossum: read %s: %w", s.file(segmentName(first)), err)
		}
		bytes += more
	}
	l, ok, err := s.ledger.read()
	if err != nil {
		return 0, regular(err, s.path)
	}
	if ok && l.Position > head.Position {
		return 0, nil
	}
	return bytes, nil
}

// withoutFill returns how many bytes file has behind offset, without the fill at its end.
func withoutFill(file vfs.File, offset int64) (int64, error) {
	data, err := vfs.ReadFrom(file, offset)
	return int64(len(strings.TrimRight(journal.TextOf(data), "\n\x00"))), err
}
