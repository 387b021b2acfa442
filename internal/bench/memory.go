package bench

import (
	"context"
	"errors"
	"fmt"
	"runtime"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// perEvent is the unit of memory.
const perEvent = "B/event"

// memoryScenarios look at the heap.
func memoryScenarios() []Scenario {
	return []Scenario{{
		Name:  "memory",
		About: "heap for each event of a store whose segments are all sealed, opened and read once; its bytes on disk for each event",
		run:   func(ctx context.Context, l *lab) (Result, error) { return l.memory(ctx) },
	}}
}

// memory measures what a store holds on to. The events of the active segment are
// indexed in memory and bounded by its size, so they are sealed first: opened with
// the smallest segment size, the store begins a new segment with the next append.
func (l *lab) memory(ctx context.Context) (r Result, err error) {
	big, err := l.largeStore(ctx)
	if err != nil {
		return Result{}, err
	}
	if err := l.seal(ctx, big); err != nil {
		return Result{}, err
	}
	before := heap()
	s, err := l.config.Open(ctx, big.dir, 0)
	if err != nil {
		return Result{}, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	opened := heap()
	events, err := count(ctx, s, domain.All(), ports.ReadOptions{})
	if err != nil {
		return Result{}, err
	}
	scanned := heap()
	runtime.KeepAlive(s)
	each := func(bytes int64) float64 { return max(0, float64(bytes)) / float64(events) }
	r = Result{
		Unit: perEvent, Rounds: 1, Value: each(max(opened, scanned) - before), Baseline: each(storedBytes(big.dir)),
		Note: fmt.Sprintf("heap after garbage collection: %.0f kB after opening, %.0f kB after reading %s events; baseline: bytes on disk",
			float64(opened-before)/1e3, float64(scanned-before)/1e3, figureText(float64(events))),
	}
	r.Ratio = r.Value / r.Baseline
	return big.judged(r), nil
}

// smallestSegment is the smallest segment size that the store takes, in bytes.
const smallestSegment = 4 << 10

// seal makes the store begin a new segment, so that nearly all events are sealed.
func (l *lab) seal(ctx context.Context, big *large) error {
	s, err := l.config.Open(ctx, big.dir, smallestSegment)
	if err != nil {
		return err
	}
	_, err = s.Append(ctx, big.next.batch(1, usualEvents))
	return errors.Join(err, s.Close())
}

// heap returns how many bytes are in use after a garbage collection.
func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC() // what finalizers let go of in the first
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
