package main

import (
	"github.com/opossum-go/opossum/examples/pharmacy/day"
	"github.com/opossum-go/opossum/examples/pharmacy/dispensing"
)

// part makes a dispensing a partial one.
func part(c dispensing.Dispense, why dispensing.PartialReason) dispensing.Dispense {
	c.PartialReason = why
	return c
}

// partialFills tells of the limits that a remainder of Schedule II is under.
func (b *builder) partialFills() {
	const stock = "OX10-80"
	take := func(qty int, staff string) dispensing.Dispense { return oxycodone10.from(stock, qty, staff) }
	written := func(m, d int) string {
		return b.known(b.prescribe(b.newPatient(), oxycodone10, iyer, date(2026, m, d, 9, 0), nil))
	}

	form := written(3, 12)
	b.say(morning, "A", form, oxycodone10.from("OX10-77", 30, reyes), "refused I2", "the lot has 20")
	b.say(morning, "A", form, part(oxycodone10.from("OX10-77", 20, reyes), dispensing.CannotSupply), day.OK, "the remainder is due within 72 hours")

	form = written(3, 11)
	b.before(date(2026, 3, 11, 15, 0), form, part(take(20, reyes), dispensing.CannotSupply), "")
	b.say(morning, "B", form, take(10, voss), day.OK, "43 hours later")

	form = written(3, 9)
	b.before(date(2026, 3, 9, 10, 0), form, part(take(20, reyes), dispensing.CannotSupply), "")
	b.say(morning, "B", form, take(10, voss), "refused I4", "the 72 hours ended yesterday")
	b.say(morning, "B", form, dispensing.ForfeitBalance{By: voss, Note: "too late"}, "refused I4", "the prescriber has not been told yet")
	b.say(morning, "B", form, dispensing.ForfeitBalance{By: voss, PrescriberNotified: true, Note: "spoke to the practice at 10:40"}, day.OK, "")
	b.say(midday, "A", form, take(1, reyes), "refused I4", "nothing of what was given up is dispensed")

	form = written(2, 20)
	b.before(date(2026, 2, 22, 11, 0), form, part(take(10, voss), dispensing.PatientAsked), "")
	b.say(morning, "A", form, part(take(10, reyes), dispensing.PatientAsked), day.OK, "inside the 30 days that run from the date written")

	form = written(2, 5)
	b.before(date(2026, 2, 7, 11, 0), form, part(take(10, voss), dispensing.PatientAsked), "")
	b.say(midday, "B", form, take(20, voss), "refused I4", "30 days from the date written, not from the first part")

	form = b.known(b.prescribe(b.newPatient(), oxycodone10, whitlock, date(2026, 1, 20, 9, 0), func(c *dispensing.AcceptPrescription) {
		c.Kind, c.Qty, c.DaysSupply = dispensing.LongTermCare, 60, 60
	}))
	b.before(date(2026, 1, 21, 9, 0), form, take(15, reyes), "")
	b.before(date(2026, 2, 4, 9, 0), form, take(15, voss), "")
	b.before(date(2026, 2, 18, 9, 0), form, take(15, reyes), "")
	b.say(midday, "A", form, take(10, reyes), day.OK, "day 52 of 60 for a resident of a nursing home")

	form = written(3, 12)
	b.say(afternoon, "B", form, take(20, voss), "refused partial", "a part of Schedule II needs its reason")
	b.say(afternoon, "B", form, take(40, voss), "refused I1", "more than was prescribed")
	b.say(afternoon, "B", form, take(30, voss), day.OK, "")
	b.say(evening, "A", form, take(30, reyes), "refused I3", "Schedule II is not refilled")

	b.refills()
}

// refills tells of parts and refills of Schedules III to V.
func (b *builder) refills() {
	lot := zolpidem.lots[0].no
	with := func(d drug, refills, m, d2 int) string {
		return b.known(b.prescribe(b.newPatient(), d, brandt, date(2026, m, d2, 9, 0), func(c *dispensing.AcceptPrescription) { c.Refills = refills }))
	}

	form := with(zolpidem, 1, 1, 14)
	b.before(date(2026, 1, 14, 12, 0), form, zolpidem.from(lot, 30, reyes), "")
	b.before(date(2026, 2, 12, 12, 0), form, zolpidem.from(lot, 30, voss), "")
	b.say(opening, "A", form, zolpidem.from(lot, 30, reyes), "refused I1", "one refill, and it is used")
	b.say(opening, "A", form, dispensing.AuthorizeRefills{Refills: 5, Note: "by phone, Dr. Brandt", By: reyes}, "refused I5", "six in all are too many for Schedule IV")
	b.say(opening, "A", form, dispensing.AuthorizeRefills{Refills: 1, Note: "by phone, Dr. Brandt", By: reyes}, day.OK, "")
	b.say(opening, "A", form, zolpidem.from(lot, 30, reyes), day.OK, "refill 2")

	form = with(tramadol, 1, 3, 10)
	stock := tramadol.lots[0].no
	b.before(date(2026, 3, 10, 13, 0), form, tramadol.from(stock, 15, reyes), "")
	b.before(date(2026, 3, 12, 13, 0), form, tramadol.from(stock, 15, voss), "")
	b.say(opening, "B", form, tramadol.from(stock, 10, voss), day.OK, "three parts are one fill; no refill is used")

	form = b.known(b.prescribe(b.newPatient(), codeine, brandt, date(2025, 9, 8, 9, 0), func(c *dispensing.AcceptPrescription) { c.Refills = 2 }))
	b.say(midday, "B", form, codeine.from(codeine.lots[0].no, 24, voss), "refused I4", "issued more than six months ago")

	for n := range 6 { // ordinary refills of the day
		desk := day.Desks()[n%2]
		d := []drug{pregabalin, sertraline, buprenorphine}[n%3]
		form := with(d, 3, 2, 10)
		b.before(date(2026, 2, 10, 14, 10*n), form, d.from(d.lots[0].no, d.qty, reyes), "")
		b.say(afternoon, desk, form, d.from(d.lots[0].no, d.qty, pharmacist[desk]), day.OK, "refill 1")
	}
}
