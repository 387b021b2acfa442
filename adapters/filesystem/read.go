package filesystem

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"slices"

	"github.com/opossum-go/opossum/adapters/filesystem/internal/index"
	"github.com/opossum-go/opossum/adapters/filesystem/internal/journal"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

const (
	// A read fetches positions in pages and lines in runs: neighbouring lines come
	// with one call to the file system.
	firstPage = 16
	largePage = 512
	maxRun    = 256 << 10 // bytes fetched at once, unless one line is longer
	maxGap    = 4 << 10   // bytes between two lines that are fetched rather than skipped
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
		low, high := o.After+1, v.head
		if o.Before > 0 {
			high = min(high, o.Before-1)
		}
		cursor := s.cursor(query)
		left := o.Limit
		for size := firstPage; low <= high; size = min(2*size, largePage) {
			if err := s.usable(ctx); err != nil {
				yield(domain.SequencedEvent{}, err)
				return
			}
			if o.Limit > 0 {
				size = min(size, left)
			}
			page := make([]domain.Position, 0, size)
			for len(page) < size && low <= high {
				var p domain.Position
				if o.Backwards {
					if p = cursor.Prev(high, low); p == 0 {
						low = high + 1
						break
					}
					high = p - 1
				} else {
					if p = cursor.Next(low, high); p == 0 {
						low = high + 1
						break
					}
					low = p + 1
				}
				page = append(page, p)
			}
			for event, err := range v.page(page) {
				if err != nil {
					err = s.orClosed(err)
				}
				if !yield(event, err) || err != nil {
					return
				}
			}
			if left -= len(page); o.Limit > 0 && left == 0 {
				return
			}
		}
	}
}

// view is an immutable look at the store: everything up to head.
type view struct {
	store    *Store
	head     domain.Position
	segments []*segment
	last     []journal.Entry // entries of the last segment; those of others grow no more
}

func (s *Store) snapshot() view {
	s.mu.RLock()
	defer s.mu.RUnlock()
	n := len(s.segments)
	for n > 0 && s.segments[n-1].first > s.head.Position {
		n-- // read, not committed yet, and perhaps taken back
	}
	v := view{store: s, head: s.head.Position, segments: s.segments[:n]}
	if n > 0 {
		v.last = v.segments[n-1].entries
	}
	return v
}

func (s *Store) cursor(query domain.Query) index.Cursor {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.index.Cursor(query)
}

// locate returns the segment of position and the place of its line.
func (v view) locate(position domain.Position) (*segment, journal.Entry) {
	n, found := slices.BinarySearchFunc(v.segments, position, func(seg *segment, p domain.Position) int {
		switch {
		case seg.first < p:
			return -1
		case seg.first > p:
			return 1
		}
		return 0
	})
	if !found {
		n--
	}
	seg := v.segments[n]
	entries := v.last
	if n < len(v.segments)-1 {
		entries = seg.entries
	}
	return seg, entries[position-seg.first]
}

func (v view) event(position domain.Position) (domain.SequencedEvent, error) {
	for event, err := range v.page([]domain.Position{position}) {
		return event, err
	}
	return domain.SequencedEvent{}, nil
}

// page yields the events at positions, which stand in order of the read.
func (v view) page(positions []domain.Position) iter.Seq2[domain.SequencedEvent, error] {
	return func(yield func(domain.SequencedEvent, error) bool) {
		var buf []byte
		for len(positions) > 0 {
			seg, entry := v.locate(positions[0])
			from, to := int64(entry.Offset), int64(entry.Offset)+int64(entry.Length)
			run := []journal.Entry{entry}
			for _, p := range positions[1:] {
				next, e := v.locate(p)
				start, end := int64(e.Offset), int64(e.Offset)+int64(e.Length)
				if next != seg || max(to, end)-min(from, start) > maxRun || start > to+maxGap || end < from-maxGap {
					break
				}
				from, to = min(from, start), max(to, end)
				run = append(run, e)
			}
			if int64(cap(buf)) < to-from {
				buf = make([]byte, to-from)
			}
			buf = buf[:to-from]
			n, err := seg.file.ReadAt(buf, from)
			if n < len(buf) && !errors.Is(err, io.EOF) {
				yield(domain.SequencedEvent{}, fmt.Errorf("opossum: read %s: %w", v.store.file(segmentName(seg.first)), err))
				return
			}
			for i, e := range run {
				if int64(e.Offset)+int64(e.Length) > from+int64(n) {
					yield(domain.SequencedEvent{}, v.store.cut(seg, e, positions[i], from+int64(n)))
					return
				}
				event, err := v.decode(seg, e, positions[i], buf[int64(e.Offset)-from:][:e.Length])
				if !yield(event, err) || err != nil {
					return
				}
			}
			positions = positions[len(run):]
		}
	}
}

// cut reports that a segment ends before an event that was committed.
func (s *Store) cut(seg *segment, e journal.Entry, position domain.Position, size int64) error {
	return s.corrupt(segmentName(seg.first), &journal.Damage{
		Offset: int64(e.Offset), Position: position,
		Want: fmt.Sprintf("the line of %d bytes that was committed", e.Length), Got: fmt.Sprintf("a file that ends at byte %d", size),
	})
}

// decode checks a line against what it was when it was committed and takes it
// apart into memory of its own.
func (v view) decode(seg *segment, e journal.Entry, position domain.Position, text []byte) (domain.SequencedEvent, error) {
	line := string(text)
	if sum := journal.Checksum(line); sum != e.CRC {
		return domain.SequencedEvent{}, v.store.corrupt(segmentName(seg.first), &journal.Damage{
			Offset: int64(e.Offset), Position: position,
			Want: fmt.Sprintf("the line with CRC-32C %08x that was committed", e.CRC), Got: fmt.Sprintf("one with %08x", sum),
		})
	}
	parsed, err := journal.ParseEvent(line, nil)
	if err != nil {
		return domain.SequencedEvent{}, fmt.Errorf("opossum: position %d: %w", position, err)
	}
	return parsed.Event(), nil
}

// orClosed turns the failure of a file that Close took away into ErrClosed.
func (s *Store) orClosed(err error) error {
	select {
	case <-s.done:
		if errors.Is(err, fs.ErrClosed) {
			return ports.ErrClosed
		}
	default:
	}
	return err
}
