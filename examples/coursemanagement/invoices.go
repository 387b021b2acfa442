package coursemanagement

import (
	"strings"

	"github.com/opossum-go/opossum/application"
	"github.com/opossum-go/opossum/decision"
	"github.com/opossum-go/opossum/domain"
)

// InvoiceIssued says that a customer owes an amount. Invoices are numbered 1, 2, 3
// and so on, without gaps.
type InvoiceIssued struct {
	Number   int    `json:"invoiceNumber"`
	Customer string `json:"customer"`
	Amount   Cents  `json:"amount"`
}

// EventType returns "InvoiceIssued".
func (InvoiceIssued) EventType() string { return "InvoiceIssued" }

// Tags returns the invoice.
func (e InvoiceIssued) Tags() []domain.Tag { return []domain.Tag{invoiceTag(e.Number)} }

// LastInvoiceNumber answers which number was given to the newest invoice, 0 when
// there is none. It reads one event, however many invoices there are, and every new
// invoice changes the answer: of two that are issued at once, one is decided again.
func LastInvoiceNumber() *decision.Model[int] {
	return decision.New(0).With(
		decision.On(func(_ int, e InvoiceIssued) int { return e.Number })).Latest()
}

// IssueInvoice bills a customer.
type IssueInvoice struct {
	Customer string `json:"customer" validate:"max=120"`
	Amount   Cents  `json:"amount"`
}

// Decide refuses an invoice to nobody, and one over nothing or less.
func (c IssueInvoice) Decide(d *application.Decision) error {
	switch {
	case strings.TrimSpace(c.Customer) == "":
		return refuse("An invoice needs a customer")
	case c.Amount <= 0:
		return refuse("An invoice needs an amount above 0.00")
	}
	last := LastInvoiceNumber()
	if err := d.Load(last); err != nil {
		return err
	}
	return d.Record(InvoiceIssued{Number: last.State() + 1, Customer: c.Customer, Amount: c.Amount})
}
