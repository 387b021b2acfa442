package bench

import (
	"context"
	"errors"
	"fmt"
	"runtime"

	"github.com/opossum-go/opossum/domain"
)

// volumeScenarios are W7: what a store of ever more events costs.
func volumeScenarios(c Config) []Scenario {
	var scenarios []Scenario
	for _, v := range []struct {
		events int
		listed extents
	}{
		{c.Events / 100, always}, {c.Events / 10, notQuick}, {c.Events, notQuick}, {c.Events * 10, onlyFull}, {c.Events * 100, onlyFull},
	} {
		scenarios = append(scenarios, Scenario{
			Name: fmt.Sprintf("W7/events=%d", v.events), extents: v.listed,
			About: "one client appends one event after the other under a condition, to so many events; " + oneWrite,
			run:   func(ctx context.Context, l *lab) (Result, error) { return l.volume(ctx, v.events) },
		})
		if v.events == c.Events*10 {
			scenarios = append(scenarios, Scenario{
				Name: fmt.Sprintf("open/events=%d", v.events), extents: v.listed,
				About: "opening a store that was closed; reading its active segment and taking a checksum",
				run: func(ctx context.Context, l *lab) (Result, error) {
					s, err := l.volumeStore(ctx, v.events)
					if err != nil {
						return Result{}, err
					}
					return l.openAgain(ctx, s)
				},
			})
		}
	}
	return scenarios
}

// volumeStore returns a store that has grown to so many usual events.
func (l *lab) volumeStore(ctx context.Context, events int) (*large, error) {
	if free, need := freeBytes(l.dir), int64(events)*2*eventBytes; free >= 0 && free < need {
		return nil, fmt.Errorf("%d GB are free and %d GB are needed for %s events; choose another directory or leave this scenario out",
			free>>30, need>>30, figureText(float64(events)))
	}
	batch := func(p *placed, n int) []domain.Event { return p.next.batch(n, events) }
	if l.growing == nil {
		s, err := l.build(ctx, "volume", events, batch)
		if err != nil {
			return nil, err
		}
		l.growing = s
		l.atEnd(s.close)
		return s, nil
	}
	if l.growing.events < events {
		l.progress.Preparing(fmt.Sprintf("a store of %s events", figureText(float64(events))))
		l.growing.planned = events
		return l.growing, l.grow(ctx, l.growing, events, batch)
	}
	return l.growing, nil
}

func (l *lab) volume(ctx context.Context, events int) (r Result, err error) {
	s, err := l.volumeStore(ctx, events)
	if err != nil {
		return Result{}, err
	}
	raw, err := l.rawDisk()
	if err != nil {
		return Result{}, err
	}
	if r, err = l.compare(ctx, comparison{metric: latency, baseline: raw.writes(1), store: s.conditional()}); err != nil {
		return Result{}, err
	}
	before := heap()
	again, err := l.config.Open(ctx, s.dir, 0)
	if err != nil {
		return Result{}, err
	}
	held := heap() - before
	runtime.KeepAlive(again)
	opened, err := l.openOnce(ctx, s.dir)
	r.Note = fmt.Sprintf("to %s; %.0f bytes on disk an event; another open took %.1f ms and holds %.1f MB of heap; baseline: %s",
		s.rate(), float64(storedBytes(s.dir))/float64(s.events), micros(opened)/1e3, float64(max(held, 0))/1e6, oneWrite)
	return r, errors.Join(err, again.Close())
}
