package filesystem

import (
	"context"
	"errors"
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
)

// Head returns the position of the last event that any process committed. It waits for
// as much as Read does.
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
// the contract. It takes no lock and never waits for an append, unless one of this
// store ended with [ports.ErrUnknownOutcome] and is not settled yet: then it settles
// that first, with the append lock, and may return [ports.ErrLockTimeout]. So it does when
// the ledger, which says what is committed, is missing or not whole and something stands
// behind what this store knows; one that is open for reading only then shows, where nobody
// is writing, whole appends that a power cut could still take back. A search that is long
// ends with its context.
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
			paused := errors.Is(err, index.ErrPaused)
			if paused {
				err = nil
			}
			for i := range page {
				var event domain.SequencedEvent
				err := s.decode(&event, &page[i], decoder)
				if !yield(event, err) || err != nil {
					return
				}
			}
			if err != nil {
				yield(domain.SequencedEvent{}, s.orClosed(err))
				return
			}
			if left -= len(page); (len(page) == 0 && !paused) || (o.Limit > 0 && left == 0) {
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
	var event domain.SequencedEvent
	err = s.decode(&event, &page[0], journal.NewDecoder(&s.types))
	return event, err
}

// first returns the first position in (after, v.head] that query selects, or 0.
func (s *Store) first(ctx context.Context, v view, query domain.Query, after domain.Position) (position domain.Position, err error) {
	if after >= v.head {
		return 0, nil
	}
	w := walker{store: s, view: v, query: query, low: after + 1, high: v.head}
	for {
		low := w.low
		err = w.mending(func() error {
			w.low = low
			position, err = w.next()
			return err
		})
		if !errors.Is(err, index.ErrPaused) {
			return position, err
		}
		if err = s.usable(ctx); err != nil {
			return 0, err
		}
	}
}

// walker moves over the positions that a query selects, from segment to segment.
// What is left to look at lies in [low, high].
type walker struct {
	store     *Store
	view      view
	query     domain.Query
	backwards bool
	low, high domain.Position

	reader *reader
	used   *segment // whose files were used last, and are to blame if that failed

	scratch []byte // what was read last with a call
}

// reader is one segment as a walker sees it.
type reader struct {
	seg     *segment
	last    domain.Position // in view
	cursor  index.PartCursor
	sidecar *index.Sidecar  // of a sealed segment
	data    []byte          // its content, mapped
	entries []journal.Entry // of another one
	file    vfs.File        // of one that is not mapped
	recent  *recent         // of one that is not sealed
	// committed is where the last line ends that was committed when reader was made, or
	// one in front of it; 0 for a sealed segment.
	committed int64
	proven    bool // each line was in canonical form when it was entered in the index
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
	if w.reader != nil && w.reader.seg == seg {
		w.used = seg
		return nil
	}
	w.reader, w.used = nil, seg
	memory, file, open, err := w.store.use(seg)
	if err != nil {
		return err
	}
	r := &reader{seg: seg, last: w.view.last(n)}
	if open != nil {
		r.sidecar, r.file, r.proven = open.index, open.file, open.index.Info().Canonical
		if open.data != nil {
			r.data = open.data.Data
		}
		r.cursor, err = open.index.Cursor(w.query)
	} else {
		w.store.mu.RLock()
		r.file, r.entries, r.recent, r.proven = file, memory.Entries(), &seg.recent, seg.foreign == 0
		// A view of an append that is being checked goes on behind the head.
		if last := min(r.last, w.store.head.Position); last >= seg.first {
			l := r.entries[last-seg.first]
			r.committed = int64(l.Offset) + int64(l.Length)
		}
		r.cursor, err = memory.Cursor(w.query)
		w.store.mu.RUnlock()
	}
	if err == nil {
		w.reader = r
	}
	return err
}

// next returns the next position, 0 when there is none left. After [index.ErrPaused] it
// goes on where it was. It is called inside of mapped.
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
				w.high = position // if it is paused, and otherwise nobody goes on
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
			w.low = position // if it is paused, and otherwise nobody goes on
			return 0, err
		}
		if w.low = last + 1; position > 0 {
			w.low = position + 1
			return position, nil
		}
	}
	return 0, nil
}

// neighbours appends the positions that follow in the same segment when all of them
// are selected, until page has so many lines. The last one came from there.
func (w *walker) neighbours(page []line, lines int) []line {
	for w.query.IsAll() && len(page) < lines && w.low <= w.high {
		position := w.low
		if w.backwards {
			position = w.high
		}
		if position < w.reader.seg.first || position > w.reader.last {
			break
		}
		page = append(page, line{position: position, reader: w.reader})
		if w.backwards {
			w.high = position - 1
		} else {
			w.low = position + 1
		}
	}
	return page
}

// goBack makes position the next one, which was it before.
func (w *walker) goBack(position domain.Position) {
	if w.backwards {
		w.high = position
	} else {
		w.low = position
	}
}

// mending calls do inside of mapped, and again after an index file that proved to
// be damaged was made anew.
func (w *walker) mending(do func() error) error {
	for {
		err := w.store.mapped(do)
		if w.used == nil || (!errors.Is(err, index.ErrDamaged) && !errors.Is(err, vfs.ErrFault)) {
			return err
		}
		seg := w.used
		w.reader = nil
		if err := w.store.mapped(func() error { return w.store.mend(seg, err) }); err != nil {
			return err
		}
	}
}

// page appends the next lines to page, up to size. After an error it holds what was
// fetched before; [index.ErrPaused] says that more may follow.
func (w *walker) page(page []line, size int) ([]line, error) {
	if w.reader != nil && w.reader.sidecar == nil {
		w.reader = nil // the segment may have been sealed meanwhile
	}
	low, high := w.low, w.high
	begin := len(page)
	err := w.mending(func() error {
		w.low, w.high, page = low, high, page[:begin]
		// One thing after the other for all lines: what is not in the processor's caches is
		// waited for together.
		var err error
		for len(page)-begin < size && err == nil {
			var position domain.Position
			if position, err = w.next(); position == 0 {
				break
			}
			page = append(page, line{position: position, reader: w.reader})
			page = w.neighbours(page, begin+size)
		}
		failed, bytes := w.used, 0
		for i := range page[begin:] {
			l := &page[begin+i]
			if bytes >= pageBytes {
				w.goBack(l.position)
				page, err = page[:begin+i], nil
				break
			}
			w.used = l.reader.seg
			var entryErr error
			if l.entry, entryErr = l.reader.entry(l.position); entryErr != nil {
				return entryErr
			}
			bytes += int(l.entry.Length)
		}
		if fetchErr := w.fetch(page[begin:]); fetchErr != nil {
			return fetchErr
		}
		w.used = failed
		return err
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

// orClosed turns the failure of a file that Close took away into ErrClosed.
func (s *Store) orClosed(err error) error {
	if s.closedError() != nil && errors.Is(err, fs.ErrClosed) {
		return ports.ErrClosed
	}
	return err
}
