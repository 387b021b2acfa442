package pharmacy_test

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/opossum-go/opossum/examples/pharmacy/dispensing"
	"github.com/opossum-go/opossum/examples/pharmacy/reports"
)

var _ = onEveryStore("Counting a product", func(p *pharmacy) {
	var rx int

	entry := func(who string, counted int) dispensing.EnterCount {
		return dispensing.EnterCount{Count: "c1", Counted: counted, Who: who}
	}
	closing := dispensing.CloseCount{Count: "c1", By: anna}

	BeforeEach(func(ctx SpecContext) {
		p.does(ctx, p.delivery(oxycodone, "L1", 98), p.delivery(diazepam, "D1", 100))
		rx = p.accept(ctx, p.written("p1", oxycodone, 30))
		p.does(ctx, dispensing.OpenCount{Count: "c1", NDC: ndc(oxycodone), By: anna})
	})

	It("stops dispensing of this product and of no other (26)", func(ctx SpecContext) {
		Expect(p.tries(ctx, fill(rx, 30))).To(beRefused("I8", "count in progress"))
		other := p.accept(ctx, p.written("p2", diazepam, 10))
		p.does(ctx, fillFrom("D1", diazepam, other, 10))
	})

	It("stops adjusting, reversing, issuing, destroying and sending of this product (26)", func(ctx SpecContext) {
		p.does(ctx, entry(anna, 97), entry(ben, 97), closing, fill(rx, 30),
			dispensing.OpenCount{Count: "c2", NDC: ndc(oxycodone), By: anna})
		for _, command := range []any{
			dispensing.AdjustStock{Count: "c1", NDC: ndc(oxycodone), Lot: "L1", Delta: -1, Reason: "audit", SignedBy: anna},
			dispensing.ReverseDispense{Rx: rx, Entry: 1, Reason: "typo", By: ben},
			dispensing.IssueDose{Dose: "d1", NDC: ndc(oxycodone), Lot: "L1", Qty: 1, Patient: "p1", By: dora},
			dispensing.DestroyLot{NDC: ndc(oxycodone), Lot: "L1", Reason: "expired", Form41: "41-1", Witness1: anna, Witness2: ben, By: anna},
			dispensing.SendToReverseDistributor{
				NDC: ndc(oxycodone), Lot: "L1", Qty: 1, By: ben, Distributor: dispensing.Party{Name: "Holly Returns", Address: "5 Yard", DEA: "RH0000001"},
			},
			dispensing.OpenCount{Count: "c3", NDC: ndc(oxycodone), By: anna},
		} {
			Expect(p.tries(ctx, command)).To(beRefused("I8", "count in progress"), "%T", command)
		}
	})

	It("refuses to adjust before it is closed", func(ctx SpecContext) {
		p.does(ctx, entry(anna, 96), entry(ben, 96))
		early := dispensing.AdjustStock{Count: "c1", NDC: ndc(oxycodone), Lot: "L1", Delta: -2, Reason: "audit", SignedBy: anna}
		Expect(p.tries(ctx, early)).To(beRefused("I13", "needs a closed count"))
		p.does(ctx, closing, early)
	})

	It("refuses to adjust when it found no difference", func(ctx SpecContext) {
		p.does(ctx, entry(anna, 98), entry(ben, 98), closing)
		none := dispensing.AdjustStock{Count: "c1", NDC: ndc(oxycodone), Lot: "L1", Delta: 1, Reason: "audit", SignedBy: anna}
		Expect(p.tries(ctx, none)).To(beRefused("I13", "found no difference"))
	})

	It("adjusts upwards by what was found too much and no more", func(ctx SpecContext) {
		p.does(ctx, entry(anna, 100), entry(ben, 100), closing)
		up := dispensing.AdjustStock{Count: "c1", NDC: ndc(oxycodone), Lot: "L1", Delta: 3, Reason: "audit", SignedBy: anna}
		Expect(p.tries(ctx, up)).To(beRefused("I13", "goes beyond"))
		up.Delta = 2
		p.does(ctx, up)
		up.Delta = 1
		Expect(p.tries(ctx, up)).To(beRefused("I13", "goes beyond"))
	})

	It("takes a delivery all the same, and leaves it out of the count", func(ctx SpecContext) {
		p.does(ctx, p.delivery(oxycodone, "L2", 50), entry(anna, 98), entry(ben, 98), closing)
		Expect(newest[dispensing.CountClosed](ctx, p)).To(HaveField("Diff", 0))
	})

	It("closes without a difference when two people count what the book says (27)", func(ctx SpecContext) {
		p.does(ctx, entry(anna, 98), entry(ben, 98), closing)
		Expect(newest[dispensing.CountClosed](ctx, p)).To(And(HaveField("Book", 98), HaveField("Counted", 98), HaveField("Diff", 0)))
		Expect(reports.Cases(ctx, p.store)).To(BeEmpty())
		p.does(ctx, fill(rx, 30))
	})

	It("refuses a second count by the same person (28)", func(ctx SpecContext) {
		p.does(ctx, entry(anna, 98))
		Expect(p.tries(ctx, entry(anna, 98))).To(beRefused("I9", "has counted already"))
	})

	It("refuses to close on one count", func(ctx SpecContext) {
		p.does(ctx, entry(anna, 98))
		Expect(p.tries(ctx, closing)).To(beRefused("I9", "two people"))
	})

	It("refuses a second count with the same id", func(ctx SpecContext) {
		p.does(ctx, entry(anna, 98), entry(ben, 98), closing)
		Expect(p.tries(ctx, dispensing.OpenCount{Count: "c1", NDC: ndc(oxycodone), By: anna})).To(beRefused("unique", "a count c1 already"))
	})

	When("two people count differently", func() {
		BeforeEach(func(ctx SpecContext) { p.does(ctx, entry(anna, 98), entry(ben, 96)) })

		It("closes only after a third count, with the difference and an open case (29)", func(ctx SpecContext) {
			Expect(p.tries(ctx, closing)).To(beRefused("I9", "no two entries"))
			p.does(ctx, entry(cleo, 96), closing)
			Expect(newest[dispensing.CountClosed](ctx, p)).To(And(HaveField("Counted", 96), HaveField("Diff", -2)))
			Expect(reports.Cases(ctx, p.store)).To(ConsistOf(And(
				HaveField("Count", "c1"), HaveField("Diff", -2), HaveField("Open()", true))))
		})
	})

	When("a count found that 2 are missing", func() {
		var adjust dispensing.AdjustStock

		BeforeEach(func(ctx SpecContext) {
			p.does(ctx, entry(anna, 98), entry(ben, 96), entry(cleo, 96), closing)
			adjust = dispensing.AdjustStock{
				Count: "c1", NDC: ndc(oxycodone), Lot: "L1", Delta: -2, Reason: "found in the audit", SignedBy: anna,
			}
		})

		It("refuses to adjust without a reason (30)", func(ctx SpecContext) {
			adjust.Reason = " "
			Expect(p.tries(ctx, adjust)).To(beRefused("reason", "needs a reason"))
		})

		It("refuses to adjust without the signature of the pharmacist in charge (30)", func(ctx SpecContext) {
			adjust.SignedBy = ""
			Expect(p.tries(ctx, adjust)).To(beRefused("I13", "signed by the pharmacist in charge"))
			adjust.SignedBy = ben
			Expect(p.tries(ctx, adjust)).To(beRefused("I6", "credentialed as pharmacist"))
		})

		It("adjusts with a reason and that signature, and settles the case (30)", func(ctx SpecContext) {
			p.does(ctx, adjust)
			Expect(newest[dispensing.StockAdjusted](ctx, p)).To(And(HaveField("Delta", -2), HaveField("SignedName", "Anna Alder")))
			Expect(reports.Cases(ctx, p.store)).To(ConsistOf(HaveField("Open()", false)))
			Expect(p.onHand(ctx, oxycodone, "L1")).To(Equal(96))
		})

		It("refuses to adjust more than the count found", func(ctx SpecContext) {
			adjust.Delta = -3
			Expect(p.tries(ctx, adjust)).To(beRefused("I13", "goes beyond"))
		})

		It("refuses to adjust without a closed count", func(ctx SpecContext) {
			adjust.Count = "c2"
			Expect(p.tries(ctx, adjust)).To(beRefused("I13", "needs a closed count"))
		})
	})
})
