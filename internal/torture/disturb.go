package torture

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"time"
)

// signTime is how long a disturbance waits for the sign that its moment has come.
const signTime = 300 * time.Millisecond

// A process that is about to write a huge batch is killed in half of all cases while it
// writes, where the system tells of that, and otherwise at a moment between these: before
// the write, in it, while it is synced or afterwards. How long all that takes differs
// from machine to machine, so the moments are spread evenly over the magnitudes.
const (
	ambushSoon = time.Millisecond
	ambushLate = 32 * time.Millisecond
)

// impatience is the lock timeout of half the writers: many a stopped or hanging process
// takes longer.
func (c Config) impatience() time.Duration {
	return max(10*time.Millisecond, min(c.RoundLength/8, 100*time.Millisecond))
}

// hangTime draws how long something hangs: for longer or shorter than others are patient.
func (o *round) hangTime() time.Duration {
	return time.Duration(o.random.Int64N(int64(4 * o.impatience())))
}

// pause draws how long nothing bad happens. Short rounds have short ones.
func (o *round) pause() time.Duration {
	longest := max(time.Millisecond, min(o.RoundLength/15, 200*time.Millisecond))
	return min(o.RoundLength/25, 10*time.Millisecond) + time.Duration(o.random.Int64N(int64(longest)))
}

// derived are the files and folders of a store that follow from its events. While
// no process has the store open they may go.
var derived = []string{"ledger", "indexes"}

// removeDerived removes some of what is derived, before anybody opens the store.
func (o *round) removeDerived() error {
	for _, name := range derived {
		path := filepath.Join(o.storeDir(), name)
		if _, err := os.Lstat(path); err != nil || !oneIn(o.random, 3) {
			continue
		}
		if err := os.RemoveAll(path); err != nil {
			return err
		}
		o.book.count(func(c *Counts) { c.Removals++ })
	}
	return nil
}

// disturb does one bad thing after another until the round is as long as it is to be,
// ctx ends or something is found. What was begun comes to its end: in a short round
// hardly anything would otherwise.
func (o *round) disturb(ctx context.Context) error {
	over, cancel := context.WithTimeout(ctx, o.RoundLength)
	defer cancel()
	for o.wait(over, o.pause()) {
		var err error
		switch n := o.random.IntN(12); {
		case n < 2:
			err = o.replace(o.drawn(o.writers))
		case n < 6:
			err = o.ambush(ctx)
		case n < 7:
			err = o.replace(o.drawn(o.readers))
		case n < 9 && canStop:
			err = o.stop(ctx, o.drawn(o.writers))
		default:
			err = o.hog(ctx)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// replace kills the process of a slot and starts another one.
func (o *round) replace(s *slot) error {
	s.child.kill()
	o.book.count(func(c *Counts) { c.Kills++ })
	return o.start(s)
}

// ambush has a writer append a huge batch, and kills it when it may be in the
// middle of the write.
func (o *round) ambush(ctx context.Context) error {
	s := o.drawn(o.writers)
	if !o.lurk(ctx, s) {
		return nil
	}
	return o.replace(s)
}

// lurk has a writer append a huge batch, and waits for the moment to kill it. It
// returns false when ctx ended or something was found meanwhile.
func (o *round) lurk(ctx context.Context, s *slot) bool {
	select {
	case <-o.book.writing: // from the last time
	default:
	}
	soon := float64(ambushSoon)
	moment := time.Duration(soon * math.Pow(float64(ambushLate)/soon, o.random.Float64()))
	part := o.random.Int64N(hugeEvents * hugePad / 2)
	cut := oneIn(o.random, 2)
	s.child.order(order{Huge: true})
	if o.sign(ctx, o.book.writing, s.child) && (!cut || !s.child.awaitWrite(part, ambushLate)) {
		o.wait(ctx, moment)
	}
	return ctx.Err() == nil && !o.book.hasFindings()
}

// awaitWrite returns when the process has written more than so many bytes, at the
// latest when so much time is over. It does not rest meanwhile: a write takes less than
// a timer may be late. False says that the system does not tell.
func (c *child) awaitWrite(bytes int64, longest time.Duration) bool {
	begin := time.Now()
	before, ok := written(c.cmd.Process.Pid)
	for n := before; ok && n-before <= bytes && time.Since(begin) < longest; {
		n, ok = written(c.cmd.Process.Pid)
	}
	return ok
}

// sign waits for a sign of a process. It returns false when there was none in time, or
// there will be none.
func (o *round) sign(ctx context.Context, given <-chan struct{}, c *child) bool {
	enough := time.NewTimer(signTime)
	defer enough.Stop()
	select {
	case <-given:
		return true
	case <-enough.C:
	case <-c.gone:
	case <-ctx.Done():
	case <-o.book.found:
		o.book.alarm() // for who asks next
	}
	return false
}

// stop stops a process, whatever it holds, for longer or shorter than others are
// patient. Then it goes on, or is killed as it is.
func (o *round) stop(ctx context.Context, s *slot) error {
	if err := stopProcess(s.child.cmd.Process); err != nil {
		return nil //nolint:nilerr // it has ended by itself, which is found elsewhere
	}
	o.book.count(func(c *Counts) { c.Stops++ })
	o.wait(ctx, o.hangTime())
	if o.random.IntN(2) == 0 {
		return o.replace(s)
	}
	_ = resumeProcess(s.child.cmd.Process) // it cannot have ended meanwhile
	return nil
}

// hog has a process take the append lock and hang. Then it goes, or is killed.
func (o *round) hog(ctx context.Context) error {
	h, err := o.launch(setup{Role: "hog", Name: fmt.Sprintf("round%d/hog", o.number)})
	if err != nil {
		return err
	}
	defer h.kill()
	if !o.sign(ctx, h.ready, h) {
		return nil
	}
	o.book.count(func(c *Counts) { c.Hogs++ })
	o.wait(ctx, o.hangTime())
	if o.random.IntN(2) == 0 {
		o.book.find(h.finish(ctx, order{}, o.Patience))
	}
	return nil
}
