package pharmacy_test

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/opossum-go/opossum/examples/pharmacy/dispensing"
)

func transfer(rx int) dispensing.TransferOut {
	return dispensing.TransferOut{
		Rx: rx, To: dispensing.Party{Name: "Gum Pharmacy", Address: "4 Market", DEA: "BG0000001"}, ToPharmacist: "G. Gum", By: anna,
	}
}

var _ = onEveryStore("Transferring a prescription to another pharmacy", func(p *pharmacy) {
	var rx int

	BeforeEach(func(ctx SpecContext) {
		p.does(ctx, p.delivery(diazepam, "D1", 1000))
		rx = p.accept(ctx, p.refillable("p1", diazepam, 30, 3))
	})

	When("it was transferred with its refills", func() {
		BeforeEach(func(ctx SpecContext) {
			p.does(ctx, fillFrom("D1", diazepam, rx, 30), transfer(rx))
			Expect(newest[dispensing.PrescriptionTransferredOut](ctx, p)).To(HaveField("RefillsLeft", 3))
		})

		It("refuses to dispense (34)", func(ctx SpecContext) {
			Expect(p.tries(ctx, fillFrom("D1", diazepam, rx, 30))).To(beRefused("I11", "transferred"))
		})

		It("refuses to transfer it again (34)", func(ctx SpecContext) {
			Expect(p.tries(ctx, transfer(rx))).To(beRefused("I11", "possible once"))
		})
	})

	When("it is partially filled", func() {
		It("refuses to transfer the remainder (34b)", func(ctx SpecContext) {
			p.does(ctx, fillFrom("D1", diazepam, rx, 10))
			Expect(p.tries(ctx, transfer(rx))).To(beRefused("I11", "partially filled"))
		})
	})

	When("it is on paper and was never filled", func() {
		It("refuses to transfer it", func(ctx SpecContext) {
			Expect(p.tries(ctx, transfer(rx))).To(beRefused("I11", "on paper"))
		})
	})

	When("something was dispensed", func() {
		It("refuses to void it", func(ctx SpecContext) {
			p.does(ctx, fillFrom("D1", diazepam, rx, 10))
			Expect(p.tries(ctx, dispensing.VoidPrescription{Rx: rx, Reason: "changed", By: ben})).To(beRefused("I11", "was dispensed from"))
		})
	})

	When("it was voided", func() {
		It("refuses to dispense, and takes the form once more", func(ctx SpecContext) {
			accepted := p.written("p2", diazepam, 10)
			accepted.Form = "F-77"
			rx = p.accept(ctx, accepted)
			Expect(p.tries(ctx, accepted)).To(beRefused("form", "presented before"))
			p.does(ctx, dispensing.VoidPrescription{Rx: rx, Reason: "wrong patient typed", By: ben})
			Expect(p.tries(ctx, fillFrom("D1", diazepam, rx, 10))).To(beRefused("I11", "voided"))
			Expect(p.accept(ctx, accepted)).To(Equal(rx + 1))
		})
	})
})

var _ = onEveryStore("A prescriber whose registration ended on day 5", func(p *pharmacy) {
	var before int

	BeforeEach(func(ctx SpecContext) {
		p.does(ctx, p.delivery(oxycodone, "L1", 100))
		p.onDay(3)
		before = p.accept(ctx, p.written("p1", oxycodone, 30))
		p.onDay(5)
		p.does(ctx, dispensing.RevokePrescriber{Prescriber: doctor, Reason: "registration surrendered", By: anna})
		p.onDay(6)
	})

	It("refuses what was issued on day 3, by default (36)", func(ctx SpecContext) {
		Expect(p.tries(ctx, fill(before, 30))).To(And(beRefused("I6", "after this was issued"), MatchError(ContainSubstring("note of the call"))))
	})

	It("dispenses it with a call note where the policy allows (36)", func(ctx SpecContext) {
		p.follow(dispensing.Policy{RevokedPrescriber: dispensing.RevokedWithCallNote})
		Expect(p.tries(ctx, fill(before, 30))).To(beRefused("I6", "after this was issued"))
		noted := fill(before, 30)
		noted.CallNote = "office confirms treatment, 10:15"
		p.does(ctx, noted)
		Expect(newest[dispensing.Dispensed](ctx, p).CallNote).To(Equal("office confirms treatment, 10:15"))
	})

	It("always refuses what was issued on day 6 (36)", func(ctx SpecContext) {
		p.follow(dispensing.Policy{RevokedPrescriber: dispensing.RevokedWithCallNote})
		Expect(p.tries(ctx, p.written("p2", oxycodone, 30))).To(beRefused("I6", "no registration when this was issued"))
	})

	It("dispenses what is issued after a new verification, and still not what was issued in between (36)", func(ctx SpecContext) {
		inBetween := p.written("p2", oxycodone, 30)
		p.onDay(10)
		p.does(ctx, dispensing.VerifyPrescriber{Prescriber: doctor, Name: "Dr. Elm", Address: "1 Hill Road", By: anna})
		p.does(ctx, fill(p.accept(ctx, p.written("p2", oxycodone, 30)), 30))
		Expect(p.tries(ctx, inBetween)).To(beRefused("I6", "no registration when this was issued"))
	})
})
