package invoicenumber_test

import (
	"encoding/json"
	"errors"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/opossum-go/opossum/application"
	"github.com/opossum-go/opossum/domain"
	invoices "github.com/opossum-go/opossum/examples/invoicenumber"
	"github.com/opossum-go/opossum/ports"
	"github.com/opossum-go/opossum/specs/internal/published"
	"github.com/opossum-go/opossum/specs/internal/stage"
)

// command returns the command of a case.
func command(c published.Case) func(*application.Decision) error {
	GinkgoHelper()
	Expect(c.When.Name).To(Equal("createInvoice"))
	var create invoices.CreateInvoice
	Expect(c.When.Into(&create)).To(Succeed())
	return create.Decide
}

// refusal is never needed: no rule refuses an invoice.
func refusal(text string) error { return errors.New(text) }

// noise is of other types: any invoice counts, whatever its tags.
func noise() []domain.Event {
	return []domain.Event{
		{Type: "InvoiceSent", Tags: []domain.Tag{"invoice:7"}, Data: []byte(`{"invoiceNumber":7}`)},
		{Type: "OfferCreated", Data: []byte(`{"invoiceNumber":8}`)},
	}
}

func invoice(data string) invoices.CreateInvoice {
	return invoices.CreateInvoice{Data: json.RawMessage(data)}
}

func created(number int) domain.Event {
	return stage.Fact(GinkgoTB(), invoices.InvoiceCreated{Number: number, Data: json.RawMessage(`{}`)}, 0)
}

var _ = DescribeTableSubtree("An invoice", func(open stage.Opener) {
	DescribeTable("is numbered as published", Label(published.Label), func(ctx SpecContext, c published.Case) {
		store, _ := open(ctx, GinkgoTB())
		stage.Play(ctx, GinkgoTB(), store, c, c.Given(stage.Now, 0), command(c), refusal)
	}, cases())

	DescribeTable("is numbered the same among events about something else", Label(published.Label), func(ctx SpecContext, c published.Case) {
		store, _ := open(ctx, GinkgoTB())
		stage.Play(ctx, GinkgoTB(), store, c, stage.Among(noise(), c.Given(stage.Now, 0)), command(c), refusal)
	}, cases())

	It("follows the last one, not the number of invoices", func(ctx SpecContext) {
		store, _ := open(ctx, GinkgoTB())
		head := stage.Store(ctx, GinkgoTB(), store, created(41))
		Expect(stage.Decide(ctx, store, invoice(`{}`).Decide).Err).NotTo(HaveOccurred())
		Expect(stage.After(ctx, GinkgoTB(), store, head)).To(HaveExactElements(HaveField("Tags", []domain.Tag{"invoice:42"})))
	})
}, adapters)

var _ = DescribeTableSubtree("Two invoices that meet", func(open stage.Opener) {
	var here, there ports.EventStore
	BeforeEach(func(ctx SpecContext) { here, there = open(ctx, GinkgoTB()) })

	DescribeTable("get one number each: the slower one decides again and gets the next",
		func(ctx SpecContext, before int) {
			for n := range before {
				stage.Store(ctx, GinkgoTB(), here, created(n+1))
			}
			head := domain.Position(before)

			winner, loser := stage.Race(ctx, here, there, invoice(`{"by":"first"}`).Decide, invoice(`{"by":"second"}`).Decide)

			Expect(winner.Err).NotTo(HaveOccurred())
			Expect(winner.Result.Attempts).To(Equal(1))
			Expect(loser.Err).NotTo(HaveOccurred())
			Expect(loser.Result.Attempts).To(Equal(2))
			happened := stage.After(ctx, GinkgoTB(), here, head)
			Expect(happened).To(HaveLen(2))
			for i, by := range []string{"first", "second"} {
				want, err := json.Marshal(map[string]any{"invoiceNumber": before + i + 1, "invoiceData": map[string]string{"by": by}})
				Expect(err).NotTo(HaveOccurred())
				Expect(happened[i].Data).To(MatchJSON(want))
			}
			Expect(loser.Result.Conflicts).To(HaveExactElements(HaveValue(Equal(ports.ConflictError{
				After: head, Position: head + 1, Type: "InvoiceCreated", Tags: happened[0].Tags,
			}))))
		},
		Entry("when they are the first ones", 0),
		Entry("when there are others", 3),
	)

	It("do not mind an event that is no invoice", func(ctx SpecContext) {
		head := stage.Store(ctx, GinkgoTB(), here, created(1))
		store := stage.Interrupted(here, func() {
			stage.Store(ctx, GinkgoTB(), there, domain.Event{Type: "InvoiceSent", Tags: []domain.Tag{"invoice:1"}})
		})
		answer := stage.Decide(ctx, store, invoice(`{}`).Decide)
		Expect(answer.Err).NotTo(HaveOccurred())
		Expect(answer.Result.Attempts).To(Equal(1))
		Expect(answer.Result.Positions.First).To(Equal(head + 2))
	})
}, adapters)
