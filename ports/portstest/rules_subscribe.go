package portstest

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
	"testing"

	"github.com/opossum-go/opossum/domain"
)

var subscriptionRules = []Rule{
	{"a subscription first yields what is stored, in order", subscriptionCatchesUp},
	{"a subscription then yields what is appended, in order", subscriptionGoesLive},
	{"a subscription yields only what its query matches", subscriptionFilters},
	{"a subscription starts behind its after", subscriptionStartsBehindAfter},
	{"a subscription whose after is beyond the head waits for the events behind it", subscriptionStartsBeyondTheHead},
	{"events appended while a subscription catches up are neither lost nor repeated", appendedDuringCatchUp},
	{"events appended from inside the loop over a subscription arrive in it", appendedInsideTheLoop},
	{"every append wakes a subscription that waits", everyAppendWakes},
	{"a subscription does not yield what was refused", refusedIsNotYielded},
	{"several subscriptions each get every event", severalSubscriptions},
	{"each range over a subscription is one of its own", eachRangeIsItsOwn},
	{"a subscription resumes after the last position seen", subscriptionResumes},
	{"subscriptions under concurrent appends get every event once and in order", subscriptionsUnderLoad},
	{"a receiver that is slow holds up nobody", slowReceiver},
}

// wantFollowed wants exactly the named events up to position last.
func wantFollowed(t testing.TB, f Fixture, fl *follower, last domain.Position, want string) {
	t.Helper()
	if got := namesOf(fl.until(t, f, last)); got != want {
		t.Errorf("the subscription yields %q, want %q", got, want)
	}
}

func subscriptionCatchesUp(t testing.TB, f Fixture) {
	store := openDay(t, f)
	got := follow(t, store.Subscribe(t.Context(), domain.All(), 0)).until(t, f, 6)
	wantSame(t, got, readAll(t, store))
}

func subscriptionGoesLive(t testing.TB, f Fixture) {
	store := open(t, f)
	fl := followLive(t.Context(), t, f, store, domain.All(), 0)
	mustAppend(t, store, named("a", "opened"))
	wantFollowed(t, f, fl, 1, "a")
	mustAppend(t, store, named("b", "opened"), named("c", "closed"), named("d", "opened"))
	wantFollowed(t, f, fl, 4, "b c d")
	mustAppend(t, store, named("e", "opened"))
	mustAppend(t, store, named("f", "opened"))
	wantFollowed(t, f, fl, 6, "e f")
	again := follow(t, store.Subscribe(t.Context(), domain.All(), 0))
	wantSame(t, again.until(t, f, 6), readAll(t, store))
}

func subscriptionFilters(t testing.TB, f Fixture) {
	store := openDay(t, f)
	opened := follow(t, store.Subscribe(t.Context(), ofType("opened"), 0))
	shop := follow(t, store.Subscribe(t.Context(), items(domain.Tagged("shop", "day"), domain.OfTypes("counted")), 0))
	wantFollowed(t, f, opened, 5, "a c e")
	wantFollowed(t, f, shop, 6, "a d e f")
	mustAppend(t, store, named("g", "closed"), named("h", "opened", "shop"), named("i", "counted"))
	mustAppend(t, store, named("j", "closed", "shop", "night"))
	mustAppend(t, store, named("k", "opened", "day", "shop"))
	wantFollowed(t, f, opened, 11, "h k")
	wantFollowed(t, f, shop, 11, "i k")
}

func subscriptionStartsBehindAfter(t testing.TB, f Fixture) {
	store := openDay(t, f)
	for after, want := range []string{"a b c d e f g", "b c d e f g", "c d e f g", "d e f g", "e f g", "f g", "g"} {
		fl := follow(t, store.Subscribe(t.Context(), domain.All(), domain.Position(after)))
		if after == 0 {
			fl.next(t, f)
			mustAppend(t, store, named("g", "opened"))
			want = "b c d e f g"
		}
		wantFollowed(t, f, fl, 7, want)
	}
}

func subscriptionStartsBeyondTheHead(t testing.TB, f Fixture) {
	store := openDay(t, f)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	beyond := followLive(t.Context(), t, f, store, domain.All(), 8)
	last := followLive(ctx, t, f, store, domain.All(), math.MaxUint64)
	for _, name := range []string{"g", "h", "i", "j"} {
		mustAppend(t, store, named(name, "opened"))
	}
	wantFollowed(t, f, beyond, 10, "i j")
	cancel()
	if got, err := last.end(t, f); len(got) != 0 || !errors.Is(err, context.Canceled) {
		t.Errorf("a subscription after the last possible position yields events at %v and ends with %v, want none and context.Canceled", positionsOf(got), err)
	}
}

func appendedDuringCatchUp(t testing.TB, f Fixture) {
	for at := 1; at <= 6; at++ {
		store := openDay(t, f)
		fl := follow(t, store.Subscribe(t.Context(), domain.All(), 0))
		got := fl.until(t, f, domain.Position(at))
		mustAppend(t, store, named("g", "opened"), named("h", "closed"))
		got = append(got, fl.until(t, f, 8)...)
		mustAppend(t, store, named("i", "opened"))
		got = append(got, fl.until(t, f, 9)...)
		if got, want := namesOf(got), "a b c d e f g h i"; got != want {
			t.Errorf("with appends after %d events the subscription yields %q, want %q", at, got, want)
		}
	}
}

func appendedInsideTheLoop(t testing.TB, f Fixture) {
	store := openDay(t, f)
	var got []domain.SequencedEvent
	within(t, f, "a subscription whose loop appends", func() {
		for e, err := range store.Subscribe(t.Context(), domain.All(), 0) {
			if err != nil {
				t.Errorf("the subscription ended with %v", err)
				return
			}
			got = append(got, e)
			switch e.Position {
			case 6:
				mustAppendLater(t, store, named("g", "opened"))
			case 7:
				mustAppendLater(t, store, named("h", "opened"), named("i", "opened"))
			case 9:
				return
			}
		}
	})
	if got, want := namesOf(got), "a b c d e f g h i"; got != want {
		t.Errorf("the subscription yields %q, want %q", got, want)
	}
}

func everyAppendWakes(t testing.TB, f Fixture) {
	store := open(t, f)
	fl := followLive(t.Context(), t, f, store, tagged("ping"), 0)
	for n := range 50 {
		mustAppend(t, store, event("noise"))
		mustAppend(t, store, named(fmt.Sprint(n), "sent", "ping"))
		if got := fl.next(t, f); string(got.Data) != fmt.Sprintf(`"%d"`, n) {
			t.Fatalf("after append %d the subscription yields %s", n, got.Data)
		}
	}
}

func refusedIsNotYielded(t testing.TB, f Fixture) {
	store := openDay(t, f)
	fl := followLive(t.Context(), t, f, store, domain.All(), 6)
	mustConflict(t, store, []domain.Event{named("refused", "opened")}, none(ofType("opened")))
	wantInvalid(t, store, []domain.Event{named("refused", "opened"), event("")})
	mustAppend(t, store, named("g", "opened"))
	mustConflict(t, store, []domain.Event{named("refused", "opened")}, none(ofType("opened")))
	mustAppend(t, store, named("h", "opened"))
	wantFollowed(t, f, fl, 8, "g h")
}

func severalSubscriptions(t testing.TB, f Fixture) {
	store := openDay(t, f)
	followers := make([]*follower, 5)
	for i := range followers {
		followers[i] = follow(t, store.Subscribe(t.Context(), domain.All(), domain.Position(i)))
	}
	mustAppend(t, store, named("g", "opened"))
	for i, fl := range followers {
		wantFollowed(t, f, fl, 7, []string{"a b c d e f g", "b c d e f g", "c d e f g", "d e f g", "e f g"}[i])
	}
	mustAppend(t, store, named("h", "opened"), named("i", "opened"))
	for _, fl := range followers {
		wantFollowed(t, f, fl, 9, "h i")
	}
}

func eachRangeIsItsOwn(t testing.TB, f Fixture) {
	store := openDay(t, f)
	events := store.Subscribe(t.Context(), ofType("opened"), 0)
	one := follow(t, events)
	wantFollowed(t, f, one, 3, "a c")
	two := follow(t, events)
	wantFollowed(t, f, two, 5, "a c e")
	mustAppend(t, store, named("g", "opened"))
	wantFollowed(t, f, two, 7, "g")
	wantFollowed(t, f, one, 7, "e g")
}

func subscriptionResumes(t testing.TB, f Fixture) {
	store := openDay(t, f)
	last, seen := domain.Position(0), []domain.SequencedEvent{}
	for n := range 4 {
		within(t, f, "a subscription that is left after two events", func() {
			taken := 0
			for e, err := range store.Subscribe(t.Context(), domain.All(), last) {
				if err != nil {
					t.Errorf("the subscription ended with %v", err)
					return
				}
				seen, last = append(seen, e), e.Position
				if taken++; taken == 2 {
					return
				}
			}
		})
		mustAppend(t, store, named(string(rune('g'+n)), "opened"))
	}
	if got, want := namesOf(seen), "a b c d e f g h"; got != want {
		t.Errorf("resumed three times the subscription yields %q, want %q", got, want)
	}
}

func subscriptionsUnderLoad(t testing.TB, f Fixture) {
	const writers, each = 4, 12
	store := openDay(t, f)
	total := domain.Position(6)
	for w := range writers {
		for n := range each {
			total += domain.Position(1 + (w+n)%3)
		}
	}
	end := total + 1
	all := follow(t, store.Subscribe(t.Context(), domain.All(), 0))
	tail := follow(t, store.Subscribe(t.Context(), domain.All(), total/2))
	some := follow(t, store.Subscribe(t.Context(), tagged("pick"), 0))

	written := make(chan struct{})
	go func() {
		defer close(written)
		together(t, f, writers, func(w int) {
			for n := range each {
				batch := make([]domain.Event, 1+(w+n)%3)
				for k := range batch {
					batch[k] = event("written", []domain.Tag{"pick", "skip"}[(w+n+k)%2])
				}
				mustAppendLater(t, store, batch...)
			}
		})
		mustAppendLater(t, store, event("end", "pick"))
	}()
	gotAll, gotTail, gotSome := all.until(t, f, end), tail.until(t, f, end), some.until(t, f, end)
	await(t, f, "writers to end", written)

	log := wantDense(t, store, int(end))
	wantSame(t, gotAll, log)
	wantSame(t, gotTail, log[total/2:])
	wantSame(t, gotSome, slices.DeleteFunc(log, func(e domain.SequencedEvent) bool { return !slices.Contains(e.Tags, "pick") }))
}

func slowReceiver(t testing.TB, f Fixture) {
	store := openDay(t, f)
	resting, rested, quit := make(chan struct{}), make(chan struct{}), t.Context().Done()
	rest := sync.OnceFunc(func() { close(resting) })
	slow := follow(t, func(yield func(domain.SequencedEvent, error) bool) {
		for e, err := range store.Subscribe(t.Context(), domain.All(), 0) {
			if e.Position == 1 {
				rest()
				select {
				case <-rested:
				case <-quit:
				}
			}
			if !yield(e, err) {
				return
			}
		}
	})
	await(t, f, "the first event of a receiver that then rests", resting)
	quick := follow(t, store.Subscribe(t.Context(), domain.All(), 6))
	within(t, f, "appends while a receiver rests", func() {
		for n := range 40 {
			mustAppendLater(t, store, named(fmt.Sprint(n), "opened"))
		}
	})
	if got := len(quick.until(t, f, 46)); got != 40 {
		t.Errorf("the other receiver got %d of 40 events", got)
	}
	close(rested)
	if got := len(slow.until(t, f, 46)); got != 46 {
		t.Errorf("the slow receiver got %d of 46 events", got)
	}
}
