package torture

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// An ambush waits so long for a huge batch to begin, and at most so long afterwards.
const (
	ambushTime  = 300 * time.Millisecond
	ambushDelay = 10 * time.Millisecond
)

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

// disturb does one bad thing after another until ctx ends or something is found.
func (o *round) disturb(ctx context.Context) error {
	for o.wait(ctx, 10*time.Millisecond+time.Duration(o.random.Int64N(int64(200*time.Millisecond)))) {
		var err error
		switch n := o.random.IntN(10); {
		case n < 3:
			err = o.replace(o.drawn(o.writers))
		case n < 5:
			err = o.ambush(ctx)
		case n < 6:
			err = o.replace(o.drawn(o.readers))
		case n < 8 && canStop:
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
	select {
	case <-o.book.huge: // from the last time
	default:
	}
	s := o.drawn(o.writers)
	s.child.order(order{Huge: true})
	enough := time.NewTimer(ambushTime)
	defer enough.Stop()
	select {
	case <-o.book.huge:
		o.wait(ctx, time.Duration(o.random.Int64N(int64(ambushDelay))))
	case <-enough.C:
	case <-ctx.Done():
		return nil
	case <-o.book.found:
		o.book.alarm() // for who asks next
		return nil
	}
	return o.replace(s)
}

// stop stops a process, whatever it holds, for longer or shorter than others are
// patient. Then it goes on, or is killed as it is.
func (o *round) stop(ctx context.Context, s *slot) error {
	if err := stopProcess(s.child.cmd.Process); err != nil {
		return nil //nolint:nilerr // it has ended by itself, which is found elsewhere
	}
	o.book.count(func(c *Counts) { c.Stops++ })
	o.wait(ctx, time.Duration(o.random.Int64N(int64(4*impatient))))
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
	select {
	case <-h.ready:
	case <-h.gone:
		return nil
	case <-ctx.Done():
		return nil
	case <-o.book.found:
		o.book.alarm() // for who asks next
		return nil
	}
	o.book.count(func(c *Counts) { c.Hogs++ })
	o.wait(ctx, time.Duration(o.random.Int64N(int64(4*impatient))))
	if o.random.IntN(2) == 0 {
		o.book.find(h.finish(ctx, order{}, o.Patience))
	}
	return nil
}
