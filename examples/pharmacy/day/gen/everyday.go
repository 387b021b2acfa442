package main

import (
	"time"

	"github.com/opossum-go/opossum/examples/pharmacy/day"
	"github.com/opossum-go/opossum/examples/pharmacy/dispensing"
)

// everydayWork makes up what happens all day: prescriptions that were phoned
// ahead are picked up, new ones are handed in and filled, refills, a partial fill
// now and then.
func (b *builder) everydayWork() {
	b.receiveStock()
	shifts := []struct {
		phase          string
		pickUps, fresh int // at each desk
	}{
		{opening, 6, 1}, {morning, 23, 9}, {midday, 12, 4}, {afternoon, 18, 8}, {evening, 9, 4},
	}
	for _, s := range shifts {
		for _, desk := range day.Desks() {
			p := place{s.phase, desk}
			for range s.pickUps {
				b.pickUp(p)
			}
			for range s.fresh {
				b.handIn(p)
			}
			items := b.everyday[p]
			b.everyday[p] = merge(items[:s.pickUps], items[s.pickUps:])
		}
	}
}

// pickUp dispenses a prescription that was taken in on the days before.
func (b *builder) pickUp(p place) {
	d := b.usual(p)
	issued := date(2026, 3, 9+b.random.IntN(3), 9, b.random.IntN(8*60))
	form := b.known(b.written(d, issued))
	b.fill(p, d, form)
}

// usual returns what the next patient needs. Morphine is counted at midday.
func (b *builder) usual(p place) drug {
	for {
		d := everyday[b.random.IntN(len(everyday))]
		if d.ndc != morphine.ndc || p.phase != midday {
			return d
		}
	}
}

// handIn takes a prescription in and dispenses it.
func (b *builder) handIn(p place) {
	d := b.usual(p)
	c := b.written(d, date(2026, 3, 12+b.random.IntN(2), 7, 30))
	c.By = technician[p.desk]
	b.everyday[p] = append(b.everyday[p], b.item(time.Time{}, "", c, day.OK, ""))
	b.fill(p, d, c.Form)
}

func (b *builder) written(d drug, issued time.Time) dispensing.AcceptPrescription {
	prescriber := everydayPrescribers[b.random.IntN(len(everydayPrescribers))]
	return b.prescribe(b.newPatient(), d, prescriber, issued, func(c *dispensing.AcceptPrescription) {
		if d.Schedule != dispensing.ScheduleII {
			c.Refills = b.random.IntN(4)
		}
	})
}

// fill dispenses all of a prescription; one in twelve asks for half of it now.
func (b *builder) fill(p place, d drug, form string) {
	var lots []lot
	for _, l := range d.lots {
		if l.everyday {
			lots = append(lots, l)
		}
	}
	from := lots[b.random.IntN(len(lots))]
	c := d.from(from.no, d.qty, pharmacist[p.desk])
	note := ""
	if b.random.IntN(12) == 0 {
		c.Qty, c.PartialReason, note = d.qty/2, dispensing.PatientAsked, "the patient asks for half of it now"
	}
	b.everyday[p] = append(b.everyday[p], b.item(time.Time{}, form, c, day.OK, note))
}

// close ends the day: the pharmacist of each desk signs for the shift.
func (b *builder) close() {
	for _, desk := range day.Desks() {
		b.say(closing, desk, "", dispensing.SignShift{
			Staff: pharmacist[desk], Meaning: "reviewed and approved: shift at desk " + desk,
		}, day.OK, "the signature covers a digest of all events so far")
	}
}
