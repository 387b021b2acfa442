package reports

import (
	"fmt"
	"time"

	"github.com/opossum-go/opossum/decision"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/examples/pharmacy/dispensing"
	"github.com/opossum-go/opossum/projection"
)

// DeadlineKind says what a deadline is for.
type DeadlineKind string

// The kinds of deadline.
const (
	Remainder   DeadlineKind = "remainder"    // the rest of a partial fill
	WrittenCopy DeadlineKind = "written-copy" // of an emergency oral prescription
	LossNotice  DeadlineKind = "loss-notice"  // written notice of a theft or significant loss
	LossForm106 DeadlineKind = "form-106"     // DEA Form 106
	Biennial    DeadlineKind = "inventory"    // the next inventory
)

// Deadline is something that has to be done by a moment.
type Deadline struct {
	Kind   DeadlineKind `json:"kind"`
	Due    time.Time    `json:"due"` // inclusive
	Rx     int          `json:"rx,omitempty"`
	Loss   string       `json:"loss,omitempty"`
	Text   string       `json:"text"` // what is due, and by which rule
	Action string       `json:"action"`
	// Last is the day of the latest inventory; zero when there was none, and for other
	// kinds.
	Last time.Time `json:"last,omitzero"`
}

// Deadlines is everything that has to be done by some moment, by kind and subject
// such as remainder/00000014 or loss-notice/l1. What was done is gone from it, what was
// not done in time stays. Tags: kind, due (the day) and rx or loss.
func Deadlines(calendar dispensing.Calendar) *projection.Definition[Deadline] {
	return projection.Define[Deadline]("due", 1, nil).With(
		standing[dispensing.PrescriptionAccepted](calendar),
		standing[dispensing.PrescriptionVoided](calendar),
		standing[dispensing.PrescriptionTransferredOut](calendar),
		standing[dispensing.RefillsAuthorized](calendar),
		standing[dispensing.Dispensed](calendar),
		standing[dispensing.DispenseReversed](calendar),
		standing[dispensing.BalanceForfeited](calendar),
		standing[dispensing.WrittenCopyReceived](calendar),
		standing[dispensing.EscalationRaised](calendar),
		lost(calendar),
		projection.Delete[Deadline, dispensing.LossReported]().Key(func(e dispensing.LossReported) string {
			if e.Step == dispensing.Form106 {
				return deadlineKey(LossForm106, e.Loss)
			}
			return deadlineKey(LossNotice, e.Loss)
		}),
		projection.On(func(d Deadline, e dispensing.LotReceived) Deadline {
			if d.Due.IsZero() {
				return Deadline{
					Kind: Biennial, Due: calendar.EndOfDay(e.At, 0), Action: "take it (TakeInventory)",
					Text: "initial inventory of the controlled substances (21 CFR 1304.11(b))",
				}
			}
			return d
		}).Keys(func(e dispensing.LotReceived) []string {
			if !e.Drug.Schedule.Controlled() {
				return nil
			}
			return []string{string(Biennial)}
		}),
		projection.On(func(d Deadline, e dispensing.InventoryTaken) Deadline {
			if !e.Date.After(d.Last) {
				return d
			}
			return Deadline{
				Kind: Biennial, Due: calendar.InventoryDue(e.Date), Action: "take it (TakeInventory)", Last: e.Date,
				Text: "inventory, at least every two years, last on " + e.Date.Format(time.DateOnly) + " (21 CFR 1304.11(c))",
			}
		}).Key(func(dispensing.InventoryTaken) string { return string(Biennial) }),
	).DropWhen(func(d Deadline) bool {
		return d.Due.IsZero()
	}).Tagged(func(_ string, d Deadline) []domain.Tag {
		tags := known(domain.NewTag("kind", string(d.Kind)), DueTag(calendar, d.Due), dispensing.LossTag(d.Loss))
		if d.Rx > 0 {
			tags = append(tags, dispensing.RxTag(d.Rx))
		}
		return tags
	})
}

// DueTag is the tag of the deadlines that end on the day of t.
func DueTag(calendar dispensing.Calendar, t time.Time) domain.Tag {
	return domain.NewTag("due", dayOf(calendar, t))
}

func dayOf(calendar dispensing.Calendar, t time.Time) string {
	return calendar.StartOfDay(t).Format(time.DateOnly)
}

func deadlineKey(kind DeadlineKind, subject string) string { return string(kind) + "/" + subject }

// standing is the handler for an event about a prescription: how that stands says
// which deadlines it is under.
func standing[E decision.Event](calendar dispensing.Calendar) projection.Handler[Deadline] {
	return projection.OnChange(func(c projection.Change[Deadline], e E) (Deadline, error) {
		s, err := standingAfter(calendar, number(e), c.Related, c.Event)
		if c.Key == deadlineKey(Remainder, RxKey(number(e))) {
			return remainderOf(s), err
		}
		return copyOf(s), err
	}).Keys(func(e E) []string {
		rx := RxKey(number(e))
		return []string{deadlineKey(Remainder, rx), deadlineKey(WrittenCopy, rx)}
	}).Related(aboutTheSame[E])
}

// remainderOf returns until when the rest of a partial fill can be dispensed; the
// zero Deadline when there is no limit.
func remainderOf(s dispensing.Standing) Deadline {
	if !s.Partial || s.Due.IsZero() || s.Voided || s.Transferred {
		return Deadline{}
	}
	return Deadline{
		Kind: Remainder, Due: s.Due, Rx: s.Prescription.Rx,
		Text:   fmt.Sprintf("%d of %v: %s (%s)", s.Remaining, s.Prescription.Drug, s.DueText, s.DueCite),
		Action: "dispense the remainder; when it is too late, tell the prescriber and give it up (ForfeitBalance)",
	}
}

// copyOf returns until when the written copy of a prescription has to be here; the
// zero Deadline when none is missing.
func copyOf(s dispensing.Standing) Deadline {
	if s.CopyDue.IsZero() {
		return Deadline{}
	}
	action := "ask the prescriber for it; when it is overdue, tell the DEA (RaiseEscalation)"
	if s.Escalated {
		action = "escalated; ask the prescriber for it"
	}
	return Deadline{
		Kind: WrittenCopy, Due: s.CopyDue, Rx: s.Prescription.Rx, Action: action,
		Text: "written copy from " + s.Prescription.PrescriberName + " within 7 days (21 CFR 1306.11(d))",
	}
}

// lost is the handler for a loss, which has two deadlines when it is significant.
func lost(calendar dispensing.Calendar) projection.Handler[Deadline] {
	return projection.OnChange(func(c projection.Change[Deadline], e dispensing.LossDiscovered) (Deadline, error) {
		found := e.Discovered
		if e.At.Before(found) {
			found = e.At // nobody discovers in the future
		}
		what := fmt.Sprintf("%d of %s (%s)", e.Qty, e.NDC, e.Kind)
		if c.Key == deadlineKey(LossNotice, e.Loss) {
			return Deadline{
				Kind: LossNotice, Due: calendar.NoticeDue(found), Loss: e.Loss, Action: "write to the DEA field office (ReportLoss notification)",
				Text: "notice of the loss of " + what + " within one business day (21 CFR 1301.76(b))",
			}, nil
		}
		return Deadline{
			Kind: LossForm106, Due: calendar.Form106Due(found), Loss: e.Loss, Action: "file the form (ReportLoss form-106)",
			Text: "DEA Form 106 about the loss of " + what + " within 45 days (21 CFR 1301.76(b))",
		}, nil
	}).Keys(func(e dispensing.LossDiscovered) []string {
		if !e.Significant {
			return nil
		}
		return []string{deadlineKey(LossNotice, e.Loss), deadlineKey(LossForm106, e.Loss)}
	})
}
