package filesystem

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/opossum-go/opossum/adapters/filesystem/internal/journal"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// dispute returns what following l failed with, err, and says so when all that is
// wrong is that ledger and segments contradict each other. It is for a store that
// has followed nothing yet.
func (s *Store) dispute(l ledger, err error) error {
	if !errors.Is(err, ports.ErrCorrupt) {
		return err
	}
	// How far are the segments whole, on their own word?
	now := s.sealNow
	s.looked, s.sealNow = true, false // nothing is made anew in a store that is refused: the log says nothing of that
	t, walkErr := s.forward(&ledger{Position: l.Position})
	s.looked, s.sealNow = false, now
	s.rewind()
	switch {
	case walkErr != nil:
		return err
	case t.mark.Position >= l.Position:
		return s.otherLedger(l)
	case t.damage != nil && (t.holds(l) || s.checkTail(t) != nil):
		return err // the bytes are there, and damaged
	}
	return s.ledgerAhead(l, err, t)
}

// holds reports whether the segment that the tail stands in is as long as l says.
func (t *tail) holds(l ledger) bool {
	end := t.rest.Bytes
	if !t.begun {
		end += t.mark.Offset
	}
	return t.name == segmentName(l.Segment) && end >= l.Bytes
}

// otherLedger says that l is not the ledger of the segments, which are whole beyond
// its position.
func (s *Store) otherLedger(l ledger) error {
	return &ports.CorruptError{
		File: s.file(ledgerName), Want: "the ledger of the segments in " + s.file(eventsDir),
		Got: fmt.Sprintf("position %d at byte %d of %s with chain %s, which no commit there has although they hold that position; "+
			"it is the ledger of another store or of another copy of this one, or events were changed together with all checksums: "+
			"a backup tells which, and a ledger that is not theirs is not needed",
			l.Position, l.Bytes, segmentName(l.Segment), l.Chain),
	}
}

// disputeID returns err, with which opening the store failed, or in its place that
// store.json is not that of the segments, when all of them are of one other store.
func (s *Store) disputeID(err error) error {
	if s.id == "" || !errors.Is(err, ports.ErrCorrupt) {
		return err
	}
	entries, listErr := s.dir.List(eventsDir)
	if listErr != nil {
		return err
	}
	ids := map[string]int{}
	for _, e := range entries {
		if id := s.idIn(eventsDir + "/" + e.Name()); id != "" {
			ids[id]++
		}
	}
	for id, segments := range ids {
		if id == s.id || len(ids) > 1 {
			break
		}
		return &ports.CorruptError{
			File: s.file(manifestName), Want: fmt.Sprintf("the id %q, which all segments have that say one, %d of them", id, segments),
			Got: fmt.Sprintf("the id %q; if that is the right one, then the segments are those of another store", s.id),
		}
	}
	return err
}

// idIn returns the id of the store in the first line of a segment, "" when there is none.
func (s *Store) idIn(name string) string {
	file, err := s.dir.Open(name, os.O_RDONLY)
	if err != nil {
		return ""
	}
	head := make([]byte, 512) // more than a header has
	n, err := file.ReadAt(head, 0)
	line, _, whole := bytes.Cut(head[:n], []byte("\n"))
	var header struct {
		Segment struct {
			Store string `json:"store"`
		} `json:"segment"`
	}
	if closeErr := file.Close(); closeErr != nil || !whole || (err != nil && !errors.Is(err, io.EOF)) || json.Unmarshal(line, &header) != nil {
		return ""
	}
	return header.Segment.Store
}

// ledgerAhead says that l speaks of events behind t, where the segments end: found
// tells in which file.
func (s *Store) ledgerAhead(l ledger, found error, t tail) error {
	corrupt, ok := errors.AsType[*ports.CorruptError](found)
	if !ok {
		return found
	}
	d := *corrupt
	if t.rest.Bytes == 0 && d.File == s.file(segmentName(t.mark.Position+1)) {
		d.Want = fmt.Sprintf("the segment with position %d", t.mark.Position+1)
	} else {
		d.Want, d.Got = fmt.Sprintf("events up to position %d", l.Position), fmt.Sprintf("events up to position %d", t.mark.Position)
	}
	if t.rest.Bytes > 0 {
		d.Got += fmt.Sprintf(" and %d bytes that are no whole append", t.rest.Bytes)
	}
	d.Want += fmt.Sprintf(", as %s says that %d events are committed", s.file(ledgerName), l.Position)
	d.Got += "; one of the two is wrong: events were lost here, and only a backup has them, or the ledger is that of another store" +
		" or of a later copy: only then it is not needed and can be moved out of the directory"
	return &d
}

// judge holds text, which begins at mark in seg, against the ledger, when that speaks
// of seg or of an earlier one. One that proves to be that of other segments is told
// of, and not believed any more. behind is where the next segment begins, 0 for none.
func (v *survey) judge(seg *segment, text string, mark journal.Mark, behind domain.Position) {
	l := v.bound
	if l == nil || l.Position <= mark.Position || (behind > 0 && l.Segment >= behind) {
		return
	}
	whole, _ := journal.Scan(text, mark, nil)
	if whole.Position < l.Position && (whole.Position < l.Segment || l.Segment <= seg.first) {
		return // not as far as it speaks of
	}
	if l.Segment == seg.first && l.Bytes >= mark.Offset && l.Bytes <= whole.Offset {
		end, damage := journal.Scan(text[:l.Bytes-mark.Offset], mark, nil)
		if damage == nil && end.Position == l.Position && end.Chain.String() == l.Chain {
			return
		}
	}
	v.add(v.otherLedger(*l))
	v.bound = nil
}
