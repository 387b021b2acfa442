// Package stage is what the specs of the examples play on: a store on each
// adapter with two handles, as two workstations have them, a clock that stands
// still, and the helpers to fill a store and to look into it.
package stage

import (
	"context"
	"testing"
	"time"

	"github.com/opossum-go/opossum/adapters/filesystem"
	"github.com/opossum-go/opossum/adapters/memory"
	"github.com/opossum-go/opossum/application"
	"github.com/opossum-go/opossum/decision"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// Opener returns two handles on one new, empty store. They are closed, and the
// store is checked, when the test ends.
type Opener func(ctx context.Context, t testing.TB) (here, there ports.EventStore)

// Adapters makes an entry of a table of each adapter, with Ginkgo's Entry.
func Adapters[E any](entry func(description any, args ...any) E) []E {
	return []E{
		entry("in memory", InMemory),
		entry("on the file system", InFolder),
	}
}

// InMemory opens a store in memory; the two handles are one.
func InMemory(_ context.Context, t testing.TB) (here, there ports.EventStore) {
	t.Helper()
	store := memory.New(memory.Options{})
	t.Cleanup(func() { _ = store.Close() })
	return store, store
}

// InFolder opens a store in a folder twice.
func InFolder(ctx context.Context, t testing.TB) (here, there ports.EventStore) {
	t.Helper()
	dir := t.TempDir()
	t.Cleanup(func() {
		if _, err := filesystem.Verify(context.WithoutCancel(ctx), dir); err != nil {
			t.Errorf("the folder does not verify after the spec: %v", err)
		}
	})
	open := func() *filesystem.Store {
		store, err := filesystem.Open(ctx, dir, filesystem.Options{})
		if err != nil {
			t.Fatalf("open: %v", err)
		}
		t.Cleanup(func() { _ = store.Close() })
		return store
	}
	return open(), open()
}

// Now is the time on stage.
var Now = time.Date(2026, time.March, 31, 12, 0, 0, 0, time.UTC)

// AtNow makes decisions take place at [Now].
func AtNow() application.Option { return At(Now) }

// At makes decisions take place at the given time.
func At(now time.Time) application.Option { return application.WithClock(still(now)) }

type still time.Time

// Now returns the time at which the clock stands.
func (c still) Now() time.Time { return time.Time(c) }

// Fact returns an event as it is stored, that happened the given time before
// [Now].
func Fact(t testing.TB, event decision.Event, ago time.Duration) domain.Event {
	t.Helper()
	stored, err := decision.Encode(event)
	if err != nil {
		t.Fatalf("encode: %v", err)
	}
	stored.Metadata.OccurredAt = Now.Add(-ago)
	return stored
}

// Store appends what had happened before and returns the head behind it.
func Store(ctx context.Context, t testing.TB, to ports.EventStore, events ...domain.Event) domain.Position {
	t.Helper()
	if len(events) > 0 {
		if _, err := to.Append(ctx, events); err != nil {
			t.Fatalf("append: %v", err)
		}
	}
	head, err := to.Head(ctx)
	if err != nil {
		t.Fatalf("head: %v", err)
	}
	return head
}

// After returns the events at positions greater than head.
func After(ctx context.Context, t testing.TB, from ports.Reader, head domain.Position) []domain.SequencedEvent {
	t.Helper()
	result, err := from.Read(ctx, domain.All(), ports.ReadOptions{After: head})
	if err != nil {
		t.Fatalf("read: %v", err)
	}
	events := []domain.SequencedEvent{}
	for e, err := range result.Events {
		if err != nil {
			t.Fatalf("read: %v", err)
		}
		events = append(events, e)
	}
	return events
}
