package main

import (
	"time"

	"github.com/opossum-go/opossum/examples/pharmacy/day"
	"github.com/opossum-go/opossum/examples/pharmacy/dispensing"
)

var neighbour = dispensing.Party{Name: "Ashford Cross Pharmacy", Address: "77 High Street, Ashford", DEA: "ZA0000404"}

// prescriptionRules tells of prescriptions that are not what they should be.
func (b *builder) prescriptionRules() {
	yesterday := date(2026, 3, 12, 16, 0)
	take := func(d drug, staff string) dispensing.Dispense { return d.from(d.lots[0].no, d.qty, staff) }
	electronic := func(refills int) func(*dispensing.AcceptPrescription) {
		return func(c *dispensing.AcceptPrescription) { c.Medium, c.Refills = dispensing.Electronic, refills }
	}

	form := b.known(b.prescribe(b.newPatient(), methylphenidate, sandoval, yesterday, func(c *dispensing.AcceptPrescription) {
		c.EarliestFill = date(2026, 4, 11, 0, 0)
	}))
	b.say(opening, "B", form, take(methylphenidate, voss), "refused I7", "the second of three prescriptions for 90 days")

	b.say(morning, "A", "", b.prescribe(b.newPatient(), zolpidem, brandt, yesterday, func(c *dispensing.AcceptPrescription) { c.Refills = 6 }),
		"refused I5", "six refills of Schedule IV")
	b.say(morning, "A", "", b.prescribe(b.newPatient(), hydrocodone, iyer, yesterday, func(c *dispensing.AcceptPrescription) { c.Refills = 1 }),
		"refused I3", "a refill of Schedule II")
	used := b.prescribe(b.newPatient(), codeine, brandt, yesterday, nil)
	b.known(used)
	used.Patient, used.PatientName = "pt-9001", "Nora Ashgrove"
	b.say(morning, "B", "", used, "refused form", "a copy of a form that was presented before")
	b.say(morning, "B", "", dispensing.Dispense{Rx: 99999, NDC: codeine.ndc, Lot: codeine.lots[0].no, Qty: 24, Staff: voss}, "refused unknown", "a slip of the finger")
	b.say(morning, "B", "", dispensing.Dispense{Rx: 1, NDC: codeine.ndc, Lot: codeine.lots[0].no, Staff: voss}, day.Invalid, "no quantity was typed in")

	form = b.known(b.prescribe(b.newPatient(), alprazolam, moreau, yesterday, electronic(2)))
	transfer := dispensing.TransferOut{To: neighbour, ToPharmacist: "Beatrix Holloway", By: reyes}
	b.say(morning, "A", form, transfer, day.OK, "an electronic prescription, not yet filled")
	b.say(morning, "A", form, take(alprazolam, reyes), "refused I11", "it belongs to the other pharmacy now")
	b.say(morning, "A", form, transfer, "refused I11", "once is enough")

	form = b.known(b.prescribe(b.newPatient(), tramadol, iyer, yesterday, electronic(0)))
	b.before(date(2026, 3, 12, 17, 0), form, tramadol.from(tramadol.lots[0].no, 20, reyes), "half of it")
	b.say(midday, "A", form, transfer, "refused I11", "a remainder is not transferred")

	form = b.known(b.prescribe(b.newPatient(), sertraline, moreau, yesterday, nil))
	b.say(midday, "B", form, dispensing.VoidPrescription{By: voss}, "refused reason", "why?")
	b.say(midday, "B", form, dispensing.VoidPrescription{Reason: "the prescriber changed the dose", By: voss}, day.OK, "")
	b.say(midday, "B", form, take(sertraline, voss), "refused I11", "")

	form = b.known(b.prescribe(b.newPatient(), oxycodone5, iyer, yesterday, nil))
	b.say(midday, "A", form, oxycodone10.from("OX10-80", 30, reyes), "refused match", "the wrong strength was taken from the shelf")
	b.say(midday, "A", form, oxycodone5.from("OX5-311", 30, reyes), day.OK, "")
	b.say(midday, "A", form, dispensing.ReverseDispense{Entry: 1, By: reyes}, "refused reason", "")
	b.say(midday, "A", form, dispensing.ReverseDispense{Entry: 1, Reason: "the label names lot OX5-318", By: reyes}, day.OK, "both entries stay legible")
	b.say(midday, "A", form, oxycodone5.from("OX5-318", 30, reyes), day.OK, "")

	p := b.newPatient()
	first := b.known(b.prescribe(p, zolpidem, brandt, date(2026, 3, 4, 9, 0), nil))
	b.before(date(2026, 3, 4, 12, 0), first, take(zolpidem, voss), "")
	form = b.known(b.prescribe(p, zolpidem, moreau, yesterday, nil))
	b.say(afternoon, "A", form, take(zolpidem, reyes), "refused I14", "the patient has zolpidem from another prescriber until April")
	noted := take(zolpidem, reyes)
	noted.OverlapNote = "lost the first box on a train; Dr. Moreau agrees"
	b.say(afternoon, "A", form, noted, day.OK, "")

	b.say(afternoon, "B", "", dispensing.RequestErasure{Patient: p.id, By: voss}, "refused erasure", "the records have to be kept")

	b.repeatedCommand(yesterday)
	b.emergencies()
}

// repeatedCommand tells of a click that was sent twice, because the answer to the
// first one got lost.
func (b *builder) repeatedCommand(issued time.Time) {
	form := b.known(b.prescribe(b.newPatient(), hydrocodone, iyer, issued, nil))
	b.say(morning, "B", form, hydrocodone.from(hydrocodone.lots[0].no, 20, voss), day.OK, "")
	p := place{morning, "B"}
	again := b.stories[p][len(b.stories[p])-1]
	again.Expect, again.Note = day.Repeated, "the same command id again: the network swallowed the answer"
	b.stories[p] = append(b.stories[p], again)
}

// emergencies tells of prescriptions by phone.
func (b *builder) emergencies() {
	oral := func(c *dispensing.AcceptPrescription) {
		c.Form, c.Kind, c.Qty, c.DaysSupply = "", dispensing.EmergencyOral, 12, 3
	}
	late := b.prescribe(b.newPatient(), oxycodone10, lockridge, date(2026, 3, 4, 21, 0), oral)
	late.Form = "T-0304"
	b.before(date(2026, 3, 4, 21, 40), b.known(late), oxycodone10.from("OX10-80", 12, voss), "")
	b.say(opening, "B", late.Form, dispensing.RaiseEscalation{Note: "called twice, no answer", By: voss}, day.OK, "the paper was due on March 11")
	b.say(opening, "B", "", b.prescribe(b.newPatient(), zolpidem, lockridge, date(2026, 3, 12, 10, 0), nil), day.OK, "accepted with a warning about this prescriber")

	soon := b.prescribe(b.newPatient(), oxycodone10, nakagawa, date(2026, 3, 10, 23, 0), oral)
	soon.Form = "T-0310"
	b.before(date(2026, 3, 10, 23, 30), b.known(soon), oxycodone10.from("OX10-80", 12, reyes), "")
	b.say(midday, "B", soon.Form, dispensing.ReceiveWrittenCopy{By: abara}, day.OK, "the paper came in time")

	week := b.prescribe(b.newPatient(), oxycodone10, nakagawa, date(2026, 3, 13, 17, 0), oral)
	week.Form, week.Qty, week.DaysSupply, week.By = "T-0313-1", 28, 7, technician["A"]
	b.say(evening, "A", "", week, "refused I15", "an emergency lasts 72 hours, not a week")
	now := b.prescribe(b.newPatient(), oxycodone10, nakagawa, date(2026, 3, 13, 17, 0), oral)
	now.Form, now.By = "T-0313-2", technician["A"]
	b.say(evening, "A", "", now, day.OK, "")
	b.say(evening, "A", now.Form, part(oxycodone10.from("OX10-80", 6, reyes), dispensing.PatientAsked), day.OK, "the rest within 72 hours, the paper within 7 days")
}
