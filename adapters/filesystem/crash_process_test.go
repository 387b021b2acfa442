package filesystem

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/opossum-go/opossum/adapters/filesystem/internal/journal"
	"github.com/opossum-go/opossum/adapters/filesystem/internal/vfs/vfstest"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

var (
	simTypes = []string{"Opened", "Moved", "Closed"}
	simTags  = []domain.Tag{"box:1", "box:2", "box:3", "shelf:a"}
)

// process is one program that has the store open. It is also its side of the
// append lock.
type process struct {
	w     *world
	store *Store
	begun bool     // the append under way has begun to write
	met   []fault  // that the call under way came upon
	lends bool     // it keeps the lock until it is told to let go
	tasks []func() // that wait to be done in the background

	failed bool            // the call under way was counted as one that failed
	unsure []*attempt      // of this store, whose outcome the next read settles
	told   domain.Position // the last event that it was told of
	owes   bool            // it could not write the ledger, and has to
	knew   domain.Position // the head before the call under way, for planted mistakes

	distrusted map[domain.Position]bool // index files that it makes anew; nil when it is not there to repair
}

// fault is something that was wrong with a call of the file system.
type fault struct {
	err  error
	call vfstest.Call
}

// start opens the store in a new process. It returns nil when a fault kept it from
// opening; any other failure is one of the store.
func (w *world) start() *process { return w.launch(&process{w: w}) }

// launch is start of the process p.
func (w *world) launch(p *process) *process {
	handles, disturbed := w.disk.Handles(), w.intrude > 0 // by another process, which opens files of its own
	err := p.open()
	if err == nil {
		w.opened = true
		p.pays(p.untold())
		return p
	}
	defer p.ends()
	if left := w.disk.Handles() - handles; left > 0 && !disturbed && !errors.Is(err, errKilled) &&
		!slices.ContainsFunc(p.met, func(f fault) bool { return f.call.Kind == vfstest.Close }) {
		w.fail(fmt.Errorf("%d files are open after an Open that failed: %w", left, err))
	}
	if !p.mayFail(err) {
		w.fail(fmt.Errorf("open: %w", err))
	}
	return nil
}

func (p *process) open() (err error) {
	w := p.w
	options := Options{SegmentSize: []int64{4096, 4096, 6000, 9000}[w.pick(4)], Clock: w, IDs: simIDs{}}
	if options, err = options.withDefaults(); err != nil {
		return err
	}
	err = w.live(p, func() (err error) {
		s := newStore(simDir, w.dir(p), p, options)
		s.spawn = func(task func()) { p.tasks = append(p.tasks, task) }
		s.fillPlan = fillPlan{least: 600, most: 2000, after: 1, large: 4000}
		if p.lends = w.lends && w.oneIn(2); p.lends {
			s.lendLock(time.Hour, 0)
		}
		if s.distrusted = p.distrusted; s.distrusted != nil && w.mistake != nil && w.mistake.repair != nil {
			w.mistake.repair(w, s)
		}
		if p.store, err = s.open(context.Background()); err == nil {
			p.knew = p.store.visible()
		}
		return err
	})
	if errors.Is(err, errKilled) {
		p.store = nil
	}
	return err
}

var errKilled = errors.New("the process was killed")

// live runs one call of p, which may be killed in it.
func (w *world) live(p *process, call func() error) (err error) {
	outer := w.active
	w.active, p.begun, p.met, p.failed = p, false, nil, false
	defer func() {
		w.active = outer
		if r := recover(); r != nil {
			if _, ok := r.(killed); !ok {
				panic(r)
			}
			p.dies()
			w.killAt, p.store, err = 0, nil, errKilled
		}
	}()
	return call()
}

// dies is what the kernel does when the process has ended.
func (p *process) dies() {
	if p.w.lock.holder == p {
		p.w.lock = simLock{}
	}
}

// mayFail reports whether err is what the process had to expect: a fault that it
// met, a lock that is held, or its own death.
func (p *process) mayFail(err error) bool {
	switch {
	case errors.Is(err, errKilled):
		return true
	case errors.Is(err, ports.ErrCorrupt):
		return false
	case errors.Is(err, ports.ErrLockTimeout):
		return p.w.intrude != 0 || p.w.lends || p.w.lock.stuck || slices.ContainsFunc(p.met, func(f fault) bool { return f.call.Kind == vfstest.Lock })
	}
	told := func(f fault) bool { return errors.Is(err, f.err) }
	if !slices.ContainsFunc(p.met, told) {
		return false
	}
	if !p.failed { // an append that shares a commit shares its failure
		p.failed = true
		p.w.failed++
	}
	// Whoever reads the error learns what failed, and where.
	if text := err.Error(); !slices.ContainsFunc(p.met, func(f fault) bool {
		return strings.HasPrefix(text, "opossum: ") && strings.Contains(text, string(f.call.Kind)+" "+f.call.Name+": "+f.err.Error())
	}) {
		p.w.fail(fmt.Errorf("an error that does not say what failed, of %d faults: %w", len(p.met), err))
	}
	return true
}

// stop closes the store of p.
func (p *process) stop() {
	if p != nil && p.store != nil && p.owes {
		p.store.tasks.cancel() // as Close does, which then waits for what runs in the background
		p.background()
	}
	if p == nil || p.store == nil {
		return
	}
	err := p.w.live(p, p.store.Close)
	if err != nil && !p.mayFail(err) {
		p.w.fail(fmt.Errorf("close: %w", err))
	}
	p.ends()
	p.store = nil
}

// background does what the store has put off. Then a ledger that it owes is paid.
func (p *process) background() {
	holder := p.w.lock.holder
	var met []fault
	tasks := p.tasks
	p.tasks = nil
	for _, task := range tasks {
		if p.store == nil || p.w.err != nil {
			return
		}
		// What fails there fails nobody.
		_ = p.w.live(p, func() error { task(); return nil })
		met = append(met, p.met...)
	}
	if p.owes && p.store != nil {
		p.pays(len(met) > 0 || (holder != nil && holder != p))
	}
}

// letGo gives the lock back that the store has kept.
func (p *process) letGo() {
	if p.store == nil {
		return
	}
	store := p.store
	_ = p.w.live(p, func() error { // or it dies
		store.gate <- struct{}{}
		store.letGo()
		<-store.gate
		return nil
	})
}

// append stores n events, and notes what came of it.
func (p *process) append(n int, conditions []domain.AppendCondition) {
	p.appendTogether([]int{n}, [][]domain.AppendCondition{conditions})
}

// appendTogether makes appends of the given numbers of events that wait for one
// another, and notes what came of each.
func (p *process) appendTogether(sizes []int, conditions [][]domain.AppendCondition) {
	w := p.w
	if p.store == nil || w.err != nil {
		return
	}
	var all []*attempt
	var waits []*waiting
	for i, n := range sizes {
		w.tally.attempts++
		a := &attempt{serial: w.tally.attempts, events: w.events(len(w.history.attempts), n), conditions: conditions[i]}
		all = append(all, w.history.begin(a))
	}
	outer := w.pending
	w.pending = all
	defer func() { w.pending = outer }()
	died := w.live(p, func() error {
		for _, a := range all {
			batch, err := p.store.prepare(a.events)
			if err != nil {
				return err
			}
			waits = append(waits, &waiting{ctx: context.Background(), events: batch, body: journal.AppendBodies(nil, batch), conditions: a.conditions})
		}
		if w.mistake != nil && w.mistake.commit != nil {
			w.mistake.commit(p, waits)
		} else {
			p.commit(waits)
		}
		return nil
	})
	wrote := false
	for i, a := range all {
		err := died
		if err == nil && waits[i].answered {
			err = waits[i].err
		} else if err == nil {
			err = fmt.Errorf("%w: not taken", ports.ErrLockTimeout)
		}
		var at domain.Positions
		if err == nil {
			at, wrote = waits[i].at, true
		}
		p.outcome(a, at, err)
	}
	if wrote {
		p.pays(p.untold())
	}
	for i, a := range all {
		if conflict, ok := errors.AsType[*ports.ConflictError](waitError(waits, i)); ok && died == nil && p.store != nil {
			p.conflicts(conflict, a.conditions)
		}
	}
}

// commit makes appends wait for one another, and one of them lead.
func (p *process) commit(waits []*waiting) {
	leadAll(p.store, waits) // a group may be cut short by a lock that is held
}

func waitError(waits []*waiting, i int) error {
	if i < len(waits) && waits[i].answered {
		return waits[i].err
	}
	return nil
}

// outcome notes what a process was told of an append.
func (p *process) outcome(a *attempt, at domain.Positions, err error) {
	w := p.w
	_, isConflict := errors.AsType[*ports.ConflictError](err)
	switch {
	case err == nil:
		w.history.end(a, acked, at)
		p.told = max(p.told, at.Last)
		w.stale = false
		if at.Len() != len(a.events) {
			w.fail(fmt.Errorf("append of %d events returned %+v", len(a.events), at))
		}
	case errors.Is(err, errKilled):
	case !p.mayFail(err) && !isConflict:
		w.fail(fmt.Errorf("append: %w", err))
	case errors.Is(err, ports.ErrUnknownOutcome) && !p.begun:
		w.fail(fmt.Errorf("append that had not begun to write returned: %w", err))
	case errors.Is(err, ports.ErrUnknownOutcome):
		p.unsure = append(p.unsure, a)
	default:
		w.history.end(a, refused, domain.Positions{})
	}
}

// conflicts holds a refusal against the log.
func (p *process) conflicts(conflict *ports.ConflictError, conditions []domain.AppendCondition) {
	c := conditions[conflict.Condition]
	log, ok := p.read(domain.All(), ports.ReadOptions{After: conflict.Position - 1, Limit: 1})
	switch {
	case !ok:
	case len(log) != 1 || log[0].Position <= c.After || !c.FailIfEventsMatch.Matches(log[0].Event):
		p.w.fail(fmt.Errorf("%w, but there stands %+v", conflict, log))
	}
}

// check reads everything and compares it with the history. It returns false when
// there is no log to go on with.
func (p *process) check() (log []domain.SequencedEvent, ok bool) {
	w := p.w
	if p.store == nil || w.err != nil {
		return nil, false
	}
	least := p.least()
	if log, ok = p.read(domain.All(), ports.ReadOptions{}); !ok {
		return nil, false
	}
	if err := w.history.check(log, least); err != nil {
		w.fail(err)
	}
	p.told = max(p.told, domain.Position(len(log)))
	p.settled(log)
	return log, w.err == nil
}

// settled notes that what the store told nothing of is in log, or will never be there.
func (p *process) settled(log []domain.SequencedEvent) {
	for _, a := range p.unsure {
		id := eventID(a.number, 0)
		if !slices.ContainsFunc(log, func(e domain.SequencedEvent) bool { return e.Metadata.ID == id }) {
			p.w.history.end(a, refused, domain.Positions{})
		}
	}
	p.unsure = nil
}

// read returns false when the read failed, which needs a reason.
func (p *process) read(q domain.Query, o ports.ReadOptions) (log []domain.SequencedEvent, ok bool) {
	store := p.store
	err := p.w.live(p, func() (err error) {
		log, err = read(store, q, o)
		return err
	})
	if err != nil && !p.mayFail(err) {
		p.w.fail(fmt.Errorf("read: %w", err))
	}
	return log, err == nil
}

// query does what check does, and compares the answers of the index with a look at
// every event.
func (p *process) query() {
	w := p.w
	log, ok := p.check()
	for n := 0; ok && n < 3; n++ {
		q := w.query()
		o := ports.ReadOptions{Backwards: w.oneIn(2), Limit: w.pick(6)}
		if w.oneIn(2) {
			o.After = domain.Position(w.pick(len(log) + 2))
		}
		if w.oneIn(3) {
			o.Before = domain.Position(w.pick(len(log) + 2))
		}
		var got []domain.SequencedEvent
		if p.store != nil {
			got, ok = p.read(q, o)
		}
		if want := scan(log, q, o); ok && p.store != nil && !slices.EqualFunc(got, want, func(a, b domain.SequencedEvent) bool {
			return a.Position == b.Position && a.Metadata.ID == b.Metadata.ID
		}) {
			w.fail(fmt.Errorf("query %v with %+v found %d events, a look at all finds %d", q, o, len(got), len(want)))
		}
	}
}

// scan answers a read without an index.
func scan(log []domain.SequencedEvent, q domain.Query, o ports.ReadOptions) []domain.SequencedEvent {
	var found []domain.SequencedEvent
	for i := range log {
		if e := &log[i]; e.Position > o.After && (o.Before == 0 || e.Position < o.Before) && q.Matches(e.Event) {
			found = append(found, *e)
		}
	}
	if o.Backwards {
		slices.Reverse(found)
	}
	if o.Limit > 0 && len(found) > o.Limit {
		found = found[:o.Limit]
	}
	return found
}

var xs = strings.Repeat("x", 9000)

// events makes the events of attempt n. Some of them are large, and some carry text
// that looks like the store's own.
func (w *world) events(n, count int) []domain.Event {
	events := make([]domain.Event, count)
	size := 700
	if w.small {
		size = 20
	}
	for i := range events {
		var tags []domain.Tag
		for _, tag := range simTags {
			if w.oneIn(3) {
				tags = append(tags, tag)
			}
		}
		data := fmt.Sprintf(`{"text":"%s"}`, strings.Repeat("x", w.pick(size)))
		if w.fills > 0 {
			data = `"` + xs[:w.fills] + `"`
		} else if w.oneIn(6) {
			data = `{"commit":{"first":1,"last":1,"bytes":5,"crc32c":"00000000","chain":"\n"}}`
		}
		events[i] = domain.Event{
			Type: simTypes[w.pick(len(simTypes))], Tags: tags, Data: []byte(data),
			Metadata: domain.Metadata{ID: eventID(n, i)},
		}
	}
	return events
}

func (w *world) query() domain.Query {
	if w.oneIn(6) {
		return domain.All()
	}
	var items []domain.QueryItem
	for range 1 + w.pick(2) {
		item := domain.Tagged(simTags[w.pick(len(simTags))])
		if w.oneIn(3) {
			item = item.Tagged(simTags[w.pick(len(simTags))])
		}
		if w.oneIn(2) {
			item.Types = []string{simTypes[w.pick(len(simTypes))]}
		}
		items = append(items, item)
	}
	return domain.NewQuery(items...)
}

// conditions makes none, or some that may hold or not.
func (w *world) conditions() []domain.AppendCondition {
	var all []domain.AppendCondition
	for range max(0, w.pick(4)-1) {
		after := domain.Position(max(0, len(w.history.seen)-w.pick(4)))
		all = append(all, domain.AppendCondition{FailIfEventsMatch: w.query(), After: after})
	}
	return all
}

type simIDs struct{}

func (simIDs) NewID() string { return "00000000-0000-7000-8000-000000000001" }
