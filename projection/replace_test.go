package projection_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/opossum-go/opossum/adapters/memory"
	"github.com/opossum-go/opossum/projection"
)

func TestAnOlderVersionDoesNotReplaceANewerOne(t *testing.T) {
	t.Parallel()
	store, kept := memory.New(memory.Options{}), memory.NewProjections()
	record(t, store, Subscribed{"a", "s"})
	built(t, store, kept, weighed(3, 10, nil))
	older := start(t, store, kept, projection.Options{Takeover: time.Millisecond}, weighed(2, 1, nil))
	until(t, "it says so", func() bool {
		s := statusOf(t, older, "weighed")
		return s.Condition == projection.Outdated && s.Err != nil && strings.Contains(s.Err.Error(), "version 3")
	})
	newer := start(t, store, kept, projection.Options{Takeover: time.Millisecond}, weighed(3, 10, nil)) // nobody is in its way
	if err := newer.Wait(within(t), record(t, store, Subscribed{"a", "s"})); err != nil {
		t.Fatal(err)
	}
	if got := states(t, weighed(3, 10, nil).View(kept)); got != "a=20" {
		t.Errorf("got %s, want a=20", got)
	}
}

func TestAnOutboxAndAProjectionDoNotTakeEachOthersName(t *testing.T) {
	t.Parallel()
	store, kept := memory.New(memory.Options{}), memory.NewProjections()
	record(t, store, Subscribed{"a", "s"})
	built(t, store, kept, projection.Define[int]("post", 1, projection.ByTag("course")).With(projection.On(addSubscriber)))
	p := &postman{}
	runner := start(t, store, kept, projection.Options{}, p.outbox(projection.Failure{}))
	until(t, "it stops", func() bool { return statusOf(t, runner, "post").Condition == projection.Stopped })
	if err := statusOf(t, runner, "post").Err; err == nil || !strings.Contains(err.Error(), "another name") || p.delivered() != "" {
		t.Errorf("got %v and %q, want that it asks for another name", err, p.delivered())
	}
}

func TestARebuildDoesNotReplaceAnOutbox(t *testing.T) {
	t.Parallel()
	store, kept, p := memory.New(memory.Options{}), memory.NewProjections(), &postman{}
	last := record(t, store, Subscribed{"a", "s"})
	ctx, stop := context.WithCancel(within(t))
	sender, err := projection.NewRunner(store, kept, projection.Options{}, p.outbox(projection.Failure{}))
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- sender.Run(ctx) }()
	if err := sender.Wait(ctx, last); err != nil {
		t.Fatal(err)
	}
	stop()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	runner := start(t, store, kept, projection.Options{}, projection.Define[int]("post", 1, projection.ByTag("course")).With(projection.On(addSubscriber)))
	if err := runner.Rebuild(within(t)); !errors.Is(err, projection.ErrDefinition) {
		t.Errorf("got %v, want ErrDefinition", err)
	}
	if got, want := info(t, kept, "post"), "live outbox at 1, shadow none"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
