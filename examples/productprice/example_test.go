package productprice_test

import (
	"context"
	"fmt"
	"time"

	"github.com/opossum-go/opossum/adapters/memory"
	"github.com/opossum-go/opossum/application"
	shop "github.com/opossum-go/opossum/examples/productprice"
)

// clock is a clock that is set by hand.
type clock struct{ now time.Time }

func (c *clock) Now() time.Time { return c.now }

// Somebody puts two products into the cart. Then the price of one changes: the
// cart is good for ten minutes more.
func Example() {
	ctx, store := context.Background(), &memory.Store{}
	now := &clock{time.Date(2026, time.March, 1, 9, 0, 0, 0, time.UTC)}
	run := func(decide func(*application.Decision) error) {
		_, err := application.Decide(ctx, store, decide, application.WithClock(now))
		fmt.Println(now.now.Format("15:04"), err)
	}
	cart := shop.OrderProducts{Items: []shop.Item{
		{Product: "tea", DisplayedPrice: 250},
		{Product: "cup", DisplayedPrice: 790},
	}}

	run(func(d *application.Decision) error {
		return d.Record(
			shop.ProductDefined{Product: "tea", Price: 250},
			shop.ProductDefined{Product: "cup", Price: 790})
	})
	now.now = now.now.Add(time.Hour)
	run(func(d *application.Decision) error {
		return d.Record(shop.ProductPriceChanged{Product: "tea", NewPrice: 280})
	})
	now.now = now.now.Add(shop.Grace)
	run(cart.Decide)
	run(shop.OrderProduct{Product: "tea", DisplayedPrice: 280}.Decide)
	now.now = now.now.Add(time.Minute)
	run(cart.Decide)
	// Output:
	// 09:00 <nil>
	// 10:00 <nil>
	// 10:10 <nil>
	// 10:10 <nil>
	// 10:11 invalid price for product "tea"
}
