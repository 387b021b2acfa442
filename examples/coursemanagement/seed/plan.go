package main

import (
	"context"
	"fmt"

	"github.com/opossum-go/opossum/decision"
	"github.com/opossum-go/opossum/domain"
	school "github.com/opossum-go/opossum/examples/coursemanagement"
	"github.com/opossum-go/opossum/examples/coursemanagement/seed/term"
	"github.com/opossum-go/opossum/ports"
)

// plan plans the term and returns the head of the store that it is for. In a store
// that has events, ids get a prefix that was not used before, and invoice numbers
// go on.
func (c *cli) plan(ctx context.Context, store ports.Reader) (*term.Term, domain.Position, error) {
	invoices := school.LastInvoiceNumber()
	condition, err := decision.Load(ctx, store, invoices)
	if err != nil {
		return nil, 0, err
	}
	head, options := condition.After, term.Options{Seed: c.Seed, LastInvoice: invoices.State()}
	if head > 0 {
		if !c.Append {
			return nil, 0, fmt.Errorf("the folder %s has %d events already; take another one, or add a term to it with --append", c.Dir, head)
		}
		options.Prefix = fmt.Sprintf("t%d-", head)
	}
	t, err := term.New(term.Presets()[c.Preset], options)
	return t, head, err
}
