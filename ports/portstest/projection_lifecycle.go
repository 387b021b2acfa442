package portstest

import (
	"context"
	"errors"
	"testing"

	"github.com/opossum-go/opossum/ports"
)

var projectionLifecycleRules = []ProjectionRule{
	{"a context that has ended makes every method of a projection store return its error", endedContextStopsReaders},
	{"a context that has ended makes a writer return its error with nothing written", endedContextStopsWriters},
	{"an iteration whose context ends on the way is complete or says so", endedContextInIteration},
	{"a closed projection store refuses everything with ErrClosed", closedProjectionsRefuse},
	{"closing a projection store ends Await with ErrClosed", closeEndsAwait},
	{"a projection store may be closed more than once", projectionsClosedTwice},
	{"an iteration from before Close is complete or says that the store is closed", closedIterationIsNeverSilent},
}

func endedContextStopsReaders(t testing.TB, f ProjectionFixture) {
	store, writer := openBothCopies(t, f)
	for want, ctx := range ended(t) {
		for method, call := range readerCalls {
			if err := called(f, method, func() error { return call(ctx, store, stock) }); !errors.Is(err, want) {
				t.Errorf("%s = %v, want %v", method, err, want)
			}
		}
		if _, err := store.Projections(ctx); !errors.Is(err, want) {
			t.Errorf("Projections = %v, want %v", err, want)
		}
		if _, err := store.Acquire(ctx, "sales"); !errors.Is(err, want) {
			t.Errorf("Acquire = %v, want %v", err, want)
		}
		mustRelease(t, mustAcquire(t, store, "sales"))
	}
	wantBothCopies(t, store, writer)
}

func endedContextStopsWriters(t testing.TB, f ProjectionFixture) {
	store, writer := openBothCopies(t, f)
	for want, ctx := range ended(t) {
		for method, call := range writerCalls {
			if err := call(ctx, writer); !errors.Is(err, want) {
				t.Errorf("%s = %v, want %v", method, err, want)
			}
		}
	}
	wantBothCopies(t, store, writer)
	mustCommit(t, writer, ports.Live, step(10, 11, item("a", 2)))
	wantVersions(t, store, stock, "a2 b1")
}

func endedContextInIteration(t testing.TB, f ProjectionFixture) {
	store, writer := openStock(t, f, manyItems(300, 1)...)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	wantAllOr(ctx, t, store, context.Canceled, cancel)
	mustCommit(t, writer, ports.Live, step(10, 11, manyItems(300, 2)...))
	wantState(t, store, stock, item("k0299", 2))
}

// wantAllOr ranges over 300 states and does something after the third. The rest of
// them come, or the error.
func wantAllOr(ctx context.Context, t testing.TB, store ports.ProjectionReader, want error, do func()) {
	t.Helper()
	seen := 0
	for state, err := range store.States(ctx, stock, everyState) {
		if err != nil {
			if !errors.Is(err, want) {
				t.Errorf("after %d states the iteration ended with %v, want %v", seen, err, want)
			}
			if state.Key != "" || state.Data != nil {
				t.Errorf("the error of an iteration comes with the state %s, want a zero state", statePicture(state))
			}
			return
		}
		if seen++; seen == 3 {
			do()
		}
	}
	if seen != 300 {
		t.Errorf("the iteration ended without an error after %d states, want 300", seen)
	}
}

func closedProjectionsRefuse(t testing.TB, f ProjectionFixture) {
	store, writer := openBothCopies(t, f)
	mustCloseProjections(t, f, store)
	for method, call := range readerCalls {
		if err := called(f, method+" of a closed store", func() error { return call(t.Context(), store, stock) }); !errors.Is(err, ports.ErrClosed) {
			t.Errorf("%s of a closed store = %v, want ports.ErrClosed", method, err)
		}
	}
	if _, err := store.Projections(t.Context()); !errors.Is(err, ports.ErrClosed) {
		t.Errorf("Projections of a closed store = %v, want ports.ErrClosed", err)
	}
	for _, name := range []string{stock, "sales"} {
		if _, err := store.Acquire(t.Context(), name); !errors.Is(err, ports.ErrClosed) {
			t.Errorf("Acquire(%q) of a closed store = %v, want ports.ErrClosed", name, err)
		}
	}
	for method, call := range writerCalls {
		if err := call(t.Context(), writer); !errors.Is(err, ports.ErrClosed) {
			t.Errorf("%s of a writer whose store is closed = %v, want ports.ErrClosed", method, err)
		}
	}
	mustRelease(t, writer)
}

func closeEndsAwait(t testing.TB, f ProjectionFixture) {
	store, _ := openStock(t, f, itemsOf("a")...)
	waiting := []<-chan error{
		awaiting(t.Context(), t, f, store, stock, 20), awaiting(t.Context(), t, f, store, stock, 30), awaiting(t.Context(), t, f, store, "sales", 0),
	}
	mustCloseProjections(t, f, store)
	for _, done := range waiting {
		if err := await(t, f.patient(), "Await beside Close", done); !errors.Is(err, ports.ErrClosed) {
			t.Errorf("Await of a store that is closed = %v, want ports.ErrClosed", err)
		}
	}
}

func projectionsClosedTwice(t testing.TB, f ProjectionFixture) {
	store, _ := openStock(t, f, itemsOf("a")...)
	mustCloseProjections(t, f, store)
	mustCloseProjections(t, f, store)
}

func closedIterationIsNeverSilent(t testing.TB, f ProjectionFixture) {
	store, _ := openStock(t, f, manyItems(300, 1)...)
	wantAllOr(t.Context(), t, store, ports.ErrClosed, func() { mustCloseProjections(t, f, store) })
}
