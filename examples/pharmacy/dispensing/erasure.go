package dispensing

import (
	"time"

	"github.com/opossum-go/opossum/application"
	"github.com/opossum-go/opossum/decision"
)

// lastEntryAbout is the model of the last moment at which something was recorded
// about a patient; zero when nothing was.
func lastEntryAbout(patient string) *decision.Model[time.Time] {
	return decision.New(time.Time{}, PatientTag(patient)).With(
		decision.On(func(_ time.Time, e PrescriptionAccepted) time.Time { return e.At }),
		decision.On(func(_ time.Time, e Dispensed) time.Time { return e.At }),
		decision.On(func(_ time.Time, e DispenseReversed) time.Time { return e.At }),
		decision.On(func(_ time.Time, e DoseIssued) time.Time { return e.At }),
		decision.On(func(_ time.Time, e DoseAdministered) time.Time { return e.At }))
}

// RetainUntil returns until when records have to be kept whose last entry was made
// at last.
func (p Policy) RetainUntil(last time.Time) time.Time {
	return p.Calendar.EndAfterMonths(last, 12*p.retention())
}

// Erasure returns the answer to a patient's request at now, given the last entry
// about the patient (zero for none). It is always a refusal: by law as long as
// records are kept, and afterwards because making stored data unreadable is not
// built.
func (p Policy) Erasure(patient string, last, now time.Time) *Refusal {
	if last.IsZero() {
		return &Refusal{Rule: "erasure", Reason: "nothing is stored about patient " + patient}
	}
	until := p.RetainUntil(last)
	if !now.After(until) {
		return &Refusal{
			Rule: "erasure", Cite: "21 CFR 1304.04(a); GDPR Art. 17(3)(b)",
			Reason:     "records about patient " + patient + " have to be kept until " + until.Format(time.DateOnly),
			Suggestion: "tell the patient the legal basis and the date, and keep the letter",
		}
	}
	return &Refusal{
		Rule:       "erasure",
		Reason:     "records about patient " + patient + " had to be kept until " + until.Format(time.DateOnly) + ", but this program cannot make them unreadable",
		Suggestion: "keep the request until it can",
	}
}

// requestErasure answers by refusing, so nothing is stored about the request.
func (r rules) requestErasure(d *application.Decision, c RequestErasure) error {
	if err := actor(d, c.By); err != nil {
		return err
	}
	last := lastEntryAbout(c.Patient)
	if err := d.Load(last); err != nil {
		return err
	}
	return r.policy.Erasure(c.Patient, last.State(), d.Now())
}
