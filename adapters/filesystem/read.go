package filesystem

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"

	"github.com/opossum-go/opossum/adapters/filesystem/internal/index"
	"github.com/opossum-go/opossum/adapters/filesystem/internal/journal"
	"github.com/opossum-go/opossum/adapters/filesystem/internal/vfs"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

const (
	// A read fetches lines in pages that grow.
	firstPage = 16
	largePage = 512
	pageBytes = 256 << 10 // a page ends when it has so many
	// In a file that is not mapped, neighbouring lines come with one call.
	maxRun = 256 << 10 // bytes fetched at once, unless one line is longer
	maxGap = 4 << 10   // bytes between two lines that are fetched rather than skipped
	// Lines of one read share memory: who keeps one event keeps so many bytes at most,
	// or its line.
	blockBytes = 4 << 10
)

// Head returns the position of the last event that any process committed.
func (s *Store) Head(ctx context.Context) (domain.Position, error) {
	if err := s.usable(ctx); err != nil {
		return 0, err
	}
	if err := s.refresh(ctx); err != nil {
		return 0, s.orClosed(err)
	}
	return s.visible(), nil
}

// Read takes a snapshot of what all processes committed. See [ports.Reader] for
// the contract. It takes no lock and never waits for an append.
func (s *Store) Read(ctx context.Context, query domain.Query, options ports.ReadOptions) (ports.ReadResult, error) {
	if err := errors.Join(query.Validate(), options.Validate()); err != nil {
		return ports.ReadResult{}, err
	}
	if err := s.usable(ctx); err != nil {
		return ports.ReadResult{}, err
	}
	if err := s.refresh(ctx); err != nil {
		return ports.ReadResult{}, s.orClosed(err)
	}
	v := s.snapshot()
	return ports.ReadResult{Head: v.head, Events: s.events(ctx, v, query, options)}, nil
}

// events yields what query selects in v.
func (s *Store) events(ctx context.Context, v view, query domain.Query, o ports.ReadOptions) iter.Seq2[domain.SequencedEvent, error] {
	return func(yield func(domain.SequencedEvent, error) bool) {
		if o.After >= v.head {
			return
		}
		w := walker{store: s, view: v, query: query, backwards: o.Backwards, low: o.After + 1, high: v.head}
		if o.Before > 0 {
			w.high = min(w.high, o.Before-1)
		}
		left := o.Limit
		decoder := journal.NewDecoder(&s.types)
		var page []line
		for size := firstPage; ; size = min(2*size, largePage) {
			if err := s.usable(ctx); err != nil {
				yield(domain.SequencedEvent{}, err)
				return
			}
			if o.Limit > 0 {
				size = min(size, left)
			}
			var err error
			clear(page)
			page, err = w.page(page[:0], size)
			for i := range page {
				event, err := s.decode(&page[i], decoder)
				if !yield(event, err) || err != nil {
					return
				}
			}
			if err != nil {
				yield(domain.SequencedEvent{}, s.orClosed(err))
				return
			}
			if left -= len(page); len(page) == 0 || (o.Limit > 0 && left == 0) {
				return
			}
		}
	}
}

// view is an immutable look at the store: everything up to head.
type view struct {
	head     domain.Position
	segments []*segment
}

func (s *Store) snapshot() view {
	s.mu.RLock()
	defer s.mu.RUnlock()
	n := len(s.segments)
	for n > 0 && s.segments[n-1].first > s.head.Position {
		n-- // read, not committed yet, and perhaps taken back
	}
	return view{head: s.head.Position, segments: s.segments[:n:n]}
}

// find returns the number of the segment that holds position.
func (v view) find(position domain.Position) int {
	low, high := 0, len(v.segments) // the answer is below high
	for high-low > 1 {
		if middle := (low + high) / 2; v.segments[middle].first <= position {
			low = middle
		} else {
			high = middle
		}
	}
	return low
}

// last returns the last position of segment n.
func (v view) last(n int) domain.Position {
	if n+1 < len(v.segments) {
		return min(v.segments[n+1].first-1, v.head)
	}
	return v.head
}

// event returns the event at position.
func (s *Store) event(v view, position domain.Position) (domain.SequencedEvent, error) {
	w := walker{store: s, view: v, query: domain.All(), low: position, high: position}
	page, err := w.page(nil, 1)
	if err != nil {
		return domain.SequencedEvent{}, err
	}
	return s.decode(&page[0], journal.NewDecoder(&s.types))
}

// first returns the first position in (after, v.head] that query selects, or 0.
func (s *Store) first(v view, query domain.Query, after domain.Position) (position domain.Position, err error) {
	if after >= v.head {
		return 0, nil
	}
	w := walker{store: s, view: v, query: query, low: after + 1, high: v.head}
	err = w.mending(func() error {
		w.low = after + 1
		position, err = w.next()
		return err
	})
	return position, err
}

// line is an event line that was fetched.
type line struct {
	text     []byte // in memory that it shares with its neighbours
	position domain.Position
	entry    journal.Entry
	sharing  int32 // lines in that memory; 0 unless it is the first of them
	reader   *reader
}

// walker moves over the positions that a query selects, from segment to segment.
// What is left to look at lies in [low, high].
type walker struct {
	store     *Store
	view      view
	query     domain.Query
	backwards bool
	low, high domain.Position

	at     int // number of the segment that reader reads
	reader *reader
}

// reader is one segment as a walker sees it.
type reader struct {
	seg     *segment
	cursor  index.PartCursor
	sidecar *index.Sidecar  // of a sealed segment
	data    []byte          // its content, mapped
	entries []journal.Entry // of another one
	file    io.ReaderAt
	proven  bool // each line was in canonical form when it was entered in the index
}

func (r *reader) entry(position domain.Position) (journal.Entry, error) {
	if r.sidecar != nil {
		return r.sidecar.Entry(position)
	}
	return r.entries[position-r.seg.first], nil
}

// open makes reader that of segment n. It is called inside of mapped.
func (w *walker) open(n int) error {
	seg := w.view.segments[n]
	if w.reader != nil && w.reader.seg == seg && w.reader.cursor != nil {
		return nil
	}
	w.reader = &reader{seg: seg} // whose files are to blame if they cannot be read
	memory, file, open, err := w.store.use(seg)
	if err != nil {
		return err
	}
	r := &reader{seg: seg}
	if open != nil {
		r.sidecar, r.data, r.proven = open.index, open.data.Data, open.index.Info().Canonical
		r.cursor, err = open.index.Cursor(w.query)
	} else {
		w.store.mu.RLock()
		r.file, r.entries, r.proven = file, memory.Entries(), seg.foreign == 0
		r.cursor, err = memory.Cursor(w.query)
		w.store.mu.RUnlock()
	}
	w.at, w.reader = n, r
	return err
}

// next returns the next position, 0 when there is none left. It is called inside of
// mapped.
func (w *walker) next() (domain.Position, error) {
	for w.low <= w.high {
		from := w.low
		if w.backwards {
			from = w.high
		}
		n := w.view.find(from)
		if err := w.open(n); err != nil {
			return 0, err
		}
		first, last := max(w.low, w.view.segments[n].first), min(w.high, w.view.last(n))
		if w.backwards {
			position, err := w.reader.cursor.Prev(last, first)
			if err != nil {
				return 0, err
			}
			if w.high = first - 1; position > 0 {
				w.high = position - 1
				return position, nil
			}
			continue
		}
		position, err := w.reader.cursor.Next(first, last)
		if err != nil {
			return 0, err
		}
		if w.low = last + 1; position > 0 {
			w.low = position + 1
			return position, nil
		}
	}
	return 0, nil
}

// mending calls do inside of mapped, and again after an index file that proved to
// be damaged was made anew.
func (w *walker) mending(do func() error) error {
	for {
		err := w.store.mapped(do)
		if w.reader == nil || (!errors.Is(err, index.ErrDamaged) && !errors.Is(err, vfs.ErrFault)) {
			return err
		}
		seg := w.reader.seg
		w.reader = nil
		if err := w.store.mapped(func() error { return w.store.mend(seg, err) }); err != nil {
			return err
		}
	}
}

// page appends the next lines to page, up to size. After an error it holds what was
// fetched before.
func (w *walker) page(page []line, size int) ([]line, error) {
	if w.reader != nil && w.reader.sidecar == nil {
		w.reader = nil // the segment may have been sealed meanwhile
	}
	low, high := w.low, w.high
	begin := len(page)
	err := w.mending(func() error {
		w.low, w.high, page = low, high, page[:begin]
		for bytes := 0; len(page)-begin < size && bytes < pageBytes; {
			position, err := w.next()
			if err != nil || position == 0 {
				return errors.Join(err, w.store.fetch(page[begin:]))
			}
			entry, err := w.reader.entry(position)
			if err != nil {
				return err
			}
			page = append(page, line{position: position, entry: entry, reader: w.reader})
			bytes += int(entry.Length)
		}
		return w.store.fetch(page[begin:])
	})
	if err != nil {
		n := begin
		for n < len(page) && page[n].text != nil {
			n++ // what stands in front of the damage
		}
		page = page[:n]
	}
	return page, err
}

// fetch reads the text of lines, which stand in order of the read. It is called
// inside of mapped.
func (s *Store) fetch(lines []line) error {
	for len(lines) > 0 {
		n := 1
		r := lines[0].reader
		from, to := lines[0].place()
		if r.data == nil {
			for n < len(lines) && lines[n].reader == r {
				start, end := lines[n].place()
				if max(to, end)-min(from, start) > maxRun || start > to+maxGap || end < from-maxGap {
					break
				}
				from, to = min(from, start), max(to, end)
				n++
			}
		} else {
			for n < len(lines) && lines[n].reader == r {
				n++
			}
		}
		data := r.data
		if data == nil {
			data = make([]byte, to-from)
			read, err := r.file.ReadAt(data, from)
			if read < len(data) && !errors.Is(err, io.EOF) {
				return fmt.Errorf("opossum: read %s: %w", s.file(segmentName(r.seg.first)), err)
			}
			data = data[:read]
		} else {
			from = 0
		}
		if err := s.keep(lines[:n], data, from); err != nil {
			return err
		}
		lines = lines[n:]
	}
	return nil
}

// keep gives lines their text, from data, which begins at from in their segment. It
// is copied to memory of its own, in blocks of neighbours.
func (s *Store) keep(lines []line, data []byte, from int64) error {
	for len(lines) > 0 {
		n, size := 0, 0
		for n < len(lines) {
			start, end := lines[n].place()
			if end-from > int64(len(data)) {
				if n > 0 {
					break // what stands in front of it is there
				}
				return s.corrupt(segmentName(lines[n].reader.seg.first), &journal.Damage{
					Offset: start, Position: lines[n].position,
					Want: fmt.Sprintf("the line of %d bytes that was committed", end-start), Got: fmt.Sprintf("a file that ends at byte %d", from+int64(len(data))),
				})
			}
			if n > 0 && size+int(end-start) > blockBytes {
				break
			}
			size += int(end - start)
			n++
		}
		block := make([]byte, 0, size)
		for i := range lines[:n] {
			start, end := lines[i].place()
			at := len(block)
			block = append(block, data[start-from:end-from]...)
			lines[i].text = block[at:len(block):len(block)]
		}
		lines[0].sharing = int32(n)
		lines = lines[n:]
	}
	return nil
}

// place returns where the line begins and ends in its segment.
func (l *line) place() (from, to int64) {
	return int64(l.entry.Offset), int64(l.entry.Offset) + int64(l.entry.Length)
}

// decode checks a line against what it was when it was committed and takes it
// apart. The event keeps the text.
func (s *Store) decode(l *line, decoder *journal.Decoder) (domain.SequencedEvent, error) {
	if sum := journal.Checksum(journal.TextOf(l.text)); sum != l.entry.CRC {
		return domain.SequencedEvent{}, s.corrupt(segmentName(l.reader.seg.first), &journal.Damage{
			Offset: int64(l.entry.Offset), Position: l.position,
			Want: fmt.Sprintf("the line with CRC-32C %08x that was committed", l.entry.CRC), Got: fmt.Sprintf("one with %08x", sum),
		})
	}
	if l.sharing > 0 {
		decoder.Together(int(l.sharing))
	}
	event, err := decoder.Decode(l.text, l.reader.proven)
	if err == nil && event.Position != l.position {
		err = fmt.Errorf("the line is that of position %d", event.Position)
	}
	if err != nil {
		return domain.SequencedEvent{}, fmt.Errorf("opossum: position %d: %w", l.position, err)
	}
	return event, nil
}

// orClosed turns the failure of a file that Close took away into ErrClosed.
func (s *Store) orClosed(err error) error {
	if s.closedError() != nil && errors.Is(err, fs.ErrClosed) {
		return ports.ErrClosed
	}
	return err
}
