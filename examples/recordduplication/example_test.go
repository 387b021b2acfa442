package recordduplication_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/opossum-go/opossum/adapters/memory"
	"github.com/opossum-go/opossum/application"
	orders "github.com/opossum-go/opossum/examples/recordduplication"
)

// A form that is sent twice, and a second form.
func Example() {
	ctx, store := context.Background(), &memory.Store{}
	for _, form := range []orders.PlaceOrder{
		{OrderID: "o1", IdempotencyToken: "9f2c"},
		{OrderID: "o2", IdempotencyToken: "9f2c"},
		{OrderID: "o3", IdempotencyToken: "41d7"},
	} {
		_, err := application.Decide(ctx, store, form.Decide)
		switch {
		case errors.Is(err, orders.Resubmission):
			fmt.Println(form.OrderID, "was sent before")
		case err != nil:
			fmt.Println(err)
		default:
			fmt.Println(form.OrderID, "is placed")
		}
	}
	// Output:
	// o1 is placed
	// o2 was sent before
	// o3 is placed
}
