package portstest

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"testing"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

var projectionAwaitRules = []ProjectionRule{
	{"Await returns at once when the live copy is there or past it", awaitThere},
	{"Await returns when the live copy comes there, and not before", awaitComesThere},
	{"Await of a projection that was never built waits for it", awaitNeverBuilt},
	{"Await of position 0 waits for a live copy", awaitLiveCopy},
	{"Await looks at the live copy, not at the shadow", awaitNotTheShadow},
	{"a swap makes Await true", awaitSwap},
	{"Await of a signature waits for a live copy of it", awaitSignature},
	{"Await returns a ProjectionStoppedError when the projection is stopped before the position", awaitStopped},
	{"Await of a position that a stopped projection has passed is no error", awaitPassedThenStopped},
	{"Await works again when a projection goes on after it stopped", awaitGoesOn},
	{"Await returns a ProjectionStoppedError for a copy that stopped at its checkpoint or before it", awaitStoppedBehind},
	{"Await waits for the shadow that replaces a copy that stopped at its checkpoint", awaitReplacesStopped},
	{"Await ends when its context ends", awaitContextEnds},
	{"many may await at once, each its own position", awaitMany},
}

// awaiting calls Await in a goroutine that has begun to run. When that returns nil
// too early the result is an error that says so.
func awaiting(ctx context.Context, store ports.ProjectionReader, name string, at domain.Position) <-chan error {
	return awaitingOf(ctx, store, name, "", at)
}

// awaitingOf is awaiting for copies of one signature.
func awaitingOf(ctx context.Context, store ports.ProjectionReader, name, signature string, at domain.Position) <-chan error {
	begun, done := make(chan struct{}), make(chan error, 1)
	go func() {
		close(begun)
		err := store.Await(ctx, name, signature, at)
		if err == nil {
			err = reached(context.WithoutCancel(ctx), store, name, signature, at)
		}
		done <- err
	}()
	<-begun
	settle()
	return done
}

// settle gives other goroutines a good chance to get to where they wait. Rules are
// right without it; it makes them find more.
func settle() {
	for range 100 {
		runtime.Gosched()
	}
}

// reached returns an error unless the live copy is there.
func reached(ctx context.Context, store ports.ProjectionReader, name, signature string, at domain.Position) error {
	info, err := store.Projection(ctx, name)
	switch {
	case err != nil:
		return err
	case info.Live == nil:
		return fmt.Errorf("no error for position %d while there is no live copy", at)
	case signature != "" && info.Live.Signature != signature:
		return fmt.Errorf("no error for a copy of %s while the live copy is of %s", signature, info.Live.Signature)
	case info.Live.Checkpoint < at:
		return fmt.Errorf("no error for position %d while the live copy is at %d", at, info.Live.Checkpoint)
	}
	return nil
}

func wantAwaited(t testing.TB, f ProjectionFixture, what string, done <-chan error) {
	t.Helper()
	if err := await(t, f.patient(), "Await "+what, done); err != nil {
		t.Errorf("Await %s = %v, want nil", what, err)
	}
}

// wantWaiting wants Await to have no answer but that its context is over.
func wantWaiting(t testing.TB, f ProjectionFixture, store ports.ProjectionReader, at domain.Position) {
	t.Helper()
	for want, ctx := range ended(t) {
		if err := await(t, f.patient(), "Await under a context that has ended", awaiting(ctx, store, stock, at)); !errors.Is(err, want) {
			t.Errorf("Await of %d, which is not reached, under a context that has ended = %v, want %v", at, err, want)
		}
	}
}

func wantStopped(t testing.TB, f ProjectionFixture, what string, done <-chan error, want ports.ProjectionFailure) {
	t.Helper()
	err := await(t, f.patient(), "Await "+what, done)
	var stopped *ports.ProjectionStoppedError
	if !errors.As(err, &stopped) || !errors.Is(err, ports.ErrProjectionStopped) {
		t.Errorf("Await %s = %v, want a *ports.ProjectionStoppedError", what, err)
		return
	}
	if g, w := failurePicture(stopped.Failure), failurePicture(want); stopped.Projection != stock || g != w {
		t.Errorf("Await %s says that %s stopped at %s, want %s at %s", what, stopped.Projection, g, stock, w)
	}
}

func awaitThere(t testing.TB, f ProjectionFixture) {
	store, _ := openStock(t, f, itemsOf("a")...)
	for _, at := range []domain.Position{0, 1, 9, 10} {
		wantAwaited(t, f, fmt.Sprintf("of %d with the live copy at 10", at), awaiting(t.Context(), store, stock, at))
	}
	wantWaiting(t, f, store, 11)
	wantWaiting(t, f, store, math.MaxUint64)
	wantWaiting(t, f, store, 1<<63)
}

func awaitComesThere(t testing.TB, f ProjectionFixture) {
	store, writer := openStock(t, f, itemsOf("a")...)
	var early []<-chan error // many: one that returns too early may not get to say so in time
	for after := domain.Position(10); after < 20; after++ {
		early = append(early, awaiting(t.Context(), store, stock, 25))
		next := awaiting(t.Context(), store, stock, after+1)
		mustCommit(t, writer, ports.Live, step(after, after+1, item("a", int(after))))
		wantAwaited(t, f, "of the next position", next)
	}
	wantWaiting(t, f, store, 25)
	mustCommit(t, writer, ports.Live, step(20, 20))
	mustCommit(t, writer, ports.Live, step(20, 24))
	mustCommit(t, writer, ports.Live, step(24, 30))
	for _, done := range early {
		wantAwaited(t, f, "of a position that a commit goes past", done)
	}
}

func awaitNeverBuilt(t testing.TB, f ProjectionFixture) {
	store := f.Open(t)
	wantWaiting(t, f, store, 0)
	wantWaiting(t, f, store, 5)
	early := awaiting(t.Context(), store, stock, 5)
	mustBuild(t, store, "sales")
	mustBuild(t, store, stock)
	wantAwaited(t, f, "of a projection that was not there yet", early)
}

func awaitLiveCopy(t testing.TB, f ProjectionFixture) {
	store := f.Open(t)
	writer := mustAcquire(t, store, stock)
	done := awaiting(t.Context(), store, stock, 0)
	mustBegin(t, writer, "v1")
	wantWaiting(t, f, store, 0)
	mustSwap(t, writer)
	wantAwaited(t, f, "of position 0", done)
	wantWaiting(t, f, store, 1)
}

func awaitNotTheShadow(t testing.TB, f ProjectionFixture) {
	store, writer := openStock(t, f, itemsOf("a")...)
	done := awaiting(t.Context(), store, stock, 11)
	mustBegin(t, writer, "v2")
	mustCommit(t, writer, ports.Shadow, ports.ProjectionBatch{UpTo: 50})
	wantWaiting(t, f, store, 11)
	mustCommit(t, writer, ports.Live, step(10, 11))
	wantAwaited(t, f, "of the live copy's next position", done)
}

func awaitSwap(t testing.TB, f ProjectionFixture) {
	store, writer := openStock(t, f, itemsOf("a")...)
	done := awaiting(t.Context(), store, stock, 50)
	mustBegin(t, writer, "v2")
	mustCommit(t, writer, ports.Shadow, step(0, 50, item("a", 2)))
	wantWaiting(t, f, store, 50)
	settle()
	mustSwap(t, writer)
	wantAwaited(t, f, "of what the shadow has reached", done)
	mustBegin(t, writer, "v3")
	mustCommit(t, writer, ports.Shadow, step(0, 40))
	mustSwap(t, writer)
	wantWaiting(t, f, store, 50)
}

func awaitSignature(t testing.TB, f ProjectionFixture) {
	store, writer := openStock(t, f, itemsOf("a")...)
	wantAwaited(t, f, "of the live copy's signature", awaitingOf(t.Context(), store, stock, "v1", 10))
	done := awaitingOf(t.Context(), store, stock, "v2", 10)
	mustCommit(t, writer, ports.Live, ports.ProjectionBatch{After: 10, UpTo: 12, Failure: failureAt(13)}) // another one follows
	mustBegin(t, writer, "v2")
	mustCommit(t, writer, ports.Shadow, ports.ProjectionBatch{UpTo: 10})
	mustSwap(t, writer)
	wantAwaited(t, f, "of the next copy's signature", done)
	mustCommit(t, writer, ports.Live, ports.ProjectionBatch{After: 10, UpTo: 10, Failure: failureAt(11)})
	wantStopped(t, f, "of the signature that is stopped", awaitingOf(t.Context(), store, stock, "v2", 11), *failureAt(11))
}

func awaitStopped(t testing.TB, f ProjectionFixture) {
	store, writer := openStock(t, f, itemsOf("a")...)
	early := awaiting(t.Context(), store, stock, 20)
	failure := failureAt(13)
	mustCommit(t, writer, ports.Live, ports.ProjectionBatch{After: 10, UpTo: 12, Failure: failure})
	wantStopped(t, f, "from before it stopped", early, *failure)
	wantStopped(t, f, "of a projection that is stopped", awaiting(t.Context(), store, stock, 13), *failure)
	mustBegin(t, writer, "v2")
	during := awaiting(t.Context(), store, stock, 13) // the shadow may pass what the live copy did not
	mustCommit(t, writer, ports.Shadow, ports.ProjectionBatch{UpTo: 3, Failure: failureAt(4)})
	wantStopped(t, f, "while a build has stopped", during, *failureAt(4))
	mustSwap(t, writer)
	wantStopped(t, f, "after a swap to a stopped copy", awaiting(t.Context(), store, stock, 12), *failureAt(4))
}

func awaitPassedThenStopped(t testing.TB, f ProjectionFixture) {
	store, writer := openStock(t, f, itemsOf("a")...)
	early := awaiting(t.Context(), store, stock, 12)
	mustCommit(t, writer, ports.Live, ports.ProjectionBatch{After: 10, UpTo: 12, Failure: failureAt(13)})
	wantAwaited(t, f, "of the last position before it stopped, from before", early)
	for _, at := range []domain.Position{0, 11, 12} {
		wantAwaited(t, f, "of a position before it stopped", awaiting(t.Context(), store, stock, at))
	}
}

func awaitGoesOn(t testing.TB, f ProjectionFixture) {
	store, writer := openStock(t, f, itemsOf("a")...)
	mustCommit(t, writer, ports.Live, ports.ProjectionBatch{After: 10, UpTo: 12, Failure: failureAt(13)})
	mustCommit(t, writer, ports.Live, step(12, 12))
	last := awaiting(t.Context(), store, stock, 25)
	for after := domain.Position(12); after < 20; after++ {
		next := awaiting(t.Context(), store, stock, after+1)
		mustCommit(t, writer, ports.Live, step(after, after+1))
		wantAwaited(t, f, "after it stopped and went on", next)
	}
	mustCommit(t, writer, ports.Live, step(20, 25))
	wantAwaited(t, f, "from when it went on", last)
}

func awaitStoppedBehind(t testing.TB, f ProjectionFixture) {
	store, writer := openStock(t, f, itemsOf("a")...)
	early := awaiting(t.Context(), store, stock, 11)
	for n, at := range []domain.Position{10, 7} { // the checkpoint is 10
		failure := failureAt(at)
		failure.Type = "" // as when the store holds no event there
		mustCommit(t, writer, ports.Live, ports.ProjectionBatch{After: 10, UpTo: 10, Failure: failure})
		if n == 0 {
			wantStopped(t, f, "from before it stopped behind", early, *failure)
		}
		for _, position := range []domain.Position{1, 7, 10, 11} {
			wantStopped(t, f, fmt.Sprintf("of %d when a copy at 10 stopped at %d", position, at), awaiting(t.Context(), store, stock, position), *failure)
		}
	}
	wantAwaited(t, f, "of position 0", awaiting(t.Context(), store, stock, 0))
	mustCommit(t, writer, ports.Live, step(10, 10)) // the events are those again
	wantAwaited(t, f, "of the checkpoint that is right again", awaiting(t.Context(), store, stock, 10))
}

func awaitReplacesStopped(t testing.TB, f ProjectionFixture) {
	store, writer := openStock(t, f, itemsOf("a")...)
	mustCommit(t, writer, ports.Live, ports.ProjectionBatch{After: 10, UpTo: 10, Failure: failureAt(10)})
	mustBegin(t, writer, "v1")
	done := awaitingOf(t.Context(), store, stock, "v1", 5)
	wantWaiting(t, f, store, 5)
	mustCommit(t, writer, ports.Shadow, step(0, 5, item("a", 1)))
	wantWaiting(t, f, store, 5)
	mustSwap(t, writer)
	wantAwaited(t, f, "of the copy that replaces one that stopped", done)
}

func awaitContextEnds(t testing.TB, f ProjectionFixture) {
	store, writer := openStock(t, f, itemsOf("a")...)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := awaiting(ctx, store, stock, 20)
	other := awaiting(t.Context(), store, stock, 20)
	mustCommit(t, writer, ports.Live, step(10, 11))
	cancel()
	if err := await(t, f.patient(), "Await whose context ends", done); !errors.Is(err, context.Canceled) {
		t.Errorf("Await whose context ends = %v, want context.Canceled", err)
	}
	mustCommit(t, writer, ports.Live, step(11, 20))
	wantAwaited(t, f, "beside one whose context ended", other)
}

func awaitMany(t testing.TB, f ProjectionFixture) {
	store, writer := openStock(t, f)
	sales := mustBuild(t, store, "sales")
	var stocks, sale []<-chan error
	for n := range 40 {
		stocks = append(stocks, awaiting(t.Context(), store, stock, position(11+n)))
		sale = append(sale, awaiting(t.Context(), store, "sales", position(11+n)))
	}
	for after := domain.Position(10); after < 50; after += 10 {
		mustCommit(t, writer, ports.Live, step(after, after+10))
	}
	for _, done := range stocks {
		wantAwaited(t, f, "among many", done)
	}
	mustCommit(t, sales, ports.Live, step(10, 50))
	for _, done := range sale {
		wantAwaited(t, f, "among many", done)
	}
}
