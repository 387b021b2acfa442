package filesystem

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"
)

// A write that makes a file longer costs the disk more, as the new size has to be
// made durable too. So the last segment is filled with newlines
// ahead of the events, in the background: a segment remains JSON Lines for whoever
// reads it. What is left of the fill is cut off before the next segment is begun, and
// when the store is closed.
var usualFill = fillPlan{
	least: 64 << 10, most: 1 << 20,
	after: 4, // a program that appends once or twice and ends needs no fill
	large: 64 << 10,
}

// fillPlan says how much is filled and when.
type fillPlan struct {
	least, most int64 // bytes ahead of the events
	after       int   // so many commits must have made the file longer
	large       int   // not counted are those of so many bytes: they do not wait for the size
}

// ahead returns how much is filled ahead of offset.
func (p fillPlan) ahead(offset int64) int64 { return min(max(offset, p.least), p.most) }

// filling is what a store knows of the fill of its writer's segment. Guarded by
// gate and lock.
type filling struct {
	size   int64 // the length of the file that is known, fill included
	grown  int   // commits that made it longer
	failed bool  // no more of it in this segment
	done   bool  // this store has filled something
}

// wrote notes a commit that ended at offset, and has the file filled when there is
// need.
func (s *Store) wrote(offset int64, bytes int) {
	f := &s.filling
	if offset > f.size {
		f.size = offset
		if bytes < s.fillPlan.large {
			f.grown++
		}
	}
	if s.options.NoFillAhead || f.failed || f.grown < s.fillPlan.after || offset >= s.options.SegmentSize ||
		f.size-offset >= s.fillPlan.ahead(offset)/2 {
		return
	}
	if !s.fillComing.CompareAndSwap(false, true) {
		return
	}
	s.spawn(func() {
		defer s.fillComing.Store(false)
		if err := s.exclusively(s.tasks.ctx, s.fill); err != nil && s.tasks.ctx.Err() == nil {
			s.options.Logger.Warn("opossum: fill ahead", "error", err)
		}
	})
}

// fill writes newlines behind the events of the last segment and makes the new size
// durable. The caller holds gate and lock.
func (s *Store) fill() error {
	if err := s.catchUpExclusive(); err != nil {
		return err
	}
	seg := s.active()
	if seg == nil || s.begun || s.writer == nil || s.writing != seg.first {
		return nil
	}
	size, err := s.writer.Size()
	if err != nil {
		return err
	}
	offset := s.mark().Offset
	s.filling.size = size
	if offset >= s.options.SegmentSize {
		return nil
	}
	ahead := s.fillPlan.ahead(offset)
	if size-offset >= ahead/2 {
		return nil
	}
	s.filling.done = true
	if _, err = s.writer.WriteAt(newlines(int(offset+ahead-size)), size); err == nil {
		err = s.writer.Sync()
	}
	if err != nil {
		// Nothing that was acknowledged hangs on it. The room is for events.
		s.filling.failed = true
		return errors.Join(fmt.Errorf("opossum: %w; appends go on without", err), s.writer.Truncate(size))
	}
	s.filling.size = offset + ahead
	return nil
}

// newlines returns that many newlines, which nobody may change.
func newlines(count int) []byte {
	if count > int(usualFill.most) {
		return bytes.Repeat([]byte{'\n'}, count)
	}
	return mostFill()[:count]
}

var mostFill = sync.OnceValue(func() []byte { return bytes.Repeat([]byte{'\n'}, int(usualFill.most)) })

// trim cuts the fill off when the store is closed, unless another process is at
// work. It need not be durable: newlines that come back disturb nobody.
func (s *Store) trim() error {
	if !s.filling.done || s.suspect {
		return nil
	}
	if !s.lease.held {
		if ok, err := s.lock.try(); !ok || err != nil {
			return nil // somebody else has it, and the fill is of use
		}
		s.lease.held, s.lease.current, s.lease.kept = true, false, false
	}
	defer s.letGo()
	if err := s.catchUpExclusive(); err != nil {
		return err
	}
	if seg := s.active(); seg == nil || s.begun || s.writer == nil || s.writing != seg.first {
		return nil
	}
	return s.writer.Truncate(s.mark().Offset)
}

// quiet reports whether nothing stands behind the head. The caller holds gate and
// lock, or catching. One byte tells: a process that died while it wrote has written from the
// beginning, and what a power cut left is found by opening, which looks at all.
func (s *Store) quiet() (bool, error) {
	head := s.mark()
	if seg := s.active(); seg != nil && !s.isSealed(seg) { // behind a sealed one the next begins
		if err := s.checkFile(seg, head.Offset); err != nil {
			return false, err
		}
		var next [1]byte
		n, err := seg.file.ReadAt(next[:], head.Offset)
		if err != nil && !errors.Is(err, io.EOF) {
			return false, fmt.Errorf("opossum: read %s: %w", s.file(segmentName(seg.first)), err)
		}
		if n == 1 && next[0] != '\n' {
			return false, nil
		}
	}
	name := segmentName(head.Position + 1)
	f, err := s.dir.Open(name, os.O_RDONLY)
	if errors.Is(err, fs.ErrNotExist) {
		return true, nil
	}
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		return false, fmt.Errorf("opossum: read %s: %w", s.file(name), regular(err, s.path))
	}
	return false, nil
}
