package filesystem

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/gofrs/flock"

	"github.com/opossum-go/opossum/adapters/filesystem/internal/journal"
	"github.com/opossum-go/opossum/adapters/filesystem/internal/vfs"
	"github.com/opossum-go/opossum/adapters/filesystem/internal/vfs/vfstest"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// together makes the appends of all wait for one another.
func together(t *testing.T, s *Store, all ...*waiting) {
	t.Helper()
	for _, w := range all {
		batch, err := s.prepare(w.events)
		if err != nil {
			t.Fatal(err)
		}
		w.events, w.body = batch, journal.AppendBodies(nil, batch)
		if w.ctx == nil {
			w.ctx = t.Context()
		}
	}
	leadAll(s, all)
	for _, w := range all {
		if !w.answered {
			t.Fatalf("%s was not answered", w.events[0].Type)
		}
	}
}

// leadAll makes all wait, and the first of them lead. Those that were not taken then
// wait no more.
func leadAll(s *Store, all []*waiting) {
	for _, w := range all {
		s.queue.push(w)
	}
	s.gate <- struct{}{}
	s.lead(all[0])
	<-s.gate
	for _, w := range all[1:] {
		s.queue.remove(w)
	}
	s.queue.pass(all[0])
}

func tagged(typ string, tag domain.Tag) []domain.Event {
	return []domain.Event{{Type: typ, Tags: []domain.Tag{tag}}}
}

func none(tag domain.Tag) []domain.AppendCondition {
	return []domain.AppendCondition{{FailIfEventsMatch: domain.NewQuery(domain.Tagged(tag))}}
}

func TestAppendsThatWaitTogetherShareOneSyncAndEachHasItsAnswer(t *testing.T) {
	t.Parallel()
	disk, syncs, writes := vfstest.New(), 0, 0
	s := mustOpenOn(t, vfstest.Watch(disk.FS(), nil, func(c vfstest.Call) vfstest.Fault {
		if isSegment(c) {
			switch c.Kind {
			case vfstest.Sync:
				syncs++
			case vfstest.Write:
				writes++
			}
		}
		return vfstest.Fault{}
	}), Options{})
	mustAppend(t, s, tagged("Zero", "z:1")...)
	syncs, writes = 0, 0

	gone, cancel := context.WithCancel(t.Context())
	cancel()
	first := &waiting{events: tagged("First", "a:1"), conditions: none("a:1")}
	late := &waiting{events: tagged("Late", "a:1"), conditions: none("a:1")}
	old := &waiting{events: tagged("Old", "b:1"), conditions: none("z:1")}
	cancelled := &waiting{ctx: gone, events: tagged("Cancelled", "c:1")}
	two := &waiting{events: append(tagged("Two", "b:1"), tagged("Three", "b:1")...), conditions: none("b:1")}
	together(t, s, first, late, old, cancelled, two)

	if first.err != nil || first.at != (domain.Positions{First: 2, Last: 2}) {
		t.Errorf("first: %v, %v", first.at, first.err)
	}
	for w, position := range map[*waiting]domain.Position{late: 2, old: 1} {
		conflict, ok := errors.AsType[*ports.ConflictError](w.err)
		if !ok || conflict.Position != position || len(conflict.Tags) != 1 {
			t.Errorf("%s: %v, want a conflict with position %d", w.events[0].Type, w.err, position)
		}
	}
	if !errors.Is(cancelled.err, context.Canceled) {
		t.Errorf("cancelled: %v", cancelled.err)
	}
	if two.err != nil || two.at != (domain.Positions{First: 3, Last: 4}) {
		t.Errorf("two: %v, %v", two.at, two.err)
	}
	if syncs != 1 || writes != 1 {
		t.Errorf("%d writes and %d syncs, want one of each", writes, syncs)
	}
	mustHold(t, oldest(disk), "Zero", "First", "Two", "Three")
}

func TestNobodyIsToldOfAConflictWithAnEventThatWasNotStored(t *testing.T) {
	t.Parallel()
	for name, undone := range map[string]bool{"the write was undone": true, "the outcome is unknown": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			disk, on := vfstest.New(), false
			s := mustOpenOn(t, vfstest.Watch(disk.FS(), nil, func(c vfstest.Call) vfstest.Fault {
				if on && isSegment(c) && (c.Kind == vfstest.Write || (c.Kind == vfstest.Truncate && !undone)) {
					return vfstest.Fault{Err: syscall.EIO, Effect: vfstest.Nothing}
				}
				return vfstest.Fault{}
			}), Options{})
			mustAppend(t, s, tagged("Zero", "z:1")...)
			on = true
			first := &waiting{events: tagged("First", "a:1"), conditions: none("a:1")}
			late := &waiting{events: tagged("Late", "a:1"), conditions: none("a:1")}
			together(t, s, first, late)
			if !errors.Is(first.err, syscall.EIO) || errors.Is(first.err, ports.ErrUnknownOutcome) == undone {
				t.Errorf("first: %v", first.err)
			}
			if !errors.Is(late.err, syscall.EIO) || errors.Is(late.err, ports.ErrUnknownOutcome) || errors.Is(late.err, ports.ErrConflict) {
				t.Errorf("late: %v; want the failure, and that nothing was written", late.err)
			}
			on = false
			mustAppend(t, s, tagged("Late", "a:1")...)
			mustHold(t, disk, "Zero", "Late")
		})
	}
}

func TestALargeGroupIsCommittedInParts(t *testing.T) {
	t.Parallel()
	s := mustOpenOn(t, vfstest.New().FS(), Options{})
	var all []*waiting
	for range 5 {
		all = append(all, &waiting{body: make([]byte, maxGroupBytes/2)})
	}
	for _, w := range all {
		s.queue.push(w)
	}
	var sizes []int
	for len(s.queue.all) > 0 {
		sizes = append(sizes, len(s.queue.take()))
	}
	if len(sizes) != 3 || sizes[0] != 2 || sizes[2] != 1 {
		t.Errorf("groups of %v, want 2, 2 and 1", sizes)
	}
	s.queue.push(&waiting{body: make([]byte, 3*maxGroupBytes)})
	if n := len(s.queue.take()); n != 1 {
		t.Errorf("an append that is larger than a group is taken with %d others", n-1)
	}
}

// lineUp begins one append after the other while the store is busy, each behind the
// one before, and returns where the answers come.
func lineUp(t *testing.T, s *Store, contexts ...context.Context) []chan error {
	t.Helper()
	answers := make([]chan error, len(contexts))
	for i, ctx := range contexts {
		answers[i] = make(chan error, 1)
		go func() {
			_, err := s.Append(ctx, tagged("A", "a:1"))
			answers[i] <- err
		}()
		untilQueued(s, i+1)
	}
	return answers
}

// untilQueued waits until so many appends wait.
func untilQueued(s *Store, count int) {
	for waiting := -1; waiting < count; runtime.Gosched() {
		s.queue.mu.Lock()
		waiting = len(s.queue.all)
		s.queue.mu.Unlock()
	}
}

func TestWhoeverGivesUpWaitingKeepsNobodyElseFromAppending(t *testing.T) {
	t.Parallel()
	for name, cancelled := range map[string][]int{
		"the first": {0}, "the first two": {0, 1}, "one in between": {1}, "the last": {3}, "all but one": {0, 1, 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := mustOpenOn(t, vfstest.New().FS(), Options{})
			var contexts []context.Context
			var ends []context.CancelFunc
			for range 4 {
				ctx, end := context.WithCancel(t.Context())
				contexts, ends = append(contexts, ctx), append(ends, end)
				defer end()
			}
			s.gate <- struct{}{}
			answers := lineUp(t, s, contexts...)
			for _, i := range cancelled {
				ends[i]()
				if err := <-answers[i]; !errors.Is(err, context.Canceled) {
					t.Errorf("append %d: %v, want that it was cancelled", i, err)
				}
			}
			<-s.gate
			for i, answer := range answers {
				if slices.Contains(cancelled, i) {
					continue
				}
				if err := <-answer; err != nil {
					t.Errorf("append %d: %v", i, err)
				}
			}
			mustAppend(t, s, tagged("B", "b:1")...)
			if head, err := s.Head(t.Context()); err != nil || head != domain.Position(5-len(cancelled)) {
				t.Errorf("Head() = %d, %v; want %d", head, err, 5-len(cancelled))
			}
		})
	}
}

func TestCloseAnswersEverybodyWhoWaits(t *testing.T) {
	t.Parallel()
	s := mustOpenOn(t, vfstest.New().FS(), Options{})
	s.gate <- struct{}{}
	answers := lineUp(t, s, t.Context(), t.Context(), t.Context())
	closed := make(chan error, 1)
	go func() { closed <- s.Close() }()
	for i, answer := range answers {
		if err := <-answer; !errors.Is(err, ports.ErrClosed) {
			t.Errorf("append %d: %v, want that the store is closed", i, err)
		}
	}
	<-s.gate
	if err := <-closed; err != nil {
		t.Error(err)
	}
}

func TestAReadThatRacesCloseDoesNotOpenTheLedgerAgain(t *testing.T) {
	t.Parallel()
	var s *Store
	raced := false
	s = mustOpenOn(t, vfstest.Watch(vfstest.New().FS(), nil, func(c vfstest.Call) vfstest.Fault {
		if isSegment(c) && c.Kind == vfstest.Close && s != nil && s.closedError() != nil && !raced {
			raced = true // the ledger is closed, the directory not yet
			if _, _, err := s.ledger.read(); !errors.Is(s.orClosed(err), ports.ErrClosed) {
				t.Errorf("read() = %v, want ErrClosed", err)
			}
			if s.ledger.file != nil {
				t.Error("the ledger is open again")
			}
		}
		return vfstest.Fault{}
	}), Options{NoFillAhead: true})
	mustAppend(t, s, tagged("A", "a:1")...)
	// The file for writing would be closed before the ledger.
	if err := errors.Join(s.dropWriter(), s.Close()); err != nil || !raced {
		t.Errorf("Close() = %v, raced: %v", err, raced)
	}
}

func TestAProcessThatAppendsAllTheTimeKeepsNobodyOff(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	hot, other := openOther(t, dir), openOther(t, dir)
	stop, stopped := make(chan struct{}), make(chan int)
	go func() {
		n := 0
		defer func() { stopped <- n }()
		for {
			select {
			case <-stop:
				return
			default:
			}
			if _, err := hot.Append(context.WithoutCancel(t.Context()), tagged("Hot", "h:1")); err != nil {
				t.Error(err)
				return
			}
			n++
		}
	}()
	for range 50 {
		mustAppend(t, other, tagged("Other", "o:1")...)
	}
	close(stop)
	n := <-stopped
	if head, err := other.Head(t.Context()); err != nil || head != domain.Position(50+n) {
		t.Errorf("Head() = %d, %v; want %d", head, err, 50+n)
	}
}

// openSlow opens the store in dir on a disk that takes half a millisecond for each sync
// of a segment, whatever the real one takes.
func openSlow(t *testing.T, dir string) *Store {
	t.Helper()
	root, err := vfs.OS(dir)
	if err != nil {
		t.Fatal(err)
	}
	options, err := Options{LockTimeout: time.Minute}.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	slow := vfstest.Watch(root, nil, func(c vfstest.Call) vfstest.Fault {
		if c.Kind != vfstest.Sync || !isSegment(c) {
			return vfstest.Fault{}
		}
		<-time.After(time.Millisecond / 2)
		return vfstest.Fault{Effect: vfstest.Nothing}
	})
	s, err := open(t.Context(), dir, slow, newProcessLock(root, dir, options.LockTimeout), options)
	if err != nil {
		t.Fatal(err)
	}
	s.lendLock(leaseSlice, leaseIdle)
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestProcessesThatAppendAllTheTimeTakeTurnsOfAFewAppends(t *testing.T) {
	t.Parallel()
	const (
		each    = 200 // appends that everybody makes at least
		longest = 30  // of a turn on average, which has some 4 to 8
	)
	dir, all := t.TempDir(), []string{"A", "B", "C"}
	var group, left sync.WaitGroup
	left.Add(len(all))
	done := make(chan struct{})
	for _, name := range all {
		s := openSlow(t, dir)
		group.Go(func() {
			var once sync.Once
			defer once.Do(left.Done) // whatever happens
			for n := 1; ; n++ {
				select {
				case <-done:
					return
				default:
				}
				if _, err := s.Append(context.WithoutCancel(t.Context()), tagged(name, "a:1")); err != nil {
					t.Error(err)
					return
				}
				if n == each {
					once.Do(left.Done)
				}
			}
		})
	}
	left.Wait()
	close(done)
	group.Wait()
	events, err := readAll(openOther(t, dir))
	if err != nil {
		t.Fatal(err)
	}
	appends, turns := map[string]int{}, map[string]int{}
	before := ""
	for _, e := range events {
		appends[e.Type]++
		if e.Type != before {
			turns[e.Type]++
		}
		before = e.Type
	}
	t.Logf("%v appends in %v turns", appends, turns)
	for _, name := range all {
		if appends[name] < each || appends[name] > longest*turns[name] {
			t.Errorf("%s made %d appends in %d turns although others waited, want no more than %d in a turn on average", name, appends[name], turns[name], longest)
		}
	}
}

// ending is a log that ends whoever writes to it.
type ending struct {
	slog.Handler
	end func()
}

func (ending) Enabled(context.Context, slog.Level) bool    { return true }
func (e ending) Handle(context.Context, slog.Record) error { e.end(); return nil }

func TestACommitThatEndsInTheMiddleIsSettledBeforeTheNextReadOrAppend(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(){"a panic": func() { panic("the log is broken") }, "the end of the goroutine": runtime.Goexit} {
		for _, next := range []string{"read", "append"} {
			t.Run(name+", then a "+next, func(t *testing.T) {
				t.Parallel()
				disk, on := vfstest.New(), false
				s := mustOpenOn(t, vfstest.Watch(disk.FS(), nil, func(c vfstest.Call) vfstest.Fault {
					if on && c.Kind == vfstest.Write && c.Name == ledgerName {
						return vfstest.Fault{Err: syscall.EIO, Effect: vfstest.Nothing}
					}
					return vfstest.Fault{}
				}), Options{Logger: slog.New(ending{end: end})})
				s.lendLock(time.Hour, 0)
				mustAppend(t, s, tagged("A", "a:1")...)
				mustAppend(t, s, tagged("B", "b:1")...)
				on = true
				s.gate <- struct{}{}
				ended, answer := make(chan bool), make(chan error)
				go func() {
					returned := false
					defer func() { ended <- !returned && (recover() != nil) == (name == "a panic") }()
					_, _ = s.Append(t.Context(), tagged("C", "c:1")) // durable, but nobody is told
					returned = true
				}()
				untilQueued(s, 1)
				go func() {
					_, err := s.Append(t.Context(), tagged("D", "d:1"))
					answer <- err
				}()
				untilQueued(s, 2)
				<-s.gate
				if !<-ended {
					t.Error("the append that led did not end as its log did")
				}
				if err := <-answer; !errors.Is(err, ports.ErrUnknownOutcome) {
					t.Errorf("who shared the commit is told %v, want that the outcome is unknown", err)
				}
				on = false
				want := []string{"A", "B", "C", "D"}
				if next == "append" {
					mustAppend(t, s, tagged("E", "e:1")...)
					want = append(want, "E")
				}
				events, err := readAll(s)
				var got []string
				for _, e := range events {
					got = append(got, e.Type)
				}
				if err != nil || !slices.Equal(got, want) {
					t.Errorf("the store reads %v, %v; want %v", got, err, want)
				}
				if _, err := s.Append(t.Context(), tagged("F", "c:1"), none("c:1")...); !errors.Is(err, ports.ErrConflict) {
					t.Errorf("Append() = %v, want a conflict with C", err)
				}
				mustHold(t, disk, want...)
			})
		}
	}
}

func TestAFreeLockIsHadAlsoWhenSomebodyKeepsTheTurn(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, err := Open(t.Context(), dir, Options{LockTimeout: 10 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	turn := flock.New(filepath.Join(dir, turnName))
	if ok, err := turn.TryLock(); !ok || err != nil {
		t.Fatalf("the turn is not free: %v", err)
	}
	t.Cleanup(func() { _ = turn.Close() })
	processLockOf(t, s).held = longHold // as after a commit on a slow disk
	mustAppend(t, s, tagged("A", "a:1")...)
}
