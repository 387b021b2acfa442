package dispensing

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/opossum-go/opossum/application"
	"github.com/opossum-go/opossum/decision"
	"github.com/opossum-go/opossum/ports"
)

// clockSkew is how far into the future a date of issue may lie: the clocks of two
// offices differ.
const clockSkew = 5 * time.Minute

func (r rules) acceptPrescription(d *application.Decision, c AcceptPrescription) error {
	by, doctor, missing := member(c.By), prescriberOf(c.Prescriber), missingCopies(c.Prescriber)
	if err := d.Load(by, doctor, missing); err != nil {
		return err
	}
	now, from := d.Now(), doctor.State()
	err := cmp.Or(actor(d, c.By), by.State().as(Pharmacist, PharmacistInCharge, Technician),
		plausible(c, r.policy.Calendar, now), from.mayIssue(c.Issued))
	if err != nil {
		return err
	}
	if err := r.unusedForm(d, c.Form); err != nil {
		return err
	}
	number, err := r.nextNumber(d)
	if err != nil {
		return err
	}
	return d.Record(PrescriptionAccepted{
		Rx: number, Form: c.Form, Medium: cmp.Or(c.Medium, Paper), Kind: c.Kind,
		Patient: c.Patient, PatientName: c.PatientName, PatientAddress: c.PatientAddress,
		Prescriber: c.Prescriber, PrescriberName: from.Name, PrescriberAddress: from.Address,
		Drug: c.Drug, Qty: c.Qty, DaysSupply: c.DaysSupply, Refills: c.Refills, Directions: c.Directions,
		Issued: c.Issued, EarliestFill: c.EarliestFill, Warnings: warnings(missing.State()), By: c.By, At: now,
	})
}

// plausible refuses prescriptions that are wrong in themselves.
func plausible(c AcceptPrescription, cal Calendar, now time.Time) error {
	oral := c.Kind == EmergencyOral
	switch s := c.Drug.Schedule; {
	case c.Issued.After(now.Add(clockSkew)):
		return refuse("issued", "21 CFR 1306.05(a)", "check the date", "the date of issue, %s, is in the future", c.Issued.Format(time.DateOnly))
	case !c.EarliestFill.IsZero() && cal.StartOfDay(c.EarliestFill).Before(cal.StartOfDay(c.Issued)):
		return refuse("I7", "21 CFR 1306.12(b)", "check the dates", "the earliest day of filling is before the day of issue")
	case (s == ScheduleIII || s == ScheduleIV) && now.After(cal.EndAfterMonths(c.Issued, 6)):
		return refuse("I4", "21 CFR 1306.22(a)", "ask for a new prescription", "it was issued more than 6 months ago")
	case oral && s != ScheduleII:
		return refuse("I15", "21 CFR 1306.11(d)", "take it in as written", "emergency oral prescriptions are a rule of Schedule II, this is %s", s)
	case oral && c.DaysSupply > int(emergency/(24*time.Hour)):
		return refuse("I15", "21 CFR 1306.11(d)", "ask for the quantity of 72 hours",
			"an emergency oral prescription covers at most 72 hours, not %d days", c.DaysSupply)
	default:
		return allowsRefills(s, c.Refills)
	}
}

// unusedForm refuses a paper form that was presented before.
func (r rules) unusedForm(d *application.Decision, form string) error {
	if form == "" {
		return nil
	}
	used := decision.New(0, FormTag(form)).With(
		decision.On(func(_ int, e PrescriptionAccepted) int { return e.Rx }),
		decision.On(func(int, PrescriptionVoided) int { return 0 }))
	if err := d.Load(used); err != nil {
		return err
	}
	if rx := used.State(); rx != 0 {
		return refuse("form", "", "look prescription up; if it is a forgery tell the prescriber",
			"form %s was presented before, as prescription %d", form, rx)
	}
	return nil
}

// nextNumber returns the number after the newest one. The newest prescription is
// found by reading backwards, one event; what is guarded is only that nobody else
// takes the number. Since each number is taken after its predecessor was seen,
// there are no gaps.
func (r rules) nextNumber(d *application.Decision) (int, error) {
	newest, err := newestNumber(d.Context(), r.store)
	if err != nil {
		return 0, err
	}
	for number := newest + 1; ; number++ {
		taken := decision.New(false, RxTag(number)).With(
			decision.On(func(bool, PrescriptionAccepted) bool { return true }))
		if err := d.Load(taken); err != nil {
			return 0, err
		}
		if !taken.State() {
			return number, nil
		}
	}
}

func newestNumber(ctx context.Context, store ports.Reader) (int, error) {
	read, err := store.Read(ctx, accepted(), ports.ReadOptions{Backwards: true, Limit: 1})
	if err != nil {
		return 0, fmt.Errorf("find the newest prescription: %w", err)
	}
	for stored, err := range read.Events {
		if err != nil {
			return 0, fmt.Errorf("find the newest prescription: %w", err)
		}
		event, err := Codec().Decode(stored.Event)
		if err != nil {
			return 0, fmt.Errorf("find the newest prescription: %w", err)
		}
		return event.(PrescriptionAccepted).Rx, nil
	}
	return 0, nil
}

func (r rules) receiveWrittenCopy(d *application.Decision, c ReceiveWrittenCopy) error {
	rx := prescriptionOf(c.Rx)
	if err := d.Load(rx); err != nil {
		return err
	}
	p := rx.State()
	switch {
	case !p.Known:
		return p.usable()
	case p.Kind != EmergencyOral:
		return refuse("I15", "21 CFR 1306.11(d)", "", "prescription %d is no emergency oral prescription, no copy is due", p.Rx)
	case p.CopyCame:
		return refuse("I15", "", "", "the written copy of prescription %d is here already", p.Rx)
	}
	if err := actor(d, c.By); err != nil {
		return err
	}
	return d.Record(WrittenCopyReceived{Rx: p.Rx, Prescriber: p.Prescriber, By: c.By, At: d.Now()})
}

func (r rules) raiseEscalation(d *application.Decision, c RaiseEscalation) error {
	rx, before, by := prescriptionOf(c.Rx), escalated(c.Rx), member(c.By)
	if err := d.Load(rx, before, by); err != nil {
		return err
	}
	p, due := rx.State(), r.policy.Calendar.CopyDue(rx.State().Issued)
	switch {
	case !p.Known:
		return p.usable()
	case p.Kind != EmergencyOral || p.CopyCame:
		return refuse("I15", "21 CFR 1306.11(d)", "", "no written copy of prescription %d is missing", p.Rx)
	case !d.Now().After(due):
		return refuse("I15", "21 CFR 1306.11(d)", "ask the prescriber for it", "the written copy of prescription %d is due by %s", p.Rx, due.Format(time.DateOnly))
	case before.State():
		return refuse("I15", "", "", "the missing copy of prescription %d was escalated already", p.Rx)
	}
	if err := cmp.Or(actor(d, c.By), by.State().asPharmacist()); err != nil {
		return err
	}
	return d.Record(EscalationRaised{Rx: p.Rx, Prescriber: p.Prescriber, Due: due, Note: c.Note, By: c.By, At: d.Now()})
}

func (r rules) voidPrescription(d *application.Decision, c VoidPrescription) error {
	rx, by := prescriptionOf(c.Rx), member(c.By)
	if err := d.Load(rx, by); err != nil {
		return err
	}
	p := rx.State()
	if err := cmp.Or(actor(d, c.By), reasoned("voiding", c.Reason), by.State().asPharmacist(), p.usable()); err != nil {
		return err
	}
	if len(p.live()) > 0 {
		return refuse("I11", "", "give the remainder up instead (ForfeitBalance)", "prescription %d was dispensed from", p.Rx)
	}
	return d.Record(PrescriptionVoided{Rx: p.Rx, Form: p.Form, Reason: c.Reason, By: c.By, At: d.Now()})
}

func (r rules) authorizeRefills(d *application.Decision, c AuthorizeRefills) error {
	rx, by := prescriptionOf(c.Rx), member(c.By)
	if err := d.Load(rx, by); err != nil {
		return err
	}
	p := rx.State()
	err := cmp.Or(actor(d, c.By), by.State().asPharmacist(), p.usable(),
		allowsRefills(p.Drug.Schedule, p.refills()+c.Refills), p.inTime(r.policy.Calendar, d.Now()))
	if err != nil {
		return err
	}
	return d.Record(RefillsAuthorized{Rx: p.Rx, Refills: c.Refills, Note: c.Note, By: c.By, At: d.Now()})
}

func (r rules) transferOut(d *application.Decision, c TransferOut) error {
	rx, by := prescriptionOf(c.Rx), member(c.By)
	if err := d.Load(rx, by); err != nil {
		return err
	}
	p := rx.State()
	if err := cmp.Or(actor(d, c.By), by.State().asPharmacist(), p.usable(), p.transferable(r.policy.Calendar, d.Now())); err != nil {
		return err
	}
	no, _ := p.fill()
	return d.Record(PrescriptionTransferredOut{
		Rx: p.Rx, To: c.To, ToPharmacist: c.ToPharmacist, RefillsLeft: p.refills() - max(no-1, 0), By: c.By, At: d.Now(),
	})
}

// transferable refuses transfers of what is not a whole fill, of paper that was
// never filled, and of what is used up or too old.
func (p prescription) transferable(c Calendar, now time.Time) error {
	no, done := p.fill()
	switch {
	case done > 0:
		return refuse("I11", "21 CFR 1306.08, 1306.25", "dispense the remainder here",
			"prescription %d is partially filled; the remainder cannot be transferred", p.Rx)
	case no == 0 && p.Drug.Schedule.Controlled() && p.Medium != Electronic:
		return refuse("I11", "21 CFR 1306.08", "give the paper back or fill it here",
			"prescription %d is on paper and was never filled; only electronic prescriptions of controlled substances are transferred unfilled", p.Rx)
	}
	if err := p.fillable(no); err != nil {
		return err
	}
	if l := earliest(p.limits(c)); !l.Until.IsZero() && now.After(l.Until) {
		return refuse("I4", l.Cite, "ask for a new prescription", "%s", l.Text)
	}
	return nil
}
