package filesystem

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/opossum-go/opossum/adapters/filesystem/internal/index"
	"github.com/opossum-go/opossum/adapters/filesystem/internal/journal"
	"github.com/opossum-go/opossum/adapters/filesystem/internal/vfs"
	"github.com/opossum-go/opossum/domain"
)

// segment is one file of events. It has its index in memory while it grows, and
// until it is sealed: then its index file says where everything is, and nothing of
// it is in memory before it is used.
type segment struct {
	first  domain.Position
	start  journal.Chain // in front of its first event
	header string        // first line, with its newline
	recent recent        // what was read of it while its index is in memory

	// All below is guarded by Store.mu.
	file   vfs.File      // open for reading while memory is there
	memory *index.Memory // may run ahead of the store's head
	info   index.Info    // once the segment is sealed
	open   *sealed       // once a sealed segment has been used
	end    journal.Mark  // behind its last batch, once another segment follows
	rolled bool          // another one was begun behind it by this store, or before it was opened: it is to seal it
	broken bool          // its index file is damaged
	// foreign is in the first batch in memory that has a line in another than the canonical
	// form, 0 when there is none.
	foreign domain.Position
}

// sealed is a sealed segment in use. The mappings are touched inside of mapped
// only.
type sealed struct {
	index *index.Sidecar
	idx   *vfs.Mapping
	data  *vfs.Mapping // nil when the segment is not mapped
	file  vfs.File     // open for reading when it is not
}

func (x *sealed) release() error {
	if x == nil {
		return nil
	}
	err := errors.Join(x.idx.Release(), x.data.Release())
	if x.file != nil {
		err = errors.Join(err, x.file.Close())
	}
	return err
}

// newSegment returns the segment that begins behind mark, without a file.
func (s *Store) newSegment(mark journal.Mark) *segment {
	first := mark.Position + 1
	return &segment{
		first: first, start: mark.Chain, memory: index.NewMemory(first),
		header: string(journal.AppendHeader(nil, journal.Header{Store: s.id, First: first, Chain: mark.Chain})),
	}
}

// add makes seg the last segment. end is the end of the one before.
func (s *Store) add(seg *segment, end journal.Mark) {
	last := s.active()
	s.mu.Lock()
	if last != nil {
		last.end = end
	}
	s.segments = append(s.segments, seg)
	s.grown = true
	s.mu.Unlock()
	s.tellUnsealed(last)
	s.sealLoaded()
}

// openSegment opens the file of seg for reading and looks at its first line. ok is
// false when that is not the header of seg; got is what stands there instead.
func (s *Store) openSegment(seg *segment) (file vfs.File, got string, ok bool, err error) {
	name := segmentName(seg.first)
	file, err = s.dir.Open(name, os.O_RDONLY)
	if err != nil {
		return nil, "", false, err
	}
	start := make([]byte, len(seg.header))
	n, err := file.ReadAt(start, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, "", false, errors.Join(fmt.Errorf("opossum: read %s: %w", s.file(name), err), file.Close())
	}
	return file, string(start[:n]), string(start[:n]) == seg.header, nil
}

// mapped calls do, which may touch mappings. They stay until it returns.
func (s *Store) mapped(do func() error) error {
	s.maps.RLock()
	defer s.maps.RUnlock()
	if err := s.closedError(); err != nil {
		return err
	}
	return vfs.Guard(do)
}

// use returns seg as it is read: its index in memory, or its files mapped. It is
// called inside of mapped.
func (s *Store) use(seg *segment) (*index.Memory, vfs.File, *sealed, error) {
	if memory, file, open := s.state(seg); memory != nil || open != nil {
		return memory, file, open, nil
	}
	s.opening.Lock()
	defer s.opening.Unlock()
	memory, file, open := s.state(seg)
	if memory != nil || open != nil {
		return memory, file, open, nil
	}
	open, err := s.openSealed(seg)
	if errors.Is(err, index.ErrDamaged) {
		memory, file, err = s.reindex(seg, err)
		return memory, file, nil, err
	}
	if err != nil {
		return nil, nil, nil, err
	}
	s.mu.Lock()
	seg.open = open
	s.mu.Unlock()
	return nil, nil, open, nil
}

// state returns what is in memory of seg.
func (s *Store) state(seg *segment) (*index.Memory, vfs.File, *sealed) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return seg.memory, seg.file, seg.open
}

func (s *Store) isSealed(seg *segment) bool {
	memory, _, _ := s.state(seg)
	return memory == nil
}

// openSealed maps the files of a sealed segment.
func (s *Store) openSealed(seg *segment) (_ *sealed, err error) {
	x, done := &sealed{}, false
	defer func() {
		if !done { // also when a mapping could not be read
			err = errors.Join(err, x.release())
		}
	}()
	name := segmentName(seg.first)
	file, got, ok, err := s.openSegment(seg)
	if err != nil {
		return nil, s.unopened(seg, "it was there when the store was opened", err)
	}
	defer func() {
		if x.file != nil {
			return
		}
		if closeErr := file.Close(); closeErr != nil {
			err = errors.Join(err, fmt.Errorf("opossum: read %s: %w", s.file(name), closeErr))
		}
	}()
	if !ok {
		return nil, s.corrupt(name, seg.otherHeader(got))
	}
	size, err := file.Size()
	if err != nil {
		return nil, fmt.Errorf("opossum: read %s: %w", s.file(name), err)
	}
	if size < seg.info.Bytes {
		return nil, s.shorter(seg, size)
	}
	if x.data = s.mapFile(file, seg.info.Bytes); x.data == nil {
		x.file = file
	}
	x.idx, err = s.mapIndex(seg)
	if err != nil {
		return nil, err
	}
	if x.index, err = index.OpenSidecar(x.idx.Data); err != nil {
		return nil, err
	}
	if x.index.Info() != seg.info {
		return nil, fmt.Errorf("%w: it was replaced by that of another segment", index.ErrDamaged)
	}
	done = true
	return x, nil
}

// mapIndex maps the index file of seg.
func (s *Store) mapIndex(seg *segment) (m *vfs.Mapping, err error) {
	name := indexName(seg.first)
	file, err := s.dir.Open(name, os.O_RDONLY)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", index.ErrDamaged, err)
	}
	size, err := file.Size()
	if err == nil && size < index.HeaderSize {
		err = fmt.Errorf("%w: it has %d bytes", index.ErrDamaged, size)
	}
	if err == nil {
		if m = s.mapFile(file, size); m == nil {
			m, err = s.copied(file, size)
		}
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return nil, errors.Join(fmt.Errorf("opossum: read %s: %w", s.file(name), err), m.Release())
	}
	return m, nil
}

// mapFile returns the first bytes of a file that nobody writes to any more, or nil: on
// a network drive, and where there is no address space left.
func (s *Store) mapFile(file vfs.File, length int64) *vfs.Mapping {
	if s.options.UnsafeNetworkDrive {
		return nil
	}
	m, err := file.Map(int(length))
	if err != nil {
		return nil
	}
	return m
}

// copied reads the first bytes of a file instead.
func (s *Store) copied(file vfs.File, length int64) (*vfs.Mapping, error) {
	data, err := vfs.ReadRange(file, 0, length)
	if err == nil && int64(len(data)) < length {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return nil, err
	}
	return vfs.Copied(data), nil
}

// reindex makes the index of a sealed segment anew, from the segment itself, and
// has the index file replaced. The caller holds opening.
func (s *Store) reindex(seg *segment, why error) (*index.Memory, vfs.File, error) {
	s.options.Logger.Warn("opossum: an index file is made anew", "file", s.file(indexName(seg.first)), "reason", why)
	file, got, ok, err := s.openSegment(seg)
	if err != nil {
		return nil, nil, s.unopened(seg, "it was there when the store was opened", err)
	}
	memory, foreign, err := s.scanSealed(seg, file, got, ok)
	if err != nil {
		return nil, nil, errors.Join(err, file.Close())
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	seg.memory, seg.file, seg.open, seg.rolled, seg.broken, seg.foreign = memory, file, nil, !s.readOnly, true, foreign
	s.spawn(s.sealAll)
	return memory, file, nil
}

// mend gives up the index file of seg, which proved to be damaged, and makes it
// anew. It is called inside of mapped.
func (s *Store) mend(seg *segment, why error) error {
	s.opening.Lock()
	defer s.opening.Unlock()
	memory, _, broken := s.state(seg)
	if memory != nil {
		return nil
	}
	if _, _, err := s.reindex(seg, why); err != nil {
		return err
	}
	if broken != nil {
		s.retired = append(s.retired, broken) // others may still read in it
	}
	return nil
}

// scanSealed reads all of a sealed segment and holds it to what its index file
// says.
func (s *Store) scanSealed(seg *segment, file vfs.File, got string, ok bool) (_ *index.Memory, foreign domain.Position, _ error) {
	name := segmentName(seg.first)
	if !ok {
		return nil, 0, s.corrupt(name, seg.otherHeader(got))
	}
	mark := journal.Mark{Position: seg.first - 1, Chain: seg.start, Offset: int64(len(seg.header))}
	data, err := vfs.ReadRange(file, mark.Offset, seg.info.Bytes)
	if err != nil {
		return nil, 0, fmt.Errorf("opossum: read %s: %w", s.file(name), err)
	}
	memory := index.NewMemory(seg.first)
	filler := index.NewFiller(memory)
	end, damage := journal.Scan(journal.TextOf(data), mark, func(batch journal.Span, entry journal.Entry, line *domain.SequencedEvent) {
		filler.Add(entry, line.Type, line.Tags)
		if batch.Foreign && foreign == 0 {
			foreign = line.Position
		}
	})
	filler.End()
	if damage != nil {
		return nil, 0, s.corrupt(name, damage)
	}
	if end.Position != seg.info.Last || end.Chain != seg.info.End {
		return nil, 0, s.shorter(seg, end.Offset)
	}
	return memory, foreign, nil
}

// otherHeader says that something else stands where the header of seg should, and
// which field differs first.
func (seg *segment) otherHeader(got string) *journal.Damage {
	d := &journal.Damage{Position: seg.first, Want: "segment header " + short([]byte(seg.header)), Got: short([]byte(got))}
	same := 0
	for same < len(got) && same < len(seg.header) && got[same] == seg.header[same] {
		same++
	}
	const keyEnd = `":`
	end := strings.LastIndex(seg.header[:same], keyEnd)
	if same == len(got) || end < 0 {
		return d
	}
	key := strings.LastIndexByte(seg.header[:end], '"')
	want, is := field(seg.header[key:]), field(got[key:])
	if want == is || strings.ContainsFunc(is, func(r rune) bool { return !unicode.IsPrint(r) || r == utf8.RuneError }) {
		return d
	}
	d.Offset, d.Want, d.Got = int64(key), "segment header with "+want, "one with "+is
	return d
}

// field returns the JSON field that text begins with.
func field(text string) string {
	if end := strings.IndexAny(text, ",}\n"); end >= 0 {
		return text[:end]
	}
	return text
}

// shorter reports a sealed segment that ends at size although more was committed.
func (s *Store) shorter(seg *segment, size int64) error {
	return s.corrupt(segmentName(seg.first), &journal.Damage{
		Offset: size, Position: seg.first,
		Want: fmt.Sprintf("%d bytes up to position %d that were committed", seg.info.Bytes, seg.info.Last), Got: fmt.Sprintf("%d bytes", size),
	})
}
