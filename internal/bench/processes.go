package bench

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// processScenarios append to one store from several processes.
func processScenarios() []Scenario {
	var scenarios []Scenario
	for _, n := range []int{1, 2, 4, 8} {
		about := fmt.Sprintf("%d processes with one client each append one event after the other, in all; one such process", n)
		if n == 1 {
			about = "a process with one client appends one event after the other; " + oneWrite
		}
		scenarios = append(scenarios, Scenario{
			Name: fmt.Sprintf("append/processes=%d", n), About: about, extents: processes,
			run: func(ctx context.Context, l *lab) (Result, error) { return l.processes(ctx, n) },
		})
	}
	return scenarios
}

func (l *lab) processes(ctx context.Context, n int) (r Result, err error) {
	s, err := l.newStore(ctx, "processes", 0)
	if err != nil {
		return Result{}, err
	}
	defer func() { err = errors.Join(err, s.remove()) }()
	raw, err := l.rawDisk()
	if err != nil {
		return Result{}, err
	}
	workers := make([]*worker, 0, n)
	defer func() {
		for _, w := range workers {
			err = errors.Join(err, w.close())
		}
	}()
	for range n {
		w, err := l.startWorker(ctx, s.dir)
		if err != nil {
			return Result{}, err
		}
		workers = append(workers, w)
	}
	shares := make([]int, n)
	c := comparison{metric: rate, store: together(workers, shares), baseline: raw.writes(1), against: "baseline: " + oneWrite}
	if n > 1 {
		c.baseline, c.against = together(workers[:1], make([]int, 1)), "baseline: one of the processes alone"
	}
	r, err = l.compare(ctx, c)
	if n > 1 {
		r.Note += "; " + fairness(shares)
	}
	return r, err
}

// fairness writes how evenly the events are shared among processes.
func fairness(shares []int) string {
	total := 0
	for _, events := range shares {
		total += events
	}
	share := func(events int) string {
		return fmt.Sprintf("%s (%.0f %%)", figureText(float64(events)), 100*float64(events)/float64(max(total, 1)))
	}
	return fmt.Sprintf("the process with the fewest events appended %s, the one with the most %s", share(slices.Min(shares)), share(slices.Max(shares)))
}
