package bench

import (
	"context"
	"math"
	"slices"
	"sync"
	"time"
)

// sample is what one slice of a probe came to.
type sample struct {
	Events    int             // events written or read
	Elapsed   time.Duration   // wall time of the slice
	CPU       time.Duration   // time of all cores that this process used; 0 where nobody counts it
	Latencies []time.Duration // one an operation
}

// add puts another sample behind this one.
func (s *sample) add(next sample) {
	s.Events += next.Events
	s.Elapsed += next.Elapsed
	s.CPU += next.CPU
	s.Latencies = append(s.Latencies, next.Latencies...)
}

// probe works for about the given time and says what came out of it.
type probe func(ctx context.Context, slice time.Duration) (sample, error)

// metric turns a sample into the figure of a scenario.
type metric struct {
	unit string
	of   func(sample) float64
}

var (
	// latency is the median time of one operation.
	latency = metric{unit: "µs", of: func(s sample) float64 { return micros(middle(s.Latencies)) }}
	// rate is what all clients did together.
	rate = metric{unit: "events/s", of: func(s sample) float64 { return float64(s.Events) / s.Elapsed.Seconds() }}
	// rateOfCore counts the time of every core that was busy, so that work on a
	// second core is not had for nothing.
	rateOfCore = metric{unit: "events/s/core", of: func(s sample) float64 {
		return float64(s.Events) / max(s.Elapsed, s.CPU).Seconds()
	}}
)

// serial is the probe of one client that calls op, which says how many events it
// wrote or read.
func serial(op func(ctx context.Context) (int, error)) probe {
	return concurrent(1, func(ctx context.Context, _ int) (int, error) { return op(ctx) })
}

// concurrent is the probe of several clients that call op at the same time, each
// with its number from 0.
func concurrent(clients int, op func(ctx context.Context, client int) (int, error)) probe {
	return func(ctx context.Context, slice time.Duration) (sample, error) {
		parts, errs := make([]sample, clients), make([]error, clients)
		var wg sync.WaitGroup
		cpu, began := cpuTime(), time.Now()
		for client := range clients {
			wg.Go(func() {
				parts[client], errs[client] = repeat(ctx, began, slice, func() (int, error) { return op(ctx, client) })
			})
		}
		wg.Wait()
		total := sample{Elapsed: time.Since(began), CPU: cpuTime() - cpu}
		for client := range clients {
			if errs[client] != nil {
				return sample{}, errs[client]
			}
			total.Events += parts[client].Events
			total.Latencies = append(total.Latencies, parts[client].Latencies...)
		}
		return total, nil
	}
}

// repeat calls op until the slice is over, at least once.
func repeat(ctx context.Context, began time.Time, slice time.Duration, op func() (int, error)) (sample, error) {
	var s sample
	for {
		if err := ctx.Err(); err != nil {
			return s, err
		}
		start := time.Now()
		events, err := op()
		if err != nil {
			return s, err
		}
		end := time.Now()
		s.Events += events
		s.Latencies = append(s.Latencies, end.Sub(start))
		if end.Sub(began) >= slice {
			return s, nil
		}
	}
}

// percentile returns the smallest of the durations that p per cent of them do not
// exceed, 0 when there are none. It sorts them.
func percentile(durations []time.Duration, p float64) time.Duration {
	if len(durations) == 0 {
		return 0
	}
	slices.Sort(durations)
	rank := int(math.Ceil(p / 100 * float64(len(durations))))
	return durations[min(max(rank, 1), len(durations))-1]
}

// median returns the middle of the values, the mean of both middles when their
// number is even, 0 when there are none.
func median(values []float64) float64 {
	return meanOfMiddles(slices.Sorted(slices.Values(values)))
}

// middle is the median of durations. A slice has few of what takes long, often two,
// where the 50th percentile is the smaller one. It sorts them.
func middle(durations []time.Duration) time.Duration {
	slices.Sort(durations)
	return meanOfMiddles(durations)
}

func meanOfMiddles[T ~int64 | ~float64](sorted []T) T {
	if len(sorted) == 0 {
		return 0
	}
	half := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[half]
	}
	return (sorted[half-1] + sorted[half]) / 2
}

func micros(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e3 }
