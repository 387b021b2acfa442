package bench

import (
	"context"
	"fmt"
	"time"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// quickBuild is how long a quick run makes its large store at most.
const quickBuild = 10 * time.Second

// large is a store of many events and what is known about it.
type large struct {
	*placed
	// planned is how many events it was to have, events how many it was made with;
	// more may have been appended.
	planned, events int
	// made is how long that took.
	made time.Duration
	// raw is a file of about the same size, for baselines that read.
	raw *rawFile
}

// rate writes how fast the store was made.
func (s *large) rate() string {
	return fmt.Sprintf("%s events, appended %s a second in batches of %s",
		figureText(float64(s.events)), figureText(float64(s.events)/s.made.Seconds()), figureText(buildBatch))
}

// largeStore returns the store of config.Events usual events, which is made when
// it is asked for the first time.
func (l *lab) largeStore(ctx context.Context) (*large, error) {
	if l.big != nil {
		return l.big, nil
	}
	big, err := l.build(ctx, "large", l.config.Events, func(p *placed, n int) []domain.Event { return p.next.batch(n, l.config.Events) })
	if err != nil {
		return nil, err
	}
	l.big = big
	l.atEnd(big.close)
	return big, nil
}

// initialStore returns the store that other people's workloads begin with: events
// of one type, all with one tag, and a second tag that stands on ten of them.
func (l *lab) initialStore(ctx context.Context) (*large, error) {
	if l.initial != nil {
		return l.initial, nil
	}
	events := l.config.Events
	if l.config.Extent == Quick {
		events /= 10
	}
	initial, err := l.build(ctx, "initial", events, func(p *placed, n int) []domain.Event {
		batch := make([]domain.Event, n)
		for i := range batch {
			batch[i] = initialEvent(p.next.take(), events)
		}
		return batch
	})
	if err != nil {
		return nil, err
	}
	l.initial = initial
	l.atEnd(initial.close)
	return initial, nil
}

// buildBatch is how many events are appended at a time to make a store.
const buildBatch = 5000

// build makes a store of events that batch makes. In a quick run it stops when
// that takes too long.
func (l *lab) build(ctx context.Context, name string, events int, batch func(*placed, int) []domain.Event) (*large, error) {
	about := "a store of %s events"
	if l.config.Extent == Quick {
		about = "a store of up to %s events"
	}
	l.progress.Preparing(fmt.Sprintf(about, figureText(float64(events))))
	p, err := l.newStore(ctx, name, 0)
	if err != nil {
		return nil, err
	}
	s := &large{placed: p, planned: events}
	if err := l.grow(ctx, s, events, batch); err != nil {
		return nil, err
	}
	if s.raw, err = l.rawDisk(); err != nil {
		return nil, err
	}
	if size := storedBytes(p.dir); l.config.Extent != Quick && size > s.raw.size {
		if s.raw, err = newRawFile(l.dir, name+"-raw", size); err != nil {
			return nil, err
		}
		l.atEnd(s.raw.discard)
	}
	return s, nil
}

// grow appends until the store has so many events. While one batch is appended
// the next one is made.
func (l *lab) grow(ctx context.Context, s *large, events int, batch func(*placed, int) []domain.Event) error {
	batches := make(chan []domain.Event, 1)
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	go func() {
		defer close(batches)
		for left := events - s.events; left > 0; left -= buildBatch {
			select {
			case batches <- batch(s.placed, min(left, buildBatch)):
			case <-ctx.Done():
				return
			}
		}
	}()
	began := time.Now()
	for next := range batches {
		if _, err := s.Append(ctx, next); err != nil {
			return err
		}
		s.events += len(next)
		l.progress.Step(s.events, events)
		if l.config.Extent == Quick && time.Since(began) > quickBuild {
			break
		}
	}
	s.made += time.Since(began)
	return ctx.Err()
}

func (s *large) close() error { return s.remove() }

// count reads what matches and returns how many events that were.
func count(ctx context.Context, s ports.Reader, query domain.Query, options ports.ReadOptions) (int, error) {
	result, err := s.Read(ctx, query, options)
	if err != nil {
		return 0, err
	}
	events := 0
	for e, err := range result.Events {
		if err != nil {
			return 0, err
		}
		sink.Add(uint64(e.Position))
		events++
	}
	return events, nil
}
