package main

import (
	"github.com/opossum-go/opossum/examples/pharmacy/day"
	"github.com/opossum-go/opossum/examples/pharmacy/dispensing"
)

// peopleAndPrescribers tells of people who may not do what they try.
func (b *builder) peopleAndPrescribers() {
	yesterday := date(2026, 3, 12, 15, 0)
	form := b.known(b.prescribe(b.newPatient(), tramadol, iyer, yesterday, nil))
	take := tramadol.from(tramadol.lots[0].no, 40, lindqvist)
	b.say(opening, "A", form, take, "refused I6", "a technician does not dispense")
	take.Staff = petrenko
	b.say(opening, "A", form, take, "refused actor", "the command names a colleague").User = reyes
	take.Staff = reyes
	b.say(opening, "A", form, take, day.OK, "")

	for range 4 { // until his licence lapses at noon
		form := b.known(b.prescribe(b.newPatient(), lisinopril, brandt, yesterday, nil))
		b.say(morning, "B", form, lisinopril.from(lisinopril.lots[0].no, 90, petrenko), day.OK, "")
	}
	form = b.known(b.prescribe(b.newPatient(), atorvastatin, brandt, yesterday, nil))
	b.say(afternoon, "B", form, atorvastatin.from(atorvastatin.lots[0].no, 90, petrenko), "refused I6", "suspended since noon")

	// A registration ends while prescriptions are under way.
	before := b.known(b.prescribe(b.newPatient(), alprazolam, ferreira, date(2026, 3, 3, 10, 0), nil))
	b.before(date(2026, 3, 6, 9, 0), "", dispensing.RevokePrescriber{
		Prescriber: ferreira, Effective: date(2026, 3, 5, 0, 0), Reason: "registration surrendered", By: okafor,
	}, "")
	fill := alprazolam.from(alprazolam.lots[0].no, 30, reyes)
	b.say(midday, "A", before, fill, "refused I6", "issued before the registration ended: call first")
	fill.CallNote = "spoke to the practice: treatment goes on with Dr. Moreau, fill this one"
	b.say(midday, "A", before, fill, day.OK, "")
	after := b.prescribe(b.newPatient(), alprazolam, ferreira, date(2026, 3, 9, 10, 0), nil)
	after.By = technician["A"]
	b.say(midday, "A", "", after, "refused I6", "issued after the registration ended")
	stranger := b.prescribe(b.newPatient(), alprazolam, "ZX0000001", yesterday, nil)
	stranger.By = technician["B"]
	b.say(midday, "B", "", stranger, "refused I6", "nobody has verified this prescriber")
}
