package torture

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/opossum-go/opossum/domain"
)

// patient is the lock timeout of half the writers.
const patient = time.Minute

// round is a round under way.
type round struct {
	*run
	number  int
	random  *rand.Rand
	writers []*slot
	readers []*slot
}

// slot is the place of a process, which another one takes when it is killed.
type slot struct {
	role   string
	number int // from 1 among those of its role
	starts int
	child  *child
}

// round runs one round. An error says that the run cannot go on.
func (r *run) round(ctx context.Context, number int) (Round, error) {
	begin := time.Now()
	if r.book == nil {
		r.book = newBook()
		r.result.Stores++
	}
	o := &round{run: r, number: number, random: rand.New(rand.NewPCG(r.Seed, uint64(number)))} //nolint:gosec // G404: repeatable on purpose
	err := errors.Join(o.race(ctx), o.calmDown(ctx))
	if err == nil && r.book.trouble != "" {
		err = fmt.Errorf("the machine does not let it go on: %s", r.book.trouble)
	}
	if err != nil || ctx.Err() != nil {
		return Round{}, err
	}
	done := Round{Number: number, Store: r.result.Stores, Events: len(r.book.log), Findings: r.book.judge(r.before)}
	adopted := r.book.adopted(len(r.before))
	if len(done.Findings) == 0 {
		r.before = printsOf(r.book.log)
		done.Counts = r.book.turnPage()
	} else {
		done.Counts = r.book.counts
	}
	done.Counts.Adopted = adopted
	done.Took = Seconds(time.Since(begin))
	return done, nil
}

// race starts the processes and disturbs them until time is over or something is
// found.
func (o *round) race(ctx context.Context) error {
	for i := range o.Writers {
		o.writers = append(o.writers, &slot{role: "writer", number: i + 1})
	}
	for i := range o.Readers {
		o.readers = append(o.readers, &slot{role: "reader", number: i + 1})
	}
	if err := o.removeDerived(); err != nil {
		return err
	}
	for _, s := range o.writers {
		if err := o.start(s); err != nil {
			return err
		}
	}
	// One of them is killed while it opens or makes the store.
	o.wait(ctx, time.Duration(o.random.Int64N(int64(10*time.Millisecond))))
	if err := o.replace(o.drawn(o.writers)); err != nil {
		return err
	}
	if !o.storeThere(ctx) {
		return nil
	}
	for _, s := range o.readers {
		if err := o.start(s); err != nil {
			return err
		}
	}
	return o.disturb(ctx)
}

// storeThere waits until a writer has opened the store, so that there is one.
func (o *round) storeThere(ctx context.Context) bool {
	hangs := time.NewTimer(o.Patience)
	defer hangs.Stop()
	for _, s := range o.writers {
		select {
		case <-s.child.ready:
			return true
		case <-s.child.gone: // it will be found why
		case <-ctx.Done():
			return false
		case <-hangs.C:
			return false // the end of the round finds out why
		}
	}
	return false
}

// calmDown ends the writers, has the store audited and lets the readers see it all.
func (o *round) calmDown(ctx context.Context) error {
	defer func() { // whatever happens
		for _, s := range append(o.writers, o.readers...) {
			if s.child != nil {
				s.child.kill()
			}
		}
	}()
	atOnce := o.random.IntN(2) == 0
	found := o.book.hasFindings()
	if atOnce && !found {
		if s := o.drawn(o.writers); s.child != nil { // nil when it could not be started
			o.lurk(ctx, s)
		}
	}
	for _, s := range o.writers {
		switch {
		case s.child == nil:
		case found:
			s.child.kill()
		case atOnce: // in the middle of whatever they do, one of them of a huge batch
			s.child.kill()
			o.book.count(func(c *Counts) { c.Kills++ })
		}
	}
	for _, s := range o.writers {
		if s.child != nil {
			o.book.find(s.child.finish(ctx, order{}, o.Patience))
		}
	}
	if o.book.acknowledged() == 0 {
		o.silent++
	}
	if ctx.Err() != nil {
		return nil
	}
	auditor, err := o.launch(setup{Role: "auditor", Name: fmt.Sprintf("round%d/auditor", o.number), LockTimeout: patient, SegmentSize: 64 << 10})
	if err != nil {
		return err
	}
	o.book.find(auditor.await(ctx, o.Patience))
	for _, s := range o.readers {
		if s.child == nil {
			continue
		}
		if found || o.book.hasFindings() {
			s.child.kill()
		}
		o.book.find(s.child.finish(ctx, order{Head: domain.Position(len(o.book.log))}, o.Patience))
	}
	return nil
}

// start starts a process in a slot.
func (o *round) start(s *slot) (err error) {
	s.starts++
	p := setup{
		Role: s.role, Name: fmt.Sprintf("round%d/%s%d.%d", o.number, s.role, s.number, s.starts),
		Goroutines: o.Goroutines, Handles: 1 + s.number%2,
		SegmentSize: []int64{4 << 10, 16 << 10, 64 << 10, 1 << 20}[o.random.IntN(4)],
		LockTimeout: patient, ReadOnly: s.number%2 == 0, Bug: o.Bug,
	}
	if s.number%2 == 0 {
		p.LockTimeout = o.impatience()
	}
	s.child, err = o.launch(p)
	return err
}

func (o *round) launch(p setup) (*child, error) {
	p.Dir, p.Round, p.Seed = o.storeDir(), o.number, o.random.Uint64()
	return startChild(o.Child, p, o.book.hear)
}

// drawn draws one of slots.
func (o *round) drawn(slots []*slot) *slot { return slots[o.random.IntN(len(slots))] }

// wait returns false when ctx ended or something was found meanwhile.
func (o *round) wait(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	case <-o.book.found:
		o.book.alarm() // for who asks next
		return false
	}
}
