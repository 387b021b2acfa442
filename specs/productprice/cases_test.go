package productprice_test

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/opossum-go/opossum/application"
	"github.com/opossum-go/opossum/domain"
	shop "github.com/opossum-go/opossum/examples/productprice"
	"github.com/opossum-go/opossum/specs/internal/published"
	"github.com/opossum-go/opossum/specs/internal/stage"
)

// longAgo is the age of the events that the site gives none: it takes them for
// older than the grace period.
const longAgo = 24 * time.Hour

// command returns the command of a case.
func command(c published.Case) func(*application.Decision) error {
	GinkgoHelper()
	switch c.When.Name {
	case "orderProduct":
		var order shop.OrderProduct
		Expect(c.When.Into(&order)).To(Succeed())
		return order.Decide
	case "orderProducts":
		var order shop.OrderProducts
		Expect(c.When.Into(&order)).To(Succeed())
		return order.Decide
	}
	Fail("the cases have a command that this spec does not know: " + c.When.Name)
	return nil
}

// noise is about other products, or no price.
func noise() []domain.Event {
	t := GinkgoTB()
	return []domain.Event{
		stage.Fact(t, shop.ProductDefined{Product: "p11", Price: 100}, longAgo),
		stage.Fact(t, shop.ProductPriceChanged{Product: "p11", NewPrice: 123}, 0),
		stage.Fact(t, shop.ProductOrdered{Product: "p1", Price: 100}, 0),
		stage.Fact(t, shop.ProductsOrdered{Items: []shop.OrderedItem{{Product: "p1", Price: 100}, {Product: "p2", Price: 100}}}, 0),
		{Type: "ProductDefined", Data: []byte(`{"productId":"p1","price":100}`)},
		{Type: "ProductRenamed", Tags: []domain.Tag{"product:p1", "product:p2"}, Data: []byte(`{"price":100}`)},
	}
}

var _ = DescribeTableSubtree("An order", func(open stage.Opener) {
	DescribeTable("is answered as published", Label(published.Label), func(ctx SpecContext, c published.Case) {
		store, _ := open(ctx, GinkgoTB())
		stage.Play(ctx, GinkgoTB(), store, c, c.Given(stage.Now, longAgo), command(c), refusal)
	}, cases())

	DescribeTable("is answered the same among events about something else", Label(published.Label), func(ctx SpecContext, c published.Case) {
		store, _ := open(ctx, GinkgoTB())
		stage.Play(ctx, GinkgoTB(), store, c, stage.Among(noise(), c.Given(stage.Now, longAgo)), command(c), refusal)
	}, cases())
}, adapters)
