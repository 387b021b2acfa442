package projectiontest

import (
	"fmt"
	"time"

	"github.com/opossum-go/opossum/decision"
	"github.com/opossum-go/opossum/domain"
)

// Noon is when the first event is recorded unless [Recorded] says otherwise: the
// first of January 2001, 12:00 UTC.
var Noon = time.Date(2001, time.January, 1, 12, 0, 0, 0, time.UTC)

// Recorded says when the store recorded an event. Without it that is one second
// after the event before. It never goes backwards.
func Recorded(at time.Time, event decision.Event) decision.Event { return recorded{event, at} }

// Occurred says when an event happened by the client's account. Without it that is
// when it was recorded.
func Occurred(at time.Time, event decision.Event) decision.Event { return occurred{event, at} }

// Stored gives an event in the form in which it is stored: with metadata, or with
// the data of an old version.
func Stored(event domain.Event) decision.Event { return stored{event} }

type recorded struct {
	decision.Event
	at time.Time
}

type occurred struct {
	decision.Event
	at time.Time
}

type stored struct{ domain.Event }

func (s stored) EventType() string  { return s.Type }
func (s stored) Tags() []domain.Tag { return s.Event.Tags }

// encode returns an event as it is stored, and when it was recorded if that is
// given.
func encode(e decision.Event) (event domain.Event, at time.Time, err error) {
	switch e := e.(type) {
	case recorded:
		event, _, err = encode(e.Event)
		return event, e.at.UTC(), err
	case occurred:
		event, at, err = encode(e.Event)
		event.Metadata.OccurredAt = e.at
		return event, at, err
	case stored:
		return e.Event, time.Time{}, nil
	}
	event, err = decision.Encode(e)
	return event, time.Time{}, err
}

// sequence returns the events as they stand in a store that holds nothing else.
func sequence(events []decision.Event) ([]domain.SequencedEvent, error) {
	all := make([]domain.SequencedEvent, 0, len(events))
	last := Noon.Add(-time.Second)
	for i, e := range events {
		event, at, err := encode(e)
		if err != nil {
			return nil, fmt.Errorf("event %d: %w", i+1, err)
		}
		prepared, err := domain.PrepareEvents([]domain.Event{event})
		if err != nil {
			return nil, fmt.Errorf("event %d cannot be stored: %w", i+1, err)
		}
		event = prepared[0]
		switch {
		case at.IsZero():
			at = last.Add(time.Second)
		case i > 0 && at.Before(last):
			return nil, fmt.Errorf("event %d, %s, is recorded at %v, before event %d: give events in the order in which they are recorded", i+1, event.Type, at, i)
		}
		last = at
		if event.Metadata.ID == "" {
			event.Metadata.ID = fmt.Sprintf("event-%d", i+1)
		}
		if event.Metadata.OccurredAt.IsZero() {
			event.Metadata.OccurredAt = at
		}
		all = append(all, domain.SequencedEvent{Position: domain.Position(i + 1), RecordedAt: at, Event: event})
	}
	return all, nil
}
