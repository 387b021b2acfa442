package bench

import (
	"context"
	"fmt"
	"time"
)

// comparison is a scenario's measurement: the store beside its baseline.
type comparison struct {
	metric
	baseline probe
	store    probe
	// against says what the baseline is, for the note.
	against string
}

// compare runs rounds of both probes in turns. The first, shorter round warms up
// and does not count, unless it is all that there is time for.
func (l *lab) compare(ctx context.Context, c comparison) (Result, error) {
	rounds, slice := l.config.Rounds, l.config.Slice
	r := Result{Unit: c.unit, Note: c.against}
	var values, baselines, ratios []float64
	var latencies []time.Duration
	var measured time.Duration
	for round := range rounds + 1 {
		length := slice
		if round == 0 {
			length /= 4
		}
		base, store, err := c.round(ctx, round%2 == 1, length)
		if err != nil {
			return Result{}, err
		}
		l.progress.Step(round, rounds)
		if round == 0 && !l.late() {
			continue
		}
		value, baseline := c.of(store), c.of(base)
		if baseline == 0 {
			return Result{}, fmt.Errorf("opossum: bench: the baseline came to nothing in %v; give each slice more time", length)
		}
		values, baselines, ratios = append(values, value), append(baselines, baseline), append(ratios, value/baseline)
		latencies = append(latencies, store.Latencies...)
		measured += length
		if r.Rounds++; l.late() {
			break
		}
	}
	if measured < judgedTime {
		r.unjudged = tooShort
	}
	r.Value, r.Baseline, r.Ratio = median(values), median(baselines), median(ratios)
	return r.timed(latencies), nil
}

// round is one slice of each probe; storeFirst says which one begins.
func (c comparison) round(ctx context.Context, storeFirst bool, slice time.Duration) (base, store sample, err error) {
	if storeFirst {
		if store, err = c.store(ctx, slice); err != nil {
			return base, store, err
		}
	}
	if base, err = c.baseline(ctx, slice); err != nil {
		return base, store, err
	}
	if !storeFirst {
		store, err = c.store(ctx, slice)
	}
	return base, store, err
}
