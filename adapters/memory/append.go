package memory

import (
	"context"
	"slices"
	"time"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// Append stores events, all or none, if every condition holds; see
// [ports.Appender]. It checks in this order: the input, whether the store is
// closed, the context, the conditions by their index, what the options give.
func (s *Store) Append(ctx context.Context, events []domain.Event, conditions ...domain.AppendCondition) (domain.Positions, error) {
	prepared, err := domain.PrepareEvents(events)
	if err != nil {
		return domain.Positions{}, err
	}
	if err := domain.ValidateConditions(conditions); err != nil {
		return domain.Positions{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.usableLocked(ctx); err != nil {
		return domain.Positions{}, err
	}
	if err := s.checkLocked(conditions); err != nil {
		return domain.Positions{}, err
	}
	return s.commitLocked(prepared)
}

// checkLocked returns a [*ports.ConflictError] for the first condition that fails.
func (s *Store) checkLocked(conditions []domain.AppendCondition) error {
	for i, c := range conditions {
		for _, e := range s.events[s.indexAfter(c.After):] {
			if c.FailIfEventsMatch.Matches(e.Event) {
				return &ports.ConflictError{
					Condition: i, After: c.After,
					Position: e.Position, Type: e.Type, Tags: slices.Clone(e.Tags),
				}
			}
		}
	}
	return nil
}

// indexAfter returns the index of the first event past after, which may lie
// beyond the head.
func (s *Store) indexAfter(after domain.Position) int {
	return int(min(after, domain.Position(len(s.events))))
}

// commitLocked fills in what the store gives to an event and then stores the batch.
func (s *Store) commitLocked(prepared []domain.Event) (domain.Positions, error) {
	recordedAt, err := s.recordedAtLocked()
	if err != nil {
		return domain.Positions{}, err
	}
	for i := range prepared {
		m := &prepared[i].Metadata
		if m.ID == "" {
			if m.ID, err = s.newID(); err != nil {
				return domain.Positions{}, err
			}
		}
		if m.OccurredAt.IsZero() {
			m.OccurredAt = recordedAt
		}
	}
	head := domain.Position(len(s.events))
	for i, e := range prepared {
		s.events = append(s.events, domain.SequencedEvent{
			Position: head + 1 + domain.Position(i), RecordedAt: recordedAt, Event: e,
		})
	}
	s.wakeLocked()
	return domain.Positions{First: head + 1, Last: head + domain.Position(len(prepared))}, nil
}

// recordedAtLocked is the time on the clock, or that of the last event when the
// clock was set back.
func (s *Store) recordedAtLocked() (time.Time, error) {
	now, err := s.now()
	if err != nil {
		return time.Time{}, err
	}
	if n := len(s.events); n > 0 && s.events[n-1].RecordedAt.After(now) {
		return s.events[n-1].RecordedAt, nil
	}
	return now, nil
}
