package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
)

// place tells a worker which store to open.
type place struct {
	Dir string
	// First is the number of the first event that it makes.
	First uint64
	// SegmentSize is that of the store, in bytes; 0 means the usual one.
	SegmentSize int64
	// Projections is the directory of a projection that it runs; "" for none.
	Projections string
}

// order tells a worker what to do: append events one at a time, for so long, with
// so many clients. Each appends one at least.
type order struct {
	Slice   time.Duration
	Clients int
}

// answer is what a worker says after it opened the store and after each order.
type answer struct {
	Sample sample
	// At is when that was done, in nanoseconds of the machine's clock.
	At    int64
	Error string
}

// Work is the other end of a scenario with several processes: it opens the store
// that in names, appends as it is told there, and answers on out. It returns when
// in ends, which is also when the process that started it has died. Of c it needs
// what opens stores.
func Work(ctx context.Context, c Config, in io.Reader, out io.Writer) (err error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	from, to := json.NewDecoder(in), json.NewEncoder(out)
	var at place
	if err := from.Decode(&at); err != nil {
		return fmt.Errorf("opossum: bench worker: this command is run by opossum bench, which tells it on standard input what to do: %w", err)
	}
	s, err := c.Open(ctx, at.Dir, at.SegmentSize)
	if err != nil {
		return errors.Join(err, to.Encode(answer{Error: err.Error()}))
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if at.Projections != "" {
		end, failed := runThere(ctx, c, s, at.Projections)
		if failed != nil {
			return errors.Join(failed, to.Encode(answer{Error: failed.Error()}))
		}
		defer func() { err = errors.Join(err, end()) }()
	}
	p := newPlaced(s, at.Dir, at.First)
	p.supply() // made before the first order
	if err := to.Encode(answer{}); err != nil {
		return err
	}
	for o := range orders(from, stop) {
		var a answer
		if a.Sample, err = p.appends(o.Clients, 1)(ctx, o.Slice); err != nil {
			a.Error = err.Error()
		}
		a.At = time.Now().UnixNano()
		if err := to.Encode(a); err != nil {
			return err
		}
	}
	return nil
}

// runThere runs a projection in the directory dir until end is called.
func runThere(ctx context.Context, c Config, s Store, dir string) (end func() error, err error) {
	if c.OpenProjections == nil {
		return nil, fmt.Errorf("%w: this worker cannot open projections", ErrConfig)
	}
	states, err := c.OpenProjections(dir)
	if err != nil {
		return nil, err
	}
	_, stop, err := run(ctx, s, states, perItem())
	if err != nil {
		return nil, errors.Join(err, states.Close())
	}
	return func() error { return errors.Join(stop(), states.Close()) }, nil
}

// orders reads orders beside the work, so that it notices the end at once and
// stops the work then.
func orders(from *json.Decoder, stop func()) <-chan order {
	given := make(chan order)
	go func() {
		defer close(given)
		defer stop()
		for {
			var o order
			if err := from.Decode(&o); err != nil {
				return
			}
			given <- o
		}
	}()
	return given
}
