package dispensing

import (
	"cmp"
	"fmt"

	"github.com/opossum-go/opossum/application"
	"github.com/opossum-go/opossum/decision"
)

// dose is what was taken out of a lot for one patient.
type dose struct {
	ID           string
	Known        bool
	NDC, Lot     string
	Patient      string
	Issued       int
	Administered int
	Wasted       int
}

func doseOf(id string) *decision.Model[dose] {
	return decision.New(dose{ID: id}, DoseTag(id)).With(
		decision.On(func(s dose, e DoseIssued) dose {
			s.Known, s.NDC, s.Lot, s.Patient, s.Issued = true, e.NDC, e.Lot, e.Patient, e.Qty
			return s
		}),
		decision.On(func(s dose, e DoseAdministered) dose {
			s.Administered += e.Qty
			return s
		}),
		decision.On(func(s dose, e WasteWitnessed) dose {
			s.Wasted += e.Qty
			return s
		}))
}

// there refuses doses that were never issued.
func (s dose) there() error {
	if !s.Known {
		return refuse("unknown", "", "issue it first", "dose %s was never issued", s.ID)
	}
	return nil
}

// wastes refuses more waste than what is left of the dose.
func (s dose) wastes(qty int) error {
	if left := s.Issued - s.Administered - s.Wasted; qty > left {
		return refuse("I10", "", "check the quantities", "of dose %s %d were issued, %d administered and %d wasted; %d cannot be waste",
			s.ID, s.Issued, s.Administered, s.Wasted, qty)
	}
	return nil
}

func (r rules) issueDose(d *application.Decision, c IssueDose) error {
	id, lot, running, by := doseOf(c.Dose), lotOf(c.NDC, c.Lot), countingOf(c.NDC), member(c.By)
	if err := d.Load(id, lot, running, by); err != nil {
		return err
	}
	l := lot.State()
	err := cmp.Or(actor(d, c.By), by.State().as(Pharmacist, PharmacistInCharge, Nurse), running.State().free(),
		l.fit(r.policy.Calendar, d.Now()), l.holds(c.Qty, fmt.Sprintf("issue %d or take another lot", l.OnHand)))
	if err != nil {
		return err
	}
	if id.State().Known {
		return refuse("unique", "", "choose another id", "dose %s was issued already", c.Dose)
	}
	return d.Record(DoseIssued{
		Dose: c.Dose, NDC: c.NDC, Lot: c.Lot, Drug: l.Drug, Qty: c.Qty, Patient: c.Patient, By: c.By, At: d.Now(),
	})
}

// administerDose records a fact: more than was issued is an error of the books,
// which is shown, not hidden.
func (r rules) administerDose(d *application.Decision, c AdministerDose) error {
	id := doseOf(c.Dose)
	if err := d.Load(id); err != nil {
		return err
	}
	if err := cmp.Or(actor(d, c.By), id.State().there()); err != nil {
		return err
	}
	return d.Record(DoseAdministered{Dose: c.Dose, Qty: c.Qty, Patient: id.State().Patient, By: c.By, At: d.Now()})
}

func (r rules) recordWaste(d *application.Decision, c RecordWaste) error {
	if err := cmp.Or(actor(d, c.By), reasoned("waste", c.Reason)); err != nil {
		return err
	}
	if c.Witness == "" {
		return refuse("I9", "", "call a witness, or record it as a loss (DiscoverLoss)", "nobody witnessed it")
	}
	by, witness := member(c.By), member(c.Witness)
	if err := d.Load(by, witness); err != nil {
		return err
	}
	if err := witnesses(by.State(), witness.State(), ""); err != nil {
		return err
	}
	ndc, lot, err := r.wasted(d, c)
	if err != nil {
		return err
	}
	return d.Record(WasteWitnessed{
		Dose: c.Dose, NDC: ndc, Lot: lot, Qty: c.Qty, Reason: c.Reason, By: c.By, Witness: c.Witness, At: d.Now(),
	})
}

// wasted returns the lot that the waste came out of. What broke in a lot is not
// compared with its book: that it lies there broken is a fact.
func (r rules) wasted(d *application.Decision, c RecordWaste) (ndc, lot string, err error) {
	if c.Dose == "" {
		of := lotOf(c.NDC, c.Lot)
		if err := d.Load(of); err != nil {
			return "", "", err
		}
		return c.NDC, c.Lot, of.State().there()
	}
	id := doseOf(c.Dose)
	if err := d.Load(id); err != nil {
		return "", "", err
	}
	s := id.State()
	return s.NDC, s.Lot, cmp.Or(s.there(), s.wastes(c.Qty))
}
