package projection_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/opossum-go/opossum/adapters/memory"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
	"github.com/opossum-go/opossum/projection"
)

var patient = projection.Failure{Retries: projection.Forever, MinDelay: time.Millisecond, MaxDelay: 5 * time.Millisecond}

func TestABuildThatRetriesHoldsNoOtherAndHearsRequests(t *testing.T) {
	t.Parallel()
	store, kept := memory.New(memory.Options{}), memory.NewProjections()
	refuse := refusing()
	def := picky(refuse, patient)
	last := record(t, store, Subscribed{"a", "bad"})
	runner := start(t, store, kept, projection.Options{ParallelRebuilds: 1}, def, weighed(1, 1, nil), courses(1))
	if err := runner.Wait(within(t), last, "weighed", "courses"); err != nil {
		t.Errorf("the others: %v", err)
	}
	until(t, "it is retrying", func() bool { return statusOf(t, runner, "picky").Condition == projection.Retrying })
	if _, err := runner.DryRun(within(t), "picky"); !errors.Is(err, projection.ErrNotBuilt) {
		t.Errorf("a dry run of what is being built: got %v, want ErrNotBuilt", err)
	}
	refuse.Store(false)
	if err := runner.Rebuild(within(t), "picky"); err != nil {
		t.Errorf("a rebuild meanwhile: %v", err)
	}
	if err := runner.Wait(within(t), last); err != nil {
		t.Error(err)
	}
	if err := runner.Wait(within(t), last, "nobody"); !errors.Is(err, projection.ErrUnknown) {
		t.Errorf("waiting for nobody: got %v, want ErrUnknown", err)
	}
}

func TestRequestsDoNotWaitForABacklog(t *testing.T) {
	t.Parallel()
	const events = 50
	for name, live := range map[string]bool{"that was there": false, "that came": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				store, kept := memory.New(memory.Options{}), memory.NewProjections()
				var begun atomic.Int32
				goOn := make(chan struct{}) // an element lets a delivery end
				box := projection.NewOutbox("slow").With(projection.Send(func(ctx context.Context, _ projection.Delivery, _ Subscribed) error {
					begun.Add(1)
					select {
					case <-goOn:
						return nil
					case <-ctx.Done():
						return ctx.Err()
					}
				}))
				var runner *projection.Runner
				if live {
					runner = start(t, store, kept, projection.Options{}, box)
					synctest.Wait() // for events to come
				}
				for range events {
					record(t, store, Subscribed{"a", "s"})
				}
				if !live {
					runner = start(t, store, kept, projection.Options{}, box)
				}
				synctest.Wait() // for the first delivery to end
				answered := make(chan error, 1)
				go func() {
					_, err := runner.RetryParked(t.Context(), "slow")
					answered <- err
				}()
				synctest.Wait() // the request is made
				goOn <- struct{}{}
				synctest.Wait() // for the second delivery to end
				select {
				case err := <-answered:
					if err != nil {
						t.Error(err)
					}
				default:
					t.Error("it is not answered between the first two deliveries")
				}
				if n := begun.Load(); n != 2 {
					t.Errorf("%d deliveries have begun, want that the second one holds up the others", n)
				}
			})
		})
	}
}

func TestParkedEventsAreNotAppliedToTheStatesOfAnotherVersion(t *testing.T) {
	t.Parallel()
	store, kept := memory.New(memory.Options{}), memory.NewProjections()
	def := func(version int, refuse bool) *projection.Definition[int] {
		return projection.Define[int]("p", version, projection.ByTag("course")).With(
			projection.OnChange(func(c projection.Change[int], e Subscribed) (int, error) {
				if refuse && e.Student == "bad" {
					return 0, errors.New("refused")
				}
				return c.State + version, nil
			})).OnFailure(projection.Failure{Then: projection.Park})
	}
	record(t, store, Subscribed{"a", "s"}, Subscribed{"a", "bad"})
	built(t, store, kept, def(1, true))
	runner := start(t, store, kept, projection.Options{Rebuild: projection.RebuildNone}, def(2, false))
	if n, err := runner.RetryParked(within(t), "p"); n != 0 || !errors.Is(err, projection.ErrNotBuilt) {
		t.Errorf("got %d, %v, want ErrNotBuilt", n, err)
	}
	if got := states(t, def(1, true).View(kept)); got != "a=1" {
		t.Errorf("got %s, want a=1", got)
	}
}

func TestADryRunOfAnEmptyCopyComparesThere(t *testing.T) {
	t.Parallel()
	store, kept := memory.New(memory.Options{}), memory.NewProjections()
	built(t, store, kept, weighed(1, 1, nil))
	record(t, store, Subscribed{"a", "s"})
	runner := start(t, store, kept, projection.Options{Rebuild: projection.RebuildNone}, weighed(2, 1, nil))
	got, err := runner.DryRun(within(t))
	if err != nil || got[0].Position != 0 || got[0].States != 0 {
		t.Errorf("got %+v, %v, want nothing at position 0", got, err)
	}
}

func TestRunEndsWhenTheProjectionStoreIsClosed(t *testing.T) {
	t.Parallel()
	refused := func(f projection.Failure) projection.Projection { return picky(refusing(), f) }
	for condition, p := range map[projection.Condition]projection.Projection{
		projection.Live:     refused(projection.Failure{Then: projection.Skip}),
		projection.Stopped:  refused(projection.Failure{}),
		projection.Retrying: refused(projection.Failure{Retries: 1, MinDelay: time.Hour, MaxDelay: time.Hour}),
	} {
		t.Run(string(condition), func(t *testing.T) {
			t.Parallel()
			store, kept := memory.New(memory.Options{}), memory.NewProjections()
			record(t, store, Subscribed{"a", "bad"})
			runner, err := projection.NewRunner(store, kept, projection.Options{}, p)
			if err != nil {
				t.Fatal(err)
			}
			ended := make(chan error, 1)
			go func() { ended <- runner.Run(within(t)) }()
			until(t, "it is there", func() bool { return statusOf(t, runner, "picky").Condition == condition })
			if err := kept.Close(); err != nil {
				t.Fatal(err)
			}
			if err := <-ended; !errors.Is(err, ports.ErrClosed) {
				t.Errorf("got %v, want ErrClosed", err)
			}
		})
	}
}

func TestRunEndsWhenTheEventStoreIsClosed(t *testing.T) {
	t.Parallel()
	store, kept := memory.New(memory.Options{}), memory.NewProjections()
	runner, err := projection.NewRunner(store, kept, projection.Options{}, weighed(1, 1, nil))
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- runner.Run(within(t)) }()
	until(t, "it is live", func() bool { return statusOf(t, runner, "weighed").Condition == projection.Live })
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; !errors.Is(err, ports.ErrClosed) {
		t.Errorf("got %v, want ErrClosed", err)
	}
}

func TestARequestIsAnsweredThoughAStoreFails(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var fail atomic.Bool
		kept := flaky{memory.NewProjections(), func(call string) error {
			if call == "commit" && fail.CompareAndSwap(true, false) {
				return errors.New("the disk is having a bad day")
			}
			return nil
		}}
		store := memory.New(memory.Options{})
		goOn := make(chan struct{})
		def := weighed(1, 1, func(Subscribed) { <-goOn })
		last := record(t, store, Subscribed{"a", "s"})
		runner := start(t, store, kept, projection.Options{}, def)
		synctest.Wait() // for the event to be applied
		answered := make(chan error, 1)
		go func() { answered <- runner.Resume(within(t), "weighed") }()
		synctest.Wait() // the request is made
		fail.Store(true)
		close(goOn)
		synctest.Wait() // for the pause to end before it begins again
		select {
		case err := <-answered:
			if !errors.Is(err, projection.ErrNotRunning) || !strings.Contains(err.Error(), "a bad day") {
				t.Errorf("got %v, want ErrNotRunning and why", err)
			}
		default:
			t.Error("it is not answered")
		}
		if err := runner.Wait(within(t), last); err != nil {
			t.Error(err)
		}
	})
}

func TestWhoAsksAnInterruptedProjectionIsToldWhy(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		kept := flaky{memory.NewProjections(), func(call string) error {
			if call == "commit" {
				return errors.New("the disk is full")
			}
			return nil
		}}
		runner := start(t, memory.New(memory.Options{}), kept, projection.Options{}, weighed(1, 1, nil))
		synctest.Wait() // it is interrupted
		err := runner.Rebuild(t.Context())
		if !errors.Is(err, projection.ErrNotRunning) || !strings.Contains(err.Error(), `"weighed" is interrupted and begins again: the disk is full`) {
			t.Errorf("Rebuild: got %v, want ErrNotRunning and why", err)
		}
		soon, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		err = runner.Wait(soon, 1)
		if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "the disk is full") {
			t.Errorf("Wait: got %v, want that the time is over, and why", err)
		}
	})
}

func TestWhoWaitsInVainIsToldHowFarAProjectionIs(t *testing.T) {
	t.Parallel()
	store, kept := memory.New(memory.Options{}), memory.NewProjections()
	record(t, store, Subscribed{"a", "s1"}, Subscribed{"a", "s2"})
	over, cancel := context.WithCancel(t.Context())
	cancel()
	told := func(d *projection.Definition[int], want string) {
		t.Helper()
		if err := d.View(kept).Wait(over, 3); !errors.Is(err, context.Canceled) || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("got %v, want the context's error and %q", err, want)
		}
	}
	told(weighed(1, 1, nil), "it was never built")
	built(t, store, kept, weighed(1, 1, nil))
	told(weighed(1, 1, nil), "it is at 2")
	writer, err := kept.Acquire(t.Context(), "weighed")
	if err == nil {
		err = writer.Begin(t.Context(), "v2 Subscribed")
	}
	if err != nil {
		t.Fatal(err)
	}
	told(weighed(2, 1, nil), "it is at 2, but of another definition (v1 Subscribed); the copy that is to replace it (v2 Subscribed) is at 0")
}

// knot is a state that has no JSON form when it is tied, which is found out when it
// is stored.
type knot struct{ Next *knot }

func TestARequestIsAnsweredThoughTheEventBeforeItCannotBeStored(t *testing.T) {
	t.Parallel()
	for name, failure := range map[string]projection.Failure{
		"it stops":    {},
		"it is tried": {Retries: projection.Forever, MinDelay: time.Hour, MaxDelay: time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				store := memory.New(memory.Options{})
				record(t, store, Subscribed{"a", "s"})
				goOn := make(chan struct{})
				def := projection.Define[knot]("knots", 1, projection.ByTag("course")).With(
					projection.On(func(k knot, _ Subscribed) knot {
						<-goOn
						k.Next = &k
						return k
					})).OnFailure(failure)
				runner := start(t, store, memory.NewProjections(), projection.Options{}, def)
				synctest.Wait() // for the event to be applied
				answered := make(chan error, 1)
				go func() { answered <- runner.Resume(t.Context(), "knots") }()
				synctest.Wait() // the request is made
				close(goOn)
				synctest.Wait()
				select {
				case err := <-answered:
					if err != nil {
						t.Error(err)
					}
				default:
					t.Error("it is not answered")
				}
			})
		})
	}
}

func TestRequestsDoNotShortenPauses(t *testing.T) {
	t.Parallel()
	store, kept := memory.New(memory.Options{}), memory.NewProjections()
	var tried atomic.Int32
	box := projection.NewOutbox("box").With(projection.Send(func(context.Context, projection.Delivery, Subscribed) error {
		tried.Add(1)
		return errors.New("nobody at home")
	})).OnFailure(projection.Failure{Retries: 5, MinDelay: time.Hour, MaxDelay: time.Hour, Then: projection.Park})
	record(t, store, Subscribed{"a", "s"})
	runner := start(t, store, kept, projection.Options{}, box)
	until(t, "it is retrying", func() bool { return statusOf(t, runner, "box").Condition == projection.Retrying })
	for range 8 {
		if _, err := runner.RetryParked(within(t), "box"); err != nil {
			t.Fatal(err)
		}
	}
	if n := tried.Load(); n != 1 {
		t.Errorf("it was tried %d times, want once: the pause is an hour", n)
	}
	if err := runner.Resume(within(t), "box"); err != nil {
		t.Fatal(err)
	}
	until(t, "it is tried at once when resumed", func() bool { return tried.Load() == 2 })
}

func TestTriesOfOneBuildDoNotCountInTheNext(t *testing.T) {
	t.Parallel()
	store, kept := memory.New(memory.Options{}), memory.NewProjections()
	var tried atomic.Int32
	def := projection.Define[int]("weak", 1, projection.ByTag("course")).With(
		projection.OnChange(func(c projection.Change[int], _ Subscribed) (int, error) {
			if tried.Add(1)%3 != 0 {
				return 0, errors.New("not yet")
			}
			return c.State + 1, nil
		})).OnFailure(projection.Failure{Retries: 2, MinDelay: time.Millisecond, MaxDelay: time.Millisecond, Then: projection.Park})
	last := record(t, store, Subscribed{"a", "s"})
	runner := start(t, store, kept, projection.Options{}, def)
	for range 2 {
		if err := runner.Wait(within(t), last); err != nil {
			t.Fatal(err)
		}
		if got := states(t, def.View(kept)); got != "a=1" {
			t.Errorf("got %q, want a=1 at the third try", got)
		}
		if err := runner.Rebuild(within(t)); err != nil {
			t.Fatal(err)
		}
	}
}

func TestRequestsLeaveTimeForTheWork(t *testing.T) {
	t.Parallel()
	store, kept := memory.New(memory.Options{}), memory.NewProjections()
	runner := start(t, store, kept, projection.Options{}, weighed(1, 1, nil))
	ctx, enough := context.WithCancel(within(t))
	defer enough()
	for range 4 {
		go func() {
			for ctx.Err() == nil {
				_, _ = runner.RetryParked(ctx, "weighed") // as fast as it is answered
			}
		}()
	}
	for range 20 {
		if err := runner.Wait(within(t), record(t, store, Subscribed{"a", "s"})); err != nil {
			t.Fatal(err)
		}
	}
}

// deaf is a store whose subscriptions fail.
type deaf struct{ *memory.Store }

func (deaf) Subscribe(context.Context, domain.Query, domain.Position) iter.Seq2[domain.SequencedEvent, error] {
	return func(yield func(domain.SequencedEvent, error) bool) {
		yield(domain.SequencedEvent{}, errors.New("nothing to be heard"))
	}
}

func TestTheStatusSaysThatNoNewsComes(t *testing.T) {
	t.Parallel()
	store, kept := deaf{memory.New(memory.Options{})}, memory.NewProjections()
	runner := start(t, store, kept, projection.Options{}, weighed(1, 1, nil))
	until(t, "it says so", func() bool {
		s := statusOf(t, runner, "weighed")
		return s.Err != nil && strings.Contains(s.Err.Error(), "nothing to be heard")
	})
}

// deafOnce is a store whose first subscription fails.
type deafOnce struct {
	*memory.Store
	failed atomic.Bool
}

func (s *deafOnce) Subscribe(ctx context.Context, query domain.Query, after domain.Position) iter.Seq2[domain.SequencedEvent, error] {
	if s.failed.CompareAndSwap(false, true) {
		return deaf{s.Store}.Subscribe(ctx, query, after)
	}
	return s.Store.Subscribe(ctx, query, after)
}

func TestTheStatusForgetsASubscriptionThatFailedWhenThereIsAnother(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := &deafOnce{Store: memory.New(memory.Options{})}
		runner := start(t, store, memory.NewProjections(), projection.Options{}, weighed(1, 1, nil))
		synctest.Wait() // for the pause after it failed
		if err := statusOf(t, runner, "weighed").Err; err == nil || !strings.Contains(err.Error(), "nothing to be heard") {
			t.Errorf("when it has failed: got %v, want why", err)
		}
		until(t, "it is taken up again", func() bool { return statusOf(t, runner, "weighed").Err == nil })
	})
}

func TestADryRunComparesAtThePositionOfTheLiveCopy(t *testing.T) {
	t.Parallel()
	store, kept := memory.New(memory.Options{}), memory.NewProjections()
	var during atomic.Bool
	def := weighed(1, 1, func(Subscribed) {
		if during.CompareAndSwap(true, false) {
			record(t, store, Subscribed{"b", "late"})
		}
	})
	last := record(t, store, Subscribed{"a", "s"})
	runner := start(t, store, kept, projection.Options{}, def)
	if err := runner.Wait(within(t), last); err != nil {
		t.Fatal(err)
	}
	during.Store(true)
	got, err := runner.DryRun(within(t))
	if err != nil || got[0].Position != last || got[0].Added+got[0].Changed+got[0].Removed != 0 {
		t.Errorf("got %+v, %v, want no difference at %d", got, err, last)
	}
}

func TestRequestsDoNotCountAsNewEvents(t *testing.T) {
	t.Parallel()
	store, kept := memory.New(memory.Options{}), memory.NewProjections()
	const tries = 6
	var tried atomic.Int32
	def := projection.Define[int]("picky", 1, projection.ByTag("course")).With(
		projection.OnChange(func(projection.Change[int], Subscribed) (int, error) {
			tried.Add(1)
			return 0, errors.New("never")
		})).OnFailure(projection.Failure{Retries: tries - 1, MinDelay: 2 * time.Millisecond, MaxDelay: 2 * time.Millisecond, Then: projection.Park})
	runner := start(t, store, kept, projection.Options{}, def)
	if err := runner.Wait(within(t), 0); err != nil {
		t.Fatal(err)
	}
	record(t, store, Subscribed{"a", "s"})
	// A dry run applies what the live copy has passed: nothing as long as the event is
	// tried there.
	for info(t, kept, "picky") != "live v1 Subscribed at 1, shadow none" {
		if n := tried.Load(); n > tries {
			t.Fatalf("it was tried %d times: requests make it try for ever", n)
		}
		_, _ = runner.DryRun(within(t), "picky") // what it says is of no matter here
	}
	wantParked(t, kept, fmt.Sprintf("1:%d", tries))
}
