package powertest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"math/rand/v2"
	"slices"

	"github.com/opossum-go/opossum/adapters/filesystem"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/internal/powertest"
	"github.com/opossum-go/opossum/ports"
)

// survivors are what was found, and what was appended to it afterwards.
type survivors struct {
	powertest.Found
	appended map[powertest.BatchID]domain.Positions
	repaired int // unfinished appends that were cut off
}

// all returns the batches that the store holds now.
func (s survivors) all() map[powertest.BatchID]domain.Positions {
	all := maps.Clone(s.Batches)
	maps.Copy(all, s.appended)
	return all
}

// examine looks at a store that survived something: it verifies, holds what is
// expected, answers queries as a full scan does, and goes on until it begins a new
// segment.
func examine(ctx context.Context, dir string, expected powertest.Expectation, segmentSize int64) (found survivors, err error) {
	// Only a store of which nothing was acknowledged may not even be begun.
	if _, err := filesystem.Verify(ctx, dir); err != nil && len(expected.Acknowledged) > 0 {
		return found, fmt.Errorf("verify what was left: %w", err)
	}
	store, err := filesystem.Open(ctx, dir, filesystem.Options{SegmentSize: segmentSize})
	if err != nil {
		return found, fmt.Errorf("open what was left: %w", err)
	}
	closed := false
	defer func() {
		if !closed {
			err = errors.Join(err, store.Close())
		}
	}()
	found.repaired = len(store.Repairs())
	if found.Found, err = expected.Judge(read(ctx, store, domain.All())); err != nil {
		return found, fmt.Errorf("judge what was left: %w", err)
	}
	if err := compareQueries(ctx, store, found.Events); err != nil {
		return found, fmt.Errorf("what was left: %w", err)
	}
	if found.appended, err = goOn(ctx, store, segmentSize, found.Found); err != nil {
		return found, fmt.Errorf("go on: %w", err)
	}
	closed = true
	if err := store.Close(); err != nil {
		return found, fmt.Errorf("close: %w", err)
	}
	return found, checkAgain(ctx, dir, found.Events)
}

func read(ctx context.Context, store ports.Reader, query domain.Query) iter.Seq2[domain.SequencedEvent, error] {
	result, err := store.Read(ctx, query, ports.ReadOptions{})
	if err != nil {
		return func(yield func(domain.SequencedEvent, error) bool) { yield(domain.SequencedEvent{}, err) }
	}
	return result.Events
}

// compareQueries checks that some queries select the same of events as a look at
// each of them does.
func compareQueries(ctx context.Context, store ports.Reader, events []domain.SequencedEvent) error {
	queries := []domain.Query{domain.NewQuery(domain.OfTypes("Shared")), domain.NewQuery(domain.OfTypes("Nothing"))}
	for k := range 3 {
		queries = append(queries, domain.NewQuery(domain.Tagged(domain.NewTag("shared", fmt.Sprint(k)))))
	}
	for range min(8, len(events)) {
		queries = append(queries, domain.NewQuery(domain.Tagged(events[rand.IntN(len(events))].Tags[0])))
	}
	for _, query := range queries {
		var got, want []domain.Position
		for event, err := range read(ctx, store, query) {
			if err != nil {
				return fmt.Errorf("query %s: %w", query, err)
			}
			got = append(got, event.Position)
		}
		for _, event := range events {
			if query.Matches(event.Event) {
				want = append(want, event.Position)
			}
		}
		if !slices.Equal(got, want) {
			return fmt.Errorf("query %s selects the positions %v, a scan %v", query, got, want)
		}
	}
	return nil
}

// goOn appends until the store has begun a new segment.
func goOn(ctx context.Context, store *filesystem.Store, segmentSize int64, found powertest.Found) (map[powertest.BatchID]domain.Positions, error) {
	before, err := filesystem.Verify(ctx, store.Dir())
	if err != nil {
		return nil, err
	}
	id := powertest.BatchID{Writer: -1} // writers have numbers from 0, earlier examinations others below it
	for _, taken := found.Batches[id]; taken; _, taken = found.Batches[id] {
		id.Writer--
	}
	head := domain.Position(len(found.Events))
	appended := map[powertest.BatchID]domain.Positions{}
	for written := int64(0); written <= 2*segmentSize; id.Number++ {
		batch := powertest.Batch{ID: id, Size: 4, Pad: int(segmentSize / 6)}
		events, err := batch.Events()
		if err != nil {
			return nil, err
		}
		positions, err := store.Append(ctx, events, batch.Conditions()...)
		if err != nil {
			return nil, err
		}
		if positions.First != head+1 || positions.Last != head+4 {
			return nil, fmt.Errorf("4 events behind position %d were appended at %d to %d", head, positions.First, positions.Last)
		}
		appended[batch.ID], head = positions, positions.Last
		written += int64(batch.Size * batch.Pad)
	}
	after, err := filesystem.Verify(ctx, store.Dir())
	if err != nil {
		return nil, err
	}
	if after.Events != head || after.Segments <= before.Segments {
		return nil, fmt.Errorf("the store has %d events in %d segments, want %d events in more than %d segments",
			after.Events, after.Segments, head, before.Segments)
	}
	return appended, nil
}

// checkAgain opens the store once more and checks that it still begins with events.
func checkAgain(ctx context.Context, dir string, events []domain.SequencedEvent) (err error) {
	store, err := filesystem.OpenReadOnly(ctx, dir, filesystem.Options{})
	if err != nil {
		return fmt.Errorf("open again: %w", err)
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	if repairs := store.Repairs(); len(repairs) > 0 {
		return fmt.Errorf("open again: something was left unfinished: %+v", repairs)
	}
	at := 0
	for event, err := range read(ctx, store, domain.All()) {
		if err != nil {
			return fmt.Errorf("read again behind position %d: %w", at, err)
		}
		if at == len(events) {
			return nil
		}
		if !sameEvent(event, events[at]) {
			return fmt.Errorf("position %d changed from %s to %s", at+1, text(events[at]), text(event))
		}
		at++
	}
	return fmt.Errorf("read again: %d events, there were %d and more were appended", at, len(events))
}

func sameEvent(a, b domain.SequencedEvent) bool {
	return a.Position == b.Position && a.RecordedAt.Equal(b.RecordedAt) && a.Type == b.Type && a.Metadata.ID == b.Metadata.ID &&
		slices.Equal(a.Tags, b.Tags) && string(a.Data) == string(b.Data)
}

func text(event domain.SequencedEvent) string {
	line, err := json.Marshal(event)
	if err != nil {
		return err.Error()
	}
	return string(line)
}
