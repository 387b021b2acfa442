package portstest

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/opossum-go/opossum/ports"
)

var projectionAcquireRules = []ProjectionRule{
	{"a projection that is acquired is busy for everybody else", acquiredIsBusy},
	{"a projection that was released can be acquired again", releasedIsFree},
	{"a writer that was released returns ErrClosed and writes nothing", releasedWriterIsOfNoUse},
	{"a second Release does nothing, whoever has the projection by then", releasedTwice},
	{"of many who acquire a projection at once one gets it", acquireRace},
}

func wantBusy(t testing.TB, store ports.ProjectionStore, name string) {
	t.Helper()
	writer, err := store.Acquire(t.Context(), name)
	if err == nil {
		_ = writer.Release()
	}
	if !errors.Is(err, ports.ErrProjectionBusy) {
		t.Errorf("Acquire(%q) while somebody else runs it = %v, want ports.ErrProjectionBusy", name, err)
	}
}

// writerCalls are the methods of a writer, but for Release.
var writerCalls = map[string]func(ctx context.Context, w ports.ProjectionWriter) error{
	"Begin": func(ctx context.Context, w ports.ProjectionWriter) error { return w.Begin(ctx, "late") },
	"Load": func(ctx context.Context, w ports.ProjectionWriter) error {
		_, err := w.Load(ctx, ports.Live, []string{"a"})
		return err
	},
	"States": func(ctx context.Context, w ports.ProjectionWriter) error {
		for _, err := range w.States(ctx, ports.Live) {
			return err
		}
		return nil
	},
	"Commit to the live copy": func(ctx context.Context, w ports.ProjectionWriter) error {
		return w.Commit(ctx, ports.Live, step(10, 11, item("a", 9), item("z", 9)))
	},
	"Commit to the shadow": func(ctx context.Context, w ports.ProjectionWriter) error {
		return w.Commit(ctx, ports.Shadow, step(5, 6, item("a", 9), item("z", 9)))
	},
	"Swap": func(ctx context.Context, w ports.ProjectionWriter) error { return w.Swap(ctx) },
	"Drop": func(ctx context.Context, w ports.ProjectionWriter) error { return w.Drop(ctx) },
}

// openBothCopies returns a store whose projection stock has a live copy at 10 and a
// shadow at 5, on which all writerCalls would work.
func openBothCopies(t testing.TB, f ProjectionFixture) (ports.ProjectionStore, ports.ProjectionWriter) {
	t.Helper()
	store, writer := openStock(t, f, itemsOf("a", "b")...)
	mustBegin(t, writer, "v2")
	mustCommit(t, writer, ports.Shadow, step(0, 5, itemsOf("a", "c")...))
	return store, writer
}

// wantBothCopies fails when a writerCall changed something.
func wantBothCopies(t testing.TB, store ports.ProjectionStore, writer ports.ProjectionWriter) {
	t.Helper()
	wantInfo(t, store, stock, "stock: live v1 at 10, shadow v2 at 5")
	wantCopy(t, writer, ports.Live, "a1 b1")
	wantCopy(t, writer, ports.Shadow, "a1 c1")
}

func acquiredIsBusy(t testing.TB, f ProjectionFixture) {
	store := f.Open(t)
	writer := mustAcquire(t, store, stock)
	wantBusy(t, store, stock)
	other := mustAcquire(t, store, "sales")
	wantBusy(t, store, "sales")
	wantBusy(t, store, stock)
	mustBegin(t, writer, "v1")
	mustSwap(t, writer)
	wantBusy(t, store, stock)
	mustRelease(t, other)
	wantBusy(t, store, stock)
	wantInfo(t, store, stock, "stock: live v1 at 0, shadow none")
}

func releasedIsFree(t testing.TB, f ProjectionFixture) {
	store, writer := openStock(t, f, itemsOf("a")...)
	for round := range 5 {
		mustRelease(t, writer)
		writer = mustAcquire(t, store, stock)
		wantBusy(t, store, stock)
		mustCommit(t, writer, ports.Live, step(position(10+round), position(11+round), item("a", round+2)))
	}
	wantVersions(t, store, stock, "a6")
}

func releasedWriterIsOfNoUse(t testing.TB, f ProjectionFixture) {
	store, old := openBothCopies(t, f)
	mustRelease(t, old)
	refused := func(when string) {
		t.Helper()
		for name, call := range writerCalls {
			if err := call(t.Context(), old); !errors.Is(err, ports.ErrClosed) {
				t.Errorf("%s of a released writer, %s, = %v; want ports.ErrClosed", name, when, err)
			}
		}
	}
	refused("with nobody else at it")
	writer := mustAcquire(t, store, stock)
	refused("with somebody else at it")
	wantBothCopies(t, store, writer)
}

func releasedTwice(t testing.TB, f ProjectionFixture) {
	store, old := openStock(t, f, itemsOf("a")...)
	mustRelease(t, old)
	mustRelease(t, old)
	writer := mustAcquire(t, store, stock)
	mustRelease(t, old)
	wantBusy(t, store, stock)
	mustCommit(t, writer, ports.Live, step(10, 11, item("a", 2)))
	wantVersions(t, store, stock, "a2")
}

func acquireRace(t testing.TB, f ProjectionFixture) {
	store := f.Open(t)
	for round := range 10 {
		const callers = 8
		type result struct {
			writer ports.ProjectionWriter
			err    error
		}
		results := make([]result, callers)
		var start, done sync.WaitGroup
		start.Add(1)
		for n := range callers {
			done.Go(func() {
				start.Wait()
				results[n].writer, results[n].err = store.Acquire(t.Context(), stock)
			})
		}
		start.Done()
		within(t, f.patient(), "several calls of Acquire", done.Wait)
		var outcomes []string
		for _, r := range results {
			switch {
			case r.err == nil:
				outcomes = append(outcomes, "got it")
				mustRelease(t, r.writer)
			case !errors.Is(r.err, ports.ErrProjectionBusy):
				outcomes = append(outcomes, r.err.Error())
			}
		}
		if outcome := strings.Join(outcomes, ", "); outcome != "got it" {
			t.Fatalf("round %d of %d callers: %s; want one that got it and ports.ErrProjectionBusy for the rest", round, callers, outcome)
		}
	}
}
