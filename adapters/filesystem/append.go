package filesystem

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/opossum-go/opossum/adapters/filesystem/internal/journal"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/internal/system"
	"github.com/opossum-go/opossum/ports"
)

const timeFormat = time.RFC3339Nano

// Append stores events at the end of the store. See [ports.Appender] for the
// contract. It waits for the append lock up to [Options.LockTimeout].
func (s *Store) Append(ctx context.Context, events []domain.Event, conditions ...domain.AppendCondition) (domain.Positions, error) {
	batch, err := s.prepare(events)
	if err != nil {
		return domain.Positions{}, err
	}
	if err := domain.ValidateConditions(conditions); err != nil {
		return domain.Positions{}, err
	}
	if s.readOnly {
		return domain.Positions{}, ports.ErrReadOnly
	}
	if err := s.usable(ctx); err != nil {
		return domain.Positions{}, err
	}
	buffer := bodies.Get().(*[]byte)
	body := journal.AppendBodies((*buffer)[:0], batch)
	w := &waiting{
		ctx: ctx, events: batch, conditions: conditions, body: body, since: time.Now(),
	}
	s.await(w)
	if cap(body) <= maxTextKept {
		*buffer = body
		bodies.Put(buffer)
	}
	return w.at, w.err
}

// bodies are buffers for the bodies of lines, each used by one append at a time. Every
// client fills its own before it waits: only what a line says of the commit is missing.
var bodies = sync.Pool{New: func() any { return new([]byte) }}

// exclusively calls do with gate and lock held. It returns ErrClosed when the
// store is closed while it waits.
func (s *Store) exclusively(ctx context.Context, do func() error) error {
	since := time.Now()
	if err := s.usable(ctx); err != nil {
		return err
	}
	select {
	case s.gate <- struct{}{}:
		defer func() { <-s.gate }()
	case <-s.done:
		return ports.ErrClosed
	case <-ctx.Done():
		return fmt.Errorf("opossum: wait for another append: %w", ctx.Err())
	}
	return s.locked(ctx, since, do)
}

// prepare checks a batch and then fills in what the store gives to an event.
func (s *Store) prepare(events []domain.Event) ([]domain.Event, error) {
	batch, err := domain.PrepareEvents(events)
	if err != nil {
		return nil, err
	}
	now, err := s.now()
	if err != nil {
		return nil, err
	}
	unnamed := 0
	for i := range batch {
		m := &batch[i].Metadata
		if m.ID == "" {
			unnamed++
		}
		if m.OccurredAt.IsZero() {
			m.OccurredAt = now
		}
	}
	if err := s.giveIDs(batch, unnamed); err != nil {
		return nil, err
	}
	return batch, nil
}

// giveIDs gives an id to the events of batch that have none, which are so many.
func (s *Store) giveIDs(batch []domain.Event, unnamed int) error {
	var ids []string
	if uuids, ok := s.options.IDs.(system.UUIDs); ok && unnamed > 1 {
		ids = uuids.NewIDs(unnamed)
	}
	for i := range batch {
		id := &batch[i].Metadata.ID
		switch {
		case *id != "":
		case len(ids) > 0:
			*id, ids = ids[0], ids[1:]
		default:
			*id = s.options.IDs.NewID()
			if *id == "" || len(*id) > domain.MaxMetadataBytes || !utf8.ValidString(*id) || strings.IndexByte(*id, 0) >= 0 {
				return fmt.Errorf("opossum: append: Options.IDs made the id %q, which cannot be stored; nothing was written", *id)
			}
		}
	}
	return nil
}

// now asks the clock for a time that can be written down.
func (s *Store) now() (time.Time, error) {
	now := s.options.Clock.Now().UTC().Round(0)
	if y := now.Year(); y < 1 || y > 9999 || now.IsZero() {
		return time.Time{}, fmt.Errorf("opossum: append: the clock says %v, which cannot be stored; nothing was written", now)
	}
	return now, nil
}
