package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/opossum-go/opossum/adapters/filesystem"
	"github.com/opossum-go/opossum/cmd/opossum/internal/segments"
	"github.com/opossum-go/opossum/domain"
)

// schoolClock stands until it is set.
type schoolClock struct{ now time.Time }

func (c *schoolClock) Now() time.Time { return c.now }

// schoolIDs are e1, e2 …
type schoolIDs struct{ last int }

func (i *schoolIDs) NewID() string {
	i.last++
	return fmt.Sprint("e", i.last)
}

func withStore(ctx context.Context, dir string, options filesystem.Options, do func(*filesystem.Store) error) error {
	store, err := filesystem.Open(ctx, dir, options)
	if err != nil {
		return err
	}
	return errors.Join(do(store), store.Close())
}

// makeSchool makes a store of six events in four appends, which is the same each
// time but for its id: school DIR
func makeSchool(ctx context.Context, args []string) error {
	if len(args) != 1 {
		return errors.New("usage: school dir")
	}
	event := func(typ, data string, tags ...domain.Tag) domain.Event {
		return domain.Event{Type: typ, Tags: tags, Data: json.RawMessage(data)}
	}
	clock := &schoolClock{time.Date(2026, 1, 2, 9, 0, 0, 0, time.UTC)}
	options := filesystem.Options{Clock: clock, IDs: &schoolIDs{}}
	return withStore(ctx, args[0], options, func(store *filesystem.Store) error {
		for _, events := range [][]domain.Event{
			{
				event("CourseDefined", `{"course":"c1","name":"Pottery","capacity":2}`, "course:c1"),
				event("CourseDefined", `{"course":"c2","name":"Algebra","capacity":30}`, "course:c2"),
			},
			{event("StudentSubscribed", `{"course":"c1","student":"ada"}`, "course:c1", "student:ada")},
			{event("StudentSubscribed", `{"course":"c1","student":"bob"}`, "course:c1", "student:bob")},
			{
				event("StudentSubscribed", `{"course":"c2","student":"ada"}`, "course:c2", "student:ada"),
				event("CourseRenamed", `{"course":"c1","name":"Ceramics"}`, "course:c1"),
			},
		} {
			if _, err := store.Append(ctx, events); err != nil {
				return err
			}
			clock.now = clock.now.Add(15 * time.Minute)
		}
		return nil
	})
}

// fillStore makes a store of many small segments, by appends of five events: fill
// DIR COUNT
func fillStore(ctx context.Context, args []string) error {
	if len(args) != 2 {
		return errors.New("usage: fill dir count")
	}
	count, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	return withStore(ctx, args[0], filesystem.Options{SegmentSize: 4 << 10}, func(store *filesystem.Store) error {
		var batch []domain.Event
		for i := range count {
			batch = append(batch, domain.Event{
				Type: fmt.Sprint("Kind", i%3), Tags: []domain.Tag{domain.NewTag("n", fmt.Sprint(i+1))},
				Data: json.RawMessage(`"` + strings.Repeat("x", 500) + `"`),
			})
			if len(batch) < 5 && i+1 < count {
				continue
			}
			if _, err := store.Append(ctx, batch); err != nil {
				return err
			}
			batch = batch[:0]
		}
		return nil
	})
}

// appendEvent appends one event: append DIR TYPE DATA TAG...
func appendEvent(ctx context.Context, args []string) error {
	if len(args) < 3 {
		return errors.New("usage: append dir type data tags")
	}
	e := domain.Event{Type: args[1], Data: json.RawMessage(args[2])}
	for _, tag := range args[3:] {
		e.Tags = append(e.Tags, domain.Tag(tag))
	}
	return withStore(ctx, args[0], filesystem.Options{}, func(store *filesystem.Store) error {
		_, err := store.Append(ctx, []domain.Event{e})
		return err
	})
}

// appendHostile appends what would write on a terminal: hostile DIR
func appendHostile(ctx context.Context, args []string) error {
	return appendEvent(ctx, append(args, "A\x1b[2JB", "\"€ and \u202e and \u009b\"", "key:\x1b[31m", "line:1\n2"))
}

// tearTail leaves behind the last append of a store what one that was interrupted
// leaves: tear DIR
func tearTail(ctx context.Context, args []string) error {
	if len(args) != 1 {
		return errors.New("usage: tear dir")
	}
	report, err := filesystem.Verify(ctx, args[0])
	if err != nil {
		return err
	}
	files, err := segments.List(args[0])
	if err != nil || len(files) == 0 {
		return fmt.Errorf("no segment: %w", err)
	}
	last := files[len(files)-1]
	var end int64 // of the last whole append
	for line, err := range last.Lines(ctx, report.Events) {
		if err != nil {
			return err
		}
		end = line.Offset + int64(len(line.Text)) + 1
	}
	f, err := os.OpenFile(last.Path, os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteAt(fmt.Appendf(nil, `{"position":%d,"recordedAt":"2026-01-02T10:00:00Z","type":"Torn","ta`, report.Events+1), end)
	return errors.Join(err, f.Close())
}

// compareChains fails unless stats and verify say the same end of the chain:
// chains DIR
func compareChains(ctx context.Context, args []string) error {
	if len(args) != 1 {
		return errors.New("usage: chains dir")
	}
	report, err := filesystem.Verify(ctx, args[0])
	if err != nil {
		return err
	}
	var out, problems strings.Builder
	if code := run(ctx, []string{"stats", "--json", args[0]}, strings.NewReader(""), &out, &problems); code != exitOK {
		return fmt.Errorf("opossum stats exits with %d: %s", code, problems.String())
	}
	var stats storeStats
	if err := json.Unmarshal([]byte(out.String()), &stats); err != nil {
		return err
	}
	if stats.Chain != report.Chain {
		return fmt.Errorf("stats says that the chain ends with %s, verify says %s", stats.Chain, report.Chain)
	}
	return nil
}
