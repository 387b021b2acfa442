package main

import (
	"github.com/opossum-go/opossum/examples/pharmacy/day"
	"github.com/opossum-go/opossum/examples/pharmacy/dispensing"
)

// stockTroubles tells of deliveries, an expired lot and returns.
func (b *builder) stockTroubles() {
	in := oxycodone5.delivery(special("OX5-325", 300, later), 4501)
	b.say(morning, "A", "", in, day.OK, "")
	in = morphine.delivery(special("MS15-219", 100, later), 4502)
	in.Form222, in.NDC, in.Drug.Strength = "", "99990-0108-01", "30 mg"
	b.say(morning, "A", "", in, day.OK, "the delivery is a fact; the missing order form is flagged")

	const expired = "AL05-611"
	form := b.known(b.prescribe(b.newPatient(), alprazolam, moreau, date(2026, 3, 12, 9, 0), nil))
	b.say(morning, "B", form, alprazolam.from(expired, 30, voss), "refused expired", "it expired in February")
	destroy := dispensing.DestroyLot{NDC: alprazolam.ndc, Lot: expired, Reason: "expired", Witness1: reyes, By: okafor}
	b.say(afternoon, "A", "", destroy, "refused I9", "one witness")
	destroy.Witness2 = "x-cleaner"
	b.say(afternoon, "A", "", destroy, "refused I9", "the second one does not work here")
	destroy.Witness2 = lindqvist
	b.say(afternoon, "A", "", destroy, "refused form-41", "")
	destroy.Form41 = "41-26-0007"
	b.say(afternoon, "A", "", destroy, day.OK, "")

	b.say(afternoon, "B", "", dispensing.SendToReverseDistributor{
		NDC: oxycodone10.ndc, Lot: "OX10-81", Qty: 60, Form222: "CSOS-26-04510", By: voss,
		Distributor: dispensing.Party{Name: "Return Point", Address: "9 Depot Road, Ashford", DEA: "ZR0000606"},
	}, day.OK, "")
	b.say(afternoon, "B", "", dispensing.RecordWaste{
		NDC: metformin.ndc, Lot: metformin.lots[0].no, Qty: 10, Reason: "a bottle fell", By: voss, Witness: abara,
	}, day.OK, "breakage that two people saw")
	b.say(evening, "B", "", dispensing.ReleaseLot{NDC: oxycodone10.ndc, Lot: "OX10-81", Reason: "no recall after all", By: voss},
		"refused quarantine", "it is in no quarantine")

	lines := []dispensing.InventoryLine{}
	for _, d := range []drug{oxycodone5, oxycodone10, morphine, codeine, zolpidem} {
		lines = append(lines, dispensing.InventoryLine{NDC: d.ndc, Drug: d.Drug, Qty: 400, Exact: d.Schedule == dispensing.ScheduleII, ContainerSize: 500})
	}
	b.before(date(2024, 4, 2, 18, 0), "", dispensing.TakeInventory{Moment: dispensing.Closing, Lines: lines, By: okafor}, "the next one is due after two years")
}

// count tells of a count with a difference: morphine is counted from noon on, and
// nobody can dispense it meanwhile.
func (b *builder) count() {
	const id = "count-0313"
	lot := morphine.lots[0]
	waiting := b.known(b.prescribe(b.newPatient(), morphine, whitlock, date(2026, 3, 12, 14, 0), nil))
	book := lot.qty - b.takenBefore(midday, morphine)
	b.say(morning, "B", "", dispensing.AdjustStock{
		Count: id, NDC: morphine.ndc, Lot: lot.no, Delta: -2, Reason: "two tablets are missing", SignedBy: okafor,
	}, "refused I13", "count first")
	b.say(midday, "A", "", dispensing.OpenCount{Count: id, NDC: morphine.ndc, By: okafor}, day.OK, "dispensing of morphine stops")
	b.say(midday, "A", waiting, morphine.from(lot.no, 60, reyes), "refused I8", "count in progress")
	enter := func(counted int, who string) dispensing.EnterCount {
		return dispensing.EnterCount{Count: id, Counted: counted, Who: who}
	}
	b.say(midday, "A", "", enter(book, reyes), day.OK, "first count")
	b.say(midday, "A", "", enter(book, reyes), "refused I9", "the second count is by somebody else")
	b.say(midday, "A", "", enter(book-2, lindqvist), day.OK, "second count, two less")
	b.say(midday, "A", "", dispensing.CloseCount{Count: id, By: okafor}, "refused I9", "the two do not agree")
	b.say(midday, "A", "", enter(book-2, okafor), day.OK, "third count")
	b.say(midday, "A", "", dispensing.CloseCount{Count: id, By: okafor}, day.OK, "two tablets are missing; a discrepancy case opens")
	b.say(afternoon, "A", waiting, morphine.from(lot.no, 60, reyes), day.OK, "dispensing goes on")
	adjust := dispensing.AdjustStock{Count: id, NDC: morphine.ndc, Lot: lot.no, Delta: -2, SignedBy: okafor}
	b.say(evening, "A", "", adjust, "refused reason", "")
	adjust.Reason, adjust.SignedBy = "two tablets not found after three counts", reyes
	b.say(evening, "A", "", adjust, "refused I6", "only the pharmacist in charge signs")
	adjust.SignedBy = okafor
	b.say(evening, "A", "", adjust, day.OK, "")
}

// lossesAndDoses tells of a theft, an older loss, and doses on the ward.
func (b *builder) lossesAndDoses() {
	b.before(date(2026, 2, 27, 10, 0), "", dispensing.DiscoverLoss{
		Loss: "loss-0227", NDC: tramadol.ndc, Lot: tramadol.lots[0].no, Qty: 12, Kind: dispensing.InTransit, Significant: true,
		Description: "one blister less than on the delivery note", By: okafor,
	}, "")
	b.before(date(2026, 3, 2, 9, 0), "", dispensing.ReportLoss{Loss: "loss-0227", Step: dispensing.Notification, Reference: "mail of March 2", By: okafor}, "")
	b.say(afternoon, "A", "", dispensing.DiscoverLoss{
		Loss: "theft-0313", NDC: oxycodone10.ndc, Lot: "OX10-81", Qty: 30, Kind: dispensing.Theft,
		Description: "the seal of the safe is broken, one bottle is gone; police informed", By: okafor,
	}, day.OK, "a theft on a Friday: the notice is due on Monday, Form 106 within 45 days")
	b.say(evening, "A", "", dispensing.ReportLoss{Loss: "theft-0313", Step: dispensing.Notification, Reference: "fax to the field office, 17:40", By: okafor},
		day.OK, "the theft is reported the same day")
	b.say(evening, "A", "", dispensing.ReportLoss{Loss: "theft-0313", Step: dispensing.Notification, Reference: "again", By: okafor},
		"refused unique", "that was done")
	b.say(evening, "B", "", dispensing.DiscoverLoss{
		Loss: "loss-0313", NDC: codeine.ndc, Lot: codeine.lots[0].no, Qty: 24, Kind: dispensing.Unexplained, Significant: true,
		Description: "one bottle fewer on the shelf than in the books", By: voss,
	}, day.OK, "not reported yet: the notice is due on Monday")

	const lot = "HM2-090"
	ward := b.newPatient()
	issue := dispensing.IssueDose{Dose: "dose-1", NDC: hydromorphone.ndc, Lot: lot, Qty: 10, Patient: ward.id, By: calloway}
	b.say(morning, "A", "", issue, day.OK, "")
	b.say(morning, "A", "", dispensing.AdministerDose{Dose: "dose-1", Qty: 6, By: calloway}, day.OK, "")
	waste := dispensing.RecordWaste{Dose: "dose-1", Qty: 5, Reason: "not needed", By: calloway, Witness: haddad}
	b.say(morning, "A", "", waste, "refused I10", "10 were issued and 6 given")
	waste.Qty, waste.Witness = 4, calloway
	b.say(morning, "A", "", waste, "refused I9", "the witness is somebody else")
	waste.Witness = ""
	b.say(morning, "A", "", waste, "refused I9", "nobody saw it")
	waste.Witness = haddad
	b.say(morning, "A", "", waste, day.OK, "")
	for n := range 4 {
		dose := []string{"dose-2", "dose-3", "dose-4", "dose-5"}[n]
		phase := []string{midday, midday, afternoon, evening}[n]
		issue.Dose, issue.Qty, issue.By = dose, 4+2*n, haddad
		b.say(phase, "B", "", issue, day.OK, "")
		b.say(phase, "B", "", dispensing.AdministerDose{Dose: dose, Qty: 4 + 2*n, By: haddad}, day.OK, "")
	}
	b.say(evening, "B", "", dispensing.AdministerDose{Dose: "dose-9", Qty: 4, By: haddad}, "refused unknown", "a dose that was never issued")
}
