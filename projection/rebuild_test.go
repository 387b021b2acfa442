package projection_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/opossum-go/opossum/adapters/memory"
	"github.com/opossum-go/opossum/ports"
	"github.com/opossum-go/opossum/projection"
)

// weighed counts subscribers by course, each as much as weight; gate, when it is not
// nil, is called for each event.
func weighed(version, weight int, gate func(Subscribed)) *projection.Definition[int] {
	return projection.Define[int]("weighed", version, projection.ByTag("course")).With(
		projection.On(func(n int, e Subscribed) int {
			if gate != nil {
				gate(e)
			}
			return n + weight
		}))
}

// built runs the definition until it has seen the whole store, and ends.
func built[S any](t *testing.T, store projection.EventStore, kept ports.ProjectionStore, d *projection.Definition[S]) {
	t.Helper()
	ctx, stop := context.WithCancel(within(t))
	runner, err := projection.NewRunner(store, kept, projection.Options{}, d)
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- runner.Run(ctx) }()
	head, err := store.(ports.Reader).Head(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.View(kept).Wait(ctx, head); err != nil {
		t.Fatal(err)
	}
	stop()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
}

func info(t *testing.T, kept ports.ProjectionReader, name string) string {
	t.Helper()
	i, err := kept.Projection(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	text := func(c *ports.CopyInfo) string {
		if c == nil {
			return "none"
		}
		return fmt.Sprintf("%s at %d", c.Signature, c.Checkpoint)
	}
	return "live " + text(i.Live) + ", shadow " + text(i.Shadow)
}

func TestAnotherVersionIsBuiltWhileTheOldOneAnswers(t *testing.T) {
	t.Parallel()
	store, kept := memory.New(memory.Options{}), memory.NewProjections()
	record(t, store, Subscribed{"a", "s1"}, Subscribed{"b", "s2"}, Subscribed{"a", "s3"})
	built(t, store, kept, weighed(1, 1, nil))

	arrived, goOn := make(chan struct{}), make(chan struct{})
	second := weighed(2, 10, func(e Subscribed) {
		if e.Student == "s3" {
			close(arrived)
			<-goOn
		}
	})
	var mu sync.Mutex
	var progress []ports.Progress
	runner := start(t, store, kept, projection.Options{BatchSize: 2, Progress: func(p ports.Progress) {
		mu.Lock()
		defer mu.Unlock()
		progress = append(progress, p)
	}}, second)
	<-arrived
	if got := states(t, second.View(kept)); got != "a=2 b=1" {
		t.Errorf("during the build: got %s, want the old states a=2 b=1", got)
	}
	if got, want := info(t, kept, "weighed"), "live v1 Subscribed at 3, shadow v2 Subscribed at 2"; got != want {
		t.Errorf("during the build: got %s, want %s", got, want)
	}
	if s := statusOf(t, runner, "weighed"); s.Condition != projection.Rebuilding || s.Build == nil || s.Build.Position != 0 && s.Build.Position != 2 || s.Position != 3 {
		t.Errorf("status during the build: got %+v", s)
	}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if err := second.View(kept).Wait(over, 0); !errors.Is(err, context.Canceled) {
		t.Errorf("waiting for any state of the new version: got %v, want that there is none yet", err)
	}
	if err := weighed(1, 1, nil).View(kept).Wait(within(t), 3); err != nil {
		t.Errorf("waiting for the old version: %v", err)
	}
	close(goOn)
	if err := second.View(kept).Wait(within(t), 3); err != nil {
		t.Fatal(err)
	}
	if got := states(t, second.View(kept)); got != "a=20 b=10" {
		t.Errorf("after waiting for the new version: got %s, want a=20 b=10", got)
	}
	if got, want := info(t, kept, "weighed"), "live v2 Subscribed at 3, shadow none"; got != want {
		t.Errorf("after the build: got %s, want %s", got, want)
	}
	mu.Lock()
	defer mu.Unlock()
	last := progress[len(progress)-1]
	if first := progress[0]; first.Position != 0 || first.Target != 3 || !last.Done || last.Position != 3 {
		t.Errorf("progress: got %+v", progress)
	}
}

func TestAHandlerMoreIsAnotherDefinitionEvenWithoutAVersion(t *testing.T) {
	t.Parallel()
	store, kept := memory.New(memory.Options{}), memory.NewProjections()
	record(t, store, Subscribed{"a", "s1"}, Defined{"a", 7})
	built(t, store, kept, weighed(1, 1, nil))
	more := weighed(1, 1, nil).With(projection.On(func(n int, e Defined) int { return n + e.Capacity }))
	built(t, store, kept, more)
	if got := states(t, more.View(kept)); got != "a=8" {
		t.Errorf("got %s, want a=8", got)
	}
}

func TestABuildThatNobodyGoesOnWithIsDropped(t *testing.T) {
	t.Parallel()
	store, kept := memory.New(memory.Options{}), memory.NewProjections()
	record(t, store, Subscribed{"a", "s"})
	built(t, store, kept, weighed(1, 1, nil))
	ctx, stop := context.WithCancel(t.Context())
	second, err := projection.NewRunner(store, kept, projection.Options{}, weighed(2, 1, func(Subscribed) { stop() }))
	if err != nil {
		t.Fatal(err)
	}
	if err := second.Run(ctx); err != nil {
		t.Fatal(err)
	}
	if got, want := info(t, kept, "weighed"), "live v1 Subscribed at 1, shadow v2 Subscribed at 1"; got != want {
		t.Fatalf("after the interruption: got %s, want %s", got, want)
	}
	start(t, store, kept, projection.Options{}, weighed(1, 1, nil))
	until(t, "the shadow is gone", func() bool { return info(t, kept, "weighed") == "live v1 Subscribed at 1, shadow none" })
}

func TestABuildThatWasInterruptedGoesOnWhereItWas(t *testing.T) {
	t.Parallel()
	store, kept := memory.New(memory.Options{}), memory.NewProjections()
	for i := range 20 {
		record(t, store, Subscribed{fmt.Sprint(i % 3), fmt.Sprint(i)})
	}
	arrived, stopped := make(chan struct{}), make(chan struct{})
	ctx, stop := context.WithCancel(t.Context())
	first, err := projection.NewRunner(store, kept, projection.Options{BatchSize: 4}, weighed(1, 1, func(e Subscribed) {
		if e.Student == "9" {
			close(arrived)
			<-stopped
		}
	}))
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- first.Run(ctx) }()
	<-arrived
	stop()
	close(stopped) // only now: the context of the runner has ended, too
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	if got, want := info(t, kept, "weighed"), "live none, shadow v1 Subscribed at 12"; got != want {
		t.Fatalf("after the interruption: got %s, want %s", got, want)
	}
	var seen atomic.Int32
	again := weighed(1, 1, func(Subscribed) { seen.Add(1) })
	built(t, store, kept, again)
	if got := states(t, again.View(kept)); got != "0=7 1=7 2=6" {
		t.Errorf("got %s, want 0=7 1=7 2=6", got)
	}
	if n := seen.Load(); n != 8 {
		t.Errorf("the second start applied %d events, want the 8 that were left", n)
	}
}

func TestADryRunTellsWhatWouldChange(t *testing.T) {
	t.Parallel()
	store, kept := memory.New(memory.Options{}), memory.NewProjections()
	var weight atomic.Int32
	weight.Store(1)
	// Its handler is not pure, to have something to find.
	def := projection.Define[int]("weighed", 1, projection.ByTag("course")).With(
		projection.On(func(n int, e Subscribed) int { return n + int(weight.Load())*len(e.Student[1:]) }),
	).DropWhen(func(n int) bool { return n < 0 })
	record(t, store, Subscribed{"a", "s+"}, Subscribed{"b", "s"}, Subscribed{"c", "s++"})
	runner := start(t, store, kept, projection.Options{}, def)
	if err := def.View(kept).Wait(within(t), 3); err != nil {
		t.Fatal(err)
	}
	weight.Store(-1)
	got, err := runner.DryRun(within(t), "weighed")
	if err != nil {
		t.Fatal(err)
	}
	want := []projection.Difference{{Projection: "weighed", Position: 3, States: 1, Removed: 2, Keys: []string{"a", "c"}}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	weight.Store(5)
	if got, err = runner.DryRun(within(t)); err != nil || got[0].Changed != 2 || got[0].States != 3 {
		t.Errorf("got %+v, %v, want 2 of 3 changed", got, err)
	}
	if got, want := info(t, kept, "weighed"), "live v1 Subscribed at 3, shadow none"; got != want {
		t.Errorf("afterwards: got %s, want %s", got, want)
	}
	if got := states(t, def.View(kept)); got != "a=1 b=0 c=2" {
		t.Errorf("afterwards: got %s, want what was there", got)
	}
	if err := runner.Rebuild(within(t)); err != nil {
		t.Fatal(err)
	}
	if got := states(t, def.View(kept)); got != "a=5 b=0 c=10" {
		t.Errorf("after a rebuild: got %s, want a=5 b=0 c=10", got)
	}
}

func TestARebuildThatFailsLeavesEverythingAsItWas(t *testing.T) {
	t.Parallel()
	store, kept := memory.New(memory.Options{}), memory.NewProjections()
	var refuse atomic.Bool
	def := picky(&refuse, projection.Failure{})
	record(t, store, Subscribed{"a", "s"}, Subscribed{"a", "bad"})
	runner := start(t, store, kept, projection.Options{}, def)
	if err := def.View(kept).Wait(within(t), 2); err != nil {
		t.Fatal(err)
	}
	refuse.Store(true)
	if err := runner.Rebuild(within(t), "picky"); err == nil || !strings.Contains(err.Error(), "bad student") {
		t.Errorf("got %v, want why it failed", err)
	}
	last := record(t, store, Subscribed{"a", "s3"})
	if err := def.View(kept).Wait(within(t), last); err != nil {
		t.Fatal(err)
	}
	if got := states(t, def.View(kept)); got != "a=3" {
		t.Errorf("it goes on: got %s, want a=3", got)
	}
}

func TestARebuildEndsWithTheContextOfTheOneWhoAsked(t *testing.T) {
	t.Parallel()
	store, kept := memory.New(memory.Options{}), memory.NewProjections()
	record(t, store, Subscribed{"a", "s"})
	ctx, cancel := context.WithCancel(within(t))
	var during atomic.Bool
	def := weighed(1, 1, func(Subscribed) {
		if during.Load() {
			cancel()
		}
	})
	runner := start(t, store, kept, projection.Options{}, def)
	if err := def.View(kept).Wait(within(t), 1); err != nil {
		t.Fatal(err)
	}
	during.Store(true)
	if err := runner.Rebuild(ctx, "weighed"); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
	if got, want := info(t, kept, "weighed"), "live v1 Subscribed at 1, shadow none"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestWithoutRebuildsAProjectionWaitsToBeAsked(t *testing.T) {
	t.Parallel()
	store, kept := memory.New(memory.Options{}), memory.NewProjections()
	record(t, store, Subscribed{"a", "s"})
	def := weighed(1, 1, nil)
	runner := start(t, store, kept, projection.Options{Rebuild: projection.RebuildNone}, def)
	until(t, "it is outdated", func() bool { return statusOf(t, runner, "weighed").Condition == projection.Outdated })
	if got := states(t, def.View(kept)); got != "" {
		t.Errorf("got %s, want nothing", got)
	}
	if err := runner.Rebuild(within(t)); err != nil {
		t.Fatal(err)
	}
	if got := states(t, def.View(kept)); got != "a=1" {
		t.Errorf("got %s, want a=1", got)
	}
	until(t, "it is live", func() bool { return statusOf(t, runner, "weighed").Condition == projection.Live })
}

func TestEverythingIsRebuiltWhenToldSo(t *testing.T) {
	t.Parallel()
	store, kept := memory.New(memory.Options{}), memory.NewProjections()
	record(t, store, Subscribed{"a", "s"})
	built(t, store, kept, weighed(1, 1, nil))
	start(t, store, kept, projection.Options{Rebuild: projection.RebuildAll}, weighed(1, 10, nil))
	until(t, "it is built anew", func() bool { return states(t, weighed(1, 1, nil).View(kept)) == "a=10" })
}

func TestNoMoreBuildsRunTogetherThanAllowed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store, kept := memory.New(memory.Options{}), memory.NewProjections()
		record(t, store, Subscribed{"a", "s"})
		const all, allowed = 5, 2
		var building atomic.Int32
		goOn := make(chan struct{}) // an element lets a build go on
		var projections []projection.Projection
		for i := range all {
			projections = append(projections, projection.Define[int](fmt.Sprint("p", i), 1, projection.ByTag("course")).With(
				projection.On(func(n int, _ Subscribed) int {
					building.Add(1)
					<-goOn
					building.Add(-1)
					return n
				})))
		}
		runner := start(t, store, kept, projection.Options{ParallelRebuilds: allowed}, projections...)
		for left := all; left > 0; left-- {
			synctest.Wait() // all that can build are at it
			if got, want := int(building.Load()), min(allowed, left); got != want {
				t.Errorf("with %d left to build, %d builds run together, want %d", left, got, want)
			}
			rebuilding := 0
			for _, s := range runner.Status() {
				if s.Condition == projection.Rebuilding {
					rebuilding++
				}
			}
			if rebuilding != left {
				t.Errorf("%d are rebuilding or wait for their turn, want %d", rebuilding, left)
			}
			goOn <- struct{}{}
		}
		if err := runner.Wait(within(t), 1); err != nil {
			t.Error(err)
		}
	})
}

func TestACheckpointAheadOfTheStoreIsNotTrusted(t *testing.T) {
	t.Parallel()
	kept := memory.NewProjections()
	first := memory.New(memory.Options{})
	record(t, first, Subscribed{"a", "s1"}, Subscribed{"a", "s2"})
	built(t, first, kept, weighed(1, 1, nil))
	other := memory.New(memory.Options{})
	record(t, other, Subscribed{"b", "s1"})
	runner := start(t, other, kept, projection.Options{}, weighed(1, 1, nil))
	until(t, "it stops", func() bool { return statusOf(t, runner, "weighed").Condition == projection.Stopped })
	if err := statusOf(t, runner, "weighed").Err; err == nil || !strings.Contains(err.Error(), "checkpoint is 2 but the store ends at 1") {
		t.Errorf("got %v", err)
	}
	if err := runner.Rebuild(within(t)); err != nil {
		t.Fatal(err)
	}
	if got := states(t, weighed(1, 1, nil).View(kept)); got != "b=1" {
		t.Errorf("got %s, want b=1", got)
	}
}
