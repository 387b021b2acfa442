package filesystem

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/opossum-go/opossum/adapters/filesystem/internal/journal"
	"github.com/opossum-go/opossum/adapters/filesystem/internal/vfs"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// refresh makes visible what other processes committed. It takes no lock that
// other processes know of and reads only what the ledger calls committed. Only
// when an append of this store failed and could not be undone, it settles first
// what became of that: whoever was told that the outcome is unknown reads to know.
func (s *Store) refresh(ctx context.Context) error {
	if s.unsettled.Load() {
		if err := s.exclusively(ctx, s.catchUpExclusive); err != nil {
			return fmt.Errorf("opossum: settle an append with an unknown outcome: %w", err)
		}
	}
	l, ok, err := s.ledger.read()
	if err != nil {
		return fmt.Errorf("opossum: read %s: %w", s.file(ledgerName), regular(err, s.path))
	}
	if !ok {
		return s.withoutLedger(ctx)
	}
	if l.Position <= s.visible() {
		return nil
	}
	s.catching.Lock()
	defer s.catching.Unlock()
	return s.follow(l)
}

// withoutLedger makes visible what other processes committed while the ledger, which
// would tell, is missing or not whole. Most often nothing stands behind the head. What
// does may be on its way: whoever has the append lock knows, and writes the ledger anew
// if this store may write.
func (s *Store) withoutLedger(ctx context.Context) error {
	s.catching.Lock()
	quiet, err := s.quiet()
	s.catching.Unlock()
	if quiet || err != nil {
		return err
	}
	if !s.readOnly {
		return s.exclusively(ctx, s.catchUpExclusive)
	}
	release, known, err := s.probeOrFollow(ctx, false)
	if err != nil && !known {
		return fmt.Errorf("opossum: read %s: %w", s.path, err)
	}
	defer release()
	if known { // a ledger was written meanwhile
		return nil
	}
	s.catching.Lock()
	defer s.catching.Unlock()
	_, err = s.takeAll()
	return err
}

// keepUp makes visible what other processes have committed so far. The store is about to
// have the lock, or waits for it, and will have less to catch up with when it has it. What
// fails here fails there again. The caller holds gate.
func (s *Store) keepUp() {
	if s.suspect || s.unsettled.Load() {
		return
	}
	l, ok, err := s.ledger.read()
	if err != nil || !ok || l.Position <= s.visible() {
		return
	}
	s.catching.Lock()
	defer s.catching.Unlock()
	_ = s.follow(l) // it rewinds, and catching up with the lock tells
}

func (s *Store) visible() domain.Position { return s.mark().Position }

// mark returns the head.
func (s *Store) mark() journal.Mark {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.head
}

// follow makes visible everything up to l. All of it is committed: whatever does
// not read as whole batches is damage. The caller holds catching.
func (s *Store) follow(l ledger) error {
	if l.Position <= s.head.Position {
		return nil
	}
	t, err := s.forward(&l)
	switch {
	case err != nil:
	case t.damage != nil:
		err = s.corrupt(t.name, t.damage)
	case t.mark.Position < l.Position && l.Segment > t.mark.Position:
		err = s.missing(t.mark.Position+1, l.says())
	case t.mark.Position != l.Position || t.mark.Chain.String() != l.Chain || t.mark.Offset != l.Bytes:
		err = s.corrupt(s.tailName(), &journal.Damage{
			Offset: t.mark.Offset, Position: t.mark.Position + 1,
			Want: fmt.Sprintf("committed events up to position %d at byte %d with chain %s, as the ledger says", l.Position, l.Bytes, l.Chain),
			Got:  fmt.Sprintf("position %d at byte %d with chain %s", t.mark.Position, t.mark.Offset, t.mark.Chain),
		})
	}
	if err != nil {
		s.rewind()
		return err
	}
	s.publish(t.mark)
	return nil
}

// catchUpExclusive brings the store to the end of the files and settles what it
// finds behind the ledger. Afterwards nothing but whole, durable batches stands
// there, all of them visible. The caller holds gate and lock.
func (s *Store) catchUpExclusive() error {
	if s.lease.current && !s.suspect { // nobody else could append since
		if seg := s.active(); seg != nil && !s.isSealed(seg) {
			s.lease.kept = true
			return s.checkSize(seg, s.mark().Offset)
		}
	}
	s.catching.Lock()
	defer s.catching.Unlock()
	l, ok, err := s.ledger.read()
	if err != nil {
		return fmt.Errorf("opossum: read %s: %w", s.file(ledgerName), regular(err, s.path))
	}
	if ok {
		if err := s.follow(l); err != nil {
			return err
		}
	}
	if ok && !s.suspect && s.looked && l.Position == s.head.Position {
		quiet, err := s.quiet()
		if err != nil {
			return err
		}
		if quiet {
			s.begun, s.lease.current = false, true
			s.unsettled.Store(false)
			return nil
		}
	}
	t, err := s.forward(nil)
	if err == nil && (!ok || s.suspect || t.damage != nil || t.mark.Position > s.head.Position) {
		err = s.settle(t)
	}
	if err != nil {
		s.rewind()
		return err
	}
	s.begun = t.begun
	s.lease.current, s.looked = true, true
	s.unsettled.Store(false)
	if s.suspect = false; !ok || t.mark.Position > l.Position {
		s.announce(t.mark)
	}
	return nil
}

// settle makes durable what t says: an unfinished batch is cut off, and the last
// whole batch is written again before it is synced. Its writer may have died
// before the sync, or the sync may have failed, and then the operating system
// would call the pages clean although the disk never got them. Where an append of
// this store was that is not there, fill is written first; see [residue].
func (s *Store) settle(t tail) error {
	if err := s.checkTail(t); err != nil {
		return err
	}
	s.suspect = true
	if err := s.dropWriter(); err != nil {
		return fmt.Errorf("opossum: recover: %w", err)
	}
	if n := len(s.segments); n > 0 {
		seg := s.segments[n-1]
		f, err := s.openWriter(seg.first)
		if err != nil {
			return fmt.Errorf("opossum: recover: %w", err)
		}
		if !t.begun { // otherwise whoever began the next one has cut this one off, durably
			err = s.residue.overwrite(f, seg.first, t.mark.Offset)
		}
		if err == nil && t.damage != nil && !t.begun {
			err = f.Truncate(t.mark.Offset)
		}
		if err == nil && t.text != "" {
			offset, text := t.batch.Start, t.text
			if offset == int64(len(seg.header)) {
				offset, text = 0, seg.header+text
			}
			_, err = f.WriteAt([]byte(text), offset)
		}
		if err == nil {
			err = f.Sync()
		}
		if err != nil {
			return fmt.Errorf("opossum: recover %s: %w", s.file(segmentName(seg.first)), err)
		}
	}
	if t.begun { // also when it is empty already: that may be so in memory only
		if err := s.empty(t); err != nil {
			return fmt.Errorf("opossum: recover %s: %w", s.file(t.name), err)
		}
	}
	if err := s.dir.SyncDir(eventsDir); err != nil {
		return fmt.Errorf("opossum: recover %s: %w", s.file(eventsDir), err)
	}
	s.residue = residue{}
	if t.damage != nil {
		s.report(t, "unfinished append cut off")
	}
	return nil
}

// residue is where an append was written whole that was neither made durable nor undone,
// or of which nothing is known. The disk may hold it where the memory does not, behind the
// end of the file. It would stand there again when a power cut keeps the length that the
// next append gives the file, and loses what that one writes.
type residue struct {
	first domain.Position // of the segment, 0 for no such append
	end   int64           // of the append in it
}

// overwrite fills the place of r from end on, if it is in the segment that begins at
// first, and cuts the file there when that is durable. It asks for no more room than the
// append had, which is there unless it was cut off in memory and somebody else has it now.
func (r residue) overwrite(f vfs.File, first domain.Position, end int64) error {
	if r.first != first || r.end <= end {
		return nil
	}
	_, err := f.WriteAt(newlines(int(r.end-end)), end)
	if err == nil {
		err = f.Sync()
	}
	if err == nil {
		err = f.Truncate(end)
	}
	return err
}

// checkTail refuses damage that an interrupted append cannot explain.
func (s *Store) checkTail(t tail) error {
	if t.damage == nil {
		return nil
	}
	if !t.rest.Torn || (t.begun && !journal.Begun(t.start, t.header)) {
		return s.corrupt(t.name, t.damage)
	}
	firsts, err := listSegments(s.dir, s.path)
	if err != nil {
		return err
	}
	if n := len(firsts); n > 0 && segmentName(firsts[n-1]) > t.name {
		return s.corrupt(t.name, t.damage)
	}
	return nil
}

// empty makes durable that nothing stands in the segment that was begun.
func (s *Store) empty(t tail) error {
	f, err := s.dir.Open(t.name, os.O_RDWR)
	if err != nil {
		return err
	}
	if err = s.residue.overwrite(f, t.mark.Position+1, 0); err == nil {
		err = f.Truncate(0)
	}
	if err == nil {
		err = f.Sync()
	}
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	return err
}

func (s *Store) report(t tail, what string) {
	r := Repair{
		File: s.file(t.name), Offset: t.mark.Offset, Bytes: t.rest.Bytes,
		Reason: fmt.Sprintf("want %s, got %s", t.damage.Want, t.damage.Got),
	}
	if t.begun {
		r.Offset = 0
	}
	s.mu.Lock()
	s.repairs = append(s.repairs, r)
	s.mu.Unlock()
	s.options.Logger.Warn("opossum: "+what, "file", r.File, "offset", r.Offset, "bytes", r.Bytes, "reason", r.Reason)
}

// rewind forgets what was entered beyond the head.
func (s *Store) rewind() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for n := len(s.segments); n > 0 && s.segments[n-1].first > s.head.Position; n-- {
		if file := s.segments[n-1].file; file != nil {
			if err := file.Close(); err != nil {
				s.options.Logger.Warn("opossum: close segment", "error", err)
			}
		}
		s.segments = s.segments[: n-1 : n-1]
	}
	if n := len(s.segments); n > 0 && s.segments[n-1].memory != nil {
		seg := s.segments[n-1]
		seg.memory.Truncate(s.head.Position)
		if seg.foreign > s.head.Position {
			seg.foreign = 0
		}
	}
}

func (s *Store) tailName() string {
	if n := len(s.segments); n > 0 {
		return segmentName(s.segments[n-1].first)
	}
	return segmentName(1)
}

func (s *Store) corrupt(name string, d *journal.Damage) error {
	return &ports.CorruptError{File: filepath.Join(s.path, filepath.FromSlash(name)), Offset: d.Offset, Position: d.Position, Want: d.Want, Got: d.Got}
}
