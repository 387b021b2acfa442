package filesystem

import (
	"context"
	"errors"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gofrs/flock"

	"github.com/opossum-go/opossum/adapters/filesystem/internal/vfs/vfstest"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// countedLock is a lock that others want, or do not, and that counts how often it was
// taken.
type countedLock struct {
	freeLock
	others bool
	taken  int
}

func (l *countedLock) acquire(context.Context, time.Time, <-chan struct{}, func()) (bool, error) {
	l.taken++
	return false, nil
}

func (l *countedLock) wanted() bool { return l.others }

// takenIn returns how often the lock is taken while something is appended every half
// millisecond for so long.
func takenIn(t *testing.T, long time.Duration, others bool) (taken int) {
	synctest.Test(t, func(t *testing.T) {
		lock := &countedLock{others: others}
		o, err := Options{}.withDefaults()
		if err != nil {
			t.Fatal(err)
		}
		s, err := open(t.Context(), simDir, vfstest.New().FS(), lock, o)
		if err != nil {
			t.Fatal(err)
		}
		s.lendLock(leaseSlice, leaseIdle)
		mustAppend(t, s, tagged("A", "a:1")...)
		lock.taken = 0 // from here on one commit follows another
		for began := time.Now(); time.Since(began) < long; {
			mustAppend(t, s, tagged("A", "a:1")...)
			<-time.After(leaseIdle / 2) // of the time of the bubble
		}
		taken = lock.taken
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return taken
}

func TestTheLockIsKeptForManySlicesWhileNobodyElseWantsIt(t *testing.T) {
	t.Parallel()
	if n := takenIn(t, leaseSlices*leaseSlice, false); n != 1 {
		t.Errorf("the lock was taken %d times in %d slices, want once", n, leaseSlices)
	}
	if n := takenIn(t, 3*leaseSlices*leaseSlice, false); n != 3 {
		t.Errorf("the lock was taken %d times in three times as many slices, want 3 times: nobody can tell for certain that it is not wanted", n)
	}
}

func TestTheLockIsGivenBackAfterASliceWhenAnotherWantsIt(t *testing.T) {
	t.Parallel()
	if n := takenIn(t, 10*leaseSlice, true); n < 9 || n > 11 {
		t.Errorf("the lock was taken %d times in 10 slices, want about 10 times", n)
	}
}

func TestALockIsWantedByWhoeverHasTheTurn(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	holder, other := openOther(t, dir), openOther(t, dir)
	held, waiting := processLockOf(t, holder), processLockOf(t, other)
	if held.wanted() {
		t.Error("the lock is wanted although nobody waits")
	}
	if ok, err := waiting.turn.TryLock(); !ok || err != nil {
		t.Fatalf("the turn is not free: %v", err)
	}
	if !held.wanted() {
		t.Error("the lock is not wanted although another one has the turn")
	}
	if err := waiting.turn.Unlock(); err != nil {
		t.Fatal(err)
	}
	if held.wanted() {
		t.Error("the lock is wanted although nobody waits any more")
	}
}

func processLockOf(t *testing.T, s *Store) *processLock {
	t.Helper()
	lock, ok := s.lock.(*processLock)
	if !ok {
		t.Fatalf("the lock is a %T", s.lock)
	}
	return lock
}

func TestWhoeverIsNextToHaveTheLockDoesSomethingUsefulMeanwhile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	holder, next := processLockOf(t, openOther(t, dir)), processLockOf(t, openOther(t, dir))
	if ok, err := holder.try(); !ok || err != nil {
		t.Fatalf("the lock is not free: %v", err)
	}
	calls := 0
	waited, err := next.acquire(t.Context(), time.Now(), nil, func() {
		if calls++; calls == 3 {
			if err := holder.release(); err != nil {
				t.Error(err)
			}
		}
	})
	if err != nil || !waited || calls != 3 {
		t.Errorf("acquire() = %v, %v after %d calls, want that it waited for the third", waited, err, calls)
	}
	if err := next.release(); err != nil {
		t.Error(err)
	}
}

// seenLock is a lock that asks what its store sees when the store is about to have it.
type seenLock struct {
	freeLock
	store *Store
	seen  domain.Position
}

func (l *seenLock) acquire(context.Context, time.Time, <-chan struct{}, func()) (bool, error) {
	l.seen = l.store.visible()
	return false, nil
}

func TestAStoreThatWasIdleKeepsUpWithOthersBeforeItHasTheLock(t *testing.T) {
	t.Parallel()
	disk := vfstest.New()
	other, s := mustOpenOn(t, disk.FS(), Options{}), mustOpenOn(t, disk.FS(), Options{})
	lock := &seenLock{store: s}
	s.lock = lock
	for range 3 {
		mustAppend(t, other, tagged("A", "a:1")...)
	}
	if at := mustAppend(t, s, tagged("B", "b:1")...); at.First != 4 || lock.seen != 3 {
		t.Errorf("the next event has position %d, with %d events seen before the store had the lock; want 4 and 3", at.First, lock.seen)
	}
}

func TestAStoreThatWaitsForTheLockKeepsUpWithOthers(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	other, s := openOther(t, dir), openOther(t, dir)
	for range 3 {
		mustAppend(t, other, tagged("A", "a:1")...)
	}
	s.gate <- struct{}{}
	defer func() { <-s.gate }()
	if s.keepUp(); s.visible() != 3 {
		t.Errorf("%d events are visible, want 3", s.visible())
	}
	mustAppend(t, other, tagged("A", "a:1")...)
	s.suspect = true // first it has to settle what became of an append of its own
	if s.keepUp(); s.visible() != 3 {
		t.Errorf("%d events are visible while an append is to be settled, want 3", s.visible())
	}
	s.suspect = false
}

// holdTurn takes the turn of the store as another process would.
func holdTurn(t *testing.T, s *Store) *flock.Flock {
	t.Helper()
	turn := flock.New(s.file(turnName))
	if ok, err := turn.TryLock(); !ok || err != nil {
		t.Fatalf("the turn is not free: %v", err)
	}
	t.Cleanup(func() { _ = turn.Close() })
	return turn
}

func TestOnlyTheWaitForAnotherProcessCountsForTheTimeout(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	other, s := openOther(t, dir), openOther(t, dir)
	holder, lock := processLockOf(t, other), processLockOf(t, s)
	holdTurn(t, other) // whoever has it does not look by the clock of the bubble
	if ok, err := holder.try(); !ok || err != nil {
		t.Fatalf("the lock is not free: %v", err)
	}
	synctest.Test(t, func(t *testing.T) {
		lock.timeout = time.Second
		began := time.Now()
		for _, c := range []struct {
			what        string
			since, want time.Duration // after began
		}{
			{"the first waited for its own process for an hour", -time.Hour, time.Second},
			{"the second waited behind the first", time.Second / 2, 3 * time.Second / 2},
			{"the third waited behind both", time.Second / 4, 3 * time.Second / 2},
			{"the fourth waited behind its own process, too", -time.Hour, 3 * time.Second / 2},
		} {
			_, err := lock.acquire(t.Context(), began.Add(c.since), nil, func() {})
			if waited := time.Since(began); !errors.Is(err, ports.ErrLockTimeout) || waited.Round(10*time.Millisecond) != c.want {
				t.Errorf("%s: %v %v after the first began, want a timeout after %v", c.what, err, waited, c.want)
			}
		}
		if err := holder.release(); err != nil {
			t.Error(err)
		}
		for range 2 { // had once, the lock was not to be had since later
			if _, err := lock.acquire(t.Context(), began, nil, func() {}); err != nil {
				t.Error(err)
			}
			if err := lock.release(); err != nil {
				t.Error(err)
			}
			if ok, err := holder.try(); !ok || err != nil {
				t.Fatal(ok, err)
			}
			<-time.After(time.Hour)
			again := time.Now()
			_, err := lock.acquire(t.Context(), began, nil, func() {})
			if waited := time.Since(again); !errors.Is(err, ports.ErrLockTimeout) || waited.Round(10*time.Millisecond) != time.Second {
				t.Errorf("after the lock was had: %v after %v, want a timeout after a second", err, waited)
			}
			if err := holder.release(); err != nil {
				t.Error(err)
			}
		}
	})
}

func TestAProcessThatIsStoppedWhileItHasTheTurnDelaysOthersForLongOnce(t *testing.T) {
	t.Parallel()
	s := openOther(t, t.TempDir())
	lock, turn := processLockOf(t, s), holdTurn(t, s)
	synctest.Test(t, func(t *testing.T) {
		const held = 40 * time.Millisecond
		acquire := func() time.Duration {
			t.Helper()
			lock.held = held
			began := time.Now()
			if _, err := lock.acquire(t.Context(), began, nil, func() {}); err != nil {
				t.Fatal(err)
			}
			if err := lock.release(); err != nil {
				t.Fatal(err)
			}
			return time.Since(began)
		}
		for range 2 {
			if waited := acquire(); waited < turnPatience {
				t.Errorf("the lock was had after %v although another one was next for less than %v", waited, turnPatience)
			}
			for range 3 {
				if waited := acquire(); waited < held/stuckPart || waited > held/stuckPart+2*longestLockPause {
					t.Errorf("the lock was had after %v, want that it was waited for a part of the %v that it was held", waited, held)
				}
			}
			if err := turn.Unlock(); err != nil {
				t.Fatal(err)
			}
			if waited := acquire(); waited != 0 {
				t.Errorf("the lock was had after %v although nobody was next", waited)
			}
			if ok, err := turn.TryLock(); !ok || err != nil {
				t.Fatalf("the turn is not free: %v", err)
			}
		}
	})
}

// busyLock is a lock that others hold for some time.
type busyLock struct {
	freeLock
	times *int
}

func (l busyLock) acquire(context.Context, time.Time, <-chan struct{}, func()) (bool, error) {
	if *l.times == 0 {
		return false, nil
	}
	*l.times--
	return true, ports.ErrLockTimeout
}

func TestASubscriptionWaitsUntilAnUnknownOutcomeCanBeSettled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o, err := Options{}.withDefaults()
		if err != nil {
			t.Fatal(err)
		}
		times, on := 0, false
		s, err := open(t.Context(), simDir, vfstest.Watch(vfstest.New().FS(), nil, func(c vfstest.Call) vfstest.Fault {
			if on && isSegment(c) && (c.Kind == vfstest.Sync || c.Kind == vfstest.Truncate) {
				return vfstest.Fault{Err: syscall.EIO, Effect: vfstest.Nothing}
			}
			return vfstest.Fault{}
		}), busyLock{times: &times}, o)
		if err != nil {
			t.Fatal(err)
		}
		mustAppend(t, s, tagged("A", "a:1")...)
		on = true
		if _, err := s.Append(t.Context(), tagged("B", "a:1")); !errors.Is(err, ports.ErrUnknownOutcome) {
			t.Fatalf("Append() = %v, want ErrUnknownOutcome", err)
		}
		times, on = 3, false
		began := time.Now()
		for e, err := range s.Subscribe(t.Context(), domain.All(), 0) {
			if err != nil {
				t.Fatal(err)
			}
			if e.Type == "B" {
				break
			}
		}
		if pauses := time.Since(began) / o.PollInterval; times != 0 || pauses != 3 {
			t.Errorf("B was seen after %d pauses, with the lock held %d times more; want 3 and 0", pauses, times)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}
