package filesystem

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/opossum-go/opossum/adapters/filesystem/internal/vfs/vfstest"
	"github.com/opossum-go/opossum/domain"
)

// repair does in a process of its own what RepairDir does, and leaves the store open in
// that. Besides the index files that are missing or damaged it makes others anew, so
// that there is something to do. Disturbed means that another process may append beside
// it. It returns nil when a fault or death kept it from repairing.
func (w *world) repair(disturbed bool) *process {
	p := &process{w: w}
	if p.look(); p.distrusted == nil {
		return nil
	}
	w.tally.repairs++
	if disturbed {
		w.intrude = w.calls + 1 + w.pick(60)
		defer func() { w.intrude = 0 }()
	}
	if p = w.launch(p); p == nil {
		return nil
	}
	err := w.live(p, func() error {
		p.store.sealAll()
		return p.store.checkIndexed(p.distrusted)
	})
	switch excluded := w.lock.holder != nil && w.lock.holder != p; {
	case errors.Is(err, errKilled):
		return nil
	case err == nil:
		w.mended(p.distrusted)
	case len(p.met) == 0 && !excluded:
		w.fail(fmt.Errorf("repair: %w", err))
	}
	return p
}

// repairs repairs the store beside processes that have it open. Half of the time they
// let go of the lock first, as they do in the end when somebody waits for it.
func (w *world) repairs() {
	if w.oneIn(2) {
		for _, p := range w.processes {
			if p != nil {
				p.letGo()
			}
		}
	}
	w.repair(w.oneIn(3)).stop()
}

// look finds the index files that p is to make anew.
func (p *process) look() {
	w := p.w
	err := w.live(p, func() error {
		s, err := openVerifying(w.dir(p), Options{Clock: w})
		if err != nil {
			return fmt.Errorf("opossum: open: %w", err)
		}
		distrusted := map[domain.Position]bool{}
		for _, fault := range s.indexFaults {
			distrusted[fault.first] = true
		}
		for _, seg := range s.segments[:max(0, len(s.segments)-1)] {
			if w.oneIn(2) {
				distrusted[seg.first] = true
			}
		}
		_, err = s.ledgerFinding()
		if err = errors.Join(err, s.Close()); err == nil {
			p.distrusted = distrusted
		}
		return err
	})
	nothing := errors.Is(err, fs.ErrNotExist) && !w.opened
	if err != nil && !nothing && !p.mayFail(err) {
		w.fail(fmt.Errorf("look for repairs: %w", err))
	}
}

// mended holds that the index files which were made anew say what their segments say.
func (w *world) mended(distrusted map[domain.Position]bool) {
	s, ok := w.inspect()
	if !ok {
		return
	}
	for _, fault := range s.indexFaults {
		if distrusted[fault.first] {
			w.fail(fmt.Errorf("repair left %s as it was: %w", indexName(fault.first), fault.damage))
		}
	}
}

// Here are the mistakes in repair.

// inRepair lets which select calls of a process that repairs only.
func inRepair(which func(vfstest.Call) bool) func(*world, vfstest.Call) bool {
	return func(w *world, c vfstest.Call) bool {
		return w.active != nil && w.active.distrusted != nil && which(c)
	}
}

// cutBehindLedger cuts off what the ledger does not speak of.
func cutBehindLedger(w *world, s *Store) {
	l, ok, err := s.ledger.read()
	if name := segmentName(l.Segment); err == nil && ok && name == w.lastSegment() {
		if file, err := w.disk.FS().Open(name, os.O_RDWR); err == nil {
			_ = errors.Join(file.Truncate(l.Bytes), file.Sync(), file.Close()) // the disk is without faults here
		}
	}
}

// distrustNothing believes what index files say of themselves.
func distrustNothing(_ *world, s *Store) { s.distrusted = nil }
