package filesystem

import (
	"time"

	"github.com/opossum-go/opossum/adapters/filesystem/internal/journal"
)

// ledgerPatience is the longest pause before a ledger that could not be written is
// written again.
const ledgerPatience = time.Second

// announce makes everything up to mark visible to everybody: first to other
// processes, then to this one. What a reader here saw is then seen by every read
// that begins afterwards, wherever it is, unless the ledger cannot be written; and a reader here that finds the ledger
// ahead of it waits for catching. The caller holds it, and gate and lock.
func (s *Store) announce(mark journal.Mark) {
	s.writeLedger(mark)
	s.publish(mark)
}

// writeLedger tells other processes of the head. The events are durable already,
// so a failure is no failure of the append: what they have to be told is owed to
// them. The caller holds gate and lock.
func (s *Store) writeLedger(head journal.Mark) {
	l := ledger{Position: head.Position, Bytes: head.Offset, Chain: head.Chain.String()}
	if n := len(s.segments); n > 0 {
		l.Segment = s.segments[n-1].first
		l.Recorded = head.RecordedAt.Format(timeFormat)
	}
	err := s.ledger.write(l, s.lease.kept)
	if err != nil && !s.owing {
		pause := s.lease.idle
		s.options.Logger.Error("opossum: the ledger could not be written; it is tried again, and until then other processes do not see the last append",
			"file", s.file(ledgerName), "error", err)
		s.spawn(func() { s.payLedger(pause) })
	}
	s.owing = err != nil
}

// payLedger writes a ledger that could not be written after a commit, and tries
// again after pauses that double. It runs in the background and ends when the ledger
// was written, by whichever process, and when the store is closed: then it tries once
// more, at once.
func (s *Store) payLedger(pause time.Duration) {
	if pause > 0 {
		timer := time.NewTimer(pause)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-s.tasks.ctx.Done():
		}
	}
	paid := false
	_ = s.shortly(func() error { // what keeps it from that is the next append's error to tell
		if err := s.catchUpExclusive(); err != nil {
			return err
		}
		if s.owing {
			s.writeLedger(s.mark())
		}
		paid = !s.owing
		return nil
	})
	if !paid && s.tasks.ctx.Err() == nil {
		s.spawn(func() { s.payLedger(min(2*pause, ledgerPatience)) })
	}
}

// publish makes everything up to mark visible to readers and subscribers. Segments that
// others follow now are sealed in the background, but not while the store is being opened.
func (s *Store) publish(mark journal.Mark) {
	s.mu.Lock()
	if mark.Position == s.head.Position {
		s.mu.Unlock()
		return
	}
	s.head = mark
	close(s.changed)
	s.changed = make(chan struct{})
	grown := s.grown
	s.grown = false
	s.mu.Unlock()
	if grown && s.opened == nil && !s.readAll {
		s.spawn(s.sealAll)
	}
}
