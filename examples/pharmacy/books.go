package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/opossum-go/opossum/adapters/filesystem"
	"github.com/opossum-go/opossum/adapters/sqlite"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/examples/pharmacy/dispensing"
	"github.com/opossum-go/opossum/examples/pharmacy/reports"
	"github.com/opossum-go/opossum/ports"
	"github.com/opossum-go/opossum/projection"
)

// booksFolder is where the read models are kept, in the folder of the store.
const booksFolder = "projections"

// books are the read models of the pharmacy, while something keeps them up to date.
type books struct {
	events   *filesystem.Store
	states   ports.ProjectionReader
	runner   *projection.Runner
	models   []reports.Model
	calendar dispensing.Calendar
}

// keep keeps the read models up to date for as long as use runs. Other processes
// may do the same at the same time: one of them does the work.
func (s *session) keep(ctx context.Context, events *filesystem.Store, zone *time.Location, options projection.Options, use func(*books) error) error {
	states, err := sqlite.Open(filepath.Join(s.dir, booksFolder), sqlite.Options{})
	if err != nil {
		return err
	}
	b := &books{events: events, states: states, calendar: policy(zone).Calendar}
	b.models = reports.Models(b.calendar)
	if b.runner, err = projection.NewRunner(events, states, options, reports.Projections(b.models)...); err != nil {
		return errors.Join(err, states.Close())
	}
	running, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- b.runner.Run(running) }()
	err = use(b)
	stop()
	return errors.Join(err, <-ended, states.Close())
}

// patience is how long the read models may be behind before somebody asks why.
const patience = 2 * time.Second

// current waits until every read model has taken into account what the store holds
// now.
func (b *books) current(ctx context.Context) error {
	head, err := b.events.Head(ctx)
	if err != nil {
		return err
	}
	for { // however long it takes, unless there is something wrong with one of them
		soon, cancel := context.WithTimeout(ctx, patience)
		err := b.runner.Wait(soon, head)
		cancel()
		if ctx.Err() != nil || !errors.Is(err, context.DeadlineExceeded) {
			return err
		}
		for _, status := range b.runner.Status() {
			if status.Err != nil {
				return fmt.Errorf("read model %q is %s: %w", status.Name, status.Condition, status.Err)
			}
		}
	}
}

// check compares every read model with a fold of all events. It returns the number of
// events and of states.
func (b *books) check(ctx context.Context) (events domain.Position, states int, err error) {
	for {
		if err := b.current(ctx); err != nil {
			return 0, 0, err
		}
		all, err := reports.Events(ctx, b.events, domain.All())
		if err != nil {
			return 0, 0, err
		}
		events, states = domain.Position(len(all)), 0
		for _, model := range b.models {
			var count int
			if count, err = model.Check(ctx, b.states, all); err != nil {
				break
			}
			states += count
		}
		if err == nil {
			return events, states, nil
		}
		head, headErr := b.events.Head(ctx)
		if headErr != nil || head == events {
			return 0, 0, errors.Join(err, headErr)
		}
		// Somebody wrote meanwhile, so that the two are of different moments: again.
	}
}
