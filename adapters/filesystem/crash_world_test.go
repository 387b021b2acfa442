package filesystem

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/opossum-go/opossum/adapters/filesystem/internal/vfs"
	"github.com/opossum-go/opossum/adapters/filesystem/internal/vfs/vfstest"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// simDir is a path that does not exist: simulated stores name it in errors only.
const simDir = "/no/such/directory"

// decider says what becomes of a call.
type decider = func(vfstest.Call) vfstest.Fault

func pass(vfstest.Call) vfstest.Fault { return vfstest.Fault{} }

// world is a simulated machine: a disk, a lock, processes that use one store, and
// the history of what they were told. Everything in it follows from its seed.
type world struct {
	seed    uint64
	rng     *rand.Rand
	disk    *vfstest.Disk
	lock    simLock
	history *history
	now     time.Time
	cuts    int // how many crashes lie behind it

	plant func(*world) decider // makes a planted bug, one in each world; nil for none
	bug   decider
	fault decider // what is wrong with the disk now
	wrong bool    // a fault was met that may have kept the ledger from being written
	stale bool    // a sync failed: memory may be dropped at any call

	samples int      // crashes to try wherever something changed
	states  *int     // crashes tried in this world and all that came of it
	sampled uint64   // version at which crashes were tried last
	ledgers [][]byte // that were on the disk once
	failed  int      // calls of the store that failed because of a fault

	calls    int
	killAt   int // the call before which the process dies; 0 for none
	intrude  int // the call before which another process appends; 0 for none
	active   *process
	pending  []*attempt // of active
	err      error      // the first thing that the oracle refused
	small    bool       // events are small
	opened   bool       // the store was open once
	lends    bool       // processes may keep the lock
	unlocked bool       // the planted bug is a lock that excludes nobody
}

// killed ends a simulated process.
type killed struct{}

func newWorld(seed uint64, samples int, states *int) *world {
	return &world{
		seed: seed, rng: rand.New(rand.NewPCG(seed, 1)), disk: vfstest.New(), history: &history{},
		now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), fault: pass, bug: pass, samples: samples, states: states,
	}
}

// plantBug makes p the bug of this world and of all that come of it.
func (w *world) plantBug(p func(*world) decider) *world {
	w.plant, w.bug = p, p(w)
	return w
}

// after returns the machine as it starts again on disk.
func (w *world) after(disk *vfstest.Disk) *world {
	f := newWorld(w.rng.Uint64(), 0, w.states)
	f.disk, f.history, f.now, f.cuts = disk, w.history.fork(), w.now, w.cuts+1
	f.ledgers, f.unlocked, f.opened = w.ledgers, w.unlocked, w.opened
	if w.plant != nil {
		f.plantBug(w.plant)
	}
	return f
}

func (w *world) pick(n int) int   { return w.rng.IntN(n) }
func (w *world) oneIn(n int) bool { return w.rng.IntN(n) == 0 }
func (w *world) Now() time.Time {
	w.now = w.now.Add(time.Duration(w.pick(2000)-500) * time.Microsecond)
	return w.now
}
func (w *world) fail(err error) { w.err = errors.Join(w.err, err) }
func (w *world) dir(p *process) vfs.FS {
	dir := vfstest.Watch(w.disk.FS(), w.pick, func(c vfstest.Call) vfstest.Fault { return w.bug(c) })
	return vfstest.Watch(dir, w.pick, func(c vfstest.Call) vfstest.Fault { return w.before(p, c) })
}

// before sees every call of every process before it is made.
func (w *world) before(p *process, c vfstest.Call) vfstest.Fault {
	w.calls++
	switch c.Kind {
	case vfstest.Create, vfstest.Mkdir, vfstest.Rename, vfstest.SyncDir, vfstest.Write, vfstest.Sync, vfstest.Truncate:
		if w.lock.holder != p && !w.unlocked && !strings.HasPrefix(c.Name, indexesDir) {
			w.fail(fmt.Errorf("%s %s without the append lock", c.Kind, c.Name))
		}
	}
	if c.Kind == vfstest.Write && w.isPending(string(c.Data)) {
		p.begun = true
	}
	if w.stale && w.oneIn(40) {
		w.disk.Evict(w.pick)
	}
	w.tryCrashes(string(c.Kind) + " " + c.Name)
	if w.killAt == w.calls {
		panic(killed{})
	}
	if w.intrude == w.calls {
		w.intruder()
	}
	f := w.fault(c)
	if f.Err != nil {
		p.met = append(p.met, fault{f.Err, c})
		w.wrong = true
		w.stale = w.stale || c.Kind == vfstest.Sync
	}
	return f
}

// isPending reports whether text holds an event of an append that is under way.
func (w *world) isPending(text string) bool {
	return slices.ContainsFunc(w.pending, func(a *attempt) bool {
		return strings.Contains(text, `"id":"`+a.events[0].Metadata.ID+`"`)
	})
}

// tryCrashes tries what a crash at this moment leaves behind, unless nothing has
// changed since it did so last.
func (w *world) tryCrashes(where string) {
	version := w.disk.Version()<<16 + w.history.version
	if w.samples == 0 || w.sampled == version || w.err != nil {
		return
	}
	w.sampled = version
	if ledger, ok := w.disk.Content(ledgerName); ok && w.oneIn(3) {
		w.ledgers = append(w.ledgers, ledger)
	}
	for crash := range w.disk.Crashes(w.samples, w.pick) {
		w.survive(crash.Disk, fmt.Sprintf("power cut before %s (call %d, choice %v)", where, w.calls, crash.Choice))
	}
	if w.oneIn(3) {
		w.survive(w.disk.Clone(), fmt.Sprintf("kill of all processes before %s (call %d)", where, w.calls))
	}
}

// survive starts the machine again on disk and holds it to the history.
func (w *world) survive(disk *vfstest.Disk, how string) {
	*w.states++
	f := w.after(disk)
	if f.recovers(); f.err != nil && w.err == nil {
		w.err = fmt.Errorf("%s; seed %d: %w", how, f.seed, f.err)
	}
}

// recovers opens the store after a crash, compares it with the history, and goes on
// with it.
func (w *world) recovers() {
	switch w.pick(24) {
	case 0:
		w.disk.Remove(ledgerName)
	case 1:
		w.disk.Damage(ledgerName, []byte(`{"position":7,`))
	case 2:
		if len(w.ledgers) > 0 {
			w.disk.Damage(ledgerName, w.ledgers[w.pick(len(w.ledgers))])
		}
	}
	if w.oneIn(4) {
		w.inspect()
	}
	if w.cuts == 1 && w.oneIn(4) {
		w.samples = 1 // crash again while it recovers
	}
	p := w.start()
	if p == nil {
		return
	}
	w.samples = 0
	p.query()
	rolls := w.oneIn(4)
	w.small = w.oneIn(2) // and do not cover what an unfinished append may have left
	for n := 0; w.err == nil && n < 30; n++ {
		before := len(p.store.segments)
		p.append(1+w.pick(2), nil)
		if !rolls || (before > 0 && len(p.store.segments) > before) {
			break
		}
	}
	p.check()
	if w.cuts < 3 && w.oneIn(3) && w.err == nil {
		for crash := range w.disk.Crashes(2, w.pick) {
			w.survive(crash.Disk, fmt.Sprintf("power cut after recovery (choice %v)", crash.Choice))
		}
	}
	p.stop()
	if w.err == nil && (rolls || w.oneIn(4)) {
		w.inspect()
	}
}

// inspect reads the store as a read-only process does, which verifies all of it.
// What it shows is not noted as seen: it may not be durable.
func (w *world) inspect() {
	options, err := Options{Clock: w}.withDefaults()
	if err != nil {
		w.fail(err)
		return
	}
	version := w.disk.Version()
	s := newStore(simDir, w.disk.FS(), nil, options)
	s.readOnly = true
	if err := s.loadReadOnly(context.Background()); err != nil {
		// Before the first Open has returned there may be half a store.
		if !errors.Is(err, fs.ErrNotExist) || w.opened {
			w.fail(fmt.Errorf("verification: %w", err))
		}
		return
	}
	log, err := readAll(s)
	if err == nil {
		err = w.history.fork().check(log, false)
	}
	if w.disk.Version() != version {
		w.fail(errors.New("verification changed the disk"))
	}
	if err := errors.Join(err, s.Close()); err != nil {
		w.fail(fmt.Errorf("verification: %w", err))
	}
}

func readAll(s *Store) ([]domain.SequencedEvent, error) {
	return read(s, domain.All(), ports.ReadOptions{})
}

func read(s *Store, q domain.Query, o ports.ReadOptions) ([]domain.SequencedEvent, error) {
	result, err := s.Read(context.Background(), q, o)
	if err != nil {
		return nil, err
	}
	var log []domain.SequencedEvent
	for e, err := range result.Events {
		if err != nil {
			return nil, err
		}
		log = append(log, e)
	}
	return log, nil
}

// simLock is the append lock of one machine. Nobody waits for it: who does not get
// it is told that the time is over.
type simLock struct{ holder *process }

func (p *process) acquire(context.Context, <-chan struct{}) (bool, error) {
	if p.w.lock.holder != nil && !p.w.unlocked {
		return false, fmt.Errorf("%w: the simulated lock is held", ports.ErrLockTimeout)
	}
	p.w.lock.holder = p
	return p.lends, nil
}

func (p *process) try() (bool, error) {
	if p.w.lock.holder != nil && !p.w.unlocked {
		return false, nil
	}
	p.w.lock.holder = p
	return true, nil
}

func (p *process) release() error {
	p.w.lock.holder = nil
	return nil
}

var errnos = []error{syscall.EIO, syscall.ENOSPC, syscall.EACCES, syscall.EROFS, syscall.EMFILE, syscall.EDQUOT, syscall.ESTALE}
