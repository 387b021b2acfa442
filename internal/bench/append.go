package bench

import (
	"context"
	"fmt"
)

var oneWrite = "one write and " + syncName + " of the same events on a filled file"

// appendScenarios are appends without a condition to a store of their own.
func appendScenarios() []Scenario {
	var scenarios []Scenario
	for _, clients := range []int{1, 16, 64, 256} {
		about := fmt.Sprintf("%d clients append one event each; a bare group commit of the same", clients)
		if clients == 1 {
			about = "one client appends one event after the other; " + oneWrite
		}
		scenarios = append(scenarios, Scenario{
			Name: fmt.Sprintf("append/clients=%d", clients), About: about,
			run: func(ctx context.Context, l *lab) (Result, error) { return l.appends(ctx, clients) },
		})
	}
	for _, events := range []int{1, 10, 100, 1000} {
		scenarios = append(scenarios, Scenario{
			Name:  fmt.Sprintf("batch/events=%d", events),
			About: fmt.Sprintf("one client appends %d events at a time; %s", events, oneWrite),
			run:   func(ctx context.Context, l *lab) (Result, error) { return l.batches(ctx, events) },
		})
	}
	return scenarios
}

func (l *lab) appends(ctx context.Context, clients int) (Result, error) {
	raw, err := l.rawDisk()
	if err != nil {
		return Result{}, err
	}
	s, err := l.freshStore(ctx)
	if err != nil {
		return Result{}, err
	}
	c := comparison{metric: rate, store: s.appends(clients, 1)}
	if clients == 1 {
		c.metric, c.baseline, c.against = latency, raw.writes(1), "baseline: "+oneWrite
	} else {
		c.baseline, c.against = raw.groupCommits(clients, 1, eventBytes), fmt.Sprintf("baseline: bare group commit of %d clients", clients)
	}
	return l.compare(ctx, c)
}

func (l *lab) batches(ctx context.Context, events int) (Result, error) {
	raw, err := l.rawDisk()
	if err != nil {
		return Result{}, err
	}
	s, err := l.freshStore(ctx)
	if err != nil {
		return Result{}, err
	}
	return l.compare(ctx, comparison{
		metric: rate, store: s.appends(1, events),
		baseline: raw.writes(events), against: fmt.Sprintf("baseline: one write and %s of %d bytes", syncName, events*eventBytes),
	})
}

// appends is the probe of several clients that append batches of so many events.
func (p *placed) appends(clients, events int) probe {
	ready := p.supply()
	return concurrent(clients, func(ctx context.Context, _ int) (int, error) {
		_, err := p.Append(ctx, ready.take(events))
		return events, err
	})
}
