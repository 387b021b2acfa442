package reports

import (
	"context"
	"slices"
	"time"

	"github.com/opossum-go/opossum/examples/pharmacy/dispensing"
	"github.com/opossum-go/opossum/ports"
)

// Item is a deadline as it looks at some moment.
type Item struct {
	Deadline

	Overdue bool `json:"overdue"`
}

// Upcoming returns how deadlines look at now, the earliest first.
func Upcoming(deadlines []Deadline, now time.Time) []Item {
	items := make([]Item, len(deadlines))
	for i, d := range deadlines {
		items[i] = Item{Deadline: d, Overdue: now.After(d.Due)}
	}
	slices.SortStableFunc(items, func(a, b Item) int { return a.Due.Compare(b.Due) })
	return items
}

// Due folds [Deadlines] from all events of a store and returns how they look at now,
// the earliest first.
func Due(ctx context.Context, store ports.Reader, calendar dispensing.Calendar, now time.Time) ([]Item, error) {
	states, err := folded(ctx, store, Deadlines(calendar))
	return Upcoming(Values(states), now), err
}

// Compliance says whether the pharmacy is behind with anything.
type Compliance struct {
	// Red is true when a deadline has passed.
	Red bool `json:"red"`
	// Overdue are the deadlines that have passed, the earliest first.
	Overdue []Item `json:"overdue"`
	// LastInventory is the day of the latest inventory, zero when there was none.
	LastInventory time.Time `json:"lastInventory,omitzero"`
}

// Comply returns how the pharmacy stands at now, by [Due].
func Comply(ctx context.Context, store ports.Reader, calendar dispensing.Calendar, now time.Time) (Compliance, error) {
	due, err := Due(ctx, store, calendar, now)
	var c Compliance
	for _, item := range due {
		if item.Kind == Biennial {
			c.LastInventory = item.Last
		}
		if item.Overdue {
			c.Red = true
			c.Overdue = append(c.Overdue, item)
		}
	}
	return c, err
}
