package pharmacy_test

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/opossum-go/opossum/examples/pharmacy/dispensing"
	"github.com/opossum-go/opossum/examples/pharmacy/reports"
)

var _ = onEveryStore("Dispensing Schedule II in parts", func(p *pharmacy) {
	var rx int

	When("only 20 of 30 can be supplied", func() {
		BeforeEach(func(ctx SpecContext) {
			p.does(ctx, p.delivery(oxycodone, "L1", 20), p.delivery(oxycodone, "L2", 100))
			rx = p.accept(ctx, p.written("p1", oxycodone, 30))
			p.does(ctx, because(dispensing.CannotSupply, fill(rx, 20)))
		})

		It("leaves a remainder of 10, due in 72 hours (4)", func(ctx SpecContext) {
			Expect(newest[dispensing.Dispensed](ctx, p)).To(And(
				HaveField("Qty", 20), HaveField("Remaining", 10), HaveField("Due", BeTemporally("==", p.Now().Add(72*time.Hour)))))
			Expect(reports.Due(ctx, p.store, dispensing.Calendar{}, p.Now())).To(ContainElement(And(
				HaveField("Kind", reports.Remainder), HaveField("Rx", rx), HaveField("Overdue", false),
				HaveField("Due", BeTemporally("==", p.Now().Add(72*time.Hour))))))
		})

		It("dispenses the remainder after 71 hours (5)", func(ctx SpecContext) {
			p.advance(71 * time.Hour)
			p.does(ctx, fillFrom("L2", oxycodone, rx, 10))
			Expect(newest[dispensing.Dispensed](ctx, p)).To(And(HaveField("Remaining", 0), HaveField("FillNo", 0)))
		})

		It("refuses the remainder after 73 hours and takes its forfeit (6)", func(ctx SpecContext) {
			p.advance(73 * time.Hour)
			Expect(p.tries(ctx, fillFrom("L2", oxycodone, rx, 10))).To(beRefused("I4", "72 hours"))
			Expect(p.tries(ctx, dispensing.ForfeitBalance{Rx: rx, By: ben})).To(beRefused("I4", "prescriber has to be told"))
			p.does(ctx, dispensing.ForfeitBalance{Rx: rx, PrescriberNotified: true, By: ben})
			Expect(newest[dispensing.BalanceForfeited](ctx, p)).To(And(HaveField("Qty", 10), HaveField("PrescriberNotified", true)))
		})

		It("refuses everything once the remainder is forfeited, even within 30 days (7)", func(ctx SpecContext) {
			p.advance(73 * time.Hour)
			p.does(ctx, dispensing.ForfeitBalance{Rx: rx, PrescriberNotified: true, By: ben})
			Expect(p.tries(ctx, fillFrom("L2", oxycodone, rx, 1))).To(beRefused("I4", "given up"))
		})
	})

	When("the patient asks for 10 of 30 two days after the prescription was written", func() {
		BeforeEach(func(ctx SpecContext) {
			p.does(ctx, p.delivery(oxycodone, "L1", 100))
			rx = p.accept(ctx, p.written("p1", oxycodone, 30))
			p.onDay(2)
			p.does(ctx, because(dispensing.PatientAsked, fill(rx, 10)))
		})

		It("dispenses 10 more on day 29 (8)", func(ctx SpecContext) {
			p.onDay(29)
			p.does(ctx, because(dispensing.PatientAsked, fill(rx, 10)))
			Expect(newest[dispensing.Dispensed](ctx, p)).To(HaveField("Remaining", 10))
		})

		It("refuses on day 31: 30 days run from the date written, not from the first fill (9)", func(ctx SpecContext) {
			p.onDay(31)
			Expect(p.tries(ctx, because(dispensing.PatientAsked, fill(rx, 10)))).To(beRefused("I4", "30 days"))
		})

		It("refuses a part without a reason", func(ctx SpecContext) {
			Expect(p.tries(ctx, fill(rx, 10))).To(beRefused("partial", "needs its reason"))
		})
	})

	DescribeTable("a prescription for a patient in long-term or terminal care (10)",
		func(ctx SpecContext, kind dispensing.Kind) {
			p.does(ctx, p.delivery(oxycodone, "L1", 100))
			accepted := p.written("p1", oxycodone, 60)
			accepted.Kind = kind
			rx = p.accept(ctx, accepted)
			for part := range 5 {
				p.onDay(10 * part)
				p.does(ctx, fill(rx, 10))
			}
			p.onDay(59)
			p.does(ctx, fill(rx, 5))
			p.onDay(61)
			Expect(p.tries(ctx, fill(rx, 5))).To(beRefused("I4", "60 days"))
		},
		Entry("takes many parts until day 60, for a terminally ill patient", dispensing.Terminal),
		Entry("takes many parts until day 60, for a resident of a facility", dispensing.LongTermCare),
	)
})

var _ = onEveryStore("An emergency that was phoned in", func(p *pharmacy) {
	var rx int

	BeforeEach(func(ctx SpecContext) {
		p.does(ctx, p.delivery(oxycodone, "L1", 100))
		rx = p.accept(ctx, p.emergency("p1", oxycodone, 12))
		p.does(ctx, because(dispensing.PatientAsked, fill(rx, 6)))
	})

	It("refuses the remainder after 73 hours (11)", func(ctx SpecContext) {
		p.advance(73 * time.Hour)
		Expect(p.tries(ctx, fill(rx, 6))).To(beRefused("I4", "72 hours"))
	})

	It("refuses more than the supply of 72 hours", func(ctx SpecContext) {
		long := p.emergency("p2", oxycodone, 12)
		long.DaysSupply = 4
		Expect(p.tries(ctx, long)).To(beRefused("I15", "at most 72 hours"))
	})

	When("no written copy has come within 7 days", func() {
		BeforeEach(func() { p.onDay(8) })

		It("is overdue, is escalated, and warns about the prescriber from then on (12)", func(ctx SpecContext) {
			Expect(reports.Due(ctx, p.store, dispensing.Calendar{}, p.Now())).To(ContainElement(And(
				HaveField("Kind", reports.WrittenCopy), HaveField("Rx", rx), HaveField("Overdue", true))))

			p.does(ctx, dispensing.RaiseEscalation{Rx: rx, Note: "field office told by phone", By: ben})
			Expect(newest[dispensing.EscalationRaised](ctx, p)).To(And(HaveField("Rx", rx), HaveField("Prescriber", doctor)))

			p.accept(ctx, p.written("p2", diazepam, 10))
			Expect(newest[dispensing.PrescriptionAccepted](ctx, p).Warnings).To(ConsistOf(ContainSubstring("written copy")))
		})
	})

	When("the written copy came in time", func() {
		BeforeEach(func(ctx SpecContext) {
			p.onDay(5)
			p.does(ctx, dispensing.ReceiveWrittenCopy{Rx: rx, By: cleo})
			p.onDay(8)
		})

		It("has nothing to escalate", func(ctx SpecContext) {
			Expect(p.tries(ctx, dispensing.RaiseEscalation{Rx: rx, By: ben})).To(beRefused("I15", "no written copy"))
			Expect(reports.Due(ctx, p.store, dispensing.Calendar{}, p.Now())).NotTo(ContainElement(HaveField("Kind", reports.WrittenCopy)))
		})
	})
})
