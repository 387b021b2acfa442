package filesystem

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/opossum-go/opossum/adapters/filesystem/internal/vfs"
)

// recovers opens the store after a crash, compares it with the history, and goes on
// with it. One time in four it verifies the store before that, and one time in four it
// appends until another segment is begun and verifies what is there then. In a
// thorough world it does both each time. One time in eight, or more often
// when an index file is damaged, it repairs the store.
func (w *world) recovers() {
	w.loseDerived()
	var torn []Repair
	inspected := w.thorough || w.oneIn(4)
	if inspected {
		var s *Store
		if s, inspected = w.inspect(); inspected {
			torn = s.Repairs()
		}
	}
	if w.err != nil {
		return
	}
	if w.cuts == 1 && w.oneIn(4) {
		w.samples = 1 // crash again while it recovers
	}
	var p *process
	if w.opened && w.oneIn(8) || w.indexRot && w.oneIn(2) {
		p = w.repair(false)
	} else {
		p = w.start()
	}
	if p == nil {
		return
	}
	w.repaired(p, torn, inspected)
	if w.oneIn(3) {
		p.background()
	}
	w.samples = 0
	p.query()
	w.small = w.oneIn(2) // and do not cover what an unfinished append may have left
	rolls := w.thorough || w.oneIn(4)
	p.append(1+w.pick(2), nil)
	if rolls {
		p.roll()
	}
	if w.oneIn(3) {
		p.background()
	}
	p.check()
	if w.cuts < 3 && w.oneIn(3) && w.err == nil {
		for crash := range w.disk.Crashes(2, w.pick) {
			w.survive(crash.Disk, "power cut after recovery (choice %v)", crash.Choice)
		}
	}
	p.stop()
	if w.err == nil && rolls {
		w.inspect()
	}
}

// roll appends until another segment is begun. Most times a large event fills the one
// that there is.
func (p *process) roll() {
	w := p.w
	if !w.oneIn(16) {
		w.fills = int(p.store.options.SegmentSize)
		p.append(1, nil)
		w.fills = 0
	}
	before := len(p.store.segments)
	for n := 0; w.err == nil && len(p.store.segments) == before; n++ {
		if n == 40 {
			w.fail(fmt.Errorf("after %d appends there are %d segments, as before", n, before))
			return
		}
		p.append(1+w.pick(2), nil)
	}
}

// loseDerived takes away or damages what a store can do without.
func (w *world) loseDerived() {
	switch w.pick(24) {
	case 0:
		w.disk.Remove(ledgerName)
	case 1:
		w.disk.Damage(ledgerName, []byte(`{"position":7,`))
	case 2:
		if len(w.ledgers) > 0 {
			w.disk.Damage(ledgerName, w.ledgers[w.pick(len(w.ledgers))])
		}
	case 3:
		if name := w.anyIndex(); name != "" {
			w.disk.Remove(name)
		}
	case 4:
		if name := w.anyIndex(); name != "" {
			text, _ := w.disk.Content(name)
			if w.oneIn(3) || len(text) == 0 {
				text = text[:w.pick(len(text)+1)]
			} else {
				text[w.pick(len(text))] ^= 1 << w.pick(8)
			}
			w.disk.Damage(name, text)
			w.indexRot = true
		}
	}
}

// anyIndex returns the name of one of the index files, or nothing when there are none.
func (w *world) anyIndex() string {
	entries, err := w.disk.FS().List(indexesDir)
	if err != nil || len(entries) == 0 {
		return ""
	}
	return indexesDir + "/" + entries[w.pick(len(entries))].Name()
}

// repaired holds what Open did against what a look at the same disk announced, as
// RepairDir reports the one for the other.
func (w *world) repaired(p *process, torn []Repair, inspected bool) {
	if done := p.store.Repairs(); inspected && !slices.EqualFunc(torn, done, func(a, b Repair) bool {
		return a.File == b.File && a.Offset == b.Offset && a.Bytes == b.Bytes
	}) {
		w.fail(fmt.Errorf("verification found %+v to repair, Open repaired %+v", torn, done))
	}
	var ledger LedgerFinding
	err := w.live(p, func() (err error) {
		ledger, err = p.store.ledgerFinding()
		return err
	})
	if err != nil || ledger.State != LedgerCurrent {
		w.fail(fmt.Errorf("the ledger is %s after Open: %w", ledger.State, err))
	}
}

// inspect reads the store as a read-only process does, which verifies all of it, its
// index files included. What it shows is not noted as seen: it may not be durable. It
// returns the store, which is closed, and false when there is none or it is wrong.
func (w *world) inspect() (*Store, bool) {
	version := w.disk.Version()
	s, err := openVerifying(w.disk.FS(), Options{Clock: w})
	if err != nil {
		// Before the first Open has returned there may be half a store.
		if !errors.Is(err, fs.ErrNotExist) || w.opened {
			w.fail(fmt.Errorf("verification: %w", err))
		}
		return nil, false
	}
	for _, fault := range s.indexFaults {
		if fault.damage != nil && !w.indexRot {
			w.fail(fmt.Errorf("verification: %w", fault.damage))
		}
	}
	log, err := readAll(s)
	if err == nil {
		err = w.history.fork().check(log, w.history.told())
	}
	if w.disk.Version() != version {
		w.fail(errors.New("verification changed the disk"))
	}
	if err := errors.Join(err, s.Close()); err != nil {
		w.fail(fmt.Errorf("verification: %w", err))
	}
	return s, w.err == nil
}

// openVerifying opens the store as Verify does.
func openVerifying(dir vfs.FS, o Options) (*Store, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	s := newStore(simDir, dir, nil, o)
	s.spawn = func(func()) {}
	s.readOnly, s.readAll = true, true
	if err := s.loadReadOnly(context.Background()); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// disturb is what another process does in the middle of a call of the first: it
// does what it has put off, or opens the store and appends. When the first holds the
// lock, it is refused.
func (w *world) disturb() {
	busy := slices.DeleteFunc(slices.Clone(w.processes), func(p *process) bool {
		return p == nil || p == w.active || p.store == nil || len(p.tasks) == 0
	})
	if len(busy) > 0 && w.oneIn(2) {
		busy[w.pick(len(busy))].background()
		return
	}
	q := w.start()
	if q == nil {
		return
	}
	q.append(1, nil)
	q.stop()
}

// lastSegment returns the name of the segment that begins last, nothing without one.
func (w *world) lastSegment() string {
	entries, err := w.disk.FS().List(eventsDir)
	if err != nil || len(entries) == 0 {
		return ""
	}
	return eventsDir + "/" + entries[len(entries)-1].Name()
}
