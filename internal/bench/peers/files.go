package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gofrs/flock"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/internal/bench"
)

// files writes the way Opossum for .NET does: a file for each event, a file of
// positions for each type and each tag, and a ledger. Every file is written beside
// its place, synced and renamed, and all that is done under a lock file. The
// directories are not synced, so a power cut may still take a name back.
type files struct {
	dir string
	mu  sync.Mutex
	// loading leaves out the sync while a store is filled. It ends with the first
	// append of one event.
	loading bool
}

type fileEvent struct {
	Event struct {
		EventType string          `json:"eventType"`
		Event     json.RawMessage `json:"event"`
		Tags      []fileTag       `json:"tags"`
	} `json:"event"`
	Position domain.Position `json:"position"`
	Metadata struct {
		Timestamp time.Time `json:"timestamp"`
	} `json:"metadata"`
}

type fileTag struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

type fileIndex struct{ Positions []domain.Position }

type fileLedger struct{ LastSequencePosition, EventCount domain.Position }

func openFiles(_ context.Context, dir string) (bench.Rival, error) {
	for _, name := range []string{"events", "Indices/EventType", "Indices/Tags"} {
		if err := os.MkdirAll(filepath.Join(dir, name), 0o700); err != nil {
			return nil, err
		}
	}
	return &files{dir: dir, loading: true}, nil
}

func (f *files) Append(_ context.Context, events []domain.Event, conditions ...domain.AppendCondition) (at domain.Positions, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	lock := flock.New(filepath.Join(f.dir, ".store.lock"))
	if err := lock.Lock(); err != nil {
		return at, err
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	f.loading = f.loading && len(events) > 1
	var ledger fileLedger
	if err := f.read(".ledger", &ledger); err != nil {
		return at, err
	}
	for _, c := range conditions {
		if err := f.check(c); err != nil {
			return at, err
		}
	}
	first := ledger.LastSequencePosition + 1
	for i, e := range events {
		if err := f.write(eventFile(first+domain.Position(i)), toFile(e, first+domain.Position(i))); err != nil {
			return at, err
		}
	}
	for i, e := range events {
		if err := f.index(e, first+domain.Position(i)); err != nil {
			return at, err
		}
	}
	last := ledger.LastSequencePosition + domain.Position(len(events))
	return block(last, events), f.write(".ledger", fileLedger{last, last})
}

func (f *files) check(c domain.AppendCondition) error {
	eventType, tag, err := boundary(c)
	if err != nil {
		return err
	}
	var ofType, ofTag fileIndex
	if err := errors.Join(f.read(typeFile(eventType), &ofType), f.read(tagFile(tag), &ofTag)); err != nil {
		return err
	}
	for _, position := range ofTag.Positions {
		if _, both := slices.BinarySearch(ofType.Positions, position); both && position > c.After {
			return conflict(c, position)
		}
	}
	return nil
}

// index adds a position to the files of the event's type and tags.
func (f *files) index(e domain.Event, position domain.Position) error {
	names := []string{typeFile(e.Type)}
	for _, tag := range e.Tags {
		names = append(names, tagFile(tag))
	}
	for _, name := range names {
		var index fileIndex
		if err := f.read(name, &index); err != nil {
			return err
		}
		index.Positions = append(index.Positions, position)
		if err := f.write(name, index); err != nil {
			return err
		}
	}
	return nil
}

// read reads a JSON file; one that is not there is empty.
func (f *files) read(name string, into any) error {
	text, err := os.ReadFile(filepath.Join(f.dir, name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return json.Unmarshal(text, into)
}

// write replaces a JSON file.
func (f *files) write(name string, value any) error {
	text, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return err
	}
	path := filepath.Join(f.dir, name)
	file, err := os.Create(path + ".tmp")
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	if err == nil && !f.loading {
		err = file.Sync()
	}
	if err := errors.Join(err, file.Close()); err != nil {
		return err
	}
	return os.Rename(path+".tmp", path)
}

func (f *files) ReadTag(_ context.Context, tag domain.Tag) (int, error) {
	var index fileIndex
	if err := f.read(tagFile(tag), &index); err != nil {
		return 0, err
	}
	for _, position := range index.Positions {
		var e fileEvent
		if err := f.read(eventFile(position), &e); err != nil {
			return 0, err
		}
	}
	return len(index.Positions), nil
}

func (f *files) Close() error { return nil }

func eventFile(position domain.Position) string { return fmt.Sprintf("events/%010d.json", position) }

func typeFile(eventType string) string { return "Indices/EventType/" + eventType + ".json" }

func tagFile(tag domain.Tag) string {
	return "Indices/Tags/" + strings.ReplaceAll(string(tag), ":", "_") + ".json"
}

func toFile(e domain.Event, position domain.Position) fileEvent {
	var out fileEvent
	out.Position, out.Metadata.Timestamp = position, time.Now()
	out.Event.EventType, out.Event.Event = e.Type, e.Data
	for _, tag := range e.Tags {
		out.Event.Tags = append(out.Event.Tags, fileTag{Key: tag.Key(), Value: tag.Value()})
	}
	return out
}
