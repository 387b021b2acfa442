package bench

import (
	"context"
	"errors"
	"fmt"
	"runtime/metrics"
	"sync"
	"time"
)

// megabytes is the unit of the heap in use.
const megabytes = "MB"

// rebuildMemory measures what a projection with many keys needs while it is built.
func (l *lab) rebuildMemory(ctx context.Context) (r Result, err error) {
	s, err := l.countedStore(ctx)
	if err != nil {
		return Result{}, err
	}
	few, err := l.newStore(ctx, "few", 0)
	if err != nil {
		return Result{}, err
	}
	defer func() { err = errors.Join(err, few.remove()) }()
	small := &large{placed: few}
	if err := l.grow(ctx, small, max(1, s.events/10), countedBatch); err != nil {
		return Result{}, err
	}
	r = Result{Unit: megabytes, Rounds: 1}
	if r.Baseline, err = l.rebuildPeak(ctx, small); err != nil {
		return Result{}, err
	}
	if r.Value, err = l.rebuildPeak(ctx, s); err != nil {
		return Result{}, err
	}
	r.Ratio = r.Value / r.Baseline
	r.Note = fmt.Sprintf("heap of Go at its highest, with garbage, above what was in use before; %s events with a key each; baseline: %s of them",
		figureText(float64(s.events)), figureText(float64(small.events)))
	return s.judged(r), nil
}

// rebuildPeak builds a projection with a state for each event and returns how much
// the heap has grown in between, in MB.
func (l *lab) rebuildPeak(ctx context.Context, s *large) (peak float64, err error) {
	states, end, err := l.newProjections()
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, end()) }()
	before := heap()
	highest := watchHeap()
	err = project(ctx, s, states, perOrder(), s.events, s.events)
	return max(1e-3, float64(highest()-before)/1e6), err
}

// watchHeap looks at the heap all the time, until the function that it returns is
// called, which tells the most bytes that objects took.
func watchHeap() (highest func() int64) {
	var most int64
	look := func() {
		s := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
		metrics.Read(s)
		most = max(most, int64(s[0].Value.Uint64()))
	}
	look()
	enough := make(chan struct{})
	var watching sync.WaitGroup
	watching.Go(func() {
		every := time.NewTicker(5 * time.Millisecond)
		defer every.Stop()
		for {
			select {
			case <-every.C:
				look()
			case <-enough:
				look()
				return
			}
		}
	})
	return func() int64 {
		close(enough)
		watching.Wait()
		return most
	}
}
