package portstest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

var lifecycleRules = []Rule{
	{"a context that has ended makes an append return its error with nothing written", endedContextStopsAppend},
	{"a context that has ended makes Read and Head return its error", endedContextStopsReads},
	{"a read whose context ends on the way is complete or says so", endedContextIsNeverSilent},
	{"invalid input is refused as such even when the context has ended", invalidBeforeContext},
	{"a closed store refuses appends, reads and subscriptions with ErrClosed", closedStoreRefuses},
	{"a store may be closed more than once", closedTwice},
	{"a result from before Close is complete or says that the store is closed", closedResultIsNeverSilent},
}

// ended returns contexts that are over, and the error of each.
func ended(t testing.TB) map[error]context.Context {
	t.Helper()
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	expired, cancel := context.WithDeadline(t.Context(), time.Unix(0, 0))
	t.Cleanup(cancel)
	return map[error]context.Context{context.Canceled: cancelled, context.DeadlineExceeded: expired}
}

func endedContextStopsAppend(t testing.TB, f Fixture) {
	store := openDay(t, f)
	before := readAll(t, store)
	for want, ctx := range ended(t) {
		for _, conditions := range [][]domain.AppendCondition{nil, {none(ofType("burnt"))}, {none(ofType("opened"))}} {
			if _, err := store.Append(ctx, []domain.Event{event("late")}, conditions...); !errors.Is(err, want) {
				t.Errorf("Append under [%s] = %v, want %v", guards(conditions), err, want)
			}
		}
	}
	wantUnchanged(t, store, before)
}

func endedContextStopsReads(t testing.TB, f Fixture) {
	store := openDay(t, f)
	for want, ctx := range ended(t) {
		if _, err := store.Read(ctx, domain.All(), forwards); !errors.Is(err, want) {
			t.Errorf("Read() = %v, want %v", err, want)
		}
		if _, err := store.Head(ctx); !errors.Is(err, want) {
			t.Errorf("Head() = %v, want %v", err, want)
		}
	}
}

func endedContextIsNeverSilent(t testing.TB, f Fixture) {
	store := openDay(t, f)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	result, err := store.Read(ctx, domain.All(), forwards)
	if err != nil {
		t.Fatalf("Read() = %v, want a result", err)
	}
	wantWholeOr(t, result, context.Canceled, func(seen int) {
		if seen == 2 {
			cancel()
		}
	})
	wantWholeOr(t, result, context.Canceled, func(int) {})
}

// wantWholeOr ranges over a result of openDay: it yields all events, or the error.
func wantWholeOr(t testing.TB, result ports.ReadResult, want error, each func(seen int)) {
	t.Helper()
	var seen []domain.SequencedEvent
	for e, err := range result.Events {
		if err != nil {
			if !errors.Is(err, want) {
				t.Errorf("the read ended with %v, want %v", err, want)
			}
			return
		}
		seen = append(seen, e)
		each(len(seen))
	}
	if got, want := namesOf(seen), "a b c d e f"; got != want {
		t.Errorf("the read ended without an error after %q, want %q", got, want)
	}
}

func invalidBeforeContext(t testing.TB, f Fixture) {
	store := openDay(t, f)
	for _, ctx := range ended(t) {
		if _, err := store.Append(ctx, nil); !errors.Is(err, domain.ErrInvalid) {
			t.Errorf("Append of nothing = %v, want domain.ErrInvalid", err)
		}
		if _, err := store.Read(ctx, domain.Query{}, forwards); !errors.Is(err, domain.ErrInvalid) {
			t.Errorf("Read of the zero query = %v, want domain.ErrInvalid", err)
		}
	}
}

func closedStoreRefuses(t testing.TB, f Fixture) {
	store := openDay(t, f)
	mustClose(t, f, store)
	if _, err := store.Append(t.Context(), []domain.Event{event("late")}); !errors.Is(err, ports.ErrClosed) {
		t.Errorf("Append to a closed store = %v, want ports.ErrClosed", err)
	}
	if _, err := store.Append(t.Context(), []domain.Event{event("late")}, none(ofType("opened"))); !errors.Is(err, ports.ErrClosed) {
		t.Errorf("conditional Append to a closed store = %v, want ports.ErrClosed", err)
	}
	if _, err := store.Read(t.Context(), domain.All(), forwards); !errors.Is(err, ports.ErrClosed) {
		t.Errorf("Read of a closed store = %v, want ports.ErrClosed", err)
	}
	if _, err := store.Head(t.Context()); !errors.Is(err, ports.ErrClosed) {
		t.Errorf("Head of a closed store = %v, want ports.ErrClosed", err)
	}
	got, err := follow(t, store.Subscribe(t.Context(), domain.All(), 0)).end(t, f)
	if len(got) != 0 || !errors.Is(err, ports.ErrClosed) {
		t.Errorf("a subscription to a closed store yields %d events and %v, want ports.ErrClosed at once", len(got), err)
	}
}

func closedTwice(t testing.TB, f Fixture) {
	store := openDay(t, f)
	mustClose(t, f, store)
	mustClose(t, f, store)
}

func closedResultIsNeverSilent(t testing.TB, f Fixture) {
	store := openDay(t, f)
	result := mustRead(t, store, domain.All(), forwards)
	wantWholeOr(t, result, ports.ErrClosed, func(seen int) {
		if seen == 2 {
			mustClose(t, f, store)
		}
	})
	wantWholeOr(t, result, ports.ErrClosed, func(int) {})
}
