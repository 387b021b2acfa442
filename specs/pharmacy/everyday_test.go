package pharmacy_test

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/examples/pharmacy/dispensing"
	"github.com/opossum-go/opossum/examples/pharmacy/reports"
)

var _ = onEveryStore("Taking a prescription in", func(p *pharmacy) {
	DescribeTable("is refused",
		func(ctx SpecContext, rule, text string, change func(*dispensing.AcceptPrescription)) {
			rx := p.written("p1", oxycodone, 30)
			change(&rx)
			Expect(p.tries(ctx, rx)).To(beRefused(rule, text))
			Expect(every[dispensing.PrescriptionAccepted](ctx, p)).To(BeEmpty())
		},
		Entry("with refills of Schedule II", "I3", "C-II cannot be refilled", func(rx *dispensing.AcceptPrescription) { rx.Refills = 1 }),
		Entry("with 6 refills of Schedule IV", "I5", "allows 5 refills", func(rx *dispensing.AcceptPrescription) { rx.Drug, rx.Refills = diazepam, 6 }),
		Entry("from a prescriber nobody verified", "I6", "never verified", func(rx *dispensing.AcceptPrescription) { rx.Prescriber = "ZZ0000000" }),
		Entry("from tomorrow", "issued", "in the future", func(rx *dispensing.AcceptPrescription) { rx.Issued = rx.Issued.Add(day) }),
		Entry("with an earliest day before its issue", "I7", "before the day of issue", func(rx *dispensing.AcceptPrescription) { rx.EarliestFill = rx.Issued.Add(-day) }),
		Entry("of Schedule III, older than 6 months", "I4", "more than 6 months ago", func(rx *dispensing.AcceptPrescription) {
			rx.Drug, rx.Issued = ketamine, rx.Issued.AddDate(0, -7, 0)
		}),
		Entry("phoned in for Schedule IV", "I15", "a rule of Schedule II", func(rx *dispensing.AcceptPrescription) {
			rx.Drug, rx.Kind, rx.DaysSupply = diazepam, dispensing.EmergencyOral, 3
		}),
		Entry("by somebody who is not credentialed", "I6", "emil is not credentialed", func(rx *dispensing.AcceptPrescription) { rx.By = "emil" }),
		Entry("by a nurse", "I6", "nurse", func(rx *dispensing.AcceptPrescription) { rx.By = dora }),
	)

	It("names the fields that are missing", func(ctx SpecContext) {
		err := p.tries(ctx, dispensing.AcceptPrescription{Kind: "guess"})
		Expect(err).To(MatchError(domain.ErrInvalid))
		Expect(err).To(MatchError(And(ContainSubstring("kind"), ContainSubstring("patientName"), ContainSubstring("drug.name"))))
	})

	It("is numbered 1, 2, 3 by the system", func(ctx SpecContext) {
		for want := 1; want <= 3; want++ {
			Expect(p.accept(ctx, p.written("p1", oxycodone, 30))).To(Equal(want))
		}
	})
})

var _ = onEveryStore("A working day", func(p *pharmacy) {
	var rx int

	BeforeEach(func(ctx SpecContext) {
		p.does(ctx, p.delivery(diazepam, "D1", 100))
		rx = p.accept(ctx, p.written("p1", diazepam, 30))
	})

	It("dispenses again once a quarantine ends", func(ctx SpecContext) {
		lot := dispensing.QuarantineLot{NDC: ndc(diazepam), Lot: "D1", Reason: "recall", By: cleo}
		release := dispensing.ReleaseLot{NDC: ndc(diazepam), Lot: "D1", Reason: "another lot was meant", By: ben}
		Expect(p.tries(ctx, release)).To(beRefused("quarantine", "not in quarantine"))
		p.does(ctx, lot)
		Expect(reports.Inventory(ctx, p.store)).To(ConsistOf(HaveField("Lots", ConsistOf(HaveField("Quarantined", true)))))
		p.does(ctx, release, fillFrom("D1", diazepam, rx, 30))
		Expect(reports.Inventory(ctx, p.store)).To(ConsistOf(And(
			HaveField("OnHand", 70), HaveField("Lots", ConsistOf(And(
				HaveField("Quarantined", false), HaveField("Received", 100), HaveField("Dispensed", 30)))))))
	})

	It("says when a missing written copy was escalated, once", func(ctx SpecContext) {
		p.does(ctx, p.delivery(oxycodone, "L1", 100))
		phoned := p.accept(ctx, p.emergency("p2", oxycodone, 12))
		escalate := dispensing.RaiseEscalation{Rx: phoned, By: ben}
		Expect(p.tries(ctx, escalate)).To(beRefused("I15", "due by 2025-03-10"))
		p.onDay(8)
		p.does(ctx, escalate)
		Expect(p.tries(ctx, escalate)).To(beRefused("I15", "escalated already"))
		Expect(reports.Prescriptions(ctx, p.store, dispensing.Calendar{}, dispensing.RxTag(phoned))).To(ConsistOf(
			HaveField("Standing.Escalated", true)))
		p.does(ctx, dispensing.ReceiveWrittenCopy{Rx: phoned, By: ben})
		Expect(p.tries(ctx, dispensing.ReceiveWrittenCopy{Rx: phoned, By: ben})).To(beRefused("I15", "here already"))
		p.accept(ctx, p.written("p3", diazepam, 10))
		Expect(newest[dispensing.PrescriptionAccepted](ctx, p).Warnings).To(BeEmpty())
	})

	It("lets a pharmacist work again who was reinstated", func(ctx SpecContext) {
		p.does(ctx, dispensing.SuspendStaff{Staff: ben, Reason: "review", By: anna},
			dispensing.ReinstateStaff{Staff: ben, Reason: "review closed", By: anna}, fillFrom("D1", diazepam, rx, 30))
	})

	It("refills once the prescriber authorises it", func(ctx SpecContext) {
		p.does(ctx, fillFrom("D1", diazepam, rx, 30))
		Expect(p.tries(ctx, fillFrom("D1", diazepam, rx, 30))).To(beRefused("I1", "0 refills"))
		p.does(ctx, dispensing.AuthorizeRefills{Rx: rx, Refills: 1, Note: "by phone", By: ben}, fillFrom("D1", diazepam, rx, 30))
		Expect(newest[dispensing.Dispensed](ctx, p)).To(HaveField("FillNo", 1))
	})

	It("sends no more to the reverse distributor than there is", func(ctx SpecContext) {
		send := dispensing.SendToReverseDistributor{
			NDC: ndc(diazepam), Lot: "D1", Qty: 101, By: ben,
			Distributor: dispensing.Party{Name: "Holly Returns", Address: "5 Yard", DEA: "RH0000001"},
		}
		Expect(p.tries(ctx, send)).To(beRefused("I2", "insufficient"))
		send.Qty = 40
		p.does(ctx, send)
		Expect(p.onHand(ctx, diazepam, "D1")).To(Equal(60))
	})

	It("takes in a delivery with bad papers and flags it", func(ctx SpecContext) {
		bad := p.delivery(oxycodone, "L1", 10)
		bad.Form222, bad.Expires = "", p.Now().Add(-day)
		p.does(ctx, bad)
		Expect(newest[dispensing.LotReceived](ctx, p).Flags).To(ConsistOf(ContainSubstring("Form 222"), ContainSubstring("expired on arrival")))
	})

	It("dispenses into an overlap with a note where the policy allows", func(ctx SpecContext) {
		other := p.accept(ctx, p.written("p1", diazepam, 30))
		p.does(ctx, fillFrom("D1", diazepam, rx, 30))
		Expect(p.tries(ctx, fillFrom("D1", diazepam, other, 30))).To(beRefused("I14", "from prescription 1 until 2025-04-02"))
		p.follow(dispensing.Policy{Overlap: dispensing.OverlapWithNote})
		noted := fillFrom("D1", diazepam, other, 30)
		noted.OverlapNote = "travels for two months, prescriber agrees"
		p.does(ctx, noted)
	})

	It("ends an overlap when the first entry is reversed, and a few days early where the policy says so", func(ctx SpecContext) {
		other := p.accept(ctx, p.written("p1", diazepam, 30))
		p.does(ctx, fillFrom("D1", diazepam, rx, 30))
		p.onDay(28)
		Expect(p.tries(ctx, fillFrom("D1", diazepam, other, 30))).To(beRefused("I14", "until"))
		p.follow(dispensing.Policy{EarlyDays: 2})
		p.does(ctx, fillFrom("D1", diazepam, other, 30), dispensing.ReverseDispense{Rx: other, Entry: 1, Reason: "not picked up", By: ben})
		Expect(p.tries(ctx, dispensing.ReverseDispense{Rx: other, Entry: 1, Reason: "again", By: ben})).To(beRefused("I1", "reversed already"))
		Expect(p.tries(ctx, dispensing.ReverseDispense{Rx: other, Entry: 2, Reason: "which", By: ben})).To(beRefused("unknown", "no entry 2"))
	})

	DescribeTable("refuses what is about something that is not there",
		func(ctx SpecContext, text string, command any) {
			Expect(p.tries(ctx, command)).To(And(MatchError(dispensing.ErrRefused), MatchError(ContainSubstring(text))))
		},
		Entry("a prescription to dispense", "no prescription 99", fillFrom("D1", diazepam, 99, 30)),
		Entry("a prescription to extend", "no prescription 99", dispensing.AuthorizeRefills{Rx: 99, Refills: 1, By: ben}),
		Entry("a prescription to transfer", "no prescription 99", transfer(99)),
		Entry("a prescription to give up", "no prescription 99", dispensing.ForfeitBalance{Rx: 99, By: ben}),
		Entry("a lot", "never received", fillFrom("D9", diazepam, 1, 30)),
		Entry("a count", "no count c9", dispensing.EnterCount{Count: "c9", Counted: 1, Who: ben}),
		Entry("a dose", "never issued", dispensing.AdministerDose{Dose: "d9", Qty: 1, By: dora}),
		Entry("a loss", "no loss l9", dispensing.ReportLoss{Loss: "l9", Step: dispensing.Form106, Reference: "x", By: ben}),
		Entry("a member of staff", "never credentialed", dispensing.SuspendStaff{Staff: "emil", Reason: "x", By: anna}),
		Entry("an outstanding part", "nothing is outstanding", dispensing.ForfeitBalance{Rx: 1, By: ben}),
		Entry("a patient's data", "nothing is stored", dispensing.RequestErasure{Patient: "p9", By: ben}),
	)

	It("says how a prescription stands", func(ctx SpecContext) {
		p.does(ctx, fillFrom("D1", diazepam, rx, 10))
		all, err := reports.Prescriptions(ctx, p.store, dispensing.Calendar{}, dispensing.PatientTag("p1"))
		Expect(err).NotTo(HaveOccurred())
		Expect(all).To(ConsistOf(HaveField("Standing", And(
			HaveField("FillNo", 0), HaveField("Remaining", 20), HaveField("Partial", true), HaveField("RefillsLeft", 0),
			HaveField("Due", BeTemporally("==", time.Date(2025, time.September, 3, 23, 59, 59, 0, time.UTC)))))))
	})
})
