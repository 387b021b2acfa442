package bench

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/opossum-go/opossum/domain"
)

// subscribeScenarios follow in this process what another one appends.
func subscribeScenarios() []Scenario {
	return []Scenario{{
		Name: "subscribe/latency", extents: processes,
		About: "99th percentile of the time from the acknowledgement of an append in one process to its event in a subscription of another; the same of a message between both through a pipe",
		run:   func(ctx context.Context, l *lab) (Result, error) { return l.subscription(ctx) },
	}}
}

// hop is what became of one event: when its append was acknowledged in the other
// process, when this one had a message of that, and when its subscription had it.
type hop struct{ acknowledged, told, seen time.Time }

func (h hop) message() time.Duration  { return max(h.told.Sub(h.acknowledged), least) }
func (h hop) delivery() time.Duration { return max(h.seen.Sub(h.acknowledged), least) }

// least stands for the time of what was there already.
const least = time.Microsecond

// follower is a subscription to a store that another process appends to.
type follower struct {
	writer *worker
	seen   chan time.Time // of each event
	ended  chan error     // how the subscription ended
	early  int            // events that were seen before their append was acknowledged
	hops   int
}

func (l *lab) subscription(ctx context.Context) (r Result, err error) {
	s, err := l.newStore(ctx, "subscribe", 0)
	if err != nil {
		return Result{}, err
	}
	defer func() { err = errors.Join(err, s.remove()) }()
	writer, err := l.startWorker(ctx, s.dir)
	if err != nil {
		return Result{}, err
	}
	defer func() { err = errors.Join(err, writer.close()) }()
	ctx, stop := context.WithCancel(ctx)
	f := &follower{writer: writer, seen: make(chan time.Time, 1), ended: make(chan error, 1)}
	go func() { f.ended <- f.follow(ctx, s) }()
	defer func() {
		stop()
		if ended := <-f.ended; err == nil && !errors.Is(ended, context.Canceled) {
			err = fmt.Errorf("subscribe: %w", ended)
		}
	}()
	p99 := metric{unit: latency.unit, of: func(s sample) float64 { return micros(percentile(s.Latencies, 99)) }}
	r, err = l.compare(ctx, comparison{metric: p99, store: f.probe(hop.delivery), baseline: f.probe(hop.message)})
	r.Note = fmt.Sprintf("%.0f of 100 events were there before their append was acknowledged and count as %.0f µs; baseline: a message through a pipe, 99th percentile",
		100*float64(f.early)/float64(max(f.hops, 1)), micros(least))
	return r, err
}

// follow tells when each event is seen. It returns the error that ended the
// subscription.
func (f *follower) follow(ctx context.Context, s Store) error {
	for _, err := range s.Subscribe(ctx, domain.All(), 0) {
		if err != nil {
			return err
		}
		select {
		case f.seen <- time.Now():
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return errors.New("the subscription ended")
}

// hop has the other process append one event, and waits for it.
func (f *follower) hop(ctx context.Context) (hop, error) {
	if err := f.writer.begin(order{Slice: 1, Clients: 1}); err != nil {
		return hop{}, err
	}
	a, err := f.writer.answer()
	if err != nil {
		return hop{}, err
	}
	h := hop{acknowledged: time.Unix(0, a.At), told: time.Now()}
	select {
	case h.seen = <-f.seen:
	case err := <-f.ended:
		f.ended <- err // for who waits for that
		return hop{}, fmt.Errorf("subscribe: %w", err)
	case <-ctx.Done():
		return hop{}, ctx.Err()
	}
	if f.hops++; h.seen.Before(h.acknowledged) {
		f.early++
	}
	return h, nil
}

// probe is one event after the other, of which times says how long it took.
func (f *follower) probe(times func(hop) time.Duration) probe {
	return func(ctx context.Context, slice time.Duration) (sample, error) {
		var s sample
		for began := time.Now(); len(s.Latencies) == 0 || s.Elapsed < slice; s.Elapsed = time.Since(began) {
			h, err := f.hop(ctx)
			if err != nil {
				return s, err
			}
			s.Events++
			s.Latencies = append(s.Latencies, times(h))
		}
		return s, nil
	}
}
