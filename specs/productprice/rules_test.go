package productprice_test

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/opossum-go/opossum/application"
	"github.com/opossum-go/opossum/domain"
	shop "github.com/opossum-go/opossum/examples/productprice"
	"github.com/opossum-go/opossum/ports"
	"github.com/opossum-go/opossum/specs/internal/stage"
)

func item(product string, price int) shop.Item {
	return shop.Item{Product: product, DisplayedPrice: price}
}

func order(items ...shop.Item) shop.OrderProducts { return shop.OrderProducts{Items: items} }

func defined(product string, price int, ago time.Duration) domain.Event {
	return stage.Fact(GinkgoTB(), shop.ProductDefined{Product: product, Price: price}, ago)
}

func changed(product string, price int, ago time.Duration) domain.Event {
	return stage.Fact(GinkgoTB(), shop.ProductPriceChanged{Product: product, NewPrice: price}, ago)
}

var _ = DescribeTableSubtree("A shop", func(open stage.Opener) {
	var store ports.EventStore
	BeforeEach(func(ctx SpecContext) { store, _ = open(ctx, GinkgoTB()) })

	// prices says which of the prices 1 to 4 of p1 are good.
	prices := func(ctx SpecContext) []int {
		GinkgoHelper()
		good := []int{}
		for price := range 5 {
			err := stage.Decide(ctx, store, order(item("p1", price)).Decide, stage.AtNow()).Err
			if err == nil {
				good = append(good, price)
			} else {
				Expect(err).To(Equal(shop.Refusal(`invalid price for product "p1"`)))
			}
			single := stage.Decide(ctx, store, shop.OrderProduct{Product: "p1", DisplayedPrice: price}.Decide, stage.AtNow()).Err
			if err == nil {
				Expect(single).NotTo(HaveOccurred())
			} else {
				Expect(single).To(Equal(err), "an order of one product and one of several agree")
			}
		}
		return good
	}

	DescribeTable("sells at", func(ctx SpecContext, history func() []domain.Event, good ...int) {
		stage.Store(ctx, GinkgoTB(), store, history()...)
		if len(good) == 0 {
			Expect(prices(ctx)).To(BeEmpty())
		} else {
			Expect(prices(ctx)).To(Equal(good))
		}
	},
		Entry("the old and the new price exactly ten minutes after a change", func() []domain.Event {
			return []domain.Event{defined("p1", 1, time.Hour), changed("p1", 2, 10*time.Minute)}
		}, 1, 2),
		Entry("the new price only, a moment later", func() []domain.Event {
			return []domain.Event{defined("p1", 1, time.Hour), changed("p1", 2, 10*time.Minute+1)}
		}, 2),
		Entry("all three prices after two changes within ten minutes", func() []domain.Event {
			return []domain.Event{defined("p1", 1, time.Hour), changed("p1", 2, 9*time.Minute), changed("p1", 3, 8*time.Minute)}
		}, 1, 2, 3),
		Entry("the last old price and the new ones, not at those before", func() []domain.Event {
			return []domain.Event{
				defined("p1", 1, 3*time.Hour), changed("p1", 2, 2*time.Hour), changed("p1", 3, 9*time.Minute), changed("p1", 4, 0),
			}
		}, 2, 3, 4),
		Entry("the only price of a product that is minutes old", func() []domain.Event {
			return []domain.Event{defined("p1", 1, 5*time.Minute)}
		}, 1),
		Entry("no price, when it never had the product", func() []domain.Event { return []domain.Event{defined("p2", 1, time.Hour)} }),
	)

	When("it sells two products", func() {
		BeforeEach(func(ctx SpecContext) {
			stage.Store(ctx, GinkgoTB(), store, defined("p1", 123, time.Hour), changed("p1", 134, 9*time.Minute), defined("p2", 321, time.Hour))
		})

		DescribeTable("refuses the whole order when one price is wrong", func(ctx SpecContext, product string, items ...shop.Item) {
			answer := stage.Decide(ctx, store, order(items...).Decide, stage.AtNow())
			Expect(answer.Err).To(MatchError(`invalid price for product "` + product + `"`))
			Expect(stage.After(ctx, GinkgoTB(), store, 3)).To(BeEmpty())
		},
			Entry("the second", "p2", item("p1", 123), item("p2", 123)),
			Entry("the first", "p1", item("p1", 321), item("p2", 321)),
			Entry("both: the first is named", "p2", item("p2", 1), item("p1", 1)),
			Entry("that of an unknown product", "p3", item("p1", 123), item("p3", 321)),
			Entry("one of two for one product", "p1", item("p1", 123), item("p1", 1)),
		)

		It("takes one product twice in an order, at each of its good prices", func(ctx SpecContext) {
			Expect(stage.Decide(ctx, store, order(item("p1", 123), item("p2", 321), item("p1", 134)).Decide, stage.AtNow()).Err).NotTo(HaveOccurred())
			happened := stage.After(ctx, GinkgoTB(), store, 3)
			Expect(happened).To(HaveLen(1))
			Expect(happened[0].Tags).To(Equal([]domain.Tag{"product:p1", "product:p2"}))
			Expect(happened[0].Data).To(MatchJSON(
				`{"items":[{"productId":"p1","price":123},{"productId":"p2","price":321},{"productId":"p1","price":134}]}`))
		})
	})
}, adapters)

var _ = DescribeTableSubtree("An order of p1 and p2, when something is stored between its decision and its append", func(open stage.Opener) {
	var here, there ports.EventStore
	cart := order(item("p1", 123), item("p2", 321))
	BeforeEach(func(ctx SpecContext) {
		here, there = open(ctx, GinkgoTB())
		stage.Store(ctx, GinkgoTB(), here, defined("p1", 123, time.Hour), defined("p2", 321, time.Hour), defined("p3", 1, time.Hour))
	})

	buy := func(ctx SpecContext, between func() domain.Event) stage.Answer {
		GinkgoHelper()
		store := stage.Interrupted(here, func() { stage.Store(ctx, GinkgoTB(), there, between()) })
		return stage.Decide(ctx, store, cart.Decide, stage.AtNow())
	}

	DescribeTable("is not disturbed by", func(ctx SpecContext, between func() domain.Event) {
		answer := buy(ctx, between)
		Expect(answer.Err).NotTo(HaveOccurred())
		Expect(answer.Result.Attempts).To(Equal(1))
		Expect(answer.Result.Positions.First).To(Equal(domain.Position(5)))
	},
		Entry("the price of another product", func() domain.Event { return changed("p3", 2, 0) }),
		Entry("a new product", func() domain.Event { return defined("p4", 2, 0) }),
		Entry("an order of the same products", func() domain.Event {
			return stage.Fact(GinkgoTB(), shop.ProductsOrdered{Items: []shop.OrderedItem{{Product: "p1", Price: 123}, {Product: "p2", Price: 321}}}, 0)
		}),
		Entry("an order of one of them", func() domain.Event {
			return stage.Fact(GinkgoTB(), shop.ProductOrdered{Product: "p1", Price: 123}, 0)
		}),
	)

	DescribeTable("is decided again after", func(ctx SpecContext, between func() domain.Event, want error) {
		answer := buy(ctx, between)
		if want == nil {
			Expect(answer.Err).NotTo(HaveOccurred())
			Expect(answer.Result.Positions.First).To(Equal(domain.Position(5)))
		} else {
			Expect(answer.Err).To(Equal(want))
			Expect(stage.After(ctx, GinkgoTB(), here, 4)).To(BeEmpty())
		}
		Expect(answer.Result.Attempts).To(Equal(2))
		Expect(answer.Result.Conflicts).To(HaveExactElements(HaveValue(HaveField("Position", domain.Position(4)))))
	},
		Entry("a new price, and accepted: the old one is good for a while", func() domain.Event { return changed("p1", 134, 0) }, nil),
		Entry("a new price that has been in force for long, and refused", func() domain.Event { return changed("p2", 400, time.Hour) },
			shop.Refusal(`invalid price for product "p2"`)),
	)

	It("loses to a command that changed a price long ago and is stored first: it decides again and is refused", func(ctx SpecContext) {
		reprice := func(d *application.Decision) error {
			inForce := domain.Metadata{OccurredAt: d.Now().Add(-time.Hour)}
			return d.RecordWith(inForce, shop.ProductPriceChanged{Product: "p1", NewPrice: 134})
		}
		change, bought := stage.Race(ctx, here, there, reprice, cart.Decide, stage.AtNow())
		Expect(change.Err).NotTo(HaveOccurred())
		Expect(bought.Err).To(Equal(shop.Refusal(`invalid price for product "p1"`)))
		Expect(bought.Result.Attempts).To(Equal(2))
		Expect(bought.Result.Conflicts).To(HaveExactElements(HaveValue(Equal(ports.ConflictError{
			After: 3, Position: 4, Type: "ProductPriceChanged", Tags: []domain.Tag{"product:p1"},
		}))))
		Expect(stage.After(ctx, GinkgoTB(), here, 3)).To(HaveLen(1))
	})

	// What makes most examples conflict does not here: no order depends on another.
	It("is stored at the first attempt, and so is its twin", func(ctx SpecContext) {
		first, second := stage.Race(ctx, here, there, cart.Decide, cart.Decide, stage.AtNow())
		for _, answer := range []stage.Answer{first, second} {
			Expect(answer.Err).NotTo(HaveOccurred())
			Expect(answer.Result.Attempts).To(Equal(1))
		}
		Expect(stage.After(ctx, GinkgoTB(), here, 3)).To(HaveLen(2))
	})
}, adapters)
