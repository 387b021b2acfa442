package reports

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/opossum-go/opossum/decision"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/examples/pharmacy/dispensing"
	"github.com/opossum-go/opossum/ports"
	"github.com/opossum-go/opossum/projection"
)

// Product is what the books say about one product.
type Product struct {
	NDC    string          `json:"ndc"`
	Drug   dispensing.Drug `json:"drug"`
	Unit   string          `json:"unit"`
	OnHand int             `json:"onHand"` // of all lots
	Lots   []Lot           `json:"lots"`   // by lot number
}

// Lot is what the books say about one lot. OnHand is what came in minus what went
// out; it is negative when more broke than the books knew of.
type Lot struct {
	Lot         string    `json:"lot"`
	Expires     time.Time `json:"expires"`
	Received    int       `json:"received"`
	Dispensed   int       `json:"dispensed"` // without what was reversed
	OnHand      int       `json:"onHand"`
	Quarantined bool      `json:"quarantined"`
}

// Products is the perpetual inventory: every product that was ever received, by
// NDC. Tags: schedule, ingredient, and quarantine:true or quarantine:false, whether
// any of its lots is in quarantine.
func Products() *projection.Definition[Product] {
	return projection.Define[Product]("inventory", 1, projection.ByTag("stock")).With(
		moved(func(p *Product, l *Lot, e dispensing.LotReceived) {
			l.Received += e.Qty
			l.Expires = e.Expires
			p.Drug, p.Unit = cmp.Or(p.Drug, e.Drug), cmp.Or(p.Unit, e.Unit)
		}),
		moved(func(_ *Product, l *Lot, e dispensing.Dispensed) { l.Dispensed += e.Qty }),
		moved(func(_ *Product, l *Lot, e dispensing.DispenseReversed) { l.Dispensed -= e.Qty }),
		moved[dispensing.DoseIssued](nil),
		moved[dispensing.WasteWitnessed](nil),
		moved[dispensing.StockAdjusted](nil),
		moved[dispensing.LotDestroyed](nil),
		moved[dispensing.SentToReverseDistributor](nil),
		projection.On(func(p Product, e dispensing.LotQuarantined) Product {
			p.lot(e.NDC, e.Lot).Quarantined = true
			return p
		}),
		projection.On(func(p Product, e dispensing.LotReleased) Product {
			p.lot(e.NDC, e.Lot).Quarantined = false
			return p
		}),
	).Tagged(func(_ string, p Product) []domain.Tag {
		quarantined := slices.ContainsFunc(p.Lots, func(l Lot) bool { return l.Quarantined })
		return known(ScheduleTag(p.Drug.Schedule), dispensing.IngredientTag(p.Drug.Ingredient),
			domain.NewTag("quarantine", strconv.FormatBool(quarantined)))
	})
}

// ScheduleTag is the tag of a schedule, on products, log lines and prescriptions.
func ScheduleTag(s dispensing.Schedule) domain.Tag { return domain.NewTag("schedule", string(s)) }

// movement is an event that changes the book of a lot.
type movement interface {
	decision.Event
	dispensing.Movement
}

// moved is the handler that moves the book of a lot and then, unless more is nil,
// calls more.
func moved[E movement](more func(*Product, *Lot, E)) projection.Handler[Product] {
	return projection.On(func(p Product, e E) Product {
		move := e.Moved()
		l := p.lot(move.NDC, move.Lot)
		l.OnHand += move.Delta
		p.OnHand += move.Delta
		if more != nil {
			more(&p, l, e)
		}
		return p
	})
}

// lot returns the lot of that number, a new one when it is not known yet.
func (p *Product) lot(ndc, number string) *Lot {
	p.NDC = ndc
	i, found := slices.BinarySearchFunc(p.Lots, number, func(l Lot, number string) int { return cmp.Compare(l.Lot, number) })
	if !found {
		p.Lots = slices.Insert(p.Lots, i, Lot{Lot: number})
	}
	return &p.Lots[i]
}

// Inventory folds [Products] from all events of a store, by NDC.
func Inventory(ctx context.Context, store ports.Reader) ([]Product, error) {
	states, err := folded(ctx, store, Products())
	return Values(states), err
}
