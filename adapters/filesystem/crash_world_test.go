package filesystem

import (
	"bytes"
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

	thorough bool // all is done after every crash, not after some

	mistake *mistake // that was planted; nil for none
	above   decider  // its part between the store and what is wrong with the disk
	below   decider  // its part between that and the disk

	fault  decider // what is wrong with the disk now
	unpaid bool    // a fault may have kept the ledger from being written, see process.owed
	stale  bool    // a sync failed: memory may be dropped at any call

	samples int      // crashes to try wherever something changed
	tally   *tally   // of this world and all that came of it
	sampled uint64   // version at which crashes were tried last
	ledgers [][]byte // that were on the disk once
	failed  int      // calls of the store that failed because of a fault

	calls     int
	killAt    int // the call before which the process dies; 0 for none
	intrude   int // the call before which another process does something; 0 for none
	processes []*process
	active    *process
	pending   []*attempt // of active
	err       error      // the first thing that the oracle refused
	small     bool       // events are small
	fills     int        // bytes of each; 0 for what they usually have
	opened    bool       // the store was open once
	lends     bool       // processes may keep the lock
	restless  bool       // the system writes out at any time what it holds
	unlocked  bool       // the planted bug is a lock that excludes nobody
	indexRot  bool       // an index file was damaged, as no crash does it
}

// killed ends a simulated process.
type killed struct{}

func newWorld(seed uint64, samples int, tally *tally) *world {
	return &world{
		seed: seed, rng: rand.New(rand.NewPCG(seed, 1)), disk: vfstest.New(), history: &history{},
		now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), fault: pass, above: pass, below: pass, samples: samples, tally: tally,
	}
}

// plant makes m the mistake of this world and of all that come of it.
func (w *world) plant(m *mistake) *world {
	if w.mistake = m; m == nil {
		return w
	}
	w.unlocked = m.unlocked
	if m.above != nil {
		w.above = m.above(w)
	}
	if m.below != nil {
		w.below = m.below(w)
	}
	return w
}

// after returns the machine as it starts again on disk.
func (w *world) after(disk *vfstest.Disk) *world {
	f := newWorld(w.rng.Uint64(), 0, w.tally)
	f.disk, f.history, f.now, f.cuts = disk, w.history.fork(), w.now, w.cuts+1
	f.ledgers, f.opened, f.indexRot, f.thorough = w.ledgers, w.opened, w.indexRot, w.thorough
	return f.plant(w.mistake)
}

func (w *world) pick(n int) int   { return w.rng.IntN(n) }
func (w *world) oneIn(n int) bool { return w.rng.IntN(n) == 0 }
func (w *world) Now() time.Time {
	w.now = w.now.Add(time.Duration(w.pick(2000)-500) * time.Microsecond)
	return w.now
}
func (w *world) fail(err error) { w.err = errors.Join(w.err, err) }
func (w *world) dir(p *process) vfs.FS {
	dir := w.disk.FS()
	planted := w.mistake != nil
	if planted && w.mistake.below != nil {
		dir = vfstest.Watch(dir, w.pick, func(c vfstest.Call) vfstest.Fault { return w.below(c) })
	}
	dir = vfstest.Watch(dir, w.pick, func(c vfstest.Call) vfstest.Fault { return w.before(p, c) })
	if planted && w.mistake.above != nil {
		dir = vfstest.Watch(dir, w.pick, func(c vfstest.Call) vfstest.Fault { return w.above(c) })
	}
	return dir
}

// before sees every call of every process before it is made.
func (w *world) before(p *process, c vfstest.Call) vfstest.Fault {
	w.calls++
	switch c.Kind {
	case vfstest.Create, vfstest.Mkdir, vfstest.Rename, vfstest.SyncDir, vfstest.Write, vfstest.Sync, vfstest.Truncate:
		named := c.Kind == vfstest.Create || c.Kind == vfstest.Rename
		if w.lock.holder != p && !w.unlocked && (named || !strings.HasPrefix(c.Name, indexesDir)) {
			w.fail(fmt.Errorf("%s %s without the append lock", c.Kind, c.Name))
		}
	}
	if c.Kind == vfstest.Write && w.isPending(c.Data) {
		p.begun = true
	}
	if w.stale && w.oneIn(40) {
		w.disk.Evict(w.pick)
	}
	if w.restless && isSegment(c) && (w.oneIn(8) || c.Kind == vfstest.Truncate && w.oneIn(2)) {
		w.disk.WriteBack(w.pick)
	}
	if w.samples > 0 {
		w.tryCrashes(string(c.Kind) + " " + c.Name)
	}
	if w.killAt == w.calls {
		panic(killed{})
	}
	if w.intrude == w.calls {
		w.disturb()
	}
	f := w.fault(c)
	if f.Err != nil {
		p.met = append(p.met, fault{f.Err, c})
		w.unpaid = w.unpaid || c.Name == ledgerName
		w.stale = w.stale || c.Kind == vfstest.Sync
	}
	return f
}

// isPending reports whether text holds an event of an append that is under way.
func (w *world) isPending(text []byte) bool {
	return slices.ContainsFunc(w.pending, func(a *attempt) bool {
		return bytes.Contains(text, []byte(`"id":"`+a.events[0].Metadata.ID+`"`))
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
		w.survive(crash.Disk, "power cut before %s (call %d, choice %v)", where, w.calls, crash.Choice)
	}
	if w.oneIn(3) {
		w.survive(w.disk.Clone(), "kill of all processes before %s (call %d)", where, w.calls)
	}
}

// survive starts the machine again on disk and holds it to the history, unless that was
// done with the same disk and the same history before.
func (w *world) survive(disk *vfstest.Disk, how string, about ...any) {
	if !w.tally.crash(w, disk) {
		return
	}
	f := w.after(disk)
	if f.recovers(); f.err != nil && w.err == nil {
		w.err = fmt.Errorf("%s; seed %d: %w", fmt.Sprintf(how, about...), f.seed, f.err)
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
	most := int(result.Head)
	if o.Limit > 0 {
		most = min(most, o.Limit)
	}
	var log []domain.SequencedEvent
	for e, err := range result.Events {
		if err != nil {
			return nil, err
		}
		if log == nil {
			log = make([]domain.SequencedEvent, 0, most)
		}
		log = append(log, e)
	}
	return log, nil
}

// simLock is the append lock of one machine. Nobody waits for it: who does not get
// it is told that the time is over.
type simLock struct {
	holder *process
	stuck  bool // giving it back failed: holder has it until it takes it again or ends
}

func (p *process) acquire(context.Context, time.Time, <-chan struct{}, func()) (bool, error) {
	taken, err := p.try()
	if err == nil && !taken {
		err = fmt.Errorf("%w: the simulated lock is held", ports.ErrLockTimeout)
	}
	return taken && p.lends, err
}

func (p *process) try() (bool, error) {
	w := p.w
	if f := w.before(p, vfstest.Call{Kind: vfstest.Lock, Name: lockName}); f.Err != nil {
		return false, fmt.Errorf("opossum: take the append lock: %w", &fs.PathError{Op: string(vfstest.Lock), Path: lockName, Err: f.Err})
	}
	own := w.lock.stuck && w.lock.holder == p
	if w.lock.holder != nil && !own && !w.unlocked {
		return false, nil
	}
	w.lock = simLock{holder: p}
	return true, nil
}

// wanted is true: a lease ends as soon as it may.
func (p *process) wanted() bool { return true }

func (p *process) release() error {
	w := p.w
	if w.lock.holder != p && !w.unlocked {
		w.fail(errors.New("the append lock is given back by a process that does not have it"))
	}
	f := w.before(p, vfstest.Call{Kind: vfstest.Unlock, Name: lockName})
	if f.Effect == vfstest.Whole {
		w.lock = simLock{}
	} else {
		w.lock.stuck = true
	}
	if f.Err != nil {
		return fmt.Errorf("opossum: free the append lock: %w", &fs.PathError{Op: string(vfstest.Unlock), Path: lockName, Err: f.Err})
	}
	return nil
}

// ends is what the kernel does about a lock that p could not give back.
func (p *process) ends() {
	if p.w.lock.stuck && p.w.lock.holder == p {
		p.w.lock = simLock{}
	}
}

var errnos = []error{syscall.EIO, syscall.ENOSPC, syscall.EACCES, syscall.EROFS, syscall.EMFILE, syscall.EDQUOT, syscall.ESTALE, syscall.EINTR}
