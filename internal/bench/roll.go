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
		About: "the slowest of 1,000 appends while a segment of the usual size fills up and the next one begins; the slowest of 1,000 raw writes of the same bytes",
		run:   func(ctx context.Context, l *lab) (Result, error) { return l.roll(ctx) },
	}}
}

// rollBatch is how many events an append has.
const rollBatch = 100

// tail is the time that 1 of 1,000 operations exceeds.
var tail = metric{unit: "µs", of: func(s sample) float64 { return micros(percentile(s.Latencies, 99.9)) }}

// roll fills a segment in each round, beside as many raw writes.
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
	// Of the last roll, and of all; before the first one it is a guess.
	appends, slowest := max(1, int(l.config.SegmentSize)/(rollBatch*eventBytes)), time.Duration(0)
	r, err = l.compare(ctx, comparison{
		metric:   tail,
		baseline: raw.writes(rollBatch).until(func(written sample) bool { return len(written.Latencies) >= appends }),
		store: func(ctx context.Context, slice time.Duration) (sample, error) {
			before := max(1, len(segments(s.dir)))
			out, err := s.appends(1, rollBatch).until(func(sample) bool {
				now := len(segments(s.dir))
				return now > before || now == 0 // a store without such files
			})(ctx, slice)
			appends, slowest = len(out.Latencies), max(slowest, percentile(out.Latencies, 100))
			return out, err
		},
	})
	r.Note = fmt.Sprintf("99.9th percentile of some %s appends of %d events while a segment fills up, the slowest of all took %v; baseline: as many times one write and %s of the same events",
		figureText(float64(appends)), rollBatch, slowest.Round(10*time.Microsecond), syncName)
	return r, err
}

// until is the probe that works in pieces of a slice until enough came out of it.
func (p probe) until(enough func(sample) bool) probe {
	return func(ctx context.Context, slice time.Duration) (sample, error) {
		var all sample
		for {
			piece, err := p(ctx, slice/10)
			if err != nil {
				return all, err
			}
			if all.add(piece); enough(all) {
				return all, nil
			}
		}
	}
}
