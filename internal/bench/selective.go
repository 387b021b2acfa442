package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/opossum-go/opossum/domain"
)

const selectiveReaders = 64

// selectiveScenarios are W9: reads of few events out of many.
func selectiveScenarios(c Config) []Scenario {
	scenarios := []Scenario{{
		Name:  "W9/warm",
		About: "64 clients that each read the ten events of a tag; 64 that read ten lines each",
		run:   func(ctx context.Context, l *lab) (Result, error) { return l.selectiveWarm(ctx) },
	}}
	if !canForget {
		return scenarios // no way to measure a cold read without an administrator
	}
	cold := "the ten events of a tag, of a store that was just opened and of which nothing is in memory; ten such reads of one line each"
	scenarios = append(scenarios, Scenario{
		Name: "W9/cold", About: cold, extents: notQuick,
		run: func(ctx context.Context, l *lab) (Result, error) {
			s, err := l.initialStore(ctx)
			if err != nil {
				return Result{}, err
			}
			return l.selectiveCold(ctx, s, 16)
		},
	})
	for _, size := range []int{256, 1024} {
		scenarios = append(scenarios, Scenario{
			Name: fmt.Sprintf("W9/cold/events=%d/bytes=%d", 8*c.Events, size), About: cold, extents: onlyFull,
			run: func(ctx context.Context, l *lab) (Result, error) { return l.selectivePublished(ctx, 8*c.Events, size) },
		})
	}
	return scenarios
}

func (l *lab) selectiveWarm(ctx context.Context) (Result, error) {
	s, err := l.initialStore(ctx)
	if err != nil {
		return Result{}, err
	}
	return l.compare(ctx, comparison{
		metric: rate, store: s.readsTen(selectiveReaders), baseline: s.raw.readsScattered(selectiveReaders, 10, lineBytes(16)),
		against: "of " + s.rate() + "; baseline: 64 clients that read ten lines each, with checksums",
	})
}

// selectivePublished is the cold read with the published number of events.
func (l *lab) selectivePublished(ctx context.Context, events, size int) (r Result, err error) {
	s, err := l.build(ctx, "selective", events, func(p *placed, n int) []domain.Event {
		batch := make([]domain.Event, n)
		for i := range batch {
			number := p.next.take()
			batch[i] = initialEvent(number, events)
			batch[i].Data = data(number, size)
		}
		return batch
	})
	if err != nil {
		return Result{}, err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	return l.selectiveCold(ctx, s, size)
}

func (l *lab) selectiveCold(ctx context.Context, s *large, size int) (Result, error) {
	base := s.raw.readsScattered(1, 10, lineBytes(size))
	turn := uint64(0)
	return l.compare(ctx, comparison{
		metric: latency,
		baseline: func(ctx context.Context, slice time.Duration) (sample, error) {
			if err := forget(s.raw.file.Name()); err != nil {
				return sample{}, err
			}
			return base(ctx, 0)
		},
		store: func(ctx context.Context, _ time.Duration) (_ sample, err error) {
			if err := forgetAll(s.dir); err != nil {
				return sample{}, err
			}
			turn++
			again, err := l.config.Open(ctx, s.dir, 0)
			if err != nil {
				return sample{}, err
			}
			defer func() { err = errors.Join(err, again.Close()) }()
			opened := &large{placed: newPlaced(again, "", 0), planned: s.planned}
			return opened.readsTen(1)(ctx, 0)
		},
		against: "of " + s.rate() + "; the store was opened after the operating system was told to forget its files; baseline: ten reads of one line each, as cold",
	})
}

// forgetAll makes the operating system forget all files of a store, as far as no
// process has them mapped.
func forgetAll(dir string) error {
	return filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		return forget(path)
	})
}
