package reports

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/opossum-go/opossum/decision"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/examples/pharmacy/dispensing"
	"github.com/opossum-go/opossum/ports"
	"github.com/opossum-go/opossum/projection"
)

// Prescription is the history of one prescription and how it stands.
type Prescription struct {
	Standing dispensing.Standing `json:"standing"`
	Lines    []HistoryLine       `json:"lines"` // oldest first; nothing is ever left out
}

// HistoryLine is one thing that happened to a prescription.
type HistoryLine struct {
	Position domain.Position `json:"position"`
	At       time.Time       `json:"at"`         // when it happened
	Recorded time.Time       `json:"recordedAt"` // when the store took it in
	What     string          `json:"what"`       // event type
	Text     string          `json:"text"`
	By       string          `json:"by"`
	Qty      int             `json:"qty,omitempty"`
	// Corrects is the position of the line that this one takes back, Old what that
	// line said and Why the reason given. All three are empty for other lines.
	Corrects domain.Position `json:"corrects,omitempty"`
	Old      string          `json:"old,omitempty"`
	Why      string          `json:"why,omitempty"`
}

// Histories is what happened to prescriptions, by [RxKey]. Tags: rx, patient,
// prescriber, ingredient, schedule and form.
func Histories(calendar dispensing.Calendar) *projection.Definition[Prescription] {
	return projection.Define[Prescription]("prescriptions", 1, nil).With(
		told(calendar, func(l *HistoryLine, e dispensing.PrescriptionAccepted) {
			l.By, l.Qty = e.By, e.Qty
			l.Text = fmt.Sprintf("accepted: %v, %d units, %d refills, issued %s by %s for %s",
				e.Drug, e.Qty, e.Refills, e.Issued.Format(time.DateOnly), e.PrescriberName, e.PatientName)
			if len(e.Warnings) > 0 {
				l.Text += "; warning: " + strings.Join(e.Warnings, "; ")
			}
		}),
		told(calendar, func(l *HistoryLine, e dispensing.WrittenCopyReceived) {
			l.By, l.Text = e.By, "written copy received"
		}),
		told(calendar, func(l *HistoryLine, e dispensing.EscalationRaised) {
			l.By, l.Text = e.By, "written copy overdue since "+e.Due.Format(time.DateOnly)+", escalated"
		}),
		told(calendar, func(l *HistoryLine, e dispensing.PrescriptionVoided) {
			l.By, l.Text, l.Why = e.By, "voided", e.Reason
		}),
		told(calendar, func(l *HistoryLine, e dispensing.PrescriptionTransferredOut) {
			l.By, l.Text = e.By, fmt.Sprintf("transferred to %s (%s) with %d refills", e.To.Name, e.To.DEA, e.RefillsLeft)
		}),
		told(calendar, func(l *HistoryLine, e dispensing.RefillsAuthorized) {
			l.By, l.Text = e.By, fmt.Sprintf("%d more refills authorised", e.Refills)
		}),
		told(calendar, func(l *HistoryLine, e dispensing.Dispensed) {
			l.By, l.Qty = e.Staff, e.Qty
			l.Text = fmt.Sprintf("entry %d: dispensed %d of fill %d from lot %s/%s, %d remain", e.Entry, e.Qty, e.FillNo, e.NDC, e.Lot, e.Remaining)
		}),
		told(calendar, func(l *HistoryLine, e dispensing.DispenseReversed) {
			l.By, l.Qty, l.Why, l.Corrects = e.By, -e.Qty, e.Reason, domain.Position(e.Corrects)
			l.Text = fmt.Sprintf("entry %d reversed, %d back in lot %s/%s", e.Entry, e.Qty, e.NDC, e.Lot)
		}),
		told(calendar, func(l *HistoryLine, e dispensing.BalanceForfeited) {
			l.By, l.Text = e.By, fmt.Sprintf("remainder of %d given up, prescriber told: %t", e.Qty, e.PrescriberNotified)
		}),
	).Tagged(func(_ string, p Prescription) []domain.Tag {
		rx := p.Standing.Prescription
		return known(dispensing.RxTag(rx.Rx), dispensing.PatientTag(rx.Patient), dispensing.PrescriberTag(rx.Prescriber),
			dispensing.IngredientTag(rx.Drug.Ingredient), ScheduleTag(rx.Drug.Schedule), dispensing.FormTag(rx.Form))
	})
}

// RxKey is the key of a prescription in [Histories]: keys sort like numbers.
func RxKey(rx int) string { return fmt.Sprintf("%08d", rx) }

// told is the handler that adds the line of an event, in the words of describe. How
// the prescription stands is what the rules fold of everything that was said about it.
func told[E decision.Event](calendar dispensing.Calendar, describe func(*HistoryLine, E)) projection.Handler[Prescription] {
	return projection.OnChange(func(c projection.Change[Prescription], e E) (Prescription, error) {
		line := HistoryLine{
			Position: c.Event.Position, At: c.Event.Metadata.OccurredAt, Recorded: c.Event.RecordedAt, What: c.Event.Type,
		}
		describe(&line, e)
		for _, older := range c.State.Lines {
			if older.Position == line.Corrects {
				line.Old = older.Text
			}
		}
		standing, err := standingAfter(calendar, number(e), c.Related, c.Event)
		return Prescription{Standing: standing, Lines: append(c.State.Lines, line)}, err
	}).Key(func(e E) string { return RxKey(number(e)) }).Related(aboutTheSame[E])
}

// number returns the prescription that an event is about, 0 when it is about none.
func number(e decision.Event) int {
	for _, tag := range e.Tags() {
		if tag.Key() == "rx" {
			n, _ := strconv.Atoi(tag.Value()) // the event made it of a number
			return n
		}
	}
	return 0
}

// aboutTheSame matches everything about the prescription that an event is about.
func aboutTheSame[E decision.Event](e E) domain.Query {
	return domain.NewQuery(domain.Tagged(dispensing.RxTag(number(e))))
}

// standingAfter returns how a prescription stands after an event and those before it.
func standingAfter(calendar dispensing.Calendar, rx int, before []domain.SequencedEvent, event domain.SequencedEvent) (dispensing.Standing, error) {
	return dispensing.StandingOf(calendar, rx, append(slices.Clip(before), event))
}

// Prescriptions folds [Histories] from all events of a store and returns those with
// the given tag, by number. The empty tag means all.
func Prescriptions(ctx context.Context, store ports.Reader, calendar dispensing.Calendar, tag domain.Tag) ([]Prescription, error) {
	states, err := folded(ctx, store, Histories(calendar))
	return Values(carrying(states, tag)), err
}
