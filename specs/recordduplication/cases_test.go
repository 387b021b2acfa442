package recordduplication_test

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/opossum-go/opossum/application"
	"github.com/opossum-go/opossum/domain"
	orders "github.com/opossum-go/opossum/examples/recordduplication"
	"github.com/opossum-go/opossum/ports"
	"github.com/opossum-go/opossum/specs/internal/published"
	"github.com/opossum-go/opossum/specs/internal/stage"
)

// command returns the command of a case.
func command(c published.Case) func(*application.Decision) error {
	GinkgoHelper()
	Expect(c.When.Name).To(Equal("placeOrder"))
	var place orders.PlaceOrder
	Expect(c.When.Into(&place)).To(Succeed())
	return place.Decide
}

// noise has other tokens, other types, or the token where it is none.
func noise() []domain.Event {
	return []domain.Event{
		stage.Fact(GinkgoTB(), orders.OrderPlaced{OrderID: "o54321", IdempotencyToken: "222"}, 0),
		stage.Fact(GinkgoTB(), orders.OrderPlaced{OrderID: "22222", IdempotencyToken: "111111"}, 0),
		{Type: "OrderPlaced", Data: []byte(`{"orderId":"o1","idempotencyToken":"22222"}`)},
		{Type: "OrderShipped", Tags: []domain.Tag{"order:o54321", "idempotency:22222", "idempotency:11111"}},
	}
}

var _ = DescribeTableSubtree("An order", func(open stage.Opener) {
	DescribeTable("is answered as published", Label(published.Label), func(ctx SpecContext, c published.Case) {
		store, _ := open(ctx, GinkgoTB())
		stage.Play(ctx, GinkgoTB(), store, c, c.Given(stage.Now, 0), command(c), refusal)
	}, cases())

	DescribeTable("is answered the same among events about something else", Label(published.Label), func(ctx SpecContext, c published.Case) {
		store, _ := open(ctx, GinkgoTB())
		stage.Play(ctx, GinkgoTB(), store, c, stage.Among(noise(), c.Given(stage.Now, 0)), command(c), refusal)
	}, cases())

	It("is placed although the same order was placed with another token: the token is what counts", func(ctx SpecContext) {
		store, _ := open(ctx, GinkgoTB())
		stage.Store(ctx, GinkgoTB(), store, stage.Fact(GinkgoTB(), orders.OrderPlaced{OrderID: "o1", IdempotencyToken: "t1"}, 0))
		Expect(stage.Decide(ctx, store, orders.PlaceOrder{OrderID: "o1", IdempotencyToken: "t2"}.Decide).Err).NotTo(HaveOccurred())
	})
}, adapters)

var _ = DescribeTableSubtree("Two orders that meet", func(open stage.Opener) {
	var here, there ports.EventStore
	BeforeEach(func(ctx SpecContext) { here, there = open(ctx, GinkgoTB()) })
	place := func(order, token string) func(*application.Decision) error {
		return orders.PlaceOrder{OrderID: order, IdempotencyToken: token}.Decide
	}

	DescribeTable("with one token end with one order: the slower one decides again and is refused",
		func(ctx SpecContext, second string) {
			winner, loser := stage.Race(ctx, here, there, place("o1", "t1"), place(second, "t1"))

			Expect(winner.Err).NotTo(HaveOccurred())
			Expect(winner.Result.Attempts).To(Equal(1))
			Expect(loser.Err).To(Equal(orders.Resubmission))
			Expect(loser.Result.Attempts).To(Equal(2))
			Expect(loser.Result.Conflicts).To(HaveExactElements(
				HaveValue(Equal(ports.ConflictError{Position: 1, Type: "OrderPlaced", Tags: []domain.Tag{"idempotency:t1", "order:o1"}}))))
			Expect(stage.After(ctx, GinkgoTB(), here, 0)).To(HaveLen(1))
		},
		Entry("of the same order", "o1"),
		Entry("of two orders", "o2"),
	)

	It("with a token each are both placed at the first attempt", func(ctx SpecContext) {
		first, second := stage.Race(ctx, here, there, place("o1", "t1"), place("o2", "t2"))
		for _, answer := range []stage.Answer{first, second} {
			Expect(answer.Err).NotTo(HaveOccurred())
			Expect(answer.Result.Attempts).To(Equal(1))
		}
	})

	It("do not mind an event with the token that is no order", func(ctx SpecContext) {
		store := stage.Interrupted(here, func() {
			stage.Store(ctx, GinkgoTB(), there, domain.Event{Type: "FormShown", Tags: []domain.Tag{"idempotency:t1"}})
		})
		answer := stage.Decide(ctx, store, place("o1", "t1"))
		Expect(answer.Err).NotTo(HaveOccurred())
		Expect(answer.Result.Attempts).To(Equal(1))
		Expect(answer.Result.Positions.First).To(Equal(domain.Position(2)))
	})
}, adapters)
