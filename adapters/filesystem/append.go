package filesystem

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/opossum-go/opossum/adapters/filesystem/internal/journal"
	"github.com/opossum-go/opossum/adapters/filesystem/internal/vfs"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

const timeFormat = time.RFC3339Nano

// Append stores events at the end of the store. See [ports.Appender] for the
// contract. It waits for the append lock up to [Options.LockTimeout].
func (s *Store) Append(ctx context.Context, events []domain.Event, conditions ...domain.AppendCondition) (_ domain.Positions, err error) {
	batch, err := s.prepare(events)
	if err != nil {
		return domain.Positions{}, err
	}
	if err := domain.ValidateConditions(conditions); err != nil {
		return domain.Positions{}, err
	}
	if s.readOnly {
		return domain.Positions{}, ports.ErrReadOnly
	}
	var positions domain.Positions
	err = s.exclusively(ctx, func() error {
		if err := s.catchUpExclusive(); err != nil {
			return err
		}
		if err := s.check(conditions); err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("opossum: append: %w", err)
		}
		positions, err = s.commit(batch)
		return err
	})
	return positions, err
}

// exclusively calls do with gate and lock held. It returns ErrClosed when the
// store is closed while it waits.
func (s *Store) exclusively(ctx context.Context, do func() error) error {
	if err := s.usable(ctx); err != nil {
		return err
	}
	select {
	case s.gate <- struct{}{}:
		defer func() { <-s.gate }()
	case <-s.done:
		return ports.ErrClosed
	case <-ctx.Done():
		return fmt.Errorf("opossum: wait for another append: %w", ctx.Err())
	}
	if err := s.usable(ctx); err != nil {
		return err
	}
	if err := s.lock.acquire(ctx, s.done); err != nil {
		return err
	}
	defer func() {
		if err := s.lock.release(); err != nil {
			// What was done is done, whatever becomes of the lock.
			s.options.Logger.Error("opossum: append lock", "error", err)
		}
	}()
	return do()
}

// prepare checks a batch and then fills in what the store gives to an event.
func (s *Store) prepare(events []domain.Event) ([]domain.Event, error) {
	batch, err := domain.PrepareEvents(events)
	if err != nil {
		return nil, err
	}
	now, err := s.now()
	if err != nil {
		return nil, err
	}
	for i := range batch {
		m := &batch[i].Metadata
		if m.ID == "" {
			m.ID = s.options.IDs.NewID()
			if m.ID == "" || len(m.ID) > domain.MaxMetadataBytes || !utf8.ValidString(m.ID) || strings.IndexByte(m.ID, 0) >= 0 {
				return nil, fmt.Errorf("opossum: append: Options.IDs made the id %q, which cannot be stored; nothing was written", m.ID)
			}
		}
		if m.OccurredAt.IsZero() {
			m.OccurredAt = now
		}
	}
	return batch, nil
}

// now asks the clock for a time that can be written down.
func (s *Store) now() (time.Time, error) {
	now := s.options.Clock.Now().UTC().Round(0)
	if y := now.Year(); y < 1 || y > 9999 || now.IsZero() {
		return time.Time{}, fmt.Errorf("opossum: append: the clock says %v, which cannot be stored; nothing was written", now)
	}
	return now, nil
}

// check returns a ConflictError for the first condition that does not hold. The
// caller holds gate and lock and has caught up, so nothing can arrive in between.
func (s *Store) check(conditions []domain.AppendCondition) error {
	for i, c := range conditions {
		view := s.snapshot()
		cursor := s.cursor(c.FailIfEventsMatch)
		position := cursor.Next(c.After+1, view.head)
		if c.After >= view.head || position == 0 {
			continue
		}
		event, err := view.event(position)
		if err != nil {
			return err
		}
		return &ports.ConflictError{Condition: i, After: c.After, Position: position, Type: event.Type, Tags: event.Tags}
	}
	return nil
}

// commit writes a batch and makes it durable with one sync. The caller holds gate
// and lock and has caught up.
func (s *Store) commit(events []domain.Event) (domain.Positions, error) {
	now, err := s.now()
	if err != nil {
		return domain.Positions{}, err
	}
	if now.Before(s.head.RecordedAt) {
		now = s.head.RecordedAt
	}
	at := domain.Positions{First: s.head.Position + 1, Last: s.head.Position + domain.Position(len(events))}

	seg, offset := s.active(), s.head.Offset
	var text []byte
	// A segment that was begun is gone on with, also by a process with a larger limit.
	fresh := seg == nil || s.begun || offset >= s.options.SegmentSize
	if fresh {
		seg, offset = &segment{first: at.First}, 0
		text = journal.AppendHeader(text, journal.Header{Store: s.id, First: at.First, Chain: s.head.Chain})
		seg.header = string(text)
	}
	start := len(text)
	entries := make([]journal.Entry, len(events))
	for i, e := range events {
		from := len(text)
		text = journal.AppendEvent(text, &domain.SequencedEvent{Position: at.First + domain.Position(i), RecordedAt: now, Event: e})
		line := journal.TextOf(text[from : len(text)-1])
		entries[i] = journal.Entry{Offset: uint32(offset + int64(from)), Length: uint32(len(line)), CRC: journal.Checksum(line)}
	}
	batch := string(text[start:])
	chain := s.head.Chain.Next(batch)
	text = journal.AppendCommit(text, journal.Commit{
		First: at.First, Last: at.Last, Bytes: len(batch), CRC: journal.Checksum(batch), Chain: chain,
	})

	if err := s.write(seg, fresh, text, offset); err != nil {
		return domain.Positions{}, err
	}
	s.catching.Lock()
	defer s.catching.Unlock()
	s.mu.Lock()
	seg.entries = append(seg.entries, entries...)
	if fresh {
		s.segments = append(s.segments, seg)
	}
	for i, e := range events {
		s.index.Add(at.First+domain.Position(i), e.Type, e.Tags)
	}
	s.mu.Unlock()
	s.announce(journal.Mark{Position: at.Last, Chain: chain, RecordedAt: now, Offset: offset + int64(len(text))})
	return at, nil
}

// active returns the last segment, nil for an empty store.
func (s *Store) active() *segment {
	if len(s.segments) == 0 {
		return nil
	}
	return s.segments[len(s.segments)-1]
}

// write puts text at offset of seg and syncs it. A failure before the first byte
// leaves everything as it was; after any later one the tail is suspect.
func (s *Store) write(seg *segment, fresh bool, text []byte, offset int64) (err error) {
	name := segmentName(seg.first)
	if s.writing != seg.first {
		if err := s.dropWriter(); err != nil {
			return fmt.Errorf("opossum: append: %w; nothing was written", err)
		}
	}
	if s.writer == nil {
		if s.writer, err = s.openWriter(seg.first); err != nil {
			return fmt.Errorf("opossum: append: %w; nothing was written", err)
		}
	}
	if fresh {
		// Opened before the write: once the events are durable nothing may fail.
		if seg.file, err = s.dir.Open(name, os.O_RDONLY); err != nil {
			return errors.Join(fmt.Errorf("opossum: append: %w; nothing was written", err), s.dropWriter())
		}
	}
	_, err = s.writer.WriteAt(text, offset)
	if err == nil {
		err = s.writer.Sync()
	}
	if err == nil && fresh {
		err = s.dir.SyncDir(eventsDir)
	}
	if err == nil {
		return nil
	}
	s.suspect = true
	if undoErr := s.undo(fresh, offset); undoErr == nil {
		err = fmt.Errorf("opossum: append: write %s: %w; it was undone, nothing was written", s.file(name), err)
	} else {
		s.unsettled.Store(true)
		err = fmt.Errorf("%w: write %s: %w; undo it: %w; the store settles it before the next read or append",
			ports.ErrUnknownOutcome, s.file(name), err, undoErr)
	}
	if fresh {
		err = errors.Join(err, seg.file.Close())
	}
	return errors.Join(err, s.dropWriter())
}

// undo takes back a write that failed, in whole or in part. What it cut off cannot
// be found by any recovery, so when it succeeds the outcome is known.
func (s *Store) undo(fresh bool, offset int64) error {
	if fresh {
		offset = 0
	}
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
	s.writer, s.writing = f, first
	return f, nil
}
