package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/opossum-go/opossum/projection"
)

// projectLatencyEvents is how many events a usual run measures in all.
const projectLatencyEvents = 10_000

// projectLatency measures when a state shows an event. With elsewhere, the
// projection is run by another process.
func (l *lab) projectLatency(ctx context.Context, elsewhere bool) (r Result, err error) {
	s, err := l.newStore(ctx, "shown", 0)
	if err != nil {
		return Result{}, err
	}
	defer func() { err = errors.Join(err, s.remove()) }()
	raw, err := l.rawDisk()
	if err != nil {
		return Result{}, err
	}
	dir := l.newDir("projections")
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	states, err := l.config.OpenProjections(dir)
	if err != nil {
		return Result{}, err
	}
	defer func() { err = errors.Join(err, states.Close()) }()
	var end func() error
	if elsewhere {
		var runner *worker
		if runner, err = l.startWorkerOf(ctx, place{Dir: s.dir, Projections: dir}); err == nil {
			end = runner.close
		}
	} else {
		ctx, end, err = run(ctx, s, states, perItem())
	}
	if err != nil {
		return Result{}, err
	}
	defer func() { err = errors.Join(err, end()) }()
	events := min(projectLatencyEvents, l.config.Events/100)
	if l.config.Extent == Quick {
		events /= 10
	}
	w := &watcher{store: s, view: perItem().View(states)}
	if _, err := w.show(ctx); err != nil { // the projection is there from now on
		return Result{}, err
	}
	return l.compare(ctx, comparison{
		metric: latency, baseline: raw.writes(1), store: w.probe(max(1, events/l.config.Rounds)),
		against: fmt.Sprintf("%s events, one after the other; baseline: %s", figureText(float64(events)), oneWrite),
	})
}

// watcher appends and waits until its event is to be seen.
type watcher struct {
	store *placed
	view  *projection.View[tally]
}

// probe is so many events, however long they take.
func (w *watcher) probe(events int) probe {
	return func(ctx context.Context, _ time.Duration) (sample, error) {
		s := sample{Events: events}
		began := time.Now()
		for range events {
			took, err := w.show(ctx)
			if err != nil {
				return s, err
			}
			s.Latencies = append(s.Latencies, took)
		}
		s.Elapsed = time.Since(began)
		return s, nil
	}
}

// show appends one event and returns how long after that its state was to be had.
func (w *watcher) show(ctx context.Context) (time.Duration, error) {
	batch := countedBatch(w.store, 1)
	at, err := w.store.Append(ctx, batch)
	if err != nil {
		return 0, err
	}
	acknowledged := time.Now()
	if err := w.view.Wait(ctx, at.Last); err != nil {
		return 0, err
	}
	key := batch[0].Tags[0].Value()
	state, found, err := w.view.Get(ctx, key)
	took := time.Since(acknowledged)
	if err == nil && (!found || state.Position < at.Last) {
		err = fmt.Errorf("the state %s is of position %d behind a wait for %d: the projection is wrong", key, state.Position, at.Last)
	}
	return took, err
}
