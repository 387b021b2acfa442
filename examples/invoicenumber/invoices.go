package invoicenumber

import (
	"encoding/json"
	"strconv"

	"github.com/opossum-go/opossum/application"
	"github.com/opossum-go/opossum/decision"
	"github.com/opossum-go/opossum/domain"
)

// InvoiceCreated says that an invoice has been written.
type InvoiceCreated struct {
	Number int             `json:"invoiceNumber"` // from 1
	Data   json.RawMessage `json:"invoiceData"`
}

// EventType returns "InvoiceCreated".
func (InvoiceCreated) EventType() string { return "InvoiceCreated" }

// Tags returns the invoice.
func (e InvoiceCreated) Tags() []domain.Tag {
	return []domain.Tag{domain.NewTag("invoice", strconv.Itoa(e.Number))}
}

// NextNumber answers which number the next invoice gets. It is about all invoices
// and so has no tags.
func NextNumber() *decision.Model[int] {
	return decision.New(1).With(
		decision.On(func(_ int, last InvoiceCreated) int { return last.Number + 1 })).Latest()
}

// CreateInvoice writes an invoice.
type CreateInvoice struct {
	Data json.RawMessage `json:"invoiceData" validate:"required"`
}

// Decide numbers the invoice. There is no rule that could refuse it.
func (c CreateInvoice) Decide(d *application.Decision) error {
	next := NextNumber()
	if err := d.Load(next); err != nil {
		return err
	}
	return d.Record(InvoiceCreated{Number: next.State(), Data: c.Data})
}
