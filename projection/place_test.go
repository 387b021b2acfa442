package projection_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/opossum-go/opossum/adapters/memory"
	"github.com/opossum-go/opossum/decision"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
	"github.com/opossum-go/opossum/projection"
)

// backedUp returns a store with the first events of another one, as they were.
func backedUp(t *testing.T, store *memory.Store, upTo domain.Position) *memory.Store {
	t.Helper()
	result, err := store.Read(t.Context(), domain.All(), ports.ReadOptions{Before: upTo + 1})
	if err != nil {
		t.Fatal(err)
	}
	restored := memory.New(memory.Options{})
	for e, err := range result.Events {
		if err != nil {
			t.Fatal(err)
		}
		if _, err := restored.Append(t.Context(), []domain.Event{e.Event}); err != nil {
			t.Fatal(err)
		}
	}
	return restored
}

// keptUntil has a projection and an outbox take the events, some of which are there
// when they begin, and ends.
func keptUntil(t *testing.T, store *memory.Store, kept *memory.Projections, p *postman, live ...decision.Event) {
	t.Helper()
	runner, err := projection.NewRunner(store, kept, projection.Options{}, weighed(1, 1, nil), p.outbox(projection.Failure{}))
	if err != nil {
		t.Fatal(err)
	}
	end := run(t, runner)
	head, err := store.Head(t.Context())
	if err == nil {
		err = runner.Wait(within(t), head)
	}
	for _, e := range live {
		if err == nil {
			err = runner.Wait(within(t), record(t, store, e))
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	end()
}

func TestACheckpointAtAnEventThatWasReplacedIsNotTrusted(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ early, live []decision.Event }{
		"that was read":               {early: []decision.Event{Subscribed{"a", "lost"}}},
		"that came":                   {live: []decision.Event{Subscribed{"a", "lost"}}},
		"of no concern that was read": {early: []decision.Event{Subscribed{"a", "lost"}, Defined{"a", 1}}},
		"of no concern that came":     {live: []decision.Event{Subscribed{"a", "lost"}, Defined{"a", 1}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store, kept, p := memory.New(memory.Options{}), memory.NewProjections(), &postman{}
			record(t, store, Subscribed{"a", "s1"}, Subscribed{"a", "s2"})
			if len(test.early) > 0 {
				record(t, store, test.early...)
			}
			keptUntil(t, store, kept, p, test.live...)
			before := p.delivered()

			restored := backedUp(t, store, 2)
			record(t, restored, Subscribed{"a", "s3"}, Subscribed{"b", "s4"}, Subscribed{"b", "s5"})
			runner := start(t, restored, kept, projection.Options{}, weighed(1, 1, nil), p.outbox(projection.Failure{}))
			for _, name := range []string{"weighed", "post"} {
				until(t, name+" stops", func() bool { return statusOf(t, runner, name).Condition == projection.Stopped })
				if err := statusOf(t, runner, name).Err; err == nil || !strings.Contains(err.Error(), "but the store has the event") {
					t.Errorf("%s: got %v, want that the events are other ones", name, err)
				}
			}
			stopped := func(who string, err error) {
				t.Helper()
				if e, ok := errors.AsType[*ports.ProjectionStoppedError](err); !ok || !strings.Contains(e.Error(), "but the store has the event") {
					t.Errorf("%s: got %v, want that it is stopped and the events are other ones", who, err)
				}
			}
			for _, at := range []domain.Position{1, 3, 5} {
				stopped("the view", weighed(1, 1, nil).View(kept).Wait(within(t), at))
				stopped("the runner", runner.Wait(within(t), at, "weighed"))
				stopped("the runner for the outbox", runner.Wait(within(t), at, "post"))
			}
			if err := runner.Resume(within(t), "weighed"); err != nil {
				t.Fatal(err)
			}
			stopped("the view after it was resumed", weighed(1, 1, nil).View(kept).Wait(within(t), 3))
			if err := runner.Rebuild(within(t)); err != nil {
				t.Fatal(err)
			}
			if err := weighed(1, 1, nil).View(kept).Wait(within(t), 5); err != nil {
				t.Errorf("after a rebuild: %v", err)
			}
			if got := states(t, weighed(1, 1, nil).View(kept)); got != "a=3 b=2" {
				t.Errorf("after a rebuild: got %s, want a=3 b=2", got)
			}
			if got := p.delivered(); got != before {
				t.Errorf("it sent %q, and then %q", before, got)
			}
		})
	}
}

func TestABuildOfEventsThatWereReplacedDoesNotGoOn(t *testing.T) {
	t.Parallel()
	store, kept := memory.New(memory.Options{}), memory.NewProjections()
	record(t, store, Subscribed{"a", "s1"}, Subscribed{"a", "lost"})
	writer, err := kept.Acquire(t.Context(), "weighed")
	if err == nil {
		err = writer.Begin(t.Context(), "v1 Subscribed")
	}
	if err == nil {
		err = writer.Commit(t.Context(), ports.Shadow, ports.ProjectionBatch{UpTo: 2, EventID: "that of what was lost"})
	}
	if err == nil {
		err = writer.Release()
	}
	if err != nil {
		t.Fatal(err)
	}
	restored := backedUp(t, store, 1)
	record(t, restored, Subscribed{"b", "s2"}, Subscribed{"b", "s3"})
	runner := start(t, restored, kept, projection.Options{}, weighed(1, 1, nil))
	until(t, "it stops", func() bool { return statusOf(t, runner, "weighed").Condition == projection.Stopped })
	if err := runner.Rebuild(within(t)); err != nil {
		t.Fatal(err)
	}
	if got := states(t, weighed(1, 1, nil).View(kept)); got != "a=1 b=2" {
		t.Errorf("after a rebuild: got %s, want a=1 b=2", got)
	}
}

func TestACheckpointOfWhichOnlyThePositionIsKnownIsTrustedOnce(t *testing.T) {
	t.Parallel()
	store, kept := memory.New(memory.Options{}), memory.NewProjections()
	record(t, store, Subscribed{"a", "s1"}, Subscribed{"a", "s2"})
	built(t, store, kept, weighed(1, 1, nil))
	writer, err := kept.Acquire(t.Context(), "weighed")
	if err == nil {
		err = writer.Commit(t.Context(), ports.Live, ports.ProjectionBatch{After: 2, UpTo: 2}) // as an older program does
	}
	if err == nil {
		err = writer.Release()
	}
	if err != nil {
		t.Fatal(err)
	}
	runner := start(t, store, kept, projection.Options{}, weighed(1, 1, nil))
	if err := runner.Wait(within(t), 2); err != nil {
		t.Fatal(err)
	}
	if i, err := kept.Projection(t.Context(), "weighed"); err != nil || i.Live.EventID == "" || i.Live.Checkpoint != 2 {
		t.Errorf("got %+v, %v, want that the event at 2 is known", i.Live, err)
	}
}

func TestWhoWaitsForAPositionPastTheEndOfARestoredStoreIsToldThatItStopped(t *testing.T) {
	t.Parallel()
	store, kept, p := memory.New(memory.Options{}), memory.NewProjections(), &postman{}
	record(t, store, Subscribed{"a", "s1"}, Subscribed{"a", "s2"}, Subscribed{"a", "lost"}, Subscribed{"a", "lost too"})
	keptUntil(t, store, kept, p)
	restored := backedUp(t, store, 2)
	last := record(t, restored, Subscribed{"b", "s3"})
	view := weighed(1, 1, nil).View(kept)
	runner, err := projection.NewRunner(restored, kept, projection.Options{}, weighed(1, 1, nil))
	if err != nil {
		t.Fatal(err)
	}
	end := run(t, runner)
	until(t, "it stops", func() bool { return errors.Is(view.Wait(within(t), last), ports.ErrProjectionStopped) })
	end()
	if i, err := kept.Projection(t.Context(), "weighed"); err != nil || i.Live.Failure == nil || i.Live.Failure.Position != 4 || i.Live.Checkpoint != 4 {
		t.Errorf("got %+v, %v, want that it says that it stopped at its checkpoint, 4", i.Live, err)
	}
	runner = start(t, store, kept, projection.Options{}, weighed(1, 1, nil)) // the events are back
	if err := runner.Wait(within(t), 4); err != nil {
		t.Errorf("when the events are back: %v", err)
	}
	if err := view.Wait(within(t), 4); err != nil {
		t.Errorf("the view when the events are back: %v", err)
	}
}

func TestWhoWaitsWhileLostEventsAreRebuiltAwayWaitsForTheRebuild(t *testing.T) {
	t.Parallel()
	store, kept, p := memory.New(memory.Options{}), memory.NewProjections(), &postman{}
	record(t, store, Subscribed{"a", "s1"}, Subscribed{"a", "s2"}, Subscribed{"a", "lost"})
	keptUntil(t, store, kept, p)
	restored := backedUp(t, store, 2)
	last := record(t, restored, Subscribed{"b", "s3"})
	begun, goOn := make(chan struct{}), make(chan struct{})
	def := weighed(1, 1, func(e Subscribed) {
		if e.Student == "s1" {
			close(begun)
			<-goOn
		}
	})
	runner := start(t, restored, kept, projection.Options{Rebuild: projection.RebuildAll}, def)
	waited := make(chan error, 1)
	go func() { waited <- runner.Wait(within(t), last) }()
	<-begun // the live copy is at 3, where the store has another event
	over, cancel := context.WithCancel(t.Context())
	cancel()
	info, err := kept.Projection(t.Context(), "weighed")
	if err != nil {
		t.Fatal(err)
	}
	if passed, err := info.Passed("", last); passed || err != nil {
		t.Errorf("while it is rebuilt: got %v, %v, want that it goes on to be waited for", passed, err)
	}
	if err := def.View(kept).Wait(over, last); !errors.Is(err, context.Canceled) {
		t.Errorf("the view: got %v, want that it waits", err)
	}
	close(goOn)
	if err := <-waited; err != nil {
		t.Error(err)
	}
	if got := states(t, def.View(kept)); got != "a=2 b=1" {
		t.Errorf("got %s, want a=2 b=1", got)
	}
}

func TestABackupWithTheEventAtTheCheckpointIsGoneOnWith(t *testing.T) {
	t.Parallel()
	store, kept, p := memory.New(memory.Options{}), memory.NewProjections(), &postman{}
	record(t, store, Subscribed{"a", "s1"}, Defined{"a", 1})
	keptUntil(t, store, kept, p)
	record(t, store, Subscribed{"a", "lost"})
	restored := backedUp(t, store, 2)
	last := record(t, restored, Subscribed{"b", "s3"})
	runner := start(t, restored, kept, projection.Options{}, weighed(1, 1, nil), p.outbox(projection.Failure{}))
	if err := runner.Wait(within(t), last); err != nil {
		t.Fatal(err)
	}
	if got := states(t, weighed(1, 1, nil).View(kept)); got != "a=1 b=1" || p.delivered() != "s1@1 s3@3" {
		t.Errorf("got %s and %s, want a=1 b=1 and s1@1 s3@3", got, p.delivered())
	}
}

func TestAnOldVersionThatWasMadeOfLostEventsIsNotTrustedEither(t *testing.T) {
	t.Parallel()
	store, kept, p := memory.New(memory.Options{}), memory.NewProjections(), &postman{}
	record(t, store, Subscribed{"a", "s1"}, Subscribed{"a", "lost"})
	keptUntil(t, store, kept, p)
	restored := backedUp(t, store, 1)
	last := record(t, restored, Subscribed{"b", "s2"})
	runner := start(t, restored, kept, projection.Options{Rebuild: projection.RebuildNone}, weighed(2, 1, nil))
	until(t, "it is outdated", func() bool { return statusOf(t, runner, "weighed").Condition == projection.Outdated })
	if err := weighed(1, 1, nil).View(kept).Wait(within(t), last); !errors.Is(err, ports.ErrProjectionStopped) {
		t.Errorf("who waits for the old version: got %v, want ErrProjectionStopped", err)
	}
}
