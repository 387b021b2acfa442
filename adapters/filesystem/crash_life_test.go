package filesystem

import (
	"syscall"

	"github.com/opossum-go/opossum/adapters/filesystem/internal/vfs/vfstest"
	"github.com/opossum-go/opossum/domain"
)

// life runs two or three processes through a random life, with faults of the disk in
// it, and tries crashes wherever something changes. It ends at the first thing that is
// wrong.
func (w *world) life(steps int) {
	w.processes = make([]*process, 2+w.pick(2))
	w.lends, w.restless = w.oneIn(2), w.oneIn(3)
	for step := 0; step < steps && w.err == nil; step++ {
		p := &w.processes[w.pick(len(w.processes))]
		if *p == nil || (*p).store == nil {
			*p = w.start()
			continue
		}
		(*p).step()
	}
	w.killAt, w.samples = 0, 3
	w.tryCrashes("the end")
	for _, p := range w.processes {
		p.stop()
	}
	if w.err == nil {
		w.survive(w.disk.Clone(), "the end of all processes")
	}
}

// step lets p do one of the things that a process does.
func (p *process) step() {
	w := p.w
	switch w.pick(27) {
	case 0:
		p.dies() // between two calls
		p.store = nil
	case 1:
		p.stop()
	case 2, 3:
		p.query()
	case 4:
		w.killAt = w.calls + 1 + w.pick(12)
	case 5, 6:
		w.intrude = w.calls + 1 + w.pick(24)
		p.append(1, w.conditions())
		p.append(1, nil)
		w.intrude = 0
	case 7, 8, 9, 10:
		p.troubled(func() { p.append(1+w.pick(3), w.conditions()) })
	case 11, 12:
		p.background()
	case 13:
		p.letGo()
	case 14, 15, 16:
		p.appendGroup()
	case 17, 18:
		p.troubled(p.appendGroup)
	case 19:
		samples := w.samples
		if w.oneIn(4) {
			w.samples = max(samples, 2)
		}
		w.repairs()
		w.samples = samples
	case 20:
		p.troubled(w.repairs)
	case 21:
		p.overwrites()
	default:
		p.append(1+w.pick(4), w.conditions())
	}
}

// appendGroup makes three appends that share a commit. Sometimes the last one has a
// conflict with the first two.
func (p *process) appendGroup() {
	w := p.w
	last := w.conditions()
	if w.oneIn(3) {
		last = []domain.AppendCondition{{FailIfEventsMatch: domain.All(), After: p.store.visible()}}
	}
	p.appendTogether([]int{1 + w.pick(2), 1, 1 + w.pick(2)}, [][]domain.AppendCondition{w.conditions(), w.conditions(), last})
}

// troubled makes an append while something is wrong with the disk. What comes next has
// to recover, perhaps with the same fault.
func (p *process) troubled(appends func()) {
	w := p.w
	w.fault = w.anyFault()
	appends()
	w.tryCrashesNow("after trouble")
	switch w.pick(4) {
	case 0, 1:
		p.append(1, nil)
	case 2:
		p.check()
	}
	w.tryCrashesNow("after recovery from trouble")
	w.fault = pass
	w.small = w.oneIn(2) // and do not cover what was left behind
}

// overwrites makes an append that fails and that the disk keeps, while memory forgets it.
// A read settles that it is not there, and an append comes to stand over it.
func (p *process) overwrites() {
	w := p.w
	p.background() // there may be fill
	fails := vfstest.Nth(vfstest.Sync, 1, false, vfstest.Fault{Err: syscall.EIO, Effect: vfstest.Part})
	if w.oneIn(2) {
		fails = almostWhole(syscall.EIO, 1+w.pick(2))
	}
	restless, samples := w.restless, w.samples
	w.restless, w.fault = true, thenFailing(fails)
	p.append(1, nil)
	w.restless, w.fault = restless, pass
	p.check()
	w.samples = max(samples, 3)
	p.append(1+w.pick(3), nil)
	w.samples = samples
}

// tryCrashesNow tries crashes at this moment also where it is done at the end of a
// life only, but not every time.
func (w *world) tryCrashesNow(where string) {
	if samples := w.samples; w.oneIn(4) {
		w.samples = max(samples, 2)
		w.tryCrashes(where)
		w.samples = samples
	}
}

// anyFault lets one kind of call fail, once or until it is repaired. Sometimes a
// failed write cannot be undone either, and sometimes it is the ledger alone.
func (w *world) anyFault() decider {
	kinds := []vfstest.Kind{vfstest.Sync, vfstest.Sync, vfstest.Sync, vfstest.Write, vfstest.Write, vfstest.SyncDir, vfstest.Create, vfstest.Truncate, vfstest.Read, vfstest.Open, vfstest.Close, vfstest.Lock, vfstest.Unlock}
	fault := vfstest.Fault{
		Err: errnos[w.pick(len(errnos))], Effect: []vfstest.Effect{vfstest.Nothing, vfstest.Part, vfstest.Whole}[w.pick(3)], Bytes: w.pick(900),
	}
	if w.oneIn(4) {
		return notUndone(vfstest.Nth(vfstest.Sync, 1, false, fault))
	}
	if w.oneIn(6) { // the ledger cannot be written
		nth := vfstest.Nth(vfstest.Write, 1, w.oneIn(2), fault)
		return func(c vfstest.Call) vfstest.Fault {
			if c.Name != ledgerName {
				return vfstest.Fault{}
			}
			return nth(c)
		}
	}
	return vfstest.Nth(kinds[w.pick(len(kinds))], 1+w.pick(3), w.oneIn(3), fault)
}

// almostWhole lets the first write of a segment fail when all but its last bytes are there.
func almostWhole(err error, missing int) decider {
	done := false
	return func(c vfstest.Call) vfstest.Fault {
		if done || c.Kind != vfstest.Write || !isSegment(c) {
			return vfstest.Fault{}
		}
		done = true
		return vfstest.Fault{Err: err, Effect: vfstest.Part, Bytes: max(0, len(c.Data)-missing)}
	}
}

// thenFailing lets the sync that follows a fault fail too, without a trace.
func thenFailing(fault decider) decider {
	var first vfstest.Fault
	done := false
	return func(c vfstest.Call) vfstest.Fault {
		switch {
		case first.Err == nil:
			first = fault(c)
			return first
		case !done && c.Kind == vfstest.Sync && isSegment(c):
			done = true
			return vfstest.Fault{Err: first.Err, Effect: vfstest.Nothing}
		}
		return vfstest.Fault{}
	}
}
