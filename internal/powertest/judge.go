package powertest

import (
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"strings"

	"github.com/opossum-go/opossum/domain"
)

// Expectation is what must, may and must not be in a store. The zero Expectation
// is that of an empty store.
type Expectation struct {
	// Tried has every batch that may be there, with its number of events.
	Tried map[BatchID]int
	// Acknowledged has every batch that must be there. Where the positions are not the
	// zero value, it must be at those.
	Acknowledged map[BatchID]domain.Positions
	// Refused has every batch that must not be there.
	Refused map[BatchID]bool
	// Shown is the last position that a reader has seen. What was shown must be there.
	Shown domain.Position
}

func (e Expectation) clone() Expectation {
	e.Tried, e.Acknowledged, e.Refused = maps.Clone(e.Tried), maps.Clone(e.Acknowledged), maps.Clone(e.Refused)
	return e
}

// Until returns e with room for everything that was tried up to later: what must
// survive a cut is known before it, what may survive it only afterwards.
func (e Expectation) Until(later Expectation) Expectation {
	e.Tried = later.Tried
	return e
}

// Found is what a judged store holds.
type Found struct {
	Events  []domain.SequencedEvent
	Batches map[BatchID]domain.Positions
}

// Judge reads a whole store, oldest event first, and returns an error when it does
// not hold what is expected, or holds it in another way than a store may.
func (e Expectation) Judge(events iter.Seq2[domain.SequencedEvent, error]) (Found, error) {
	found := Found{Batches: map[BatchID]domain.Positions{}}
	shared := map[domain.Tag]domain.Position{} // the last position of each shared tag
	var open piece                             // the batch that the last event belongs to
	for event, err := range events {
		if err != nil {
			return found, fmt.Errorf("read behind position %d: %w", len(found.Events), err)
		}
		if want := domain.Position(len(found.Events) + 1); event.Position != want {
			return found, fmt.Errorf("position %d is followed by %d", want-1, event.Position)
		}
		var p piece
		if err := json.Unmarshal(event.Data, &p); err != nil {
			return found, fmt.Errorf("position %d: data %s: %w", event.Position, event.Data, err)
		}
		if open.At+1 < open.Of && (p.Batch != open.Batch || p.At != open.At+1) {
			return found, fmt.Errorf("batch %s is torn: position %d has event %d of batch %s behind event %d of %d",
				open.Batch, event.Position, p.At, p.Batch, open.At, open.Of)
		}
		if open.At+1 >= open.Of { // a new batch begins
			if err := e.admit(p, event, found.Batches, shared); err != nil {
				return found, err
			}
		}
		open = p
		found.Events = append(found.Events, event)
		for _, tag := range event.Tags {
			if tag.Key() == "shared" {
				shared[tag] = event.Position
			}
		}
		found.Batches[p.Batch] = domain.Positions{First: event.Position - domain.Position(p.At), Last: event.Position}
	}
	if open.At+1 < open.Of {
		return found, fmt.Errorf("batch %s is torn: the store ends with its event %d of %d", open.Batch, open.At, open.Of)
	}
	if err := e.missing(found.Batches); err != nil {
		return found, err
	}
	if last := domain.Position(len(found.Events)); last < e.Shown {
		return found, fmt.Errorf("the store ends with position %d, and readers had seen %d", last, e.Shown)
	}
	return found, nil
}

// admit checks that the batch which begins with event may be there.
func (e Expectation) admit(p piece, event domain.SequencedEvent, before map[BatchID]domain.Positions, shared map[domain.Tag]domain.Position) error {
	size, tried := e.Tried[p.Batch]
	switch {
	case !tried:
		return fmt.Errorf("position %d has batch %s, which nobody appended", event.Position, p.Batch)
	case e.Refused[p.Batch]:
		return fmt.Errorf("position %d has batch %s, of which was said that it is not stored", event.Position, p.Batch)
	case p.At != 0 || p.Of != size:
		return fmt.Errorf("batch %s of %d events begins at position %d with event %d of %d", p.Batch, size, event.Position, p.At, p.Of)
	}
	if at, twice := before[p.Batch]; twice {
		return fmt.Errorf("batch %s is at positions %d to %d, and at %d again", p.Batch, at.First, at.Last, event.Position)
	}
	for _, tag := range event.Tags {
		if last := shared[tag]; last > p.After {
			return fmt.Errorf("batch %s at position %d demands no %s after %d, and there is one at %d",
				p.Batch, event.Position, tag, p.After, last)
		}
	}
	return nil
}

// missing checks that everything acknowledged was found where it was said to be.
func (e Expectation) missing(found map[BatchID]domain.Positions) error {
	var lost []string
	for id, want := range e.Acknowledged {
		got, there := found[id]
		switch {
		case !there:
			lost = append(lost, fmt.Sprintf("%s (positions %d to %d)", id, want.First, want.Last))
		case want != (domain.Positions{}) && got != want:
			return fmt.Errorf("batch %s was acknowledged at positions %d to %d and is at %d to %d",
				id, want.First, want.Last, got.First, got.Last)
		}
	}
	if len(lost) == 0 {
		return nil
	}
	more := ""
	if len(lost) > 3 {
		more = " …"
	}
	return fmt.Errorf("%d of %d acknowledged batches are lost: %s%s",
		len(lost), len(e.Acknowledged), strings.Join(lost[:min(3, len(lost))], ", "), more)
}
