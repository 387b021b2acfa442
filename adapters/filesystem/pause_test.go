package filesystem_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/opossum-go/opossum/adapters/filesystem"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// patience is a context that ends when it was asked so many times.
type patience struct {
	context.Context
	left atomic.Int64
}

func (p *patience) Err() error {
	if p.left.Add(-1) < 0 {
		return context.DeadlineExceeded
	}
	return nil
}

// tedious returns a query for which each of many events has to be looked at, in each of
// many ways, and a store in which the last but one event is what it selects.
func tedious(t *testing.T, dir string) (*filesystem.Store, domain.Query) {
	t.Helper()
	store := openStore(t, dir, filesystem.Options{SegmentSize: 64 << 10, Clock: fixedClock{}})
	for i := range 3 {
		events := make([]domain.Event, 400)
		for j := range events {
			events[j] = domain.Event{Type: "A", Tags: []domain.Tag{domain.Tag(fmt.Sprintf("half:%d", j%2))}}
		}
		if i == 2 {
			events[398] = domain.Event{Type: "N7", Tags: []domain.Tag{"half:0", "half:1"}}
		}
		mustAppend(t, store, events...)
	}
	items := make([]domain.QueryItem, domain.MaxQueryItems)
	for i := range items {
		items[i] = domain.OfTypes("A", fmt.Sprintf("N%d", i)).Tagged("half:0", "half:1")
	}
	return store, domain.NewQuery(items...)
}

func TestALongSearchFindsWhatAShortOneWould(t *testing.T) {
	t.Parallel()
	store, query := tedious(t, filepath.Join(t.TempDir(), "store"))
	for _, options := range []ports.ReadOptions{{}, {Backwards: true}, {After: 398}, {Limit: 1}, {Before: 1200}, {Before: 1199}} {
		want := []domain.Position{1199}
		if options.Before == 1199 {
			want = nil
		}
		result, err := store.Read(t.Context(), query, options)
		if err != nil {
			t.Fatal(err)
		}
		var got []domain.Position
		for e, err := range result.Events {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, e.Position)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%+v finds %v, want %v", options, got, want)
		}
	}
	for after, conflict := range map[domain.Position]domain.Position{0: 1199, 1198: 1199, 1199: 0} {
		_, err := store.Append(t.Context(), []domain.Event{{Type: "B"}}, domain.AppendCondition{FailIfEventsMatch: query, After: after})
		found, _ := errors.AsType[*ports.ConflictError](err)
		if (found == nil) != (conflict == 0) || (found != nil && found.Position != conflict) {
			t.Errorf("an append under the condition that nothing came after %d returns %v, want a conflict with %d", after, err, conflict)
		}
	}
}

func TestALongSearchEndsWithItsContext(t *testing.T) {
	t.Parallel()
	store, query := tedious(t, filepath.Join(t.TempDir(), "store"))
	for _, options := range []ports.ReadOptions{{Before: 1199}, {Before: 1199, Backwards: true}} {
		ctx := &patience{Context: t.Context()}
		ctx.left.Store(5)
		result, err := store.Read(ctx, query, options)
		for _, eventErr := range result.Events {
			err = errors.Join(err, eventErr)
		}
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a read with %+v whose context ends meanwhile returns %v", options, err)
		}
	}
	head, err := store.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ctx := &patience{Context: t.Context()}
	ctx.left.Store(5)
	_, err = store.Append(ctx, []domain.Event{{Type: "B"}}, domain.AppendCondition{FailIfEventsMatch: query})
	if now, headErr := store.Head(t.Context()); !errors.Is(err, context.DeadlineExceeded) || now != head || headErr != nil {
		t.Errorf("an append whose context ends while its condition is checked returns %v; the head went from %d to %d, %v", err, head, now, headErr)
	}
}
