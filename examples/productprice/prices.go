package productprice

import (
	"slices"
	"time"

	"github.com/opossum-go/opossum/decision"
	"github.com/opossum-go/opossum/domain"
)

// Grace is how long the price before a change is still good. At exactly this age
// a change is new, and the price before it is good.
const Grace = 10 * time.Minute

// Prices are the prices at which a product can be ordered. The zero Prices are
// those of an unknown product: none.
type Prices struct {
	settled bool  // there is a price older than Grace
	old     int   // the last one of these
	fresh   []int // all that came later
}

// Good reports whether a displayed price can still be had.
func (p Prices) Good(displayed int) bool {
	return p.settled && displayed == p.old || slices.Contains(p.fresh, displayed)
}

// with returns p and a price that was set the given time ago.
func (p Prices) with(price int, age time.Duration) Prices {
	if age > Grace {
		p.settled, p.old = true, price
		return p
	}
	p.fresh = append(p.fresh, price)
	return p
}

// PricesOf answers at which prices the product can be ordered at the given time.
func PricesOf(product string, now time.Time) *decision.Model[Prices] {
	age := func(e domain.SequencedEvent) time.Duration { return now.Sub(e.Metadata.OccurredAt) }
	return decision.New(Prices{}, productTag(product)).With(
		decision.OnSequenced(func(p Prices, e ProductDefined, at domain.SequencedEvent) Prices {
			return p.with(e.Price, age(at))
		}),
		decision.OnSequenced(func(p Prices, e ProductPriceChanged, at domain.SequencedEvent) Prices {
			return p.with(e.NewPrice, age(at))
		}))
}
