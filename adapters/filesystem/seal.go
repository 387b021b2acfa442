package filesystem

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/opossum-go/opossum/adapters/filesystem/internal/index"
	"github.com/opossum-go/opossum/adapters/filesystem/internal/journal"
	"github.com/opossum-go/opossum/adapters/filesystem/internal/vfs"
	"github.com/opossum-go/opossum/domain"
)

const (
	indexesDir = "indexes"
	indexExt   = ".idx"
)

// indexName is the file name of the index of the segment whose first event is at
// position.
func indexName(position domain.Position) string {
	return fmt.Sprintf("%s/%020d%s", indexesDir, uint64(position), indexExt)
}

// sealAll seals every segment but the last: its index is written to a file, and the
// one in memory is given up. It runs in the background. What fails is tried again with
// the next segment, or when the store is opened for writing the next time; until then
// the index in memory serves.
func (s *Store) sealAll() {
	s.sealing.Lock()
	defer s.sealing.Unlock()
	// What is not committed yet may be taken back, and the segment before it be gone on with.
	segments := s.snapshot().segments
	for i, seg := range segments[:max(0, len(segments)-1)] {
		if s.isSealed(seg) {
			continue
		}
		if err := s.seal(seg, !s.readOnly && i+2 < len(segments), s.shortly); err != nil && !errors.Is(err, context.Canceled) {
			s.options.Logger.Warn("opossum: seal segment", "file", s.file(segmentName(seg.first)), "error", err)
		}
	}
}

// mostLoose is how many segments wait for being sealed while a store is opened, at most:
// each of them takes memory and an open file.
const mostLoose = 8

// sealLoaded seals a segment while the store is being opened, when enough others wait
// for it already: they are sealed in the background. Two segments follow it, and the
// first of them was durable before the second was begun, whatever the ledger says.
func (s *Store) sealLoaded() {
	n := len(s.segments)
	if !s.sealNow || n < 3 {
		return
	}
	loose := 0
	for _, seg := range s.segments {
		if !s.isSealed(seg) {
			loose++
		}
	}
	seg := s.segments[n-3]
	if loose <= mostLoose || s.isSealed(seg) {
		return
	}
	if err := s.seal(seg, true, s.alone); err != nil {
		s.sealNow = false // or each of them waits for the lock in vain
		s.options.Logger.Warn("opossum: seal segment", "file", s.file(segmentName(seg.first)), "error", err)
	}
}

// alone calls do with the append lock held while the store is being opened: nobody else
// has it yet.
func (s *Store) alone(do func() error) error {
	if _, err := s.lock.acquire(s.opened, time.Now(), s.done, func() {}); err != nil {
		return err
	}
	return errors.Join(do(), s.lock.release())
}

// seal makes seg one that lives in its files. Its index file is written by whoever
// began the next segment. Who did not write it while that one was filled is gone, or
// cannot: then it was left to anybody. locked calls what needs the append lock.
func (s *Store) seal(seg *segment, left bool, locked func(func() error) error) error {
	s.mu.RLock()
	memory, file, own, broken := seg.memory, seg.file, seg.rolled || left, seg.broken
	s.mu.RUnlock()
	// Nothing is added to this index any more, and nothing taken away.
	info := s.infoOf(seg)
	found, err := s.readInfo(seg.first)
	if err != nil || found != info || broken {
		if !own {
			return nil // whoever began the next segment is about to write it
		}
		if err := s.writeIndex(memory, info, locked); err != nil {
			return err
		}
	}
	s.mu.Lock()
	seg.memory, seg.file, seg.info, seg.broken = nil, nil, info, false
	s.mu.Unlock()
	// A read that began earlier may still use the file.
	s.maps.Lock()
	defer s.maps.Unlock()
	seg.recent.forget()
	return file.Close()
}

// infoOf says of a segment that is not the last what its index file is to say.
func (s *Store) infoOf(seg *segment) index.Info {
	return index.Info{
		Store: s.id, First: seg.first, Last: seg.end.Position, Bytes: seg.end.Offset,
		Start: seg.start, End: seg.end.Chain, RecordedAt: seg.end.RecordedAt, Canonical: seg.foreign == 0,
	}
}

// tellUnsealed says of a segment that had to be read although another one follows
// why it had.
func (s *Store) tellUnsealed(seg *segment) {
	if seg == nil || s.isSealed(seg) || s.looked || s.readOnly {
		return
	}
	found, err := s.readInfo(seg.first)
	if err == nil && found == s.infoOf(seg) {
		return
	}
	if err == nil {
		err = errors.New("it is that of another segment")
	}
	s.options.Logger.Warn("opossum: an index file is made anew", "file", s.file(indexName(seg.first)), "reason", err)
}

// readInfo returns what the index file of the segment at first says of itself.
func (s *Store) readInfo(first domain.Position) (index.Info, error) {
	file, err := s.dir.Open(indexName(first), os.O_RDONLY)
	if err != nil {
		return index.Info{}, err
	}
	head := make([]byte, index.HeaderSize)
	n, err := file.ReadAt(head, 0)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return index.Info{}, err
	}
	return index.ReadInfo(head[:n])
}

// writeIndex writes an index file. Two processes that write the same one write the
// same bytes, perhaps into the same file, which gets its name when all of them are
// durable. It is made and named with the append lock held: in between it may be
// named by another process, and a third one make it anew, still empty.
func (s *Store) writeIndex(memory *index.Memory, info index.Info, locked func(func() error) error) (err error) {
	data, err := memory.Encode(info)
	if err != nil {
		return err
	}
	if err := s.dir.Mkdir(indexesDir); err != nil {
		return err
	}
	name := indexName(info.First)
	var file vfs.File
	if err := locked(func() error {
		file, err = s.dir.Open(name+".tmp", os.O_RDWR|os.O_CREATE)
		return err
	}); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	if _, err := file.WriteAt(data, 0); err != nil {
		return err
	}
	if err := cutTo(file, int64(len(data))); err != nil {
		return err
	}
	if err := file.Sync(); err != nil {
		return err
	}
	return locked(func() error {
		current, err := file.Current()
		if err != nil {
			return err
		}
		if current {
			return s.dir.Rename(name+".tmp", name)
		}
		found, err := s.readInfo(info.First)
		if err == nil && found != info {
			err = fmt.Errorf("%s is that of another segment", s.file(name))
		}
		return err // none when another process was faster
	})
}

// cutTo makes file no longer than size.
func cutTo(file vfs.File, size int64) error {
	has, err := file.Size()
	if err != nil || has <= size {
		return err
	}
	return file.Truncate(size)
}

// skipSealed enters the segment behind t.mark without reading its events, when its
// index file says what is in it, all of that is committed, and a segment follows.
func (s *Store) skipSealed(t *tail, seg *segment, bound *ledger) (bool, error) {
	if s.readAll || s.distrusted[seg.first] {
		seg.broken = s.distrusted[seg.first]
		return false, nil
	}
	info, err := s.readInfo(seg.first)
	if err != nil || info.Store != s.id || info.First != seg.first || info.Last < info.First || info.Start != seg.start ||
		(bound != nil && info.Last > bound.Position) {
		return false, nil //nolint:nilerr // it is read, then
	}
	next := segmentName(info.Last + 1)
	switch ok, err := s.exists(next); {
	case err != nil:
		return false, fmt.Errorf("opossum: read %s: %w", s.file(next), regular(err, s.path))
	case !ok:
		return false, nil
	}
	name := segmentName(seg.first)
	file, got, ok, err := s.openSegment(seg)
	if err != nil {
		return false, s.unopened(seg, next+" exists", err)
	}
	size, err := file.Size()
	var end []byte
	if err == nil && size >= info.Bytes {
		end, err = vfs.ReadRange(file, max(0, info.Bytes-journal.MaxCommitBytes), info.Bytes)
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return false, fmt.Errorf("opossum: read %s: %w", s.file(name), err)
	}
	seg.info = info
	switch {
	case !ok:
		return false, s.corrupt(name, seg.otherHeader(got))
	case size < info.Bytes:
		return false, s.shorter(seg, size)
	case !journal.Closes(journal.TextOf(end), info.Last, info.End): // it is that of another copy, or lies
		return false, nil
	}
	seg.memory = nil
	before := t.mark
	t.mark = journal.Mark{Position: info.Last, Chain: info.End, RecordedAt: info.RecordedAt, Offset: info.Bytes}
	t.batch, t.text = journal.Span{}, ""
	s.add(seg, before)
	return true, nil
}

// unopened says why the file of seg, which holds committed events, could not be
// opened. One that is gone is damage, and although says how it is known.
func (s *Store) unopened(seg *segment, although string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return s.missing(seg.first, although)
	}
	return fmt.Errorf("opossum: read %s: %w", s.file(segmentName(seg.first)), regular(err, s.path))
}

func (s *Store) exists(name string) (bool, error) {
	file, err := s.dir.Open(name, os.O_RDONLY)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return true, file.Close()
}
