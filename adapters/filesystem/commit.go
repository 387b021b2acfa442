package filesystem

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/opossum-go/opossum/adapters/filesystem/internal/journal"
	"github.com/opossum-go/opossum/adapters/filesystem/internal/vfs"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// maxTextKept is the largest buffer that is kept for the text of the next commit.
const maxTextKept = 1 << 20

// group is what one commit writes: the events of one append, or of several that
// were waiting together. One commit line closes all of them, so a crash leaves all
// or none, and what is not synced is never more than one batch.
type group struct {
	alone  bool // with the lock nothing was found that other processes had committed
	seg    *segment
	fresh  bool  // seg has no event yet
	offset int64 // where text goes in seg
	now    time.Time
	chain  journal.Chain // before the group
	first  domain.Position
	next   domain.Position

	text     []byte
	recorded []byte          // now, as it stands in text
	start    int             // of the event lines in text
	entries  []journal.Entry // of the event lines
	events   []*domain.Event // that they say
	indexed  int             // so many of them are in the index
	view     view            // what conditions are checked against; its head is next-1
	accepted []*waiting
	late     []*waiting // refused because of an event of this group
	cause    error      // why it could not be written
}

// commitAll decides on the appends of all in turn and commits those that may be,
// and answers each. The caller holds gate and lock.
func (s *Store) commitAll(all []*waiting) {
	g, err := s.beginGroup()
	if err != nil {
		for _, w := range all {
			w.answer(domain.Positions{}, err)
		}
		return
	}
	g.expect(all)
	for _, w := range all {
		err := s.check(w.ctx, w.conditions, g)
		if err == nil {
			if err = w.ctx.Err(); err != nil {
				err = fmt.Errorf("opossum: append: %w", err)
			}
		}
		conflict, isConflict := errors.AsType[*ports.ConflictError](err)
		switch {
		case err == nil:
			s.enter(g, w)
		case isConflict && conflict.Position >= g.first:
			// True only when the group is durable.
			w.err = err
			g.late = append(g.late, w)
		default:
			w.answer(domain.Positions{}, err)
		}
	}
	if len(g.accepted) == 0 {
		return
	}
	err = s.commit(g)
	for _, w := range g.accepted {
		if err != nil {
			w.at = domain.Positions{}
		}
		w.answer(w.at, err)
	}
	for _, w := range g.late {
		if err != nil {
			w.err = fmt.Errorf("opossum: append: an append that was in its way failed at the same moment, try again; nothing was written: %w", g.cause)
		}
		w.answer(domain.Positions{}, w.err)
	}
}

// beginGroup brings the store up to date and returns an empty group.
func (s *Store) beginGroup() (*group, error) {
	if err := s.catchUpExclusive(); err != nil {
		return nil, err
	}
	now, err := s.now()
	if err != nil {
		return nil, err
	}
	head := s.mark()
	if now.Before(head.RecordedAt) {
		now = head.RecordedAt
	}
	g := &group{
		text:  s.text[:0],
		alone: s.lease.knew == head.Position, seg: s.active(), offset: head.Offset, now: now, chain: head.Chain, first: head.Position + 1,
	}
	g.next = g.first
	// A segment that was begun is gone on with, also by a process with a larger limit.
	if g.seg == nil || s.isSealed(g.seg) || s.begun || g.offset >= s.options.SegmentSize {
		g.seg, g.offset, g.fresh = s.newSegment(head), 0, true
		g.text = append(g.text, g.seg.header...)
	}
	g.start = len(g.text)
	g.recorded = journal.AppendTime(nil, g.now)
	g.view = s.snapshot()
	if g.fresh {
		g.view.segments = append(g.view.segments, g.seg)
	}
	return g, nil
}

// expect makes room for all.
func (g *group) expect(all []*waiting) {
	const commitLine = 256
	events, bytes := 0, commitLine
	for _, w := range all {
		events += len(w.events)
		bytes += w.lineBytes()
	}
	g.text = slices.Grow(g.text, bytes)
	g.entries = make([]journal.Entry, 0, events)
	g.events = make([]*domain.Event, 0, events)
	g.accepted = make([]*waiting, 0, len(all))
}

// check returns a ConflictError for the first condition that does not hold, behind
// what is committed and what stands in g already. The caller holds gate and lock,
// so nothing can arrive in between.
func (s *Store) check(ctx context.Context, conditions []domain.AppendCondition, g *group) error {
	for i, c := range conditions {
		if c.After >= g.next-1 {
			continue
		}
		s.index(g)
		g.view.head = g.next - 1
		position, err := s.first(ctx, g.view, c.FailIfEventsMatch, c.After)
		if err != nil {
			return err
		}
		if position == 0 {
			continue
		}
		event, err := s.eventAt(position, g)
		if err != nil {
			return err
		}
		return &ports.ConflictError{Condition: i, After: c.After, Position: position, Type: event.Type, Tags: event.Tags}
	}
	return nil
}

// eventAt returns the event at position, which is committed or stands in g.
func (s *Store) eventAt(position domain.Position, g *group) (domain.Event, error) {
	if position >= g.first {
		return *g.events[position-g.first], nil
	}
	event, err := s.event(g.view, position)
	return event.Event, err
}

// enter adds the events of w to g.
func (s *Store) enter(g *group, w *waiting) {
	w.at = domain.Positions{First: g.next, Last: g.next + domain.Position(len(w.events)) - 1}
	for body := w.body; len(body) > 0; g.next++ {
		end := bytes.IndexByte(body, '\n') + 1
		from := len(g.text)
		g.text = journal.AppendLine(g.text, g.next, g.recorded, body[:end])
		line := journal.TextOf(g.text[from : len(g.text)-1])
		g.entries = append(g.entries, journal.Entry{
			Offset: uint32(g.offset + int64(from)), Length: uint32(len(line)), CRC: journal.Checksum(line),
		})
		body = body[end:]
	}
	for i := range w.events {
		g.events = append(g.events, &w.events[i])
	}
	g.accepted = append(g.accepted, w)
}

// index enters the events of g that were accepted since the last time in the index,
// which is ahead of the head then.
func (s *Store) index(g *group) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g.seg.memory.AddAll(g.entries[g.indexed:], g.events[g.indexed:])
	g.indexed = len(g.events)
}

// indexAside is index, in the background when there is more to enter than the way to
// another processor costs: it has time while the disk is at work. It must be waited for.
func (s *Store) indexAside(g *group) (wait func()) {
	const much = 8 // events
	if len(g.entries) < much {
		s.index(g)
		return func() {}
	}
	var done sync.WaitGroup
	done.Go(func() { s.index(g) })
	return done.Wait
}

// commit writes g and makes it durable with one sync. After an error nothing of it
// is entered anywhere.
func (s *Store) commit(g *group) error {
	batch, err := s.writeBatch(g)
	if err != nil {
		if g.cause == nil {
			g.cause = err
		}
		s.rewind()
		return err
	}
	s.catching.Lock()
	defer s.catching.Unlock()
	s.lease.committed(g.alone)
	s.begun = false
	s.wrote(g.offset+int64(len(g.text)), len(g.text))
	if g.fresh {
		if last := s.active(); last != nil {
			s.mu.Lock()
			last.rolled = true
			s.mu.Unlock()
		}
		s.add(g.seg, s.mark())
	}
	s.announce(journal.Mark{
		Position: batch.Last, Chain: batch.Chain, RecordedAt: g.now, Offset: g.offset + int64(len(g.text)),
	})
	return nil
}

// writeBatch closes the text of g with its commit line and writes it.
func (s *Store) writeBatch(g *group) (journal.Commit, error) {
	defer s.indexAside(g)()
	lines := journal.TextOf(g.text[g.start:])
	batch := journal.Commit{
		First: g.first, Last: g.next - 1, Bytes: len(lines), CRC: journal.Checksum(lines), Chain: g.chain.Next(lines),
	}
	g.text = journal.AppendCommit(g.text, batch)
	if cap(g.text) <= maxTextKept {
		s.text = g.text
	}
	return batch, s.write(g)
}

// active returns the last segment, nil for an empty store.
func (s *Store) active() *segment {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if len(s.segments) == 0 {
		return nil
	}
	return s.segments[len(s.segments)-1]
}

// write puts the text of g into its place and syncs it. A failure before the first
// byte leaves everything as it was; after any later one the tail is suspect.
func (s *Store) write(g *group) (err error) {
	if g.fresh {
		if err := s.endSegment(); err != nil {
			return fmt.Errorf("opossum: append: end the segment before: %w; nothing was written", err)
		}
	}
	if s.writing != g.seg.first {
		if err := s.dropWriter(); err != nil {
			return fmt.Errorf("opossum: append: %w; nothing was written", err)
		}
	}
	if s.writer == nil {
		if s.writer, err = s.openWriter(g.seg.first); err != nil {
			return fmt.Errorf("opossum: append: %w; nothing was written", err)
		}
	}
	if g.fresh {
		// Opened before the write: once the events are durable nothing may fail.
		if g.seg.file, err = s.dir.Open(segmentName(g.seg.first), os.O_RDONLY); err != nil {
			return errors.Join(fmt.Errorf("opossum: append: %w; nothing was written", err), s.dropWriter())
		}
	}
	s.residue = residue{first: g.seg.first, end: g.offset + int64(len(g.text))} // also if it panics
	written, err := s.writer.WriteAt(g.text, g.offset)
	if err == nil {
		err = s.writer.Sync()
	}
	if err == nil && g.fresh {
		err = s.dir.SyncDir(eventsDir)
	}
	if err == nil {
		s.residue = residue{}
		return nil
	}
	s.residue.end = g.offset + int64(written)
	if written < len(g.text)-1 { // what is there in part stays torn; the newline at the end the fill may have
		s.residue = residue{}
	}
	name := segmentName(g.seg.first)
	g.cause = fmt.Errorf("write %s: %w", s.file(name), err)
	s.suspect = true
	if undoErr := s.undo(g.offset); undoErr == nil {
		s.residue = residue{}
		err = fmt.Errorf("opossum: append: write %s: %w; it was undone, nothing was written", s.file(name), err)
	} else {
		s.unsettled.Store(true)
		err = fmt.Errorf("%w: write %s: %w; undo it: %w; the store settles it before the next read or append",
			ports.ErrUnknownOutcome, s.file(name), err, undoErr)
	}
	if g.fresh {
		err = errors.Join(err, g.seg.file.Close())
	}
	return errors.Join(err, s.dropWriter())
}

// undo takes back a write at offset that failed, in whole or in part. What it cut
// off cannot be found by any recovery, so when it succeeds the outcome is known.
func (s *Store) undo(offset int64) error {
	s.filling.size = 0
	if err := s.writer.Truncate(offset); err != nil {
		return err
	}
	return s.writer.Sync()
}

// openWriter opens the segment that begins at first for writing and keeps it as
// the writer.
func (s *Store) openWriter(first domain.Position) (vfs.File, error) {
	f, err := s.dir.Open(segmentName(first), os.O_RDWR|os.O_CREATE)
	if err != nil {
		return nil, regular(err, s.path)
	}
	s.writer, s.writing, s.filling = f, first, filling{done: s.filling.done}
	return f, nil
}
