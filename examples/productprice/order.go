package productprice

import (
	"fmt"

	"github.com/opossum-go/opossum/application"
	"github.com/opossum-go/opossum/decision"
)

// Refusal is the answer to a command that breaks a rule: one sentence for the
// person who sent it. Refusals with the same text are equal. Nothing was stored.
type Refusal string

// Error returns the sentence.
func (r Refusal) Error() string { return string(r) }

func invalidPrice(product string) Refusal {
	return Refusal(fmt.Sprintf("invalid price for product %q", product))
}

// OrderProduct buys one product at the price that was displayed.
type OrderProduct struct {
	Product        string `json:"productId" validate:"required"`
	DisplayedPrice int    `json:"displayedPrice" validate:"min=0"`
}

// Decide refuses a price that is not good.
func (c OrderProduct) Decide(d *application.Decision) error {
	prices := PricesOf(c.Product, d.Now())
	if err := d.Load(prices); err != nil {
		return err
	}
	if !prices.State().Good(c.DisplayedPrice) {
		return invalidPrice(c.Product)
	}
	return d.Record(ProductOrdered{Product: c.Product, Price: c.DisplayedPrice})
}

// OrderProducts buys several products, all or none. A product may occur more than
// once.
type OrderProducts struct {
	Items []Item `json:"items" validate:"min=1,dive"`
}

// Item is one product of an order, and the price that was displayed.
type Item struct {
	Product        string `json:"productId" validate:"required"`
	DisplayedPrice int    `json:"displayedPrice" validate:"min=0"`
}

// Decide refuses the order when the price of one of its products is not good, and
// names the first of these.
func (c OrderProducts) Decide(d *application.Decision) error {
	prices := make(map[string]*decision.Model[Prices])
	var models []decision.Loadable
	for _, item := range c.Items {
		if prices[item.Product] == nil {
			prices[item.Product] = PricesOf(item.Product, d.Now())
			models = append(models, prices[item.Product])
		}
	}
	if err := d.Load(models...); err != nil {
		return err
	}
	var ordered ProductsOrdered
	for _, item := range c.Items {
		if !prices[item.Product].State().Good(item.DisplayedPrice) {
			return invalidPrice(item.Product)
		}
		ordered.Items = append(ordered.Items, OrderedItem{Product: item.Product, Price: item.DisplayedPrice})
	}
	return d.Record(ordered)
}
