package projection_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/opossum-go/opossum/adapters/memory"
	"github.com/opossum-go/opossum/ports"
	"github.com/opossum-go/opossum/projection"
)

// postman notes what is delivered to it, and fails when told.
type postman struct {
	mu   sync.Mutex
	got  []string
	keys map[string]int
	fail func(e Subscribed, attempt int) error
}

func (p *postman) outbox(failure projection.Failure) *projection.Outbox {
	p.keys = make(map[string]int)
	return projection.NewOutbox("post").With(
		projection.Send(func(_ context.Context, d projection.Delivery, e Subscribed) error {
			p.mu.Lock()
			defer p.mu.Unlock()
			if p.fail != nil {
				if err := p.fail(e, d.Attempt); err != nil {
					return err
				}
			}
			p.got = append(p.got, fmt.Sprintf("%s@%d", e.Student, d.Event.Position))
			p.keys[d.IdempotencyKey]++
			return nil
		})).OnFailure(failure)
}

func (p *postman) delivered() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Join(p.got, " ")
}

func TestAnOutboxDeliversInOrderAndOnceWhenNothingFails(t *testing.T) {
	t.Parallel()
	store, kept, p := memory.New(memory.Options{}), memory.NewProjections(), &postman{}
	record(t, store, Subscribed{"a", "s1"}, Defined{"a", 1}, Subscribed{"a", "s3"})
	start(t, store, kept, projection.Options{}, p.outbox(projection.Failure{}))
	last := record(t, store, Closed{"a"}, Subscribed{"a", "s5"})
	if err := kept.Await(within(t), "post", "", last); err != nil {
		t.Fatal(err)
	}
	if got := p.delivered(); got != "s1@1 s3@3 s5@5" {
		t.Errorf("got %s, want s1@1 s3@3 s5@5", got)
	}
	if len(p.keys) != 3 {
		t.Errorf("got the idempotency keys %v, want three", p.keys)
	}
}

func TestADeliveryThatFailsHoldsTheOnesBehindIt(t *testing.T) {
	t.Parallel()
	store, kept := memory.New(memory.Options{}), memory.NewProjections()
	var attempts []int
	p := &postman{fail: func(e Subscribed, attempt int) error {
		if e.Student == "s2" && attempt < 4 {
			attempts = append(attempts, attempt)
			return errors.New("nobody at home")
		}
		return nil
	}}
	start(t, store, kept, projection.Options{}, p.outbox(projection.Failure{Retries: projection.Forever, MinDelay: time.Millisecond, MaxDelay: time.Millisecond}))
	last := record(t, store, Subscribed{"a", "s1"}, Subscribed{"a", "s2"}, Subscribed{"a", "s3"})
	if err := kept.Await(within(t), "post", "", last); err != nil {
		t.Fatal(err)
	}
	if got := p.delivered(); got != "s1@1 s2@2 s3@3" || fmt.Sprint(attempts) != "[1 2 3]" {
		t.Errorf("got %s after attempts %v", got, attempts)
	}
}

func TestAnOutboxParksAndDeliversLater(t *testing.T) {
	t.Parallel()
	store, kept := memory.New(memory.Options{}), memory.NewProjections()
	closed := true
	p := &postman{fail: func(e Subscribed, _ int) error {
		if e.Student == "s1" && closed {
			return errors.New("nobody at home")
		}
		return nil
	}}
	runner := start(t, store, kept, projection.Options{}, p.outbox(projection.Failure{Then: projection.Park}))
	last := record(t, store, Subscribed{"a", "s1"}, Subscribed{"a", "s2"})
	if err := kept.Await(within(t), "post", "", last); err != nil {
		t.Fatal(err)
	}
	parked, err := kept.Parked(t.Context(), "post")
	if err != nil || len(parked) != 1 || parked[0].Position != 1 || parked[0].Error != "nobody at home" {
		t.Errorf("parked: got %+v, %v", parked, err)
	}
	p.mu.Lock()
	closed = false
	p.mu.Unlock()
	if n, err := runner.RetryParked(within(t), "post"); n != 1 || err != nil {
		t.Errorf("got %d, %v", n, err)
	}
	if got := p.delivered(); got != "s2@2 s1@1" {
		t.Errorf("got %s, want s2@2 s1@1", got)
	}
}

func TestWhatWasDeliveredButNotNotedComesAgainWithTheSameKey(t *testing.T) {
	t.Parallel()
	store, p := memory.New(memory.Options{}), &postman{}
	failed := false
	kept := flaky{memory.NewProjections(), func(call string) error {
		if call == "commit" && !failed && p.delivered() == "s1@1 s2@2" {
			failed = true
			return errors.New("the disk is full")
		}
		return nil
	}}
	record(t, store, Subscribed{"a", "s1"}, Subscribed{"a", "s2"}, Subscribed{"a", "s3"})
	start(t, store, kept, projection.Options{}, p.outbox(projection.Failure{}))
	if err := kept.Await(within(t), "post", "", 3); err != nil {
		t.Fatal(err)
	}
	if got := p.delivered(); got != "s1@1 s2@2 s2@2 s3@3" {
		t.Errorf("got %s, want s2 twice", got)
	}
	if len(p.keys) != 3 {
		t.Errorf("got the idempotency keys %v, want three", p.keys)
	}
}

func TestAnOutboxFromNowSkipsThePast(t *testing.T) {
	t.Parallel()
	store, kept, p := memory.New(memory.Options{}), memory.NewProjections(), &postman{}
	record(t, store, Subscribed{"a", "s1"})
	box := p.outbox(projection.Failure{}).FromNow()
	built := func(events ...Subscribed) {
		t.Helper()
		ctx, stop := context.WithCancel(within(t))
		runner, err := projection.NewRunner(store, kept, projection.Options{Rebuild: projection.RebuildAll}, box)
		if err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- runner.Run(ctx) }()
		if err := kept.Await(ctx, "post", "", 0); err != nil {
			t.Fatal(err)
		}
		for _, e := range events {
			if err := kept.Await(ctx, "post", "", record(t, store, e)); err != nil {
				t.Fatal(err)
			}
		}
		stop()
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
	}
	built(Subscribed{"a", "s2"})
	record(t, store, Subscribed{"a", "s3"}) // while it does not run
	built(Subscribed{"a", "s4"})
	if got := p.delivered(); got != "s2@2 s3@3 s4@4" {
		t.Errorf("got %s, want all but s1", got)
	}
}

func TestWhatWasDeliveredWhileTheRunnerEndedIsNoted(t *testing.T) {
	t.Parallel()
	store, kept := memory.New(memory.Options{}), memory.NewProjections()
	record(t, store, Subscribed{"a", "s1"}, Subscribed{"a", "s2"})
	ctx, stop := context.WithCancel(t.Context())
	runner, err := projection.NewRunner(store, kept, projection.Options{},
		projection.NewOutbox("post").With(projection.Send(func(context.Context, projection.Delivery, Subscribed) error {
			stop()
			return nil
		})))
	if err != nil {
		t.Fatal(err)
	}
	if err := runner.Run(ctx); err != nil {
		t.Fatal(err)
	}
	if i, err := kept.Projection(t.Context(), "post"); err != nil || i.Live == nil || i.Live.Checkpoint != 1 {
		t.Errorf("got %+v, %v, want that the first delivery is noted", i.Live, err)
	}
}

func TestARunnerThatEndsDoesNotBlameTheDelivery(t *testing.T) {
	t.Parallel()
	store, kept := memory.New(memory.Options{}), memory.NewProjections()
	record(t, store, Subscribed{"a", "s1"})
	arrived := make(chan struct{})
	box := projection.NewOutbox("post").With(projection.Send(func(ctx context.Context, _ projection.Delivery, _ Subscribed) error {
		close(arrived)
		<-ctx.Done()
		return ctx.Err()
	})).OnFailure(projection.Failure{Then: projection.Skip})
	ctx, stop := context.WithCancel(t.Context())
	runner, err := projection.NewRunner(store, kept, projection.Options{}, box)
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- runner.Run(ctx) }()
	<-arrived
	stop()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	i, err := kept.Projection(t.Context(), "post")
	if err != nil || i.Live == nil || i.Live.Checkpoint != 0 || i.Live.Failure != nil {
		t.Errorf("got %+v, %v, want that it comes again", i.Live, err)
	}
}

var _ ports.ProjectionStore = flaky{}
