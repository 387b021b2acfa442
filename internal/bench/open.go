package bench

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"time"

	"github.com/opossum-go/opossum/domain"
)

// activePace is how fast an open may read the segment that is still written to,
// in bytes a millisecond: 300 MB/s.
const activePace = 300e3

// millis is the median time of one operation, for what takes long.
var millis = metric{unit: "ms", of: func(s sample) float64 { return latency.of(s) / 1e3 }}

// openScenarios open the large store once more.
func openScenarios(c Config) []Scenario {
	return []Scenario{
		{
			Name: fmt.Sprintf("open/events=%d", c.Events), About: "opening a store that was closed; reading its active segment and taking a checksum",
			run: func(ctx context.Context, l *lab) (Result, error) { return l.open(ctx) },
		},
		{
			Name: "open/after-crash", About: "opening a store whose writer was killed in the middle of appends; opening it without that",
			extents: processes,
			run:     func(ctx context.Context, l *lab) (Result, error) { return l.openAfterCrash(ctx) },
		},
	}
}

func (l *lab) open(ctx context.Context) (Result, error) {
	s, err := l.largeStore(ctx)
	if err != nil {
		return Result{}, err
	}
	return l.openAgain(ctx, s)
}

// openAgain measures how long it takes to open a store that is whole.
func (l *lab) openAgain(ctx context.Context, s *large) (Result, error) {
	active := lastSegment(s.dir)
	size := content(active)
	c := comparison{metric: millis, store: l.opens(s)}
	if size > 0 {
		c.baseline = reads(active, size)
		c.against = fmt.Sprintf("of %s in %d segments, %.1f MB of it active; baseline: reading these with a checksum; the bar allows 300 MB/s for them",
			s.rate(), len(segments(s.dir)), float64(size)/1e6)
	} else {
		c.baseline, c.against = c.store, "of "+s.rate()+"; no segment files found, so the baseline is the same again"
	}
	r, err := l.compare(ctx, c)
	r.allowance = float64(size) / activePace
	return s.judged(r), err
}

// opens is the probe that opens the store's directory and closes it again. Only
// the opening counts.
func (l *lab) opens(s *large) probe {
	return func(ctx context.Context, slice time.Duration) (sample, error) {
		var out sample
		for out.Elapsed < slice {
			took, err := l.openOnce(ctx, s.dir)
			if err != nil {
				return out, err
			}
			out.Events++
			out.Elapsed += took
			out.Latencies = append(out.Latencies, took)
		}
		return out, nil
	}
}

func (l *lab) openOnce(ctx context.Context, dir string) (time.Duration, error) {
	began := time.Now()
	s, err := l.config.Open(ctx, dir, 0)
	if err != nil {
		return 0, err
	}
	return time.Since(began), s.Close()
}

// reads is the probe that reads the first bytes of a file, in pieces of 1 MiB, and
// takes their checksum.
func reads(path string, size int64) probe {
	piece := make([]byte, 1<<20)
	return serial(func(context.Context) (_ int, err error) {
		f, err := os.Open(path) //nolint:gosec // a file of the store that is measured
		if err != nil {
			return 0, err
		}
		defer func() { err = errors.Join(err, f.Close()) }()
		for from := io.LimitReader(f, size); ; {
			n, err := from.Read(piece)
			sink.Add(uint64(crc32.Checksum(piece[:n], castagnoli)))
			if errors.Is(err, io.EOF) {
				return 1, nil
			}
			if err != nil {
				return 0, err
			}
		}
	})
}

// crashAfter is how many events a writer appends before it is killed.
const crashAfter = 20

func (l *lab) openAfterCrash(ctx context.Context) (Result, error) {
	s, err := l.largeStore(ctx)
	if err != nil {
		return Result{}, err
	}
	r, err := l.compare(ctx, comparison{
		metric: millis, baseline: l.opens(s), against: "of " + s.rate() + "; the writer, another process, was killed while it appended; baseline: opening it without that",
		store: func(ctx context.Context, _ time.Duration) (sample, error) {
			if err := l.crash(ctx, s); err != nil {
				return sample{}, err
			}
			took, err := l.openOnce(ctx, s.dir)
			return sample{Events: 1, Elapsed: took, Latencies: []time.Duration{took}}, err
		},
	})
	return r, err
}

// crash has another process append to the store and kills it meanwhile.
func (l *lab) crash(ctx context.Context, s *large) error {
	head, err := s.Head(ctx)
	if err != nil {
		return err
	}
	w, err := l.startWorker(ctx, s.dir)
	if err != nil {
		return err
	}
	if err := w.begin(order{Slice: time.Hour, Clients: 4}); err != nil {
		return errors.Join(err, w.kill())
	}
	limited, stop := context.WithTimeout(ctx, time.Minute)
	defer stop()
	seen := 0
	for _, err := range s.Subscribe(limited, domain.All(), head) {
		if err != nil {
			return errors.Join(fmt.Errorf("wait for the events of another process: %w", err), w.kill())
		}
		if seen++; seen == crashAfter {
			break
		}
	}
	return w.kill()
}
