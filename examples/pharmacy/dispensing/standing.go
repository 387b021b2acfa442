package dispensing

import (
	"time"

	"github.com/opossum-go/opossum/decision"
	"github.com/opossum-go/opossum/domain"
)

// Standing is how a prescription stands after the events so far.
type Standing struct {
	Prescription PrescriptionAccepted `json:"prescription"`
	Known        bool                 `json:"known"` // false when there is no such prescription
	Voided       bool                 `json:"voided"`
	Transferred  bool                 `json:"transferred"`
	// FillNo is the fill that is dispensed from next, 0 being the original one, and
	// Remaining what is left of it. Partial says that a part of it was dispensed.
	FillNo    int  `json:"fillNo"`
	Remaining int  `json:"remaining"`
	Partial   bool `json:"partial"`
	// RefillsLeft is how many complete refills are authorised beyond FillNo.
	RefillsLeft int `json:"refillsLeft"`
	// Due is the last moment for the next dispensing, zero when there is none; DueCite
	// and DueText say why.
	Due     time.Time `json:"due,omitzero"`
	DueCite string    `json:"dueCite,omitempty"`
	DueText string    `json:"dueText,omitempty"`
	// CopyDue is when the written copy of an emergency prescription is due; zero when
	// none is missing. Escalated says that its absence was escalated.
	CopyDue   time.Time `json:"copyDue,omitzero"`
	Escalated bool      `json:"escalated"`
}

// StandingOf folds events into the standing of a prescription. Events about
// other things are skipped. It is the same fold that the rules use.
func StandingOf(c Calendar, rx int, events []domain.SequencedEvent) (Standing, error) {
	model, raised := prescriptionOf(rx), escalated(rx)
	if err := decision.Fold(events, model, raised); err != nil {
		return Standing{}, err
	}
	p := model.State()
	if !p.Known {
		return Standing{}, nil
	}
	no, done := p.fill()
	s := Standing{
		Prescription: p.PrescriptionAccepted, Known: true, Voided: p.Voided, Transferred: p.Transferred,
		FillNo: no, Remaining: p.Qty - done, Partial: done > 0, RefillsLeft: max(p.refills()-no, 0), Escalated: raised.State(),
	}
	if no > p.refills() {
		s.Remaining = 0
	} else if l := earliest(p.limits(c)); !l.Until.IsZero() {
		s.Due, s.DueCite, s.DueText = l.Until, l.Cite, l.Text
	}
	if p.Kind == EmergencyOral && !p.CopyCame && !p.Voided {
		s.CopyDue = c.CopyDue(p.Issued)
	}
	return s, nil
}

// LastEntryAbout folds events into the last moment at which something was
// recorded about a patient; zero when nothing was.
func LastEntryAbout(patient string, events []domain.SequencedEvent) (time.Time, error) {
	model := lastEntryAbout(patient)
	if err := decision.Fold(events, model); err != nil {
		return time.Time{}, err
	}
	return model.State(), nil
}
