package projection_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/opossum-go/opossum/adapters/memory"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
	"github.com/opossum-go/opossum/projection"
)

func TestOneRunnerRunsAProjectionAndAnotherTakesItOver(t *testing.T) {
	t.Parallel()
	store, kept := memory.New(memory.Options{}), memory.NewProjections()
	def := weighed(1, 1, nil)
	ctx, stop := context.WithCancel(t.Context())
	first, err := projection.NewRunner(store, kept, projection.Options{}, def)
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- first.Run(ctx) }()
	if err := def.View(kept).Wait(within(t), record(t, store, Subscribed{"a", "s1"})); err != nil {
		t.Fatal(err)
	}
	second := start(t, store, kept, projection.Options{Takeover: time.Millisecond}, def)
	until(t, "the second is elsewhere and knows how far the first is", func() bool {
		s := statusOf(t, second, "weighed")
		return s.Condition == projection.Elsewhere && s.Position == 1
	})
	if err := second.Rebuild(within(t)); !errors.Is(err, projection.ErrElsewhere) {
		t.Errorf("asking the wrong one: got %v, want ErrElsewhere", err)
	}
	stop()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	last := record(t, store, Subscribed{"a", "s2"})
	if err := def.View(kept).Wait(within(t), last); err != nil {
		t.Fatal(err)
	}
	if got := states(t, def.View(kept)); got != "a=2" {
		t.Errorf("got %s, want a=2", got)
	}
	if err := first.Rebuild(within(t)); !errors.Is(err, projection.ErrNotRunning) {
		t.Errorf("asking one that has ended: got %v, want ErrNotRunning", err)
	}
	if s := statusOf(t, first, "weighed"); s.Condition != projection.Ended {
		t.Errorf("status of one that has ended: got %s", s.Condition)
	}
	if err := first.Run(t.Context()); err == nil {
		t.Error("a second Run: got nil, want an error")
	}
}

func TestARequestForAnUnknownProjectionIsRefused(t *testing.T) {
	t.Parallel()
	runner := start(t, memory.New(memory.Options{}), memory.NewProjections(), projection.Options{},
		courses(1), projection.NewOutbox("box").With(projection.Send(func(context.Context, projection.Delivery, Closed) error { return nil })))
	ctx := within(t)
	if err := runner.Rebuild(ctx, "nobody"); !errors.Is(err, projection.ErrUnknown) {
		t.Errorf("Rebuild: got %v", err)
	}
	if _, err := runner.DryRun(ctx, "box"); !errors.Is(err, projection.ErrDefinition) {
		t.Errorf("DryRun of an outbox: got %v", err)
	}
	if err := runner.Resume(ctx, "nobody"); !errors.Is(err, projection.ErrUnknown) {
		t.Errorf("Resume: got %v", err)
	}
	if _, err := runner.RetryParked(ctx, "nobody"); !errors.Is(err, projection.ErrUnknown) {
		t.Errorf("RetryParked: got %v", err)
	}
}

func TestTheCheckpointPassesEventsOfNoConcern(t *testing.T) {
	t.Parallel()
	store, kept := memory.New(memory.Options{}), memory.NewProjections()
	record(t, store, Defined{"a", 1}, Defined{"a", 2})
	start(t, store, kept, projection.Options{}, weighed(1, 1, nil))
	if err := kept.Await(within(t), "weighed", "", 2); err != nil {
		t.Errorf("what was there: %v", err)
	}
	last := record(t, store, Defined{"a", 3})
	for range 20 {
		last = record(t, store, Defined{"a", 3})
	}
	if err := kept.Await(within(t), "weighed", "", last); err != nil {
		t.Errorf("what came: %v", err)
	}
}

// flaky is a projection store that fails now and then.
type flaky struct {
	ports.ProjectionStore
	fail func(call string) error
}

type flakyWriter struct {
	ports.ProjectionWriter
	fail func(call string) error
}

func (f flaky) Acquire(ctx context.Context, name string) (ports.ProjectionWriter, error) {
	if err := f.fail("acquire"); err != nil {
		return nil, err
	}
	w, err := f.ProjectionStore.Acquire(ctx, name)
	if err != nil {
		return nil, err
	}
	return flakyWriter{w, f.fail}, nil
}

func (f flakyWriter) Load(ctx context.Context, which ports.Copy, keys []string) (map[string]ports.ProjectionState, error) {
	if err := f.fail("load"); err != nil {
		return nil, err
	}
	return f.ProjectionWriter.Load(ctx, which, keys)
}

// Commit fails before or after the work is done.
func (f flakyWriter) Commit(ctx context.Context, which ports.Copy, batch ports.ProjectionBatch) error {
	if err := f.fail("commit"); err != nil {
		return err
	}
	if err := f.ProjectionWriter.Commit(ctx, which, batch); err != nil {
		return err
	}
	return f.fail("committed")
}

func (f flakyWriter) Swap(ctx context.Context) error {
	if err := f.fail("swap"); err != nil {
		return err
	}
	return f.ProjectionWriter.Swap(ctx)
}

func TestAStoreThatFailsCostsNoEventAndDoublesNone(t *testing.T) {
	t.Parallel()
	for _, call := range []string{"acquire", "load", "commit", "committed", "swap"} {
		t.Run(call, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { // whose clock passes the pauses by
				var calls atomic.Int32
				kept := flaky{memory.NewProjections(), func(c string) error {
					if c == call && calls.Add(1)%3 == 1 {
						return errors.New("the disk is having a bad day")
					}
					return nil
				}}
				store := memory.New(memory.Options{})
				for i := range 8 {
					record(t, store, Subscribed{fmt.Sprint(i % 3), "s"})
				}
				def := weighed(1, 1, nil)
				start(t, store, kept, projection.Options{BatchSize: 3}, def)
				if err := kept.Await(within(t), "weighed", "", 8); err != nil {
					t.Fatal(err)
				}
				last := record(t, store, Subscribed{"0", "s"})
				if err := kept.Await(within(t), "weighed", "", last); err != nil {
					t.Fatal(err)
				}
				if got := states(t, def.View(kept)); got != "0=4 1=3 2=2" {
					t.Errorf("got %s, want 0=4 1=3 2=2", got)
				}
				if calls.Load() == 0 {
					t.Errorf("%s was never called", call)
				}
			})
		})
	}
}

// interrupted is an event store whose reads and subscriptions fail now and then.
type interrupted struct {
	*memory.Store
	calls atomic.Int32
}

func (s *interrupted) Read(ctx context.Context, q domain.Query, o ports.ReadOptions) (ports.ReadResult, error) {
	if s.calls.Add(1)%2 == 1 {
		return ports.ReadResult{}, errors.New("the network is having a bad day")
	}
	return s.Store.Read(ctx, q, o)
}

func (s *interrupted) Subscribe(ctx context.Context, q domain.Query, after domain.Position) iter.Seq2[domain.SequencedEvent, error] {
	return func(yield func(domain.SequencedEvent, error) bool) {
		n := 0
		for e, err := range s.Store.Subscribe(ctx, q, after) {
			if n++; n == 3 {
				yield(domain.SequencedEvent{}, errors.New("the network is having a bad day"))
				return
			}
			if !yield(e, err) {
				return
			}
		}
	}
}

func TestAnEventStoreThatFailsCostsNoEvent(t *testing.T) {
	t.Parallel()
	kept := memory.NewProjections()
	store := &interrupted{Store: memory.New(memory.Options{})}
	record(t, store, Subscribed{"a", "s"})
	def := weighed(1, 1, nil)
	runner := start(t, store, kept, projection.Options{}, def)
	if err := kept.Await(within(t), "weighed", "", 1); err != nil {
		t.Fatal(err)
	}
	var last domain.Position
	for range 5 {
		last = record(t, store, Subscribed{"a", "s"})
	}
	if err := kept.Await(within(t), "weighed", "", last); err != nil {
		t.Fatal(err)
	}
	if got := states(t, def.View(kept)); got != "a=6" {
		t.Errorf("got %s, want a=6", got)
	}
	until(t, "the status shows it", func() bool {
		s := statusOf(t, runner, "weighed")
		return s.Position == last && s.Head == last && s.Condition == projection.Live
	})
}
