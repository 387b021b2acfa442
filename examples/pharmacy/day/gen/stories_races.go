package main

import (
	"time"

	"github.com/opossum-go/opossum/examples/pharmacy/day"
	"github.com/opossum-go/opossum/examples/pharmacy/dispensing"
)

// races tells of the moments in which both desks want the same thing. In each of
// them both have decided before either writes.
func (b *builder) races() {
	yesterday := date(2026, 3, 12, 11, 0)
	at := func(form string, command any, expect day.Expectation) day.Item {
		return b.item(time.Time{}, form, command, expect, "")
	}
	fresh := func(d drug, prescriber string) string {
		return b.known(b.prescribe(b.newPatient(), d, prescriber, yesterday, nil))
	}
	take := func(d drug, lot, staff string) dispensing.Dispense { return d.from(lot, d.qty, staff) }

	b.race(opening, day.Race{Name: "next number", About: "both desks take a prescription in and need the next number", Winners: 2},
		at("", b.byTechnician("A", b.prescribe(b.newPatient(), lisinopril, brandt, yesterday, nil)), day.OK),
		at("", b.byTechnician("B", b.prescribe(b.newPatient(), metformin, brandt, yesterday, nil)), day.OK))

	b.race(morning, day.Race{Name: "last box", About: "two patients want the last 30 tablets of a lot", Winners: 1},
		at(fresh(methylphenidate, sandoval), take(methylphenidate, "MP18-402", reyes), "ok or refused I2"),
		at(fresh(methylphenidate, sandoval), take(methylphenidate, "MP18-402", voss), "ok or refused I2"))

	b.race(morning, day.Race{Name: "same drug, nothing in common", About: "the same drug from two lots for two patients: no conflict", Winners: 2},
		at(fresh(oxycodone5, iyer), take(oxycodone5, "OX5-311", reyes), day.AtOnce),
		at(fresh(oxycodone5, iyer), take(oxycodone5, "OX5-318", voss), day.AtOnce))

	both := fresh(hydrocodone, iyer)
	b.race(morning, day.Race{Name: "same prescription", About: "both desks fill the same prescription", Winners: 1},
		at(both, take(hydrocodone, hydrocodone.lots[0].no, reyes), "ok or refused I3"),
		at(both, take(hydrocodone, hydrocodone.lots[0].no, voss), "ok or refused I3"))

	b.race(midday, day.Race{Name: "suspension", About: "Petrenko's licence lapses while he dispenses", Winners: 0},
		at("", dispensing.SuspendStaff{Staff: petrenko, Reason: "licence lapsed at noon", By: okafor}, day.OK),
		at(fresh(atorvastatin, brandt), take(atorvastatin, atorvastatin.lots[0].no, petrenko), "ok or refused I6"))

	patient := b.newPatient()
	b.race(midday, day.Race{Name: "same patient", About: "one patient, two prescribers, two desks, the same ingredient", Winners: 1},
		at(b.known(b.prescribe(patient, alprazolam, moreau, yesterday, nil)), take(alprazolam, alprazolam.lots[0].no, reyes), "ok or refused I14"),
		at(b.known(b.prescribe(patient, alprazolam, brandt, yesterday, nil)), take(alprazolam, alprazolam.lots[0].no, voss), "ok or refused I14"))

	b.race(afternoon, day.Race{Name: "recall", About: "a recall of a lot arrives while it is dispensed", Winners: 0},
		at("", dispensing.QuarantineLot{NDC: amphetamine.ndc, Lot: "AM20-441", Reason: "recall R-2026-031: wrong strength on the label", By: okafor}, day.OK),
		at(fresh(amphetamine, moreau), take(amphetamine, "AM20-441", voss), "ok or refused quarantine"))
	b.say(evening, "A", fresh(amphetamine, moreau), take(amphetamine, "AM20-441", reyes), "refused quarantine", "the recalled lot")

	moved := b.known(b.prescribe(b.newPatient(), tramadol, iyer, yesterday, func(c *dispensing.AcceptPrescription) { c.Medium = dispensing.Electronic }))
	b.race(afternoon, day.Race{Name: "transfer", About: "one desk fills what the other transfers to another pharmacy", Winners: 1},
		at(moved, take(tramadol, tramadol.lots[0].no, reyes), "ok or refused I11"),
		at(moved, dispensing.TransferOut{To: neighbour, ToPharmacist: "Beatrix Holloway", By: voss}, "ok or refused I1"))

	once := at(fresh(zolpidem, brandt), take(zolpidem, zolpidem.lots[0].no, reyes), "ok or repeated")
	b.race(evening, day.Race{Name: "same command twice", About: "one click reaches both desks under the same command id", Winners: 1}, once, once)
}

func (b *builder) byTechnician(desk string, c dispensing.AcceptPrescription) dispensing.AcceptPrescription {
	c.By = technician[desk]
	return c
}
