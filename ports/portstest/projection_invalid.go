package portstest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

var projectionInvalidRules = []ProjectionRule{
	{"every method refuses an invalid name of a projection", invalidNames},
	{"the longest and the shortest name of a projection are accepted", extremeNames},
	{"an invalid key is refused", invalidKeys},
	{"an invalid selection is refused", invalidSelections},
	{"an invalid batch is refused and writes nothing", invalidBatches},
	{"invalid input about projections is refused as such even when the context has ended", invalidProjectionBeforeContext},
}

// readerCalls are the methods of a store that are about one projection, but for
// Acquire. Await asks for what is not there.
var readerCalls = map[string]func(ctx context.Context, store ports.ProjectionReader, name string) error{
	"Projection": func(ctx context.Context, store ports.ProjectionReader, name string) error {
		_, err := store.Projection(ctx, name)
		return err
	},
	"State": func(ctx context.Context, store ports.ProjectionReader, name string) error {
		_, _, err := store.State(ctx, name, "a")
		return err
	},
	"States": func(ctx context.Context, store ports.ProjectionReader, name string) error {
		return firstError(ctx, store, name, everyState)
	},
	"States by tag": func(ctx context.Context, store ports.ProjectionReader, name string) error {
		return firstError(ctx, store, name, ports.StateSelection{Tags: []domain.Tag{"shelf:1"}, Limit: 1})
	},
	"CountStates": func(ctx context.Context, store ports.ProjectionReader, name string) error {
		_, err := store.CountStates(ctx, name)
		return err
	},
	"CountStates by tag": func(ctx context.Context, store ports.ProjectionReader, name string) error {
		_, err := store.CountStates(ctx, name, "shelf:1")
		return err
	},
	"Parked": func(ctx context.Context, store ports.ProjectionReader, name string) error {
		_, err := store.Parked(ctx, name)
		return err
	},
	"Await": func(ctx context.Context, store ports.ProjectionReader, name string) error {
		return store.Await(ctx, name, "", 1<<40)
	},
}

// firstError returns what the first element of a read says.
func firstError(ctx context.Context, store ports.ProjectionReader, name string, selection ports.StateSelection) error {
	for _, err := range store.States(ctx, name, selection) {
		return err
	}
	return nil
}

// called returns the error of a call that must not block, or one that says that it
// does: what other calls answer is still looked at.
func called(f ProjectionFixture, what string, call func() error) error {
	done := make(chan error, 1)
	go func() { done <- call() }()
	patience := f.patient().patience()
	select {
	case err := <-done:
		return err
	case <-time.After(patience):
		return fmt.Errorf("%s: nothing happened for %v", what, patience)
	}
}

func wantInvalidInput(t testing.TB, f ProjectionFixture, what string, call func() error) {
	t.Helper()
	if err := called(f, what, call); !errors.Is(err, domain.ErrInvalid) {
		t.Errorf("%s = %v, want domain.ErrInvalid", what, err)
	}
}

func invalidNames(t testing.TB, f ProjectionFixture) {
	store, _ := openStock(t, f, itemsOf("a")...)
	names := []string{
		"", "Stock", "sto ck", "-stock", "_stock", "stock.", "a/b", `a\b`, "..", "stöck", "a\x00", "\xff", "stock\n", "con", "nul", "com1",
		strings.Repeat("z", ports.MaxProjectionNameBytes+1),
	}
	for _, name := range names {
		for method, call := range readerCalls {
			wantInvalidInput(t, f, fmt.Sprintf("%s of %.20q", method, name), func() error { return call(t.Context(), store, name) })
		}
		wantInvalidInput(t, f, fmt.Sprintf("Acquire of %.20q", name), func() error {
			writer, err := store.Acquire(t.Context(), name)
			if err == nil {
				_ = writer.Release()
			}
			return err
		})
	}
	infos, err := store.Projections(t.Context())
	if err != nil || len(infos) != 1 {
		t.Errorf("Projections() = %v, %v; want the one with a valid name", infos, err)
	}
}

func extremeNames(t testing.TB, f ProjectionFixture) {
	store := f.Open(t)
	for _, name := range []string{"0", "z", "0_-", "com10", "live", "shadow", "copies", "select", strings.Repeat("-z", ports.MaxProjectionNameBytes/2)[1:] + "_"} {
		mustBuild(t, store, name, itemsOf(name)...)
		wantVersions(t, store, name, name+"1")
	}
}

// badKeys are no keys of a state.
var badKeys = []string{"", "a\x00b", "\x00", "\xff", "a\xe2\x82", strings.Repeat("k", ports.MaxStateKeyBytes+1), strings.Repeat("ü", ports.MaxStateKeyBytes/2) + "k"}

func invalidKeys(t testing.TB, f ProjectionFixture) {
	store, writer := openStock(t, f, itemsOf("a")...)
	for _, key := range badKeys {
		wantInvalidInput(t, f, fmt.Sprintf("State of the key %.20q", key), func() error {
			_, _, err := store.State(t.Context(), stock, key)
			return err
		})
		wantInvalidInput(t, f, fmt.Sprintf("State of the key %.20q in a projection that is not there", key), func() error {
			_, _, err := store.State(t.Context(), "sales", key)
			return err
		})
		wantInvalidInput(t, f, fmt.Sprintf("Load of the key %.20q", key), func() error {
			_, err := writer.Load(t.Context(), ports.Live, []string{"a", key})
			return err
		})
	}
}

func invalidSelections(t testing.TB, f ProjectionFixture) {
	store, _ := openStock(t, f, item("a", 1, "shelf:1"))
	for _, name := range []string{stock, "sales"} {
		for _, limit := range []int{-1, -1 << 62} {
			wantInvalidInput(t, f, fmt.Sprintf("States with limit %d", limit), func() error {
				return firstError(t.Context(), store, name, ports.StateSelection{Limit: limit})
			})
		}
		tooMany := make([]domain.Tag, domain.MaxTags+1)
		for n := range tooMany {
			tooMany[n] = domain.Tag(fmt.Sprint("tag", n))
		}
		for _, tags := range [][]domain.Tag{{""}, {"shelf:1", ""}, {"a\x00"}, {"\xff"}, {domain.Tag(strings.Repeat("t", domain.MaxTagBytes+1))}, tooMany} {
			wantInvalidInput(t, f, fmt.Sprintf("States with tags %.30q", tags), func() error {
				return firstError(t.Context(), store, name, ports.StateSelection{Tags: tags})
			})
			wantInvalidInput(t, f, fmt.Sprintf("CountStates with tags %.30q", tags), func() error {
				_, err := store.CountStates(t.Context(), name, tags...)
				return err
			})
		}
	}
}

// invalidBatchesAfter returns batches that break one rule each and would change
// something otherwise, by what is wrong with them.
func invalidBatchesAfter(after domain.Position) map[string]ports.ProjectionBatch {
	bad := map[string]ports.ProjectionBatch{}
	add := func(what string, spoil func(b *ports.ProjectionBatch)) {
		batch := step(after, after+1, item("a", 2), item("good", 1))
		batch.Delete = []string{"b"}
		batch.Park = []ports.ParkedEvent{parkedAt(3)}
		spoil(&batch)
		bad[what] = batch
	}
	state := func(what string, spoil func(s *ports.ProjectionState)) {
		add(what, func(b *ports.ProjectionBatch) {
			s := item("spoiled", 1)
			spoil(&s)
			b.Put = append(b.Put, s)
		})
	}
	add("UpTo less than After", func(b *ports.ProjectionBatch) { b.UpTo = after - 1 })
	add("a key that is put and deleted", func(b *ports.ProjectionBatch) { b.Delete = append(b.Delete, "good") })
	add("a key that is put twice", func(b *ports.ProjectionBatch) { b.Put = append(b.Put, item("good", 2)) })
	add("a key that is deleted twice", func(b *ports.ProjectionBatch) { b.Delete = append(b.Delete, "b") })
	for _, key := range badKeys {
		state(fmt.Sprintf("the key %.20q", key), func(s *ports.ProjectionState) { s.Key = key })
		add(fmt.Sprintf("the key %.20q to delete", key), func(b *ports.ProjectionBatch) { b.Delete = append(b.Delete, key) })
	}
	for _, data := range []string{"", " ", "{", "1 2", "nope", `{"a":1}}`, "\"\xff\"", "\"\x00\"", "'a'", "{a:1}", "01", "\ufeff1"} {
		state(fmt.Sprintf("the data %q", data), func(s *ports.ProjectionState) { s.Data = json.RawMessage(data) })
	}
	tooMany := make([]domain.Tag, domain.MaxTags+1)
	for n := range tooMany {
		tooMany[n] = domain.Tag(fmt.Sprintf("tag%03d", n))
	}
	for what, tags := range map[string][]domain.Tag{
		"tags that are not sorted": {"b", "a"}, "a tag twice": {"a", "a"}, "an empty tag": {""}, "a tag with NUL": {"a\x00"}, "a tag that is not UTF-8": {"\xff"},
		"a tag that is too long": {domain.Tag(strings.Repeat("t", domain.MaxTagBytes+1))}, "too many tags": tooMany,
	} {
		state(what, func(s *ports.ProjectionState) { s.Tags = tags })
	}
	state("version 0", func(s *ports.ProjectionState) { s.Version = 0 })
	state("a negative version", func(s *ports.ProjectionState) { s.Version = -1 })
	for _, year := range []int{0, 10_000} {
		at := time.Date(year, 6, 1, 0, 0, 0, 0, time.UTC)
		state(fmt.Sprintf("CreatedAt in the year %d", year), func(s *ports.ProjectionState) { s.CreatedAt = at })
		state(fmt.Sprintf("UpdatedAt in the year %d", year), func(s *ports.ProjectionState) { s.UpdatedAt = at })
		add(fmt.Sprintf("an event parked in the year %d", year), func(b *ports.ProjectionBatch) { b.Park[0].At = at })
		add(fmt.Sprintf("a failure in the year %d", year), func(b *ports.ProjectionBatch) { b.Failure = &ports.ProjectionFailure{Position: 3, At: at} })
	}
	add("the parked position 0", func(b *ports.ProjectionBatch) { b.Park = append(b.Park, parkedAt(0)) })
	add("a position that is parked twice", func(b *ports.ProjectionBatch) { b.Park = append(b.Park, parkedAt(3)) })
	add("a position that is parked and unparked", func(b *ports.ProjectionBatch) { b.Unpark = []domain.Position{3} })
	add("a position that is unparked twice", func(b *ports.ProjectionBatch) { b.Unpark = []domain.Position{4, 4} })
	return bad
}

func invalidBatches(t testing.TB, f ProjectionFixture) {
	store, writer := openBothCopies(t, f)
	for which, after := range map[ports.Copy]domain.Position{ports.Live: 10, ports.Shadow: 5} {
		for what, batch := range invalidBatchesAfter(after) {
			wantInvalidInput(t, f, fmt.Sprintf("Commit of %s to the %v copy", what, which), func() error {
				return writer.Commit(t.Context(), which, batch)
			})
		}
	}
	wantBothCopies(t, store, writer)
	for what, batch := range invalidBatchesAfter(4711) {
		wantInvalidInput(t, f, "Commit somewhere else of "+what, func() error { return writer.Commit(t.Context(), ports.Live, batch) })
	}
	wantParked(t, store, stock)
	mustCommit(t, writer, ports.Live, step(10, 11, item("a", 2)))
	wantVersions(t, store, stock, "a2 b1")
}

func invalidProjectionBeforeContext(t testing.TB, f ProjectionFixture) {
	store, writer := openBothCopies(t, f)
	for _, ctx := range ended(t) {
		for method, call := range readerCalls {
			wantInvalidInput(t, f, method+" of an invalid name", func() error { return call(ctx, store, "No") })
		}
		wantInvalidInput(t, f, "Commit", func() error { return writer.Commit(ctx, ports.Live, step(10, 9)) })
	}
	wantBothCopies(t, store, writer)
}
