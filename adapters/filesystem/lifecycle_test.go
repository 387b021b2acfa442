package filesystem_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/opossum-go/opossum/adapters/filesystem"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

func TestStoresSideBySideHaveNothingToDoWithEachOther(t *testing.T) {
	stores := make([]*filesystem.Store, 5)
	for i := range stores {
		stores[i] = openStore(t, t.TempDir(), filesystem.Options{SegmentSize: 4 << 10})
	}
	var group sync.WaitGroup
	errs := make(chan error, len(stores))
	for i, store := range stores {
		group.Go(func() {
			once := domain.NewTag("once", "1")
			for n := range 20 {
				typ := fmt.Sprintf("Store%d-%d", i, n)
				if _, err := store.Append(t.Context(), []domain.Event{padded(typ, 500, domain.NewTag("n", fmt.Sprint(n)))}); err != nil {
					errs <- err
					return
				}
			}
			_, err := store.Append(t.Context(), []domain.Event{{Type: "Once", Tags: []domain.Tag{once}}},
				domain.AppendCondition{FailIfEventsMatch: domain.NewQuery(domain.Tagged(once))})
			errs <- err // no other store has that tag
		})
	}
	group.Wait()
	for i, store := range stores {
		if err := <-errs; err != nil {
			t.Error(err)
		}
		got := readSeen(t, store, domain.All())
		if len(got) != 21 {
			t.Fatalf("store %d holds %d events, want 21", i, len(got))
		}
		for n, e := range got[:20] {
			if want := fmt.Sprintf("Store%d-%d", i, n); e.Type != want || e.Position != domain.Position(n+1) {
				t.Errorf("store %d holds %s at position %d, want %s", i, e.Type, e.Position, want)
			}
		}
	}
}

func TestAStoreCanBeOpenedAgainAndAgain(t *testing.T) {
	dir := t.TempDir()
	for n := range 50 {
		store, err := filesystem.Open(t.Context(), dir, filesystem.Options{SegmentSize: 4 << 10})
		if err != nil {
			t.Fatal(err)
		}
		if got := readSeen(t, store, domain.All()); len(got) != n {
			t.Fatalf("opening %d finds %d events", n+1, len(got))
		}
		if got := mustAppend(t, store, padded("Opened", 300)); got.First != domain.Position(n+1) {
			t.Fatalf("opening %d appends at %v", n+1, got)
		}
		if len(store.Repairs()) > 0 {
			t.Errorf("opening %d repaired %+v", n+1, store.Repairs())
		}
		for range 2 {
			if err := store.Close(); err != nil { // closing twice is no error
				t.Fatal(err)
			}
		}
	}
	if report, err := filesystem.Verify(t.Context(), dir); err != nil || report.Events != 50 {
		t.Errorf("Verify() = %+v, %v, want 50 events", report, err)
	}
}

func TestNoGoroutineIsLeftWhenAStoreIsClosed(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	dir := t.TempDir()
	store, err := filesystem.Open(t.Context(), dir, filesystem.Options{PollInterval: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	reader, err := filesystem.OpenReadOnly(t.Context(), dir, filesystem.Options{PollInterval: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	mustAppend(t, store, domain.Event{Type: "First"})
	var group sync.WaitGroup
	live := make(chan struct{}, 8)
	for _, s := range []*filesystem.Store{store, reader} {
		for range 4 {
			group.Go(func() {
				for e, err := range s.Subscribe(context.WithoutCancel(t.Context()), domain.All(), 0) {
					if err != nil {
						if !errors.Is(err, ports.ErrClosed) {
							t.Errorf("the subscription ended with %v, want ErrClosed", err)
						}
						return
					}
					if e.Position == 2 {
						live <- struct{}{}
					}
				}
			})
		}
	}
	mustAppend(t, store, domain.Event{Type: "Second"})
	for range cap(live) {
		<-live
	}
	// Loops that are left early and results that are never looked at hold nothing.
	for _, err := range store.Subscribe(t.Context(), domain.All(), 0) {
		if err != nil {
			t.Error(err)
		}
		break
	}
	if _, err := store.Read(t.Context(), domain.All(), ports.ReadOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(reader.Close(), store.Close()); err != nil {
		t.Error(err)
	}
	group.Wait()
	if _, err := filesystem.Open(t.Context(), dir, filesystem.Options{SegmentSize: 1}); err == nil {
		t.Error("invalid options are accepted")
	}
}

func TestCloseEndsWhatIsUnderWayOnOtherGoroutines(t *testing.T) {
	dir := t.TempDir()
	store, err := filesystem.Open(t.Context(), dir, filesystem.Options{SegmentSize: 4 << 10})
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	var mu sync.Mutex
	var last domain.Position
	begun := make(chan struct{}, 4)
	for range 4 {
		group.Go(func() {
			for n := 0; ; n++ {
				positions, err := store.Append(t.Context(), []domain.Event{padded("Racing", 100)})
				if err != nil {
					if !errors.Is(err, ports.ErrClosed) {
						t.Errorf("Append() = %v, want ErrClosed", err)
					}
					return
				}
				mu.Lock()
				last = max(last, positions.Last)
				mu.Unlock()
				if n == 2 {
					begun <- struct{}{}
				}
			}
		})
		group.Go(func() {
			for {
				result, err := store.Read(t.Context(), domain.All(), ports.ReadOptions{})
				if err == nil {
					for _, err = range result.Events {
						if err != nil {
							break
						}
					}
				}
				if err != nil {
					if !errors.Is(err, ports.ErrClosed) {
						t.Errorf("Read() = %v, want ErrClosed", err)
					}
					return
				}
			}
		})
	}
	for range cap(begun) {
		<-begun
	}
	if err := store.Close(); err != nil {
		t.Error(err)
	}
	group.Wait()
	if report, err := filesystem.Verify(t.Context(), dir); err != nil || report.Events != last {
		t.Errorf("Verify() = %+v, %v, want the %d events that were acknowledged", report, err, last)
	}
}
