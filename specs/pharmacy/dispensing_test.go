package pharmacy_test

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/opossum-go/opossum/examples/pharmacy/dispensing"
)

var _ = onEveryStore("Dispensing Schedule II", func(p *pharmacy) {
	var rx int

	When("a prescription for 30 meets a lot of 100", func() {
		BeforeEach(func(ctx SpecContext) {
			p.does(ctx, p.delivery(oxycodone, "L1", 100))
			rx = p.accept(ctx, p.written("p1", oxycodone, 30))
		})

		It("dispenses 30 and leaves no remainder (1)", func(ctx SpecContext) {
			p.does(ctx, fill(rx, 30))
			Expect(newest[dispensing.Dispensed](ctx, p)).To(And(HaveField("Qty", 30), HaveField("Remaining", 0), HaveField("Initials", "BB")))
		})

		It("refuses to refill it (2)", func(ctx SpecContext) {
			p.does(ctx, fill(rx, 30))
			Expect(p.tries(ctx, fill(rx, 30))).To(beRefused("I3", "C-II cannot be refilled"))
		})

		It("refuses a pharmacist who is suspended (19)", func(ctx SpecContext) {
			p.does(ctx, dispensing.SuspendStaff{Staff: ben, Reason: "licence under review", By: anna})
			Expect(p.tries(ctx, fill(rx, 30))).To(beRefused("I6", "suspended"))
			p.does(ctx, by(anna, fill(rx, 30)))
		})

		It("refuses somebody who is no pharmacist", func(ctx SpecContext) {
			Expect(p.tries(ctx, by(cleo, fill(rx, 30)))).To(beRefused("I6", "technician"))
		})

		It("refuses more than was prescribed", func(ctx SpecContext) {
			Expect(p.tries(ctx, fill(rx, 31))).To(beRefused("I1", "has 30 left"))
		})

		It("refuses a lot of something else", func(ctx SpecContext) {
			p.does(ctx, p.delivery(morphine, "M1", 100))
			Expect(p.tries(ctx, fillFrom("M1", morphine, rx, 30))).To(beRefused("match", "prescribed is oxycodone"))
		})
	})

	When("the lot has 20 and 30 are prescribed", func() {
		BeforeEach(func(ctx SpecContext) {
			p.does(ctx, p.delivery(oxycodone, "L1", 20))
			rx = p.accept(ctx, p.written("p1", oxycodone, 30))
		})

		It("refuses 30 and suggests 20 as a partial fill (3)", func(ctx SpecContext) {
			Expect(p.tries(ctx, fill(rx, 30))).To(And(beRefused("I2", "insufficient"), MatchError(ContainSubstring("dispense 20 as a partial fill"))))
		})
	})

	When("three prescriptions cover 90 days", func() {
		var third int

		BeforeEach(func(ctx SpecContext) {
			p.does(ctx, p.delivery(oxycodone, "L1", 100))
			for month := range 3 {
				set := p.written("p1", oxycodone, 30)
				if month > 0 {
					set.EarliestFill = p.opened.AddDate(0, 0, 30*month)
				}
				number := p.accept(ctx, set)
				switch month {
				case 1:
					rx = number
				case 2:
					third = number
				}
			}
			p.does(ctx, fill(rx-1, 30))
		})

		It("refuses the second before its earliest day (18)", func(ctx SpecContext) {
			p.onDay(29)
			Expect(p.tries(ctx, fill(rx, 30))).To(beRefused("I7", "not to be filled before"))
		})

		It("dispenses each on its earliest day", func(ctx SpecContext) {
			p.onDay(30)
			p.does(ctx, fill(rx, 30))
			p.onDay(60)
			p.does(ctx, fill(third, 30))
		})
	})
})

var _ = onEveryStore("Refilling", func(p *pharmacy) {
	var rx int

	When("the 5 refills of a Schedule IV prescription are used", func() {
		BeforeEach(func(ctx SpecContext) {
			p.does(ctx, p.delivery(diazepam, "D1", 1000))
			rx = p.accept(ctx, p.refillable("p1", diazepam, 30, 5))
			for refill := range 6 {
				p.onDay(25 * refill)
				p.does(ctx, fillFrom("D1", diazepam, rx, 30))
			}
			Expect(newest[dispensing.Dispensed](ctx, p)).To(HaveField("FillNo", 5))
		})

		It("refuses the sixth (13)", func(ctx SpecContext) {
			Expect(p.tries(ctx, fillFrom("D1", diazepam, rx, 30))).To(beRefused("I5", "C-IV allows 5 refills"))
		})

		It("refuses to authorise one more", func(ctx SpecContext) {
			Expect(p.tries(ctx, dispensing.AuthorizeRefills{Rx: rx, Refills: 1, By: ben})).To(beRefused("I5", "C-IV allows 5 refills"))
		})
	})

	When("a Schedule III prescription has 2 refills left", func() {
		BeforeEach(func(ctx SpecContext) {
			p.does(ctx, p.delivery(ketamine, "K1", 1000))
			rx = p.accept(ctx, p.refillable("p1", ketamine, 30, 2))
			p.does(ctx, fillFrom("K1", ketamine, rx, 30))
		})

		It("dispenses on the last day of the 6 months", func(ctx SpecContext) {
			p.set(p.opened.AddDate(0, 6, 0))
			p.does(ctx, fillFrom("K1", ketamine, rx, 30))
		})

		It("refuses 6 months and a day after the date of issue (14)", func(ctx SpecContext) {
			p.set(p.opened.AddDate(0, 6, 1))
			Expect(p.tries(ctx, fillFrom("K1", ketamine, rx, 30))).To(beRefused("I4", "6 months"))
		})
	})

	When("a Schedule IV prescription for 30 is dispensed in parts", func() {
		BeforeEach(func(ctx SpecContext) {
			p.does(ctx, p.delivery(diazepam, "D1", 1000))
			rx = p.accept(ctx, p.refillable("p1", diazepam, 30, 1))
			p.does(ctx, fillFrom("D1", diazepam, rx, 10), fillFrom("D1", diazepam, rx, 10))
		})

		It("counts the parts as one fill, not as refills (15)", func(ctx SpecContext) {
			p.does(ctx, fillFrom("D1", diazepam, rx, 10))
			Expect(every[dispensing.Dispensed](ctx, p)).To(And(HaveLen(3), HaveEach(HaveField("FillNo", 0))))
			Expect(newest[dispensing.Dispensed](ctx, p)).To(HaveField("Remaining", 0))
		})

		It("begins the refill once the parts add up (16)", func(ctx SpecContext) {
			p.does(ctx, fillFrom("D1", diazepam, rx, 10), fillFrom("D1", diazepam, rx, 5))
			Expect(newest[dispensing.Dispensed](ctx, p)).To(And(HaveField("FillNo", 1), HaveField("Remaining", 25)))
		})

		It("refuses to begin a refill that is not authorised (16)", func(ctx SpecContext) {
			other := p.accept(ctx, p.written("p2", diazepam, 10))
			p.does(ctx, fillFrom("D1", diazepam, other, 5), fillFrom("D1", diazepam, other, 5))
			Expect(p.tries(ctx, fillFrom("D1", diazepam, other, 5))).To(beRefused("I1", "0 refills"))
		})
	})

	When("a Schedule V prescription has 8 authorised refills, of which 5 are used", func() {
		BeforeEach(func(ctx SpecContext) {
			p.does(ctx, p.delivery(pregabal, "V1", 1000))
			rx = p.accept(ctx, p.refillable("p1", pregabal, 30, 8))
			for refill := range 6 {
				p.onDay(30 * refill)
				p.does(ctx, fillFrom("V1", pregabal, rx, 30))
			}
		})

		It("dispenses the sixth under federal rules (17)", func(ctx SpecContext) {
			p.does(ctx, fillFrom("V1", pregabal, rx, 30))
			Expect(newest[dispensing.Dispensed](ctx, p)).To(HaveField("FillNo", 6))
		})

		It("refuses the sixth where the state allows 5 (17)", func(ctx SpecContext) {
			p.follow(dispensing.Policy{StateRule: dispensing.CapScheduleVRefills(5)})
			Expect(p.tries(ctx, fillFrom("V1", pregabal, rx, 30))).To(beRefused("state", "this state allows 5 refills"))
		})
	})
})
