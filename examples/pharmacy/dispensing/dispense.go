package dispensing

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/opossum-go/opossum/application"
	"github.com/opossum-go/opossum/decision"
)

// facts is everything that a dispensing depends on. Two dispensings disturb each
// other only when they meet in one of these: the same prescription, the same lot,
// the same patient and ingredient. The same product from two lots is no conflict.
type facts struct {
	rx         prescription // a: what was said about this prescription
	lot        lotState     // b: what happened to this lot
	staff      person       // c: whether the pharmacist is in force
	prescriber prescriber   // d: whether the prescriber is registered
	counting   counting     // e: whether the product is being counted
	supplies   []supply     // f: what the patient still has of the ingredient
}

// supply is what a patient was given of an ingredient.
type supply struct {
	Rx, Entry int
	Ends      time.Time
}

// suppliesOf is the model of what a patient was given of an ingredient. Its
// events carry both tags.
func suppliesOf(patient, ingredient string) *decision.Model[[]supply] {
	return decision.New([]supply(nil), PatientTag(patient), IngredientTag(ingredient)).With(
		decision.On(func(all []supply, e Dispensed) []supply {
			return append(slices.Clip(all), supply{Rx: e.Rx, Entry: e.Entry, Ends: e.SupplyEnds})
		}),
		decision.On(func(all []supply, e DispenseReversed) []supply {
			return slices.DeleteFunc(slices.Clone(all), func(s supply) bool { return s.Rx == e.Rx && s.Entry == e.Entry })
		}))
}

// dispense loads in two steps, because the prescription says who the patient and
// the prescriber are. Each step adds its own condition. The seventh part, g, that
// the same command is carried out once, comes with [application.CommandID].
func (r rules) dispense(d *application.Decision, c Dispense) error {
	rx := prescriptionOf(c.Rx)
	if err := d.Load(rx); err != nil {
		return err
	}
	p := rx.State()
	if err := cmp.Or(actor(d, c.Staff), p.usable()); err != nil {
		return err
	}
	lot, staff, doctor := lotOf(c.NDC, c.Lot), member(c.Staff), prescriberOf(p.Prescriber)
	running, supplies := countingOf(c.NDC), suppliesOf(p.Patient, p.Drug.Ingredient)
	if err := d.Load(lot, staff, doctor, running, supplies); err != nil {
		return err
	}
	f := facts{
		rx: p, lot: lot.State(), staff: staff.State(), prescriber: doctor.State(),
		counting: running.State(), supplies: supplies.State(),
	}
	dispensed, err := f.decide(c, r.policy, d.Now())
	if err != nil {
		return err
	}
	return d.Record(dispensed)
}

// decide is pure: the same facts, command and time give the same answer.
func (f facts) decide(c Dispense, policy Policy, now time.Time) (Dispensed, error) {
	p := f.rx
	no, done := p.fill()
	err := cmp.Or(
		f.staff.asPharmacist(),
		f.prescriber.mayBeFilled(p.Issued, now, policy.RevokedPrescriber, c.CallNote),
		p.fillable(no),
		p.inTime(policy.Calendar, now),
		p.takes(no, done, c),
		f.matches(),
		f.counting.free(),
		f.lot.fit(policy.Calendar, now),
		f.lot.holds(c.Qty, fmt.Sprintf("dispense %d as a partial fill (cannot-supply) or take another lot", f.lot.OnHand)),
		f.overlap(c, policy, now),
		stateRule(policy, Fill{Prescription: p.PrescriptionAccepted, FillNo: no, Qty: c.Qty, At: now}),
	)
	if err != nil {
		return Dispensed{}, err
	}
	remaining := p.Qty - done - c.Qty
	event := Dispensed{
		Rx: p.Rx, Entry: len(p.Entries) + 1, FillNo: no, Qty: c.Qty, Remaining: remaining,
		Patient: p.Patient, PatientName: p.PatientName, PatientAddress: p.PatientAddress, Prescriber: p.Prescriber,
		Drug: p.Drug, NDC: c.NDC, Lot: c.Lot, Staff: c.Staff, Initials: f.staff.Initials,
		SupplyEnds: p.supplyEnds(c.Qty, now), CallNote: c.CallNote, OverlapNote: c.OverlapNote, At: now,
	}
	if remaining > 0 {
		event.PartialReason = cmp.Or(c.PartialReason, PatientAsked)
		event.Due = p.after(event).due(policy.Calendar)
	}
	return event, nil
}

// takes refuses more than what is left of a fill, and an unexplained part of it.
func (p prescription) takes(no, done int, c Dispense) error {
	left := p.Qty - done
	switch {
	case c.Qty > left:
		return refuse("I1", "", fmt.Sprintf("dispense %d", left), "prescription %d has %d left of fill %d, not %d", p.Rx, left, no, c.Qty)
	case c.Qty < left && c.PartialReason == "" && p.Drug.Schedule == ScheduleII && (p.Kind == Written || p.Kind == EmergencyOral):
		return refuse("partial", "21 CFR 1306.13", "give the partial reason: cannot-supply, patient-asked or prescriber-asked",
			"a partial fill of C-II (%d of %d) needs its reason, the time for the remainder depends on it", c.Qty, left)
	}
	return nil
}

// matches refuses a lot of something else than what was prescribed.
func (f facts) matches() error {
	if f.lot.Known && !f.lot.Drug.same(f.rx.Drug) {
		return refuse("match", "", "take a lot of what was prescribed", "lot %v is %v (%s), prescribed is %v (%s)",
			f.lot, f.lot.Drug, f.lot.Drug.Schedule, f.rx.Drug, f.rx.Drug.Schedule)
	}
	return nil
}

// overlap refuses by policy what the patient still has from another prescription.
func (f facts) overlap(c Dispense, policy Policy, now time.Time) error {
	if policy.Overlap == OverlapAllowed || (policy.Overlap == OverlapWithNote && given(c.OverlapNote)) {
		return nil
	}
	for _, s := range f.supplies {
		if s.Rx == c.Rx || !now.Before(s.Ends.AddDate(0, 0, -policy.EarlyDays)) {
			continue
		}
		suggestion := "let the patient come back then"
		if policy.Overlap == OverlapWithNote {
			suggestion = "talk to patient and prescriber and dispense with an overlap note"
		}
		return refuse("I14", "policy", suggestion, "the patient has %s from prescription %d until %s",
			f.rx.Drug.Ingredient, s.Rx, policy.Calendar.local(s.Ends).Format(time.DateOnly))
	}
	return nil
}

func stateRule(policy Policy, fill Fill) error {
	if policy.StateRule == nil {
		return nil
	}
	if refusal := policy.StateRule(fill); refusal != nil {
		return refusal
	}
	return nil
}

// supplyEnds returns when qty units that were handed over now are used up, in
// whole minutes.
func (p prescription) supplyEnds(qty int, now time.Time) time.Time {
	minutes := int64(p.DaysSupply) * 24 * 60 * int64(qty) / int64(p.Qty)
	return now.Add(time.Duration(minutes) * time.Minute)
}

// after returns the prescription as it stands once e is stored.
func (p prescription) after(e Dispensed) prescription {
	p.Entries = append(slices.Clip(p.Entries), entry{
		No: e.Entry, Fill: e.FillNo, Qty: e.Qty, NDC: e.NDC, Lot: e.Lot, Reason: e.PartialReason, At: e.At,
	})
	return p
}

// due returns the last moment for the next dispensing; zero when there is none.
func (p prescription) due(c Calendar) time.Time { return earliest(p.limits(c)).Until }

func (r rules) reverseDispense(d *application.Decision, c ReverseDispense) error {
	rx := prescriptionOf(c.Rx)
	if err := d.Load(rx); err != nil {
		return err
	}
	p := rx.State()
	if err := cmp.Or(actor(d, c.By), reasoned("a reversal", c.Reason)); err != nil {
		return err
	}
	e, err := p.reversible(c.Entry)
	if err != nil {
		return err
	}
	running, by := countingOf(e.NDC), member(c.By)
	if err := d.Load(running, by); err != nil {
		return err
	}
	if err := cmp.Or(by.State().asPharmacist(), running.State().free()); err != nil {
		return err
	}
	return d.Record(DispenseReversed{
		Rx: p.Rx, Entry: e.No, FillNo: e.Fill, Qty: e.Qty, Corrects: uint64(e.Position), Reason: c.Reason,
		Patient: p.Patient, Ingredient: p.Drug.Ingredient, NDC: e.NDC, Lot: e.Lot, By: c.By, At: d.Now(),
	})
}

// reversible returns the entry with that number and refuses those that are not
// there or reversed.
func (p prescription) reversible(no int) (entry, error) {
	i := slices.IndexFunc(p.Entries, func(e entry) bool { return e.No == no })
	switch {
	case i < 0:
		return entry{}, refuse("unknown", "", "look at the history of the prescription", "prescription %d has no entry %d", p.Rx, no)
	case p.Entries[i].Reversed:
		return entry{}, refuse("I1", "", "", "entry %d of prescription %d is reversed already", no, p.Rx)
	}
	return p.Entries[i], nil
}

func (r rules) forfeitBalance(d *application.Decision, c ForfeitBalance) error {
	rx, by := prescriptionOf(c.Rx), member(c.By)
	if err := d.Load(rx, by); err != nil {
		return err
	}
	p := rx.State()
	if err := cmp.Or(actor(d, c.By), by.State().asPharmacist(), p.usable()); err != nil {
		return err
	}
	no, done := p.fill()
	switch {
	case done == 0:
		return refuse("I4", "", "", "prescription %d has no partial fill, nothing is outstanding", p.Rx)
	case p.Drug.Schedule == ScheduleII && !c.PrescriberNotified:
		return refuse("I4", "21 CFR 1306.13(a)", "call the prescriber first", "the prescriber has to be told that the remainder is not dispensed")
	}
	return d.Record(BalanceForfeited{
		Rx: p.Rx, FillNo: no, Qty: p.Qty - done, PrescriberNotified: c.PrescriberNotified, Note: c.Note, By: c.By, At: d.Now(),
	})
}
