package portstest

import (
	"context"
	"errors"
	"testing"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

var subscriptionEndRules = []Rule{
	{"a subscription that waits ends with the error of its context", waitingEndsWithContext},
	{"a subscription whose context has ended before yields only that error", endedContextEndsSubscription},
	{"a subscription whose context ends while it catches up ends with that error", catchUpEndsWithContext},
	{"the end of one subscription does not end another", othersGoOn},
	{"breaking out of a subscription ends it and leaves the store usable", breakEndsSubscription},
	{"a subscription that waits ends with ErrClosed when the store is closed", waitingEndsWithClose},
	{"a subscription that catches up ends with ErrClosed when the store is closed", catchUpEndsWithClose},
}

func waitingEndsWithContext(t testing.TB, f Fixture) {
	store := openDay(t, f)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	fl := follow(t, store.Subscribe(ctx, domain.All(), 0))
	fl.until(t, f, 6)
	cancel()
	if got, err := fl.end(t, f); len(got) != 0 || !errors.Is(err, context.Canceled) {
		t.Errorf("the subscription yields %d more events and ends with %v, want context.Canceled", len(got), err)
	}
	mustAppend(t, store, event("afterwards"))
}

func endedContextEndsSubscription(t testing.TB, f Fixture) {
	store := openDay(t, f)
	for want, ctx := range ended(t) {
		got, err := follow(t, store.Subscribe(ctx, domain.All(), 0)).end(t, f)
		if len(got) != 0 || !errors.Is(err, want) {
			t.Errorf("the subscription yields %d events and ends with %v, want %v at once", len(got), err, want)
		}
	}
}

func catchUpEndsWithContext(t testing.TB, f Fixture) {
	store := openDay(t, f)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	fl := follow(t, store.Subscribe(ctx, domain.All(), 0))
	got := fl.until(t, f, 2)
	cancel()
	rest, err := fl.end(t, f)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("the subscription ends with %v, want context.Canceled", err)
	}
	// What was on its way may still arrive, but in order and without a gap.
	for i, e := range append(got, rest...) {
		if e.Position != domain.Position(i+1) {
			t.Errorf("element %d is at position %d, want %d", i, e.Position, i+1)
		}
	}
}

func othersGoOn(t testing.TB, f Fixture) {
	store := openDay(t, f)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	one := followLive(ctx, t, f, store, domain.All(), 6)
	two := followLive(t.Context(), t, f, store, domain.All(), 6)
	mustAppend(t, store, named("g", "opened"))
	one.next(t, f)
	two.next(t, f)
	cancel()
	if _, err := one.end(t, f); !errors.Is(err, context.Canceled) {
		t.Errorf("the cancelled subscription ends with %v, want context.Canceled", err)
	}
	mustAppend(t, store, named("h", "opened"))
	wantFollowed(t, f, two, 8, "h")
}

func breakEndsSubscription(t testing.TB, f Fixture) {
	store := openDay(t, f)
	for range 3 {
		within(t, f, "breaking out of a subscription", func() {
			for _, err := range store.Subscribe(t.Context(), domain.All(), 0) {
				if err != nil {
					t.Errorf("the subscription ended with %v", err)
				}
				break
			}
		})
	}
	within(t, f, "an append after breaking out of a subscription", func() {
		mustAppendLater(t, store, named("g", "opened"))
	})
	wantFollowed(t, f, follow(t, store.Subscribe(t.Context(), domain.All(), 5)), 7, "f g")
}

func waitingEndsWithClose(t testing.TB, f Fixture) {
	store := openDay(t, f)
	one := follow(t, store.Subscribe(t.Context(), domain.All(), 0))
	two := follow(t, store.Subscribe(t.Context(), tagged("night"), 0))
	one.until(t, f, 6)
	mustClose(t, f, store)
	for _, fl := range []*follower{one, two} {
		if got, err := fl.end(t, f); len(got) != 0 || !errors.Is(err, ports.ErrClosed) {
			t.Errorf("the subscription yields %d more events and ends with %v, want ports.ErrClosed", len(got), err)
		}
	}
}

func catchUpEndsWithClose(t testing.TB, f Fixture) {
	store := openDay(t, f)
	fl := follow(t, store.Subscribe(t.Context(), domain.All(), 0))
	got := fl.until(t, f, 2)
	mustClose(t, f, store)
	rest, err := fl.end(t, f)
	if !errors.Is(err, ports.ErrClosed) {
		t.Errorf("the subscription ends with %v, want ports.ErrClosed", err)
	}
	for i, e := range append(got, rest...) {
		if e.Position != domain.Position(i+1) {
			t.Errorf("element %d is at position %d, want %d", i, e.Position, i+1)
		}
	}
}
