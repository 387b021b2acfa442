package index

import (
	"encoding/binary"
	"fmt"

	"github.com/opossum-go/opossum/adapters/filesystem/internal/journal"
	"github.com/opossum-go/opossum/domain"
)

// Sidecar is the index of a sealed segment, used in place as it lies in its file.
// It may be used by several goroutines at once.
type Sidecar struct {
	header header
	blocks *blocks
	column storedColumn
	lines  int // where the line table begins
	types  storedTerms
	tags   storedTerms
}

// OpenSidecar returns the index in data, the content of a whole index file, read
// or mapped. data must stay as it is for as long as the Sidecar and its cursors are
// in use. Only header and length are checked at once, everything else when it is
// used. An error wraps [ErrDamaged].
func OpenSidecar(data []byte) (*Sidecar, error) {
	h, err := readHeader(data)
	if err != nil {
		return nil, err
	}
	if h.fileSize() != len(data) {
		return nil, damaged(min(h.fileSize(), len(data)), fmt.Sprintf("a file of %d bytes", h.fileSize()), fmt.Sprintf("%d bytes", len(data)))
	}
	s := &Sidecar{header: h}
	if s.blocks, err = newBlocks(data, &h); err != nil {
		return nil, err
	}
	s.column = storedColumn{blocks: s.blocks, from: HeaderSize, width: typeWidth(h.types.terms)}
	s.lines = HeaderSize + h.events()*s.column.width
	terms := s.lines + h.events()*lineSize(h.lengthWidth)
	s.types = newStoredTerms(s.blocks, &h, h.types, terms)
	s.tags = newStoredTerms(s.blocks, &h, h.tags, terms+h.types.bytes())
	return s, nil
}

// Info returns what the file says of its segment.
func (s *Sidecar) Info() Info { return s.header.Info }

// First returns the position of the first event.
func (s *Sidecar) First() domain.Position { return s.header.First }

// Last returns the position of the last event, First-1 when there is none.
func (s *Sidecar) Last() domain.Position { return s.header.Last }

// Cursor returns a cursor for a valid query.
func (s *Sidecar) Cursor(query domain.Query) (PartCursor, error) {
	c := &cursor{first: s.First(), last: s.Last()}
	if err := c.demand(query, &s.types, &s.tags, &s.column); err != nil {
		return nil, err
	}
	return c, nil
}

// Entry says where the line of position stands.
func (s *Sidecar) Entry(position domain.Position) (journal.Entry, error) {
	if position < s.First() || position > s.Last() {
		return journal.Entry{}, notHere(s, position)
	}
	size := lineSize(s.header.lengthWidth)
	line, err := s.blocks.read(s.lines+int(position-s.First())*size, size)
	if err != nil {
		return journal.Entry{}, err
	}
	return journal.Entry{
		Offset: binary.LittleEndian.Uint32(line), CRC: binary.LittleEndian.Uint32(line[4:]), Length: readUint(line[8:]),
	}, nil
}

// storedColumn is the column of types in a file.
type storedColumn struct {
	blocks      *blocks
	from, width int
}

func (c *storedColumn) at(event int) (uint32, error) {
	data, err := c.blocks.read(c.from+event*c.width, c.width)
	return readUint(data), err
}
