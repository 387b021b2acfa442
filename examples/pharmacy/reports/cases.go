package reports

import (
	"context"
	"strconv"
	"time"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/examples/pharmacy/dispensing"
	"github.com/opossum-go/opossum/ports"
	"github.com/opossum-go/opossum/projection"
)

// Case is a difference that a count found.
type Case struct {
	Count    string    `json:"count"`
	NDC      string    `json:"ndc"`
	Book     int       `json:"book"`
	Counted  int       `json:"counted"`
	Diff     int       `json:"diff"`
	Adjusted int       `json:"adjusted"` // how much of Diff the books were set right by
	Opened   time.Time `json:"opened"`
	Reasons  []string  `json:"reasons,omitempty"` // of the adjustments
}

// Open reports whether the books still differ from what was counted.
func (c Case) Open() bool { return c.Adjusted != c.Diff }

// OpenTag is the tag of what is open, or of what is settled: cases and doses.
func OpenTag(open bool) domain.Tag { return domain.NewTag("open", strconv.FormatBool(open)) }

// Discrepancies is the discrepancy cases, open and settled, by count. A count
// without a difference makes none. Tags: open and stock.
func Discrepancies() *projection.Definition[Case] {
	return projection.Define[Case]("cases", 1, projection.ByTag("count")).With(
		projection.On(func(_ Case, e dispensing.CountClosed) Case {
			if e.Diff == 0 {
				return Case{}
			}
			return Case{Count: e.Count, NDC: e.NDC, Book: e.Book, Counted: e.Counted, Diff: e.Diff, Opened: e.At}
		}),
		projection.On(func(c Case, e dispensing.StockAdjusted) Case {
			c.Adjusted += e.Delta
			c.Reasons = append(c.Reasons, e.Reason)
			return c
		}),
	).DropWhen(func(c Case) bool {
		return c.Count == "" // no difference, or an adjustment without a case
	}).Tagged(func(_ string, c Case) []domain.Tag {
		return known(OpenTag(c.Open()), dispensing.StockTag(c.NDC))
	})
}

// Cases folds [Discrepancies] from all events of a store, oldest first.
func Cases(ctx context.Context, store ports.Reader) ([]Case, error) {
	states, err := folded(ctx, store, Discrepancies())
	return Values(Oldest(states)), err
}

// Dose is what became of units that were taken out of a lot for one patient.
type Dose struct {
	Dose    string    `json:"dose"`
	NDC     string    `json:"ndc"`
	Lot     string    `json:"lot"`
	Patient string    `json:"patient"`
	Issued  time.Time `json:"issued"`
	// Left is what is neither administered nor wasted; negative when more was given
	// than issued.
	Left int `json:"left"`
}

// Doses is the doses that were issued, by id. Tags: open, whether units are not
// accounted for, and stock and patient.
func Doses() *projection.Definition[Dose] {
	return projection.Define[Dose]("doses", 1, projection.ByTag("dose")).With(
		projection.On(func(_ Dose, e dispensing.DoseIssued) Dose {
			return Dose{Dose: e.Dose, NDC: e.NDC, Lot: e.Lot, Patient: e.Patient, Issued: e.At, Left: e.Qty}
		}),
		projection.On(func(d Dose, e dispensing.DoseAdministered) Dose {
			d.Left -= e.Qty
			return d
		}),
		projection.On(func(d Dose, e dispensing.WasteWitnessed) Dose {
			d.Left -= e.Qty
			return d
		}),
	).Tagged(func(_ string, d Dose) []domain.Tag {
		return known(OpenTag(d.Left != 0), dispensing.StockTag(d.NDC), dispensing.PatientTag(d.Patient))
	})
}

// OpenDoses folds [Doses] from all events of a store and returns those that are not
// accounted for, by id.
func OpenDoses(ctx context.Context, store ports.Reader) ([]Dose, error) {
	states, err := folded(ctx, store, Doses())
	return Values(carrying(states, OpenTag(true))), err
}
