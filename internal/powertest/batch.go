package powertest

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/opossum-go/opossum/domain"
)

// BatchID names one append of one lane of one writer. No two appends to a store
// have the same.
type BatchID struct{ Writer, Lane, Number int }

// String returns the id as it stands in tags: writer-lane-number.
func (id BatchID) String() string { return fmt.Sprintf("%d-%d-%d", id.Writer, id.Lane, id.Number) }

// Tag is what all events of the batch carry, and no others.
func (id BatchID) Tag() domain.Tag { return domain.NewTag("batch", id.String()) }

// Batch is what one append writes.
type Batch struct {
	ID BatchID
	// Size is the number of events, from 1.
	Size int
	// Shared is a tag for which several lanes compete; "" for a batch without one.
	Shared domain.Tag
	// After is the position after which no event with the tag Shared may stand before
	// this batch.
	After domain.Position
	// Pad is the number of bytes that make each event longer.
	Pad int
}

// DrawBatch makes up a batch. One in four is shared with other lanes, its After is
// left to the caller.
func DrawBatch(id BatchID, random *rand.Rand) Batch {
	b := Batch{ID: id, Size: 1 + random.IntN(5), Pad: random.IntN(250)}
	switch random.IntN(16) {
	case 0:
		b.Pad = 3000 + random.IntN(3000) // several sectors and pages
	case 1, 2, 3, 4:
		b.Shared = domain.NewTag("shared", fmt.Sprint(random.IntN(3)))
	}
	return b
}

// piece is the data of one event of a batch: enough to see that the batch is whole
// and stands where it may.
type piece struct {
	Batch BatchID         `json:"batch"`
	Of    int             `json:"of"`
	At    int             `json:"at"`
	After domain.Position `json:"after"`
	Pad   string          `json:"pad"`
}

// Events returns the events of the batch.
func (b Batch) Events() ([]domain.Event, error) {
	events := make([]domain.Event, b.Size)
	for i := range events {
		data, err := json.Marshal(piece{Batch: b.ID, Of: b.Size, At: i, After: b.After, Pad: strings.Repeat("x", b.Pad)})
		if err != nil {
			return nil, err
		}
		events[i] = domain.Event{Type: b.eventType(), Tags: []domain.Tag{b.ID.Tag()}, Data: data}
		if b.Shared != "" {
			events[i].Tags = append(events[i].Tags, b.Shared)
		}
	}
	return events, nil
}

func (b Batch) eventType() string {
	if b.Shared != "" {
		return "Shared"
	}
	return "Written"
}

// Conditions returns the conditions of the append: the batch is not there yet, and
// nobody was faster with the shared tag.
func (b Batch) Conditions() []domain.AppendCondition {
	conditions := []domain.AppendCondition{{FailIfEventsMatch: domain.NewQuery(domain.Tagged(b.ID.Tag()))}}
	if b.Shared != "" {
		conditions = append(conditions, domain.AppendCondition{
			FailIfEventsMatch: domain.NewQuery(domain.Tagged(b.Shared)), After: b.After,
		})
	}
	return conditions
}
