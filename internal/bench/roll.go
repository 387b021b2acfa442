package bench

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// rollScenarios look at the appends during which a segment is full and the next
// one begins.
func rollScenarios() []Scenario {
	return []Scenario{{
		Name: "roll",
		About: fmt.Sprintf("the slowest append of %d events while a segment of %d MiB (%d in a quick run) fills up and the next one begins; the slowest of as many raw writes of the same bytes",
			rollBatch, usualSegment>>20, quickSegment>>20),
		run: func(ctx context.Context, l *lab) (Result, error) { return l.roll(ctx) },
	}}
}

// rollBatch is how many events an append has: so many that a round with a usual
// segment takes fewer than 1,000 appends, or the 99.9th percentile of all of them
// would leave out those that begin a segment.
const rollBatch = 300

// slowest is the time that no operation exceeds.
var slowest = metric{unit: "µs", of: func(s sample) float64 { return micros(percentile(s.Latencies, 100)) }}

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
	appends := max(1, int(l.config.SegmentSize)/(rollBatch*eventBytes)) // a guess, then those of the last round
	var began []time.Duration                                           // of each round, the append that began a segment
	r, err = l.compare(ctx, comparison{
		metric:   slowest,
		baseline: raw.writes(rollBatch).until(func(written sample) bool { return len(written.Latencies) >= appends }),
		store: func(ctx context.Context, slice time.Duration) (sample, error) {
			before, enough := max(1, len(segments(s.dir))), 0
			out, err := s.appends(1, rollBatch).until(func(appended sample) bool {
				done, now := len(appended.Latencies), len(segments(s.dir))
				if enough == 0 && (now > before || now == 0) { // 0: a store without such files
					began = append(began, appended.Latencies[done-1])
					enough = done + done/10 // the full segment is sealed beside these
				}
				return enough > 0 && done >= enough
			})(ctx, slice)
			appends = len(out.Latencies)
			return out, err
		},
	})
	if err != nil {
		return Result{}, err
	}
	began = began[len(began)-r.Rounds:] // without the round that warms up
	r.Note = fmt.Sprintf("the slowest of some %s appends of %d events while a segment fills up and the next one begins; the append that begins it took %s µs in the median, %s at most; baseline: the slowest of as many times one write and %s of the same events",
		figureText(float64(appends)), rollBatch, figureText(micros(percentile(began, 50))), figureText(micros(slices.Max(began))), syncName)
	return r, nil
}

// until is the probe that does one operation after the other until enough came out
// of them.
func (p probe) until(enough func(sample) bool) probe {
	return func(ctx context.Context, _ time.Duration) (sample, error) {
		var all sample
		for {
			one, err := p(ctx, 0)
			if err != nil {
				return all, err
			}
			if all.add(one); enough(all) {
				return all, nil
			}
		}
	}
}
