package memory

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/internal/system"
	"github.com/opossum-go/opossum/ports"
)

// now asks the clock for a time that any store can keep.
func (s *Store) now() (time.Time, error) {
	var clock ports.Clock = system.Clock{}
	if s.clock != nil {
		clock = s.clock
	}
	now := clock.Now().UTC().Round(0)
	if y := now.Year(); y < 1 || y > 9999 || now.IsZero() {
		return time.Time{}, fmt.Errorf("opossum: append: the clock says %v, which cannot be stored; nothing was written", now)
	}
	return now, nil
}

// newID asks for an id that any store can keep.
func (s *Store) newID() (string, error) {
	var ids ports.IDs = system.UUIDs{}
	if s.ids != nil {
		ids = s.ids
	}
	id := ids.NewID()
	if id == "" || len(id) > domain.MaxMetadataBytes || !utf8.ValidString(id) || strings.IndexByte(id, 0) >= 0 {
		return "", fmt.Errorf("opossum: append: Options.IDs made the id %q, which cannot be stored; nothing was written", id)
	}
	return id, nil
}
