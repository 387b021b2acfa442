package filesystem

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/opossum-go/opossum/adapters/filesystem/internal/index"
	"github.com/opossum-go/opossum/adapters/filesystem/internal/journal"
	"github.com/opossum-go/opossum/adapters/filesystem/internal/vfs"
	"github.com/opossum-go/opossum/domain"
)

// tail is what stands behind the head.
type tail struct {
	mark  journal.Mark // behind the last whole batch
	batch journal.Span // the last whole batch that was found, zero for none
	text  string       // its bytes, unless the walk had a bound

	damage *journal.Damage // why what stands behind mark is no whole batch; nil when nothing does
	rest   journal.Rest    // what does, if there is damage
	name   string          // the segment it stands in
	begun  bool            // that segment holds no whole batch at all
	header string          // what it was begun with
	start  string          // what it begins with instead, as much as a header has
}

// forward walks from the head over whole batches, to the end of the files or up to
// bound, and enters their events in segments and index. They stay invisible until
// publish. The caller holds catching, or owns the store alone.
func (s *Store) forward(bound *ledger) (tail, error) {
	t := tail{mark: s.head}
	if n := len(s.segments); n > 0 {
		seg := s.segments[n-1]
		if !s.isSealed(seg) { // a sealed one is whole, and behind it begins the next
			if err := s.walk(&t, seg, bound); err != nil || t.damage != nil {
				return t, err
			}
		}
	}
	for bound == nil || t.mark.Position < bound.Position {
		if s.opened != nil && s.opened.Err() != nil {
			return t, s.opened.Err()
		}
		more, err := s.nextSegment(&t, bound)
		if err != nil || !more {
			return t, err
		}
	}
	return t, nil
}

// walk enters what stands in seg behind t.mark. What is not whole, and cannot be torn
// either, is looked at once more: after a sync that failed the system may drop what it
// held of an append, at any moment, and then shows what is on the disk.
func (s *Store) walk(t *tail, seg *segment, bound *ledger) error {
	err := s.walkOnce(t, seg, bound)
	if err == nil && t.damage != nil && !t.rest.Torn {
		t.damage, t.rest, t.name = nil, journal.Rest{}, ""
		err = s.walkOnce(t, seg, bound)
	}
	return err
}

func (s *Store) walkOnce(t *tail, seg *segment, bound *ledger) error {
	from := t.mark.Offset
	if err := s.checkFile(seg, from); err != nil {
		return err
	}
	to := int64(-1)
	if bound != nil && bound.Segment == seg.first {
		to = max(bound.Bytes, from)
	}
	source, length, err := vfs.Range(seg.file, from, to)
	if err == nil {
		if s.opened != nil {
			source = &untilEnd{ctx: s.opened, Reader: source}
		}
		e := s.enters(seg)
		_, t.damage, err = journal.ScanPieces(source, length, t.mark, func(piece journal.Piece, mark journal.Mark) (journal.Mark, *journal.Damage) {
			e.enter(t, piece)
			if bound == nil && t.mark.Position > mark.Position {
				t.text = strings.Clone(piece.Text[t.batch.Start-mark.Offset : t.batch.End-mark.Offset])
			}
			return t.mark, t.damage
		})
	}
	if err == nil && t.damage != nil {
		t.rest, err = journal.JudgeRest(seg.file, t.mark.Offset, to)
	}
	if err != nil {
		return fmt.Errorf("opossum: read %s: %w", s.file(segmentName(seg.first)), err)
	}
	if t.damage != nil {
		t.name = segmentName(seg.first)
	}
	return s.overlookFill(t)
}

// untilEnd reads until ctx ends.
type untilEnd struct {
	ctx context.Context
	io.Reader
}

func (r *untilEnd) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.Reader.Read(p)
}

// entering enters one piece of a segment after another.
type entering struct {
	store   *Store
	seg     *segment
	scanner journal.Scanner
	filler  *index.Filler
}

func (s *Store) enters(seg *segment) *entering {
	return &entering{store: s, seg: seg, filler: index.NewFiller(seg.memory)}
}

// enter enters the whole batches of piece, which begins at t.mark.
func (e *entering) enter(t *tail, piece journal.Piece) {
	e.store.mu.Lock()
	defer e.store.mu.Unlock()
	defer e.filler.End()
	t.mark, t.damage = e.scanner.ScanPiece(piece, t.mark, func(batch journal.Span, entry journal.Entry, line *domain.SequencedEvent) {
		e.filler.Add(entry, line.Type, line.Tags)
		if batch.Foreign && e.seg.foreign == 0 {
			e.seg.foreign = line.Position
		}
		t.batch = batch
	})
}

// overlookFill forgets damage behind the last batch of a segment that another one
// follows, if it is nothing but fill, of which a disk may have lost a part. The
// header of the next segment proves that this one was at its end, or as much of it
// as was written when that one was begun.
func (s *Store) overlookFill(t *tail) error {
	if t.damage == nil || !t.rest.Blank {
		return nil
	}
	next := s.newSegment(t.mark)
	file, got, ok, err := s.openSegment(next)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = file.Close()
	}
	if err != nil {
		return fmt.Errorf("opossum: read %s: %w", s.file(segmentName(next.first)), regular(err, s.path))
	}
	if ok || journal.Begun(got, next.header) {
		t.damage, t.rest, t.name = nil, journal.Rest{}, ""
	}
	return nil
}

// endSegment cuts the last segment to what is committed in it, and makes that durable
// before another one is begun: what a power cut would bring back there, fill aside, is
// damage. Whoever cut it off before may have died before the sync. The caller holds
// gate and lock.
func (s *Store) endSegment() error {
	seg := s.active()
	if seg == nil {
		return nil
	}
	file, err := s.dir.Open(segmentName(seg.first), os.O_RDWR)
	if err != nil {
		return regular(err, s.path)
	}
	size, err := file.Size()
	if end := s.mark().Offset; err == nil && size > end {
		err = file.Truncate(end)
	}
	if err == nil {
		err = file.Sync()
	}
	return errors.Join(err, file.Close())
}

// checkFile refuses a segment whose file was taken away, where an append would
// reach nobody, or has become shorter than what was committed, where one would
// leave a hole.
func (s *Store) checkFile(seg *segment, committed int64) error {
	name := segmentName(seg.first)
	current, err := seg.file.Current()
	if err != nil {
		return fmt.Errorf("opossum: read %s: %w", s.file(name), err)
	}
	if !current {
		return s.corrupt(name, &journal.Damage{
			Offset: committed, Position: s.visible() + 1,
			Want: "the file that was opened", Got: "none or another one under its name; it was removed or replaced while the store was open",
		})
	}
	return s.checkSize(seg, committed)
}

// checkSize refuses a segment that is shorter than what was committed.
func (s *Store) checkSize(seg *segment, committed int64) error {
	name := segmentName(seg.first)
	size, err := seg.file.Size()
	if err != nil {
		return fmt.Errorf("opossum: read %s: %w", s.file(name), err)
	}
	if size >= committed {
		return nil
	}
	// Of the last event the line that commits it may be all that is gone.
	position := seg.first
	s.mu.RLock()
	entries := seg.memory.Entries()
	s.mu.RUnlock()
	for i, e := range entries {
		if position = seg.first + domain.Position(i); int64(e.Offset)+int64(e.Length) > size {
			break
		}
	}
	return s.corrupt(name, &journal.Damage{
		Offset: size, Position: position,
		Want: fmt.Sprintf("%d bytes that were committed", committed), Got: fmt.Sprintf("a file of %d bytes", size),
	})
}

// nextSegment walks over the segment that begins behind t.mark. It returns false
// when the walk ends there: no such segment, or damage in it. One that was begun here, has
// no whole batch and cannot be torn either is looked at once more, see walk.
func (s *Store) nextSegment(t *tail, bound *ledger) (bool, error) {
	more, err := s.nextSegmentOnce(t, bound)
	if err == nil && t.begun && t.damage != nil && !t.rest.Torn && journal.Begun(t.start, t.header) {
		*t = tail{mark: t.mark, batch: t.batch, text: t.text}
		more, err = s.nextSegmentOnce(t, bound)
	}
	return more, err
}

func (s *Store) nextSegmentOnce(t *tail, bound *ledger) (bool, error) {
	before := t.mark
	seg := s.newSegment(before)
	first, name := seg.first, segmentName(seg.first)
	if skipped, err := s.skipSealed(t, seg, bound); skipped || err != nil {
		return skipped, err
	}
	file, got, ok, err := s.openSegment(seg)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("opossum: read %s: %w", s.file(name), regular(err, s.path))
	}
	seg.file = file
	t.mark.Offset = int64(len(seg.header))
	if !ok {
		t.damage = seg.otherHeader(got)
	} else if err := s.walk(t, seg, bound); err != nil {
		return false, errors.Join(err, file.Close())
	}
	if t.mark.Position >= first {
		last := s.active()
		s.add(seg, before)
		if s.readAll && last != nil {
			if err := s.audit(last); err != nil {
				return false, err
			}
		}
		return t.damage == nil, nil
	}
	// The segment was begun and never got a whole batch.
	t.rest, err = journal.JudgeRest(file, 0, -1)
	if err = errors.Join(err, file.Close()); err != nil {
		return false, fmt.Errorf("opossum: read %s: %w", s.file(name), err)
	}
	t.mark = before
	t.name, t.begun, t.header, t.start = name, true, seg.header, got
	if t.rest.Bytes == 0 {
		t.damage = nil
	} else if t.damage == nil {
		t.damage = &journal.Damage{Offset: int64(len(seg.header)), Position: first, Want: "an event line", Got: "the end of the file"}
	}
	return false, nil
}
