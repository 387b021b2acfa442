package invoicenumber_test

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"

	"github.com/opossum-go/opossum/adapters/memory"
	"github.com/opossum-go/opossum/application"
	"github.com/opossum-go/opossum/domain"
	invoices "github.com/opossum-go/opossum/examples/invoicenumber"
	"github.com/opossum-go/opossum/ports"
)

// Three clerks write an invoice each, at the same time.
func Example() {
	ctx, store := context.Background(), &memory.Store{}
	var clerks sync.WaitGroup
	for range 3 {
		clerks.Go(func() {
			invoice := invoices.CreateInvoice{Data: json.RawMessage(`{"total":"12.50"}`)}
			if _, err := application.Decide(ctx, store, invoice.Decide); err != nil {
				fmt.Println(err)
			}
		})
	}
	clerks.Wait()

	result, err := store.Read(ctx, domain.All(), ports.ReadOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for e, err := range result.Events {
		fmt.Println(e.Tags, string(e.Data), err)
	}
	// Output:
	// [invoice:1] {"invoiceNumber":1,"invoiceData":{"total":"12.50"}} <nil>
	// [invoice:2] {"invoiceNumber":2,"invoiceData":{"total":"12.50"}} <nil>
	// [invoice:3] {"invoiceNumber":3,"invoiceData":{"total":"12.50"}} <nil>
}
