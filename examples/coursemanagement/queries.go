package coursemanagement

import (
	"context"
	"fmt"

	"github.com/opossum-go/opossum/decision"
	"github.com/opossum-go/opossum/ports"
)

// The queries fold events when they are asked, with the means of a decision and
// without its condition: what they return is true of the moment of the one read
// they make. That is enough for what the office looks at once a month. The screens
// that are open all day have projections, see [Projections].

// Invoices returns all invoices, by number.
func Invoices(ctx context.Context, store ports.Reader) ([]InvoiceIssued, error) {
	model := decision.New([]InvoiceIssued(nil)).With(
		decision.On(func(all []InvoiceIssued, e InvoiceIssued) []InvoiceIssued { return append(all, e) }))
	if _, err := decision.Load(ctx, store, model); err != nil {
		return nil, fmt.Errorf("read invoices: %w", err)
	}
	return model.State(), nil
}

// Invoice returns the invoice with a number. Found is false when there is none yet.
func Invoice(ctx context.Context, store ports.Reader, number int) (invoice InvoiceIssued, found bool, err error) {
	model := decision.New(InvoiceIssued{}, invoiceTag(number)).With(
		decision.On(func(_, e InvoiceIssued) InvoiceIssued { return e }))
	if _, err := decision.Load(ctx, store, model); err != nil {
		return InvoiceIssued{}, false, fmt.Errorf("read invoice %d: %w", number, err)
	}
	return model.State(), model.State().Number != 0, nil
}
