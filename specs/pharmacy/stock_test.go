package pharmacy_test

import (
	"context"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/opossum-go/opossum/examples/pharmacy/dispensing"
	"github.com/opossum-go/opossum/examples/pharmacy/reports"
)

// onHand returns what the perpetual inventory says about a lot.
func (p *pharmacy) onHand(ctx context.Context, drug dispensing.Drug, lot string) int {
	GinkgoHelper()
	products, err := reports.Inventory(ctx, p.store)
	Expect(err).NotTo(HaveOccurred())
	for _, product := range products {
		for _, l := range product.Lots {
			if product.NDC == ndc(drug) && l.Lot == lot {
				return l.OnHand
			}
		}
	}
	Fail("there is no lot " + lot)
	return 0
}

var _ = onEveryStore("Wasting the rest of a dose", func(p *pharmacy) {
	waste := func(qty int, witness string) dispensing.RecordWaste {
		return dispensing.RecordWaste{Dose: "d1", Qty: qty, Reason: "not needed", By: dora, Witness: witness}
	}

	BeforeEach(func(ctx SpecContext) {
		p.does(ctx, p.delivery(morphine, "M1", 100),
			dispensing.IssueDose{Dose: "d1", NDC: ndc(morphine), Lot: "M1", Qty: 10, Patient: "p1", By: dora},
			dispensing.AdministerDose{Dose: "d1", Qty: 6, By: dora})
	})

	It("takes what is left, before a witness (32)", func(ctx SpecContext) {
		p.does(ctx, waste(4, ben))
		Expect(newest[dispensing.WasteWitnessed](ctx, p)).To(And(HaveField("Qty", 4), HaveField("Witness", ben), HaveField("Lot", "M1")))
		Expect(p.onHand(ctx, morphine, "M1")).To(Equal(90))
		Expect(reports.OpenDoses(ctx, p.store)).To(BeEmpty())
	})

	It("refuses more than what is left (32)", func(ctx SpecContext) {
		Expect(p.tries(ctx, waste(5, ben))).To(beRefused("I10", "5 cannot be waste"))
	})

	It("refuses to waste the same rest twice", func(ctx SpecContext) {
		p.does(ctx, waste(3, ben))
		Expect(p.tries(ctx, waste(2, ben))).To(beRefused("I10", "3 wasted"))
		p.does(ctx, waste(1, ben))
	})

	It("refuses the actor as witness (32)", func(ctx SpecContext) {
		Expect(p.tries(ctx, waste(4, dora))).To(beRefused("I9", "both of the two people"))
	})

	It("refuses a second dose with the same id", func(ctx SpecContext) {
		Expect(p.tries(ctx, dispensing.IssueDose{Dose: "d1", NDC: ndc(morphine), Lot: "M1", Qty: 1, Patient: "p2", By: dora})).
			To(beRefused("unique", "issued already"))
	})

	It("shows the dose as open until it is accounted for", func(ctx SpecContext) {
		Expect(reports.OpenDoses(ctx, p.store)).To(ConsistOf(And(HaveField("Dose", "d1"), HaveField("Left", 4))))
	})

	It("records witnessed breakage, even more than the book knows of", func(ctx SpecContext) {
		p.does(ctx, dispensing.RecordWaste{NDC: ndc(morphine), Lot: "M1", Qty: 91, Reason: "dropped", By: dora, Witness: ben})
		Expect(p.onHand(ctx, morphine, "M1")).To(Equal(-1))
	})
})

var _ = onEveryStore("Destroying an expired lot", func(p *pharmacy) {
	var destroy dispensing.DestroyLot

	BeforeEach(func(ctx SpecContext) {
		p.does(ctx, p.delivery(oxycodone, "L1", 40))
		p.onDay(4 * 365)
		destroy = dispensing.DestroyLot{
			NDC: ndc(oxycodone), Lot: "L1", Reason: "expired", Form41: "41-0001", Witness1: anna, Witness2: ben, By: anna,
		}
	})

	It("refuses one witness (33)", func(ctx SpecContext) {
		destroy.Witness2 = ""
		Expect(p.tries(ctx, destroy)).To(beRefused("I9", "two witnesses"))
		destroy.Witness2 = anna
		Expect(p.tries(ctx, destroy)).To(beRefused("I9", "both of the two people"))
	})

	It("refuses a technician who is not credentialed (33)", func(ctx SpecContext) {
		destroy.Witness2 = "emil"
		Expect(p.tries(ctx, destroy)).To(beRefused("I9", "emil cannot witness"))
	})

	It("refuses to destroy a controlled substance without its form", func(ctx SpecContext) {
		destroy.Form41 = ""
		Expect(p.tries(ctx, destroy)).To(beRefused("form-41", "DEA Form 41"))
	})

	It("refuses to destroy it twice", func(ctx SpecContext) {
		p.does(ctx, destroy)
		Expect(p.tries(ctx, destroy)).To(beRefused("I2", "nothing is left"))
	})

	It("leaves nothing on hand when two credentialed people saw it (33)", func(ctx SpecContext) {
		p.does(ctx, destroy)
		Expect(newest[dispensing.LotDestroyed](ctx, p)).To(HaveField("Qty", 40))
		Expect(p.onHand(ctx, oxycodone, "L1")).To(BeZero())
	})

	It("refuses to dispense from it", func(ctx SpecContext) {
		rx := p.accept(ctx, p.written("p1", oxycodone, 30))
		Expect(p.tries(ctx, fill(rx, 30))).To(beRefused("expired", "expired on"))
	})
})

var _ = onEveryStore("A theft that is discovered on Friday at 16:00", func(p *pharmacy) {
	due := func(ctx context.Context, kind reports.DeadlineKind) any {
		GinkgoHelper()
		all, err := reports.Due(ctx, p.store, dispensing.Calendar{}, p.Now())
		Expect(err).NotTo(HaveOccurred())
		for _, d := range all {
			if d.Kind == kind {
				return d
			}
		}
		return nil
	}
	friday := func() time.Time { return p.at(time.Friday, 16) }

	BeforeEach(func(ctx SpecContext) {
		p.set(friday())
		p.does(ctx, dispensing.DiscoverLoss{
			Loss: "l1", NDC: ndc(oxycodone), Qty: 60, Kind: dispensing.Theft, Description: "safe found open", By: ben,
		})
	})

	It("is overdue on Monday at 17:00 when it was not reported (31)", func(ctx SpecContext) {
		p.set(friday().Add(3*day + time.Hour))
		Expect(due(ctx, reports.LossNotice)).To(And(HaveField("Loss", "l1"), HaveField("Overdue", true)))
	})

	It("is not overdue over the weekend", func(ctx SpecContext) {
		p.set(friday().Add(2 * day))
		Expect(due(ctx, reports.LossNotice)).To(HaveField("Overdue", false))
	})

	It("leaves the list with the notice; Form 106 stays due for 45 days", func(ctx SpecContext) {
		p.does(ctx, dispensing.ReportLoss{Loss: "l1", Step: dispensing.Notification, Reference: "letter 1", By: anna})
		Expect(due(ctx, reports.LossNotice)).To(BeNil())
		p.set(friday().Add(45 * day))
		Expect(due(ctx, reports.LossForm106)).To(HaveField("Overdue", false))
		p.set(friday().Add(46 * day))
		Expect(due(ctx, reports.LossForm106)).To(HaveField("Overdue", true))
	})

	It("takes each report once, and each id once", func(ctx SpecContext) {
		notice := dispensing.ReportLoss{Loss: "l1", Step: dispensing.Notification, Reference: "letter 1", By: anna}
		p.does(ctx, notice)
		Expect(p.tries(ctx, notice)).To(beRefused("unique", "was made already"))
		again := dispensing.DiscoverLoss{Loss: "l1", NDC: ndc(oxycodone), Qty: 1, Kind: dispensing.Breakage, Description: "vial", By: ben}
		Expect(p.tries(ctx, again)).To(beRefused("unique", "there is a loss l1 already"))
		again.Loss = "l2"
		p.does(ctx, again)
	})

	It("does not change the book: a count does", func(ctx SpecContext) {
		p.does(ctx, p.delivery(oxycodone, "L1", 100))
		Expect(p.onHand(ctx, oxycodone, "L1")).To(Equal(100))
	})
})
