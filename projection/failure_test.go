package projection_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/opossum-go/opossum/adapters/memory"
	"github.com/opossum-go/opossum/ports"
	"github.com/opossum-go/opossum/projection"
)

// picky counts subscribers by course and refuses the student "bad" as long as told.
func picky(refuse *atomic.Bool, failure projection.Failure) *projection.Definition[int] {
	return projection.Define[int]("picky", 1, projection.ByTag("course")).With(
		projection.OnChange(func(c projection.Change[int], e Subscribed) (int, error) {
			if e.Student == "bad" && refuse.Load() {
				return 0, errors.New("bad student")
			}
			return c.State + 1, nil
		})).OnFailure(failure)
}

func refusing() *atomic.Bool {
	var refuse atomic.Bool
	refuse.Store(true)
	return &refuse
}

// until waits for a condition that a goroutine brings about.
func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	often := time.NewTicker(time.Millisecond)
	defer often.Stop()
	for ctx := within(t); !holds(); {
		select {
		case <-often.C:
		case <-ctx.Done():
			t.Fatalf("it never came about: %s", what)
		}
	}
}

func statusOf(t *testing.T, r *projection.Runner, name string) projection.Status {
	t.Helper()
	for _, s := range r.Status() {
		if s.Name == name {
			return s
		}
	}
	t.Fatalf("no status of %q", name)
	return projection.Status{}
}

// states writes the values of a view as text, in the order of their keys.
func states[S any](t *testing.T, v *projection.View[S]) string {
	t.Helper()
	var text []string
	for s, err := range v.All(t.Context(), projection.Selection{}) {
		if err != nil {
			t.Fatal(err)
		}
		text = append(text, fmt.Sprintf("%s=%v", s.Key, s.Value))
	}
	return strings.Join(text, " ")
}

func TestAFailingProjectionStopsShowsWhyAndHoldsNoOther(t *testing.T) {
	t.Parallel()
	store, kept := memory.New(memory.Options{}), memory.NewProjections()
	refuse := refusing()
	def := picky(refuse, projection.Failure{})
	record(t, store, Defined{"a", 9})
	runner := start(t, store, kept, projection.Options{}, def, courses(1))
	if err := def.View(kept).Wait(within(t), 1); err != nil { // what follows is applied live
		t.Fatal(err)
	}
	last := record(t, store, Subscribed{"a", "s1"}, Subscribed{"b", "s2"}, Subscribed{"a", "bad"}, Subscribed{"a", "s3"})
	if err := courses(1).View(kept).Wait(within(t), last); err != nil {
		t.Errorf("the other projection: %v", err)
	}
	err := def.View(kept).Wait(within(t), last)
	stopped, ok := errors.AsType[*ports.ProjectionStoppedError](err)
	if !ok || stopped.Failure.Position != 4 || stopped.Failure.Type != "Subscribed" || stopped.Failure.Error != `state "a": bad student` {
		t.Fatalf("waiting for it: got %v, want that it is stopped at position 4", err)
	}
	var status projection.Status
	until(t, "it is stopped, and all events are known", func() bool {
		status = statusOf(t, runner, "picky")
		return status.Condition == projection.Stopped && status.Head == last
	})
	if status.Position != 3 || status.Lag != 2 || status.Err == nil || !strings.Contains(status.Err.Error(), "position 4 (Subscribed)") {
		t.Errorf("status: got %+v", status)
	}
	if got := states(t, def.View(kept)); got != "a=1 b=1" {
		t.Errorf("what came before is applied: got %s, want a=1 b=1", got)
	}
	refuse.Store(false)
	if err := runner.Resume(within(t), "picky"); err != nil {
		t.Fatal(err)
	}
	if err := def.View(kept).Wait(within(t), last); err != nil {
		t.Error(err)
	}
	if got := states(t, def.View(kept)); got != "a=3 b=1" {
		t.Errorf("after it was resumed: got %s, want a=3 b=1", got)
	}
	until(t, "it is live again", func() bool {
		s := statusOf(t, runner, "picky")
		return s.Condition == projection.Live && s.Err == nil && s.Lag == 0
	})
}

func TestAFailingEventIsTriedAgain(t *testing.T) {
	t.Parallel()
	store, kept := memory.New(memory.Options{}), memory.NewProjections()
	refuse := refusing()
	def := picky(refuse, projection.Failure{Retries: projection.Forever, MinDelay: time.Millisecond, MaxDelay: 2 * time.Millisecond})
	runner := start(t, store, kept, projection.Options{}, def)
	last := record(t, store, Subscribed{"a", "s1"}, Subscribed{"a", "bad"}, Subscribed{"a", "s3"})
	until(t, "it is retrying", func() bool {
		s := statusOf(t, runner, "picky")
		return s.Condition == projection.Retrying && s.Err != nil
	})
	refuse.Store(false)
	if err := def.View(kept).Wait(within(t), last); err != nil {
		t.Fatal(err)
	}
	if got := states(t, def.View(kept)); got != "a=3" {
		t.Errorf("got %s, want a=3", got)
	}
}

func TestAnErrorThatIsPermanentIsNotTriedAgain(t *testing.T) {
	t.Parallel()
	store, kept := memory.New(memory.Options{}), memory.NewProjections()
	def := projection.Define[int]("picky", 1, projection.ByTag("course")).With(
		projection.OnChange(func(projection.Change[int], Subscribed) (int, error) {
			return 0, fmt.Errorf("it is this: %w", projection.Permanent(errors.New("bad student")))
		})).OnFailure(projection.Failure{Retries: projection.Forever, Then: projection.Park})
	start(t, store, kept, projection.Options{}, def)
	if err := def.View(kept).Wait(within(t), record(t, store, Subscribed{"a", "s"})); err != nil {
		t.Fatal(err)
	}
	wantParked(t, kept, "1:1")
}

func TestARequestIsServedWhileAnEventIsRetried(t *testing.T) {
	t.Parallel()
	store, kept := memory.New(memory.Options{}), memory.NewProjections()
	refuse := refusing()
	def := picky(refuse, projection.Failure{Retries: projection.Forever, MinDelay: time.Hour, MaxDelay: time.Hour})
	runner := start(t, store, kept, projection.Options{}, def)
	last := record(t, store, Subscribed{"a", "s1"}, Subscribed{"a", "bad"})
	until(t, "it is retrying", func() bool { return statusOf(t, runner, "picky").Condition == projection.Retrying })
	refuse.Store(false)
	if err := runner.Resume(within(t), "picky"); err != nil {
		t.Fatal(err)
	}
	if err := def.View(kept).Wait(within(t), last); err != nil {
		t.Fatal(err)
	}
	if got := states(t, def.View(kept)); got != "a=2" {
		t.Errorf("got %s, want a=2", got)
	}
}

func TestWhoHasRepairedAProjectionDoesNotHearOfItsOldFailure(t *testing.T) {
	t.Parallel()
	store, kept := memory.New(memory.Options{}), memory.NewProjections()
	last := record(t, store, Subscribed{"a", "bad"})
	run := func(refuse *atomic.Bool) error {
		def := picky(refuse, projection.Failure{})
		runner, err := projection.NewRunner(store, kept, projection.Options{}, def)
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(within(t))
		ended := make(chan error, 1)
		go func() { ended <- runner.Run(ctx) }()
		waited := runner.Wait(ctx, last)
		stop()
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
		return waited
	}
	if err := run(refusing()); !errors.Is(err, ports.ErrProjectionStopped) {
		t.Errorf("with the bug: got %v, want that it is stopped", err)
	}
	if err := run(new(atomic.Bool)); err != nil {
		t.Errorf("after the repair: got %v", err)
	}
}

func TestAFailingEventIsSkipped(t *testing.T) {
	t.Parallel()
	store, kept := memory.New(memory.Options{}), memory.NewProjections()
	def := picky(refusing(), projection.Failure{Then: projection.Skip})
	record(t, store, Subscribed{"a", "s1"}, Subscribed{"a", "bad"}, Subscribed{"b", "bad"}, Subscribed{"a", "s3"})
	start(t, store, kept, projection.Options{}, def)
	last := record(t, store, Subscribed{"b", "bad"})
	if err := def.View(kept).Wait(within(t), last); err != nil {
		t.Fatal(err)
	}
	if got := states(t, def.View(kept)); got != "a=2" {
		t.Errorf("got %s, want a=2", got)
	}
}

func TestAFailingEventIsParkedAndAppliedLater(t *testing.T) {
	t.Parallel()
	store, kept := memory.New(memory.Options{}), memory.NewProjections()
	refuse := refusing()
	def := picky(refuse, projection.Failure{Retries: 1, MinDelay: time.Millisecond, Then: projection.Park})
	runner := start(t, store, kept, projection.Options{}, def)
	last := record(t, store, Subscribed{"a", "bad"}, Subscribed{"a", "s2"}, Subscribed{"b", "bad"}, Subscribed{"a", "s4"})
	view := def.View(kept)
	if err := view.Wait(within(t), last); err != nil {
		t.Fatal(err)
	}
	wantParked(t, kept, "1:2 3:2")
	if got := states(t, view); got != "a=2" {
		t.Errorf("got %s, want a=2", got)
	}
	until(t, "the status shows them", func() bool { return statusOf(t, runner, "picky").Parked == 2 })

	if n, err := runner.RetryParked(within(t), "picky", 3); n != 0 || err == nil || !strings.Contains(err.Error(), "bad student") {
		t.Errorf("retrying what still fails: got %d, %v", n, err)
	}
	wantParked(t, kept, "1:2 3:3")
	refuse.Store(false)
	if n, err := runner.RetryParked(within(t), "picky"); n != 2 || err != nil {
		t.Errorf("retrying all: got %d, %v, want 2", n, err)
	}
	wantParked(t, kept, "")
	if got := states(t, view); got != "a=3 b=1" {
		t.Errorf("got %s, want a=3 b=1", got)
	}
	if s, _, err := view.Get(t.Context(), "a"); err != nil || s.Version != 3 || s.Position != 4 {
		t.Errorf("got version %d at %d, %v, want version 3 at the last event, 4", s.Version, s.Position, err)
	}
	if n, err := runner.RetryParked(within(t), "picky"); n != 0 || err != nil {
		t.Errorf("retrying an empty list: got %d, %v", n, err)
	}
}

// wantParked compares positions and attempts.
func wantParked(t *testing.T, kept ports.ProjectionReader, want string) {
	t.Helper()
	parked, err := kept.Parked(t.Context(), "picky")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range parked {
		got = append(got, fmt.Sprintf("%d:%d", p.Position, p.Attempts))
	}
	if strings.Join(got, " ") != want {
		t.Errorf("parked: got %v, want %s", got, want)
	}
}

// brittle is a state that cannot be read back when it is 2.
type brittle struct{ n int }

func (b brittle) MarshalJSON() ([]byte, error) { return json.Marshal(b.n) }

func (b *brittle) UnmarshalJSON(data []byte) error {
	if string(data) == "2" {
		panic("it breaks")
	}
	return json.Unmarshal(data, &b.n)
}

func TestAStateWhoseReadingPanicsInterruptsItsProjection(t *testing.T) {
	t.Parallel()
	store, kept := memory.New(memory.Options{}), memory.NewProjections()
	def := projection.Define[brittle]("brittle", 1, projection.ByTag("course")).With(
		projection.On(func(b brittle, _ Subscribed) brittle { return brittle{b.n + 1} }))
	record(t, store, Subscribed{"a", "s1"}, Subscribed{"a", "s2"})
	built(t, store, kept, def)
	runner := start(t, store, kept, projection.Options{}, def)
	record(t, store, Subscribed{"a", "s3"})
	until(t, "it says so", func() bool {
		s := statusOf(t, runner, "brittle")
		return s.Condition == projection.Interrupted && strings.Contains(fmt.Sprint(s.Err), "panic: it breaks")
	})
}

func TestRunSaysThatAHandlerHasEndedItsGoroutine(t *testing.T) {
	t.Parallel()
	store := memory.New(memory.Options{})
	record(t, store, Subscribed{"a", "s"})
	def := weighed(1, 1, func(Subscribed) { runtime.Goexit() })
	runner, err := projection.NewRunner(store, memory.NewProjections(), projection.Options{}, def)
	if err != nil {
		t.Fatal(err)
	}
	if err := runner.Run(within(t)); err == nil || !strings.Contains(err.Error(), `"weighed": a handler has ended its goroutine`) {
		t.Errorf("got %v, want that a handler has ended its goroutine", err)
	}
}

func TestAHandlerThatEndsItsGoroutineEndsOneProjectionWhichSaysSo(t *testing.T) {
	t.Parallel()
	store := memory.New(memory.Options{})
	last := record(t, store, Subscribed{"a", "s"})
	var logged strings.Builder // read when Run has returned
	options := projection.Options{Logger: slog.New(slog.NewTextHandler(&logged, nil))}
	runner, err := projection.NewRunner(store, memory.NewProjections(), options, weighed(1, 1, func(Subscribed) { runtime.Goexit() }), courses(1))
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(within(t))
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- runner.Run(ctx) }()
	const why = "a handler has ended its goroutine"
	until(t, "it ends", func() bool { return statusOf(t, runner, "weighed").Condition == projection.Ended })
	if err := statusOf(t, runner, "weighed").Err; err == nil || !strings.Contains(err.Error(), why) {
		t.Errorf("the status says %v, want that %s", err, why)
	}
	if err := runner.Rebuild(within(t), "weighed"); !errors.Is(err, projection.ErrNotRunning) || !strings.Contains(err.Error(), why) {
		t.Errorf("a rebuild: got %v, want ErrNotRunning and that %s", err, why)
	}
	if err := runner.Wait(within(t), last, "courses"); err != nil {
		t.Errorf("the other one: %v", err)
	}
	stop()
	if err := <-ended; err == nil || !strings.Contains(err.Error(), why) {
		t.Errorf("Run: got %v, want that %s", err, why)
	}
	if !strings.Contains(logged.String(), why) {
		t.Errorf("the log is %q, want that %s", logged.String(), why)
	}
}

func TestAnEventThatTouchesTwoStatesChangesBothOrNone(t *testing.T) {
	t.Parallel()
	store, kept := memory.New(memory.Options{}), memory.NewProjections()
	def := projection.Define[map[string]int]("pairs", 1, nil).With(
		projection.OnChange(func(c projection.Change[map[string]int], e Subscribed) (map[string]int, error) {
			if c.State == nil {
				c.State = make(map[string]int)
			}
			c.State[e.Student]++ // in place, before it is known whether it succeeds
			if c.Key == "z" && e.Student == "bad" {
				return nil, errors.New("refused")
			}
			return c.State, nil
		}).Keys(func(e Subscribed) []string { return []string{e.Course, "z"} }),
	).OnFailure(projection.Failure{Then: projection.Skip})
	start(t, store, kept, projection.Options{}, def)
	last := record(t, store, Subscribed{"a", "s"}, Subscribed{"a", "bad"}, Subscribed{"a", "s"})
	if err := def.View(kept).Wait(within(t), last); err != nil {
		t.Fatal(err)
	}
	if got := states(t, def.View(kept)); got != "a=map[s:2] z=map[s:2]" {
		t.Errorf("got %s, want both without bad", got)
	}
}
