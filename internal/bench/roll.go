package bench

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// rollScenarios look at the appends during which a segment is full and the next
// one begins.
func rollScenarios() []Scenario {
	return []Scenario{{
		Name:  "roll",
		About: "the slowest of 1,000 appends while segments of the usual size fill up; the slowest of 1,000 raw writes of the same bytes",
		run:   func(ctx context.Context, l *lab) (Result, error) { return l.roll(ctx) },
	}}
}

const (
	rollBatch = 100 // events in an append
	rolls     = 3   // in all, fewer when a quick run has no time for them
)

// tail is the time that 1 of 1,000 operations exceeds.
var tail = metric{unit: "µs", of: func(s sample) float64 { return micros(percentile(s.Latencies, 99.9)) }}

// roll appends until some segments are full, with the raw writes in between.
func (l *lab) roll(ctx context.Context) (r Result, err error) {
	raw, err := l.rawDisk()
	if err != nil {
		return Result{}, err
	}
	s, err := l.newStore(ctx, "roll", l.config.SegmentSize)
	if err != nil {
		return Result{}, err
	}
	defer func() { err = errors.Join(err, s.remove()) }()
	write, store := raw.writes(rollBatch), s.appends(1, rollBatch)
	slice := l.config.Slice
	var base, all sample
	rolled := 0
	for rolled < rolls && (rolled == 0 || !l.late()) {
		part, err := write(ctx, slice)
		if err != nil {
			return Result{}, err
		}
		base.Latencies = append(base.Latencies, part.Latencies...)
		if part, err = store(ctx, slice); err != nil {
			return Result{}, err
		}
		all.Latencies = append(all.Latencies, part.Latencies...)
		if found := len(segments(s.dir)); found > 0 {
			rolled = found - 1
		} else {
			rolled++ // a store without such files
		}
		l.progress.Step(rolled, rolls)
		r.Rounds++
	}
	r.Unit, r.Value, r.Baseline = tail.unit, tail.of(all), tail.of(base)
	r.Ratio = r.Value / r.Baseline
	r = r.timed(all.Latencies)
	slowest := all.Latencies[len(all.Latencies)-1] // percentiles sort
	r.Note = fmt.Sprintf("99.9th percentile of %s appends of %d events across %d rolls, the slowest took %v; baseline: one write and %s of the same events",
		figureText(float64(len(all.Latencies))), rollBatch, rolled, slowest.Round(10*time.Microsecond), syncName)
	return r, nil
}
