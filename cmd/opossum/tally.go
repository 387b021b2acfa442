package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/opossum-go/opossum/cmd/opossum/internal/segments"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// tally counts while the segments are read.
type tally struct {
	storeStats
	types, keys, tags map[string]*usage
}

func (t *tally) store(ctx context.Context, dir string, head domain.Position) error {
	files, err := segments.List(dir)
	if err != nil {
		return err
	}
	reached := domain.Position(0)
	for i, file := range files {
		s, err := t.segment(ctx, file, head)
		if err != nil {
			return err
		}
		s.Sealed = i+1 < len(files)
		reached = max(reached, s.Last)
		t.Segments = append(t.Segments, s)
		t.FillBytes += s.FillBytes
	}
	if reached < head {
		return fmt.Errorf("%w: the store has %s, but its files end at %d; see opossum verify", ports.ErrCorrupt, counted(head, "event"), reached)
	}
	sizes, err := onDisk(dir)
	if err != nil {
		return err
	}
	t.DiskBytes, t.IndexBytes, t.ProjectionBytes = sizes.all-t.FillBytes, sizes.indexes, sizes.projections
	t.LedgerBytes = max(t.Commits, 1) * ledgerSize
	t.WrittenBytes = t.DiskBytes - sizes.ledger + t.LedgerBytes
	return nil
}

func (t *tally) segment(ctx context.Context, file segments.Segment, head domain.Position) (segmentStats, error) {
	s := segmentStats{File: file.Name, First: file.First, IndexBytes: file.IndexBytes}
	var tags []string
	for line, err := range file.Lines(ctx, head) {
		if err != nil {
			return s, err
		}
		s.Bytes = line.Offset + int64(len(line.Text)) + 1
		switch line.Kind {
		case segments.Header:
			t.HeaderBytes += int64(len(line.Text)) + 1
		case segments.Commit:
			t.Commits++
			t.CommitBytes += int64(len(line.Text)) + 1
			s.Last = line.Position
			t.Chain = segments.ChainOf(line.Text)
		case segments.Event:
			fields, err := segments.ParseFields(line.Text, tags)
			if err != nil {
				return s, &ports.CorruptError{File: file.Path, Offset: line.Offset, Position: line.Position, Want: "the line of an event", Got: err.Error()}
			}
			tags = fields.Tags
			t.event(fields, int64(len(line.Text))+1)
		}
	}
	s.FillBytes = max(file.Bytes-s.Bytes, 0)
	return s, nil
}

func (t *tally) event(f segments.Fields, bytes int64) {
	if t.Events++; t.Events == 1 {
		t.FirstRecorded = f.RecordedAt
	}
	t.LastRecorded = f.RecordedAt
	t.EventBytes += bytes
	t.DataBytes += int64(f.DataBytes)
	add(t.types, f.Type, bytes)
	for i, tag := range f.Tags {
		add(t.tags, tag, bytes)
		key := domain.Tag(tag).Key()
		counted := slices.ContainsFunc(f.Tags[:i], func(other string) bool { return domain.Tag(other).Key() == key })
		if !counted {
			add(t.keys, key, bytes)
		}
	}
}

func add(to map[string]*usage, name string, bytes int64) {
	u := to[name]
	if u == nil {
		u = &usage{Name: name}
		to[name] = u
	}
	u.Events++
	u.Bytes += bytes
}

func (t *tally) result(top int) storeStats {
	s := t.storeStats
	s.AverageEvent = ratio(s.EventBytes, int64(s.Events))
	s.EventsPerCommit = ratio(int64(s.Events), s.Commits)
	s.Amplification, s.WriteAmplification = ratio(s.DiskBytes, s.DataBytes), ratio(s.WrittenBytes, s.DataBytes)
	s.Types, s.TagKeys, s.Tags = largest(t.types), largest(t.keys), mostUsed(t.tags, top)
	return s
}

func ratio(a, b int64) float64 {
	if b == 0 {
		return 0
	}
	return float64(a) / float64(b)
}

func largest(of map[string]*usage) []usage {
	return sorted(of, func(a, b usage) int { return cmp.Or(-cmp.Compare(a.Bytes, b.Bytes), cmp.Compare(a.Name, b.Name)) })
}

func mostUsed(of map[string]*usage, top int) []usage {
	all := sorted(of, func(a, b usage) int { return cmp.Or(-cmp.Compare(a.Events, b.Events), cmp.Compare(a.Name, b.Name)) })
	return all[:min(len(all), top)]
}

func sorted(of map[string]*usage, order func(a, b usage) int) []usage {
	all := make([]usage, 0, len(of))
	for u := range maps.Values(of) {
		all = append(all, *u)
	}
	slices.SortFunc(all, order)
	return all
}

// ledgerSize is the length of a ledger. Each append writes one, also where there is
// none any more.
const ledgerSize = 320

// sizes are the bytes of the files of a store.
type sizes struct {
	all         int64 // but projections
	indexes     int64 // part of all
	ledger      int64 // part of all
	projections int64 // those that can be read
}

// onDisk returns the bytes of the files of the store in dir.
func onDisk(dir string) (s sizes, err error) {
	for _, folder := range []string{".", "events", "indexes", "projections"} {
		files, err := os.ReadDir(filepath.Join(dir, folder))
		apart := folder == "projections" // no part of the store: what cannot be read there is left out
		if errors.Is(err, fs.ErrNotExist) || (err != nil && apart) {
			continue
		}
		if err != nil {
			return sizes{}, err
		}
		for _, file := range files {
			if file.IsDir() || (folder == "." && file.Name() != "store.json" && file.Name() != "ledger") {
				continue
			}
			info, err := file.Info()
			if errors.Is(err, fs.ErrNotExist) || (err != nil && apart) {
				continue // an index that was replaced meanwhile
			}
			if err != nil {
				return sizes{}, err
			}
			if apart {
				s.projections += info.Size()
				continue
			}
			s.all += info.Size()
			switch {
			case folder == "indexes":
				s.indexes += info.Size()
			case file.Name() == "ledger":
				s.ledger = info.Size()
			}
		}
	}
	return s, nil
}
