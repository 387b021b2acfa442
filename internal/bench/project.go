package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// projectScenarios make projections of events.
func projectScenarios(c Config) []Scenario {
	if c.OpenProjections == nil || c.InMemory == nil {
		return nil
	}
	return []Scenario{
		{
			Name:  "project/memory",
			About: "catching up in memory: a count for each of 10,000 keys; a bare loop that reads and unmarshals the same events",
			run:   func(ctx context.Context, l *lab) (Result, error) { return l.projectMemory(ctx) },
		},
		{
			Name:  "project/files",
			About: "the same from the store into files; a bare loop that reads and unmarshals the same events of the store",
			run:   func(ctx context.Context, l *lab) (Result, error) { return l.projectFiles(ctx) },
		},
		{
			Name:  "project/latency",
			About: "time from the acknowledgement of an append to its state in a projection that this process runs; " + oneWrite,
			run:   func(ctx context.Context, l *lab) (Result, error) { return l.projectLatency(ctx, false) },
		},
		{
			Name: "project/latency/processes", extents: processes,
			About: "the same of a projection that another process runs; " + oneWrite,
			run:   func(ctx context.Context, l *lab) (Result, error) { return l.projectLatency(ctx, true) },
		},
		{
			Name:  "project/rebuild-memory",
			About: "highest heap of Go while a projection is built of events that each have a key of their own; the same with a tenth of the events",
			run:   func(ctx context.Context, l *lab) (Result, error) { return l.rebuildMemory(ctx) },
		},
	}
}

// projectRounds is how many rounds those scenarios run at most whose every round
// reads all events.
const projectRounds = 3

func (l *lab) projectMemory(ctx context.Context) (r Result, err error) {
	events, _ := l.config.InMemory()
	defer func() { err = errors.Join(err, events.Close()) }()
	s := &large{placed: newPlaced(events, "", 0)}
	if err := l.growCounted(ctx, s); err != nil {
		return Result{}, err
	}
	return l.catchUp(ctx, s, func() (Projections, func() error, error) {
		other, states := l.config.InMemory()
		return states, func() error { return errors.Join(states.Close(), other.Close()) }, nil
	})
}

func (l *lab) projectFiles(ctx context.Context) (Result, error) {
	s, err := l.countedStore(ctx)
	if err != nil {
		return Result{}, err
	}
	return l.catchUp(ctx, s, l.newProjections)
}

// catchUp measures how fast new projections take in all events of a store.
func (l *lab) catchUp(ctx context.Context, s *large, open func() (Projections, func() error, error)) (Result, error) {
	few := *l
	few.config.Rounds = min(l.config.Rounds, projectRounds)
	r, err := few.compare(ctx, comparison{
		metric: rate, baseline: s.unmarshals(),
		store: serial(func(ctx context.Context) (n int, err error) {
			states, end, err := open()
			if err != nil {
				return 0, err
			}
			defer func() { err = errors.Join(err, end()) }()
			return s.events, project(ctx, s, states, perItem(), s.events, min(s.events, countedItems))
		}),
		against: fmt.Sprintf("%s events, up to %s keys; baseline: reading and unmarshalling them in a loop",
			figureText(float64(s.events)), figureText(countedItems)),
	})
	return s.judged(r), err
}

// unmarshals is the probe of one client that reads all counted events and decodes
// them.
func (s *large) unmarshals() probe {
	return serial(func(ctx context.Context) (int, error) {
		result, err := s.Read(ctx, domain.NewQuery(domain.OfTypes(counted{}.EventType())), ports.ReadOptions{})
		if err != nil {
			return 0, err
		}
		events := 0
		for e, err := range result.Events {
			if err != nil {
				return 0, err
			}
			var c counted
			if err := json.Unmarshal(e.Data, &c); err != nil {
				return 0, err
			}
			sink.Add(uint64(c.Amount))
			events++
		}
		return events, nil
	})
}

// countedStore returns the store that projections are made of, which is made when
// it is asked for the first time.
func (l *lab) countedStore(ctx context.Context) (*large, error) {
	if l.counted != nil {
		return l.counted, nil
	}
	p, err := l.newStore(ctx, "counted", 0)
	if err != nil {
		return nil, err
	}
	s := &large{placed: p}
	l.atEnd(s.close)
	if err := l.growCounted(ctx, s); err != nil {
		return nil, err
	}
	l.counted = s
	return s, nil
}

// growCounted appends what projections are made of.
func (l *lab) growCounted(ctx context.Context, s *large) error {
	s.planned = l.config.Events
	if l.config.Extent == Quick {
		s.planned /= 10
	}
	l.progress.Preparing(fmt.Sprintf("a store of %s events", figureText(float64(s.planned))))
	return l.grow(ctx, s, s.planned, countedBatch)
}

// newProjections opens projections in a new directory. End removes it.
func (l *lab) newProjections() (states Projections, end func() error, err error) {
	dir := l.newDir("projections")
	if states, err = l.config.OpenProjections(dir); err != nil {
		return nil, nil, err
	}
	return states, func() error { return errors.Join(states.Close(), os.RemoveAll(dir)) }, nil
}
