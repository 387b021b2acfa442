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

// awaiting calls Await in a goroutine, and returns when that has ended or asks its context; see
// begun. When Await returns nil too early the result is an error that says so.
func awaiting(ctx context.Context, t testing.TB, f ProjectionFixture, store ports.ProjectionReader, name string, at domain.Position) <-chan error {
	t.Helper()
	return awaitingOf(ctx, t, f, store, name, "", at)
}

// awaitingOf is awaiting for copies of one signature.
func awaitingOf(ctx context.Context, t testing.TB, f ProjectionFixture, store ports.ProjectionReader, name, signature string, at domain.Position) <-chan error {
	t.Helper()
	done := make(chan error, 1)
	begun(ctx, t, f.patient(), "Await", func(asked context.Context, ended func()) {
		defer ended()
		err := store.Await(asked, name, signature, at)
		if err == nil {
			err = reached(context.WithoutCancel(ctx), store, name, signature, at)
		}
		done <- err
	})
	return done
}

// settle gives other goroutines a good chance to get to where they wait, also those that
// ask their context before they look. Rules are right without it; it makes them find more.
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

// wantWaiting wants Await to have no answer but that its context is over, which it is from
// the beginning or as soon as Await asks it.
func wantWaiting(t testing.TB, f ProjectionFixture, store ports.ProjectionReader, at domain.Position) {
	t.Helper()
	wantWaitingOf(t, f, store, "", at)
}

// wantWaitingOf is wantWaiting for copies of one signature. Nothing changes before there is
// an answer, so one that comes too early is seen, however late.
func wantWaitingOf(t testing.TB, f ProjectionFixture, store ports.ProjectionReader, signature string, at domain.Position) {
	t.Helper()
	for want, ctx := range ended(t) {
		if err := await(t, f.patient(), "Await under a context that has ended", awaitingOf(ctx, t, f, store, stock, signature, at)); !errors.Is(err, want) {
			t.Errorf("Await of %d, which is not reached, under a context that has ended = %v, want %v", at, err, want)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := awaitingOf(ctx, t, f, store, stock, signature, at)
	cancel()
	if err := await(t, f.patient(), "Await under a context that ends", done); !errors.Is(err, context.Canceled) {
		t.Errorf("Await of %d, which is not reached, under a context that ends = %v, want %v", at, err, context.Canceled)
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
	store, writer := openStock(t, f, itemsOf("a")...)
	for _, at := range []domain.Position{0, 1, 9, 10} {
		wantAwaited(t, f, fmt.Sprintf("of %d with the live copy at 10", at), awaiting(t.Context(), t, f, store, stock, at))
	}
	wantWaiting(t, f, store, 11)
	wantWaiting(t, f, store, math.MaxUint64)
	wantWaiting(t, f, store, 1<<63)
	stopped := failureAt(11) // gives each of them an answer that is not nil
	mustCommit(t, writer, ports.Live, ports.ProjectionBatch{After: 10, UpTo: 10, Failure: stopped})
	for _, at := range []domain.Position{11, math.MaxUint64, 1 << 63} {
		wantStopped(t, f, fmt.Sprintf("of %d with the live copy stopped at 10", at), awaiting(t.Context(), t, f, store, stock, at), *stopped)
	}
}

func awaitComesThere(t testing.TB, f ProjectionFixture) {
	store, writer := openStock(t, f, itemsOf("a")...)
	var early []<-chan error // many: each may be woken too early by each of the steps
	for after := domain.Position(10); after < 20; after++ {
		early = append(early, awaiting(t.Context(), t, f, store, stock, 25))
		next := awaiting(t.Context(), t, f, store, stock, after+1)
		mustCommit(t, writer, ports.Live, step(after, after+1, item("a", int(after))))
		wantAwaited(t, f, "of the next position", next)
	}
	wantWaiting(t, f, store, 25)
	mustCommit(t, writer, ports.Live, step(20, 20))
	stopped := failureAt(25) // 25 is not reached before all of them have said what they found
	mustCommit(t, writer, ports.Live, ports.ProjectionBatch{After: 20, UpTo: 24, Failure: stopped})
	for _, done := range early {
		wantStopped(t, f, "of a position that is one step away", done, *stopped)
	}
	mustCommit(t, writer, ports.Live, step(24, 24))
	past := awaiting(t.Context(), t, f, store, stock, 25)
	mustCommit(t, writer, ports.Live, step(24, 30))
	wantAwaited(t, f, "of a position that a commit goes past", past)
}

func awaitNeverBuilt(t testing.TB, f ProjectionFixture) {
	store := f.Open(t)
	wantWaiting(t, f, store, 0)
	wantWaiting(t, f, store, 5)
	early := awaiting(t.Context(), t, f, store, stock, 5)
	mustBuild(t, store, "sales")
	mustBuild(t, store, stock)
	wantAwaited(t, f, "of a projection that was not there yet", early)
}

func awaitLiveCopy(t testing.TB, f ProjectionFixture) {
	store := f.Open(t)
	writer := mustAcquire(t, store, stock)
	early := awaiting(t.Context(), t, f, store, stock, 0)
	mustBegin(t, writer, "v1")
	wantWaiting(t, f, store, 0)
	stopped := failureAt(1) // an answer that is not nil
	mustCommit(t, writer, ports.Shadow, ports.ProjectionBatch{Failure: stopped})
	wantStopped(t, f, "of position 0 from before the first build", early, *stopped)
	wantStopped(t, f, "of position 0 with a shadow that has stopped", awaiting(t.Context(), t, f, store, stock, 0), *stopped)
	mustBegin(t, writer, "v1")
	done := awaiting(t.Context(), t, f, store, stock, 0)
	mustSwap(t, writer)
	wantAwaited(t, f, "of position 0", done)
	wantWaiting(t, f, store, 1)
}

func awaitNotTheShadow(t testing.TB, f ProjectionFixture) {
	store, writer := openStock(t, f, itemsOf("a")...)
	early := awaiting(t.Context(), t, f, store, stock, 11)
	mustBegin(t, writer, "v2")
	mustCommit(t, writer, ports.Shadow, ports.ProjectionBatch{UpTo: 50})
	wantWaiting(t, f, store, 11)
	stopped := failureAt(51) // an answer that is not nil
	mustCommit(t, writer, ports.Shadow, ports.ProjectionBatch{After: 50, UpTo: 50, Failure: stopped})
	wantStopped(t, f, "of the live copy's next position, from before", early, *stopped)
	wantStopped(t, f, "of what only the shadow has reached", awaiting(t.Context(), t, f, store, stock, 50), *stopped)
	mustCommit(t, writer, ports.Shadow, ports.ProjectionBatch{After: 50, UpTo: 50})
	done := awaiting(t.Context(), t, f, store, stock, 11)
	mustCommit(t, writer, ports.Live, step(10, 11))
	wantAwaited(t, f, "of the live copy's next position", done)
}

func awaitSwap(t testing.TB, f ProjectionFixture) {
	store, writer := openStock(t, f, itemsOf("a")...)
	early := awaiting(t.Context(), t, f, store, stock, 50)
	mustBegin(t, writer, "v2")
	mustCommit(t, writer, ports.Shadow, step(0, 50, item("a", 2)))
	wantWaiting(t, f, store, 50)
	done := awaiting(t.Context(), t, f, store, stock, 50) // nothing but the swap can wake it
	mustSwap(t, writer)
	wantAwaited(t, f, "of what the shadow has reached", done)
	wantAwaited(t, f, "of what the shadow comes to reach", early)
	mustBegin(t, writer, "v3")
	mustCommit(t, writer, ports.Shadow, step(0, 40))
	mustSwap(t, writer)
	wantWaiting(t, f, store, 50)
}

func awaitSignature(t testing.TB, f ProjectionFixture) {
	store, writer := openStock(t, f, itemsOf("a")...)
	wantAwaited(t, f, "of the live copy's signature", awaitingOf(t.Context(), t, f, store, stock, "v1", 10))
	next := awaitingOf(t.Context(), t, f, store, stock, "v1", 11)
	mustCommit(t, writer, ports.Live, step(10, 11))
	wantAwaited(t, f, "of the next position of the live copy's signature", next)
	wantWaitingOf(t, f, store, "v2", 10)
	mustBegin(t, writer, "v2")
	stopped := failureAt(4) // an answer that is not nil, while the live copy has passed the position
	mustCommit(t, writer, ports.Shadow, ports.ProjectionBatch{UpTo: 3, Failure: stopped})
	wantStopped(t, f, "of a signature whose copy has stopped as a shadow", awaitingOf(t.Context(), t, f, store, stock, "v2", 10), *stopped)
	if err := writer.Drop(t.Context()); err != nil {
		t.Fatalf("Drop() = %v, want nil", err)
	}
	done := awaitingOf(t.Context(), t, f, store, stock, "v2", 10)
	mustCommit(t, writer, ports.Live, ports.ProjectionBatch{After: 11, UpTo: 12, Failure: failureAt(13)}) // another one follows
	wantWaitingOf(t, f, store, "v2", 13)
	mustBegin(t, writer, "v2")
	mustCommit(t, writer, ports.Shadow, ports.ProjectionBatch{UpTo: 10})
	mustSwap(t, writer)
	wantAwaited(t, f, "of the next copy's signature", done)
	mustCommit(t, writer, ports.Live, ports.ProjectionBatch{After: 10, UpTo: 10, Failure: failureAt(11)})
	wantStopped(t, f, "of the signature that is stopped", awaitingOf(t.Context(), t, f, store, stock, "v2", 11), *failureAt(11))
}

func awaitStopped(t testing.TB, f ProjectionFixture) {
	store, writer := openStock(t, f, itemsOf("a")...)
	early := awaiting(t.Context(), t, f, store, stock, 20)
	failure := failureAt(13)
	mustCommit(t, writer, ports.Live, ports.ProjectionBatch{After: 10, UpTo: 12, Failure: failure})
	wantStopped(t, f, "from before it stopped", early, *failure)
	wantStopped(t, f, "of a projection that is stopped", awaiting(t.Context(), t, f, store, stock, 13), *failure)
	mustBegin(t, writer, "v2")
	during := awaiting(t.Context(), t, f, store, stock, 13) // the shadow may pass what the live copy did not
	mustCommit(t, writer, ports.Shadow, ports.ProjectionBatch{UpTo: 3, Failure: failureAt(4)})
	wantStopped(t, f, "while a build has stopped", during, *failureAt(4))
	mustSwap(t, writer)
	wantStopped(t, f, "after a swap to a stopped copy", awaiting(t.Context(), t, f, store, stock, 12), *failureAt(4))
}

func awaitPassedThenStopped(t testing.TB, f ProjectionFixture) {
	store, writer := openStock(t, f, itemsOf("a")...)
	early := awaiting(t.Context(), t, f, store, stock, 12)
	mustCommit(t, writer, ports.Live, ports.ProjectionBatch{After: 10, UpTo: 12, Failure: failureAt(13)})
	wantAwaited(t, f, "of the last position before it stopped, from before", early)
	for _, at := range []domain.Position{0, 11, 12} {
		wantAwaited(t, f, "of a position before it stopped", awaiting(t.Context(), t, f, store, stock, at))
	}
}

func awaitGoesOn(t testing.TB, f ProjectionFixture) {
	store, writer := openStock(t, f, itemsOf("a")...)
	mustCommit(t, writer, ports.Live, ports.ProjectionBatch{After: 10, UpTo: 12, Failure: failureAt(13)})
	mustCommit(t, writer, ports.Live, step(12, 12))
	last := awaiting(t.Context(), t, f, store, stock, 25)
	for after := domain.Position(12); after < 20; after++ {
		next := awaiting(t.Context(), t, f, store, stock, after+1)
		mustCommit(t, writer, ports.Live, step(after, after+1))
		wantAwaited(t, f, "after it stopped and went on", next)
	}
	mustCommit(t, writer, ports.Live, step(20, 25))
	wantAwaited(t, f, "from when it went on", last)
}

func awaitStoppedBehind(t testing.TB, f ProjectionFixture) {
	store, writer := openStock(t, f, itemsOf("a")...)
	early := awaiting(t.Context(), t, f, store, stock, 11)
	for n, at := range []domain.Position{10, 7} { // the checkpoint is 10
		failure := failureAt(at)
		failure.Type = "" // as when the store holds no event there
		mustCommit(t, writer, ports.Live, ports.ProjectionBatch{After: 10, UpTo: 10, Failure: failure})
		if n == 0 {
			wantStopped(t, f, "from before it stopped behind", early, *failure)
		}
		for _, position := range []domain.Position{1, 7, 10, 11} {
			wantStopped(t, f, fmt.Sprintf("of %d when a copy at 10 stopped at %d", position, at), awaiting(t.Context(), t, f, store, stock, position), *failure)
		}
	}
	wantAwaited(t, f, "of position 0", awaiting(t.Context(), t, f, store, stock, 0))
	mustCommit(t, writer, ports.Live, step(10, 10)) // the events are those again
	wantAwaited(t, f, "of the checkpoint that is right again", awaiting(t.Context(), t, f, store, stock, 10))
}

func awaitReplacesStopped(t testing.TB, f ProjectionFixture) {
	store, writer := openStock(t, f, itemsOf("a")...)
	mustCommit(t, writer, ports.Live, ports.ProjectionBatch{After: 10, UpTo: 10, Failure: failureAt(10)})
	mustBegin(t, writer, "v1")
	done := awaitingOf(t.Context(), t, f, store, stock, "v1", 5)
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
	done := awaiting(ctx, t, f, store, stock, 20)
	other := awaiting(t.Context(), t, f, store, stock, 20)
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
		stocks = append(stocks, awaiting(t.Context(), t, f, store, stock, position(11+n)))
		sale = append(sale, awaiting(t.Context(), t, f, store, "sales", position(11+n)))
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
