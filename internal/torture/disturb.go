package torture

import (
	"context"
	"fmt"
	"time"
)

// disturb does one bad thing after another until ctx ends or something is found.
func (o *round) disturb(ctx context.Context) error {
	for o.wait(ctx, 10*time.Millisecond+time.Duration(o.random.Int64N(int64(200*time.Millisecond)))) {
		var err error
		switch n := o.random.IntN(10); {
		case n < 5:
			err = o.replace(o.drawn(o.writers))
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
