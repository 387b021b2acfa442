package reports_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/opossum-go/opossum/adapters/memory"
	"github.com/opossum-go/opossum/application"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/examples/pharmacy/day"
	"github.com/opossum-go/opossum/examples/pharmacy/dispensing"
	"github.com/opossum-go/opossum/examples/pharmacy/reports"
	"github.com/opossum-go/opossum/ports"
	"github.com/opossum-go/opossum/projection"
)

// clockAt stands still.
type clockAt time.Time

func (c clockAt) Now() time.Time { return time.Time(c) }

// before carries out everything that was before the day of the demonstration.
func before(t *testing.T, store ports.EventStore) dispensing.Calendar {
	t.Helper()
	data, err := day.Load()
	if err != nil {
		t.Fatal(err)
	}
	calendar := dispensing.Calendar{Location: data.Zone()}
	app := application.New(store)
	dispensing.Register(app, store, dispensing.Policy{Calendar: calendar})
	for _, item := range data.Setup() {
		command, err := item.Command(func(form string) (int, error) {
			tag := dispensing.FormTag(form)
			all, err := reports.Events(t.Context(), store, domain.NewQuery(domain.OfTypes("PrescriptionAccepted").Tagged(tag)))
			if err != nil || len(all) == 0 {
				return 0, errors.Join(err, errors.New("no prescription on form "+form))
			}
			at := all[len(all)-1].Position
			return dispensing.AcceptedRx(t.Context(), store, domain.Positions{First: at, Last: at})
		})
		if err != nil {
			t.Fatal(err)
		}
		_, err = app.Execute(t.Context(), command, application.WithClock(clockAt(item.At)), application.By(item.User))
		if refusal, refused := errors.AsType[*dispensing.Refusal](err); err != nil && !refused {
			t.Fatalf("%v: %v %v", item, err, refusal)
		}
	}
	return calendar
}

// running runs read models until the test ends.
func running(t *testing.T, store projection.EventStore, states ports.ProjectionStore, options projection.Options, models []reports.Model) {
	t.Helper()
	runner, err := projection.NewRunner(store, states, options, reports.Projections(models)...)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- runner.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

// caughtUp waits until the read models are at the head of the store, and returns all
// of its events.
func caughtUp(t *testing.T, store ports.Reader, states ports.ProjectionReader, models []reports.Model) []domain.SequencedEvent {
	t.Helper()
	events, err := reports.Events(t.Context(), store, domain.All())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for _, model := range models {
		if err := model.Wait(ctx, states, domain.Position(len(events))); err != nil {
			t.Fatal(err)
		}
	}
	return events
}

func TestReadModelsThatFollowedTheStoreAreWhatAFoldFromScratchMakes(t *testing.T) {
	t.Parallel()
	for name, options := range map[string]projection.Options{
		"an event at a time": {BatchSize: 1}, "a few events at a time": {BatchSize: 7}, "in large steps": {},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store, states := memory.New(memory.Options{}), memory.NewProjections()
			models := reports.Models(dispensing.Calendar{Location: time.FixedZone("", -4*60*60)})
			running(t, store, states, options, models) // while what follows happens
			before(t, store)
			events := caughtUp(t, store, states, models)
			made := 0
			for _, model := range models {
				count, err := model.Check(t.Context(), states, events)
				if err != nil {
					t.Error(err)
				}
				made += count
			}
			if made < 200 {
				t.Errorf("%d states of %d events, want more than 200: the check looked at nothing", made, len(events))
			}
		})
	}
}

func TestACheckNamesTheStateThatTheEventsDoNotMake(t *testing.T) {
	t.Parallel()
	put := func(key, data string) func(domain.Position, ports.ProjectionState) ports.ProjectionBatch {
		return func(at domain.Position, state ports.ProjectionState) ports.ProjectionBatch {
			state.Key, state.Data = key, []byte(data)
			return ports.ProjectionBatch{After: at, UpTo: at, Put: []ports.ProjectionState{state}}
		}
	}
	for name, tt := range map[string]struct {
		forge func(domain.Position, ports.ProjectionState) ports.ProjectionBatch
		want  string
	}{
		"one that counts twice": {put("n1", `{"ndc":"n1","onHand":200}`), `inventory: state "n1" is `},
		"one from nowhere":      {put("n2", `{"ndc":"n2"}`), `inventory: state "n2" does not follow from the events`},
		"one that is gone": {forge: func(at domain.Position, _ ports.ProjectionState) ports.ProjectionBatch {
			return ports.ProjectionBatch{After: at, UpTo: at, Delete: []string{"n1"}}
		}, want: `inventory: state "n1" is missing`},
		"one with another tag": {forge: func(at domain.Position, s ports.ProjectionState) ports.ProjectionBatch {
			s.Tags = s.Tags[:1]
			return ports.ProjectionBatch{After: at, UpTo: at, Put: []ports.ProjectionState{s}}
		}, want: `inventory: state "n1" is `},
		"one of another position": {forge: func(at domain.Position, s ports.ProjectionState) ports.ProjectionBatch {
			s.Position++
			return ports.ProjectionBatch{After: at, UpTo: at, Put: []ports.ProjectionState{s}}
		}, want: `inventory: state "n1" is `},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store, states := storeOf(t, received("n1", oxycodone, 100)), memory.NewProjections()
			model := reports.Models(dispensing.Calendar{})[0]
			ctx, stop := context.WithCancel(t.Context())
			runner, err := projection.NewRunner(store, states, projection.Options{}, model)
			if err != nil {
				t.Fatal(err)
			}
			ended := make(chan error, 1)
			go func() { ended <- runner.Run(ctx) }()
			events := caughtUp(t, store, states, []reports.Model{model})
			stop()
			if err := <-ended; err != nil {
				t.Fatal(err)
			}
			if _, err := model.Check(t.Context(), states, events); err != nil {
				t.Fatalf("before the forgery: %v", err)
			}
			state, _, err := states.State(t.Context(), model.Name(), "n1")
			if err != nil {
				t.Fatal(err)
			}
			writer, err := states.Acquire(t.Context(), model.Name())
			if err != nil {
				t.Fatal(err)
			}
			if err := writer.Commit(t.Context(), ports.Live, tt.forge(events[len(events)-1].Position, state)); err != nil {
				t.Fatal(err)
			}
			_, err = model.Check(t.Context(), states, events)
			if !errors.Is(err, reports.ErrUnequal) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want ErrUnequal with %q", err, tt.want)
			}
		})
	}
}
