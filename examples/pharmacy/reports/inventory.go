package reports

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"github.com/opossum-go/opossum/decision"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/examples/pharmacy/dispensing"
	"github.com/opossum-go/opossum/ports"
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

// Inventory returns the perpetual inventory: every product that was ever
// received, by NDC.
func Inventory(ctx context.Context, store ports.Reader) ([]Product, error) {
	products := make(map[string]*Product)
	lots := make(map[string]map[string]*Lot)
	lot := func(ndc, number string) *Lot {
		if products[ndc] == nil {
			products[ndc], lots[ndc] = &Product{NDC: ndc}, make(map[string]*Lot)
		}
		if lots[ndc][number] == nil {
			lots[ndc][number] = &Lot{Lot: number}
		}
		return lots[ndc][number]
	}
	query := domain.NewQuery(movements(), of(dispensing.LotQuarantined{}, dispensing.LotReleased{}))
	err := fold(ctx, store, query, func(_ domain.SequencedEvent, event decision.Event) {
		if m, ok := event.(dispensing.Movement); ok {
			move := m.Moved()
			lot(move.NDC, move.Lot).OnHand += move.Delta
			products[move.NDC].OnHand += move.Delta
		}
		switch e := event.(type) {
		case dispensing.LotReceived:
			l, p := lot(e.NDC, e.Lot), products[e.NDC]
			l.Received += e.Qty
			l.Expires = e.Expires
			p.Drug, p.Unit = cmp.Or(p.Drug, e.Drug), cmp.Or(p.Unit, e.Unit)
		case dispensing.Dispensed:
			lot(e.NDC, e.Lot).Dispensed += e.Qty
		case dispensing.DispenseReversed:
			lot(e.NDC, e.Lot).Dispensed -= e.Qty
		case dispensing.LotQuarantined:
			lot(e.NDC, e.Lot).Quarantined = true
		case dispensing.LotReleased:
			lot(e.NDC, e.Lot).Quarantined = false
		}
	})
	if err != nil {
		return nil, err
	}
	all := make([]Product, 0, len(products))
	for _, ndc := range slices.Sorted(maps.Keys(products)) {
		p := *products[ndc]
		for _, l := range lots[ndc] {
			p.Lots = append(p.Lots, *l)
		}
		slices.SortFunc(p.Lots, func(a, b Lot) int { return cmp.Compare(a.Lot, b.Lot) })
		all = append(all, p)
	}
	return all, nil
}
