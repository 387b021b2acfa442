package projectiontest

import (
	"context"
	"errors"
	"log/slog"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
	"github.com/opossum-go/opossum/projection"
)

// run is what became of a projection that a runner brought up to date.
type run struct {
	states  map[string]ports.ProjectionState
	changes map[domain.Position]change
	// failure is the event at which it stopped, nil when it did not.
	failure *ports.ProjectionFailure
	// broken is why it could not go on otherwise.
	broken error
}

// change is what an event did to states: those that it left behind, and in gone the
// keys of those that it removed.
type change struct {
	states map[string]ports.ProjectionState
	gone   map[string]bool
}

// inMemory applies the events one at a time, in one runner that keeps the states.
func inMemory(ctx context.Context, p projection.Projection, events past) run {
	s := newShelf()
	return s.result(s.work(ctx, p, events))
}

// fromJSON applies each event in a runner of its own, to which states are what JSON
// has kept of them.
func fromJSON(ctx context.Context, p projection.Projection, events past) run {
	s := newShelf()
	var err error
	for n := 0; n <= len(events) && err == nil && s.made().info.Failure == nil; n++ {
		err = s.work(ctx, p, events[:n])
	}
	return s.result(err)
}

// work runs the projection until it has taken all events into account or stops. The
// error is what kept it from both.
func (s *shelf) work(ctx context.Context, p projection.Projection, events past) error {
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	s.expect(domain.Position(len(events)), func() { end(errSettled) })
	options := projection.Options{BatchSize: 1, Logger: slog.New(interruptions{end})}
	runner, err := projection.NewRunner(events, s, options, p)
	if err != nil {
		return err
	}
	if err := runner.Run(ctx); err != nil {
		return err
	}
	if err := context.Cause(ctx); !errors.Is(err, errSettled) {
		return err
	}
	return nil
}

var errSettled = errors.New("there is nothing more to do")

func (s *shelf) result(broken error) run {
	made := s.made()
	r := run{states: made.states, changes: make(map[domain.Position]change), failure: made.info.Failure, broken: broken}
	for _, step := range s.steps {
		if len(step.Put)+len(step.Delete) == 0 {
			continue
		}
		c := change{states: make(map[string]ports.ProjectionState), gone: make(map[string]bool)}
		for _, state := range step.Put {
			c.states[state.Key] = state
		}
		for _, key := range step.Delete {
			c.gone[key] = true
		}
		r.changes[step.UpTo] = c
	}
	return r
}

// interruptions is a log that ends a run when the runner tells of something that it
// would try again and again: with a store that never fails, it will not get better.
type interruptions struct{ end context.CancelCauseFunc }

func (interruptions) Enabled(_ context.Context, level slog.Level) bool {
	return level == slog.LevelWarn
}

func (i interruptions) Handle(_ context.Context, r slog.Record) error {
	err := errors.New(r.Message)
	r.Attrs(func(a slog.Attr) bool {
		if cause, ok := a.Value.Any().(error); ok {
			err = cause
		}
		return true
	})
	i.end(err)
	return nil
}

func (i interruptions) WithAttrs([]slog.Attr) slog.Handler { return i }
func (i interruptions) WithGroup(string) slog.Handler      { return i }
