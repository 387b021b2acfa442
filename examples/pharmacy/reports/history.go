package reports

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/opossum-go/opossum/decision"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/examples/pharmacy/dispensing"
	"github.com/opossum-go/opossum/ports"
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

// Prescriptions returns the prescriptions that were accepted with the given tag,
// by number: one prescription (dispensing.RxTag), those of a patient, a prescriber,
// an ingredient or a paper form. The empty tag means all.
func Prescriptions(ctx context.Context, store ports.Reader, calendar dispensing.Calendar, tag domain.Tag) ([]Prescription, error) {
	item := of(dispensing.PrescriptionAccepted{})
	if tag != "" {
		item = item.Tagged(tag)
	}
	var numbers []int
	err := fold(ctx, store, domain.NewQuery(item), func(_ domain.SequencedEvent, event decision.Event) {
		numbers = append(numbers, event.(dispensing.PrescriptionAccepted).Rx)
	})
	if err != nil {
		return nil, err
	}
	all := make([]Prescription, len(numbers))
	for i, rx := range numbers {
		if all[i], err = prescription(ctx, store, calendar, rx); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func prescription(ctx context.Context, store ports.Reader, calendar dispensing.Calendar, rx int) (Prescription, error) {
	var p Prescription
	var events []domain.SequencedEvent
	texts := make(map[domain.Position]string)
	err := fold(ctx, store, domain.NewQuery(domain.Tagged(dispensing.RxTag(rx))), func(stored domain.SequencedEvent, event decision.Event) {
		events = append(events, stored)
		line := HistoryLine{Position: stored.Position, At: stored.Metadata.OccurredAt, Recorded: stored.RecordedAt, What: stored.Type}
		describe(&line, event)
		line.Old = texts[line.Corrects]
		texts[line.Position] = line.Text
		p.Lines = append(p.Lines, line)
	})
	if err != nil {
		return Prescription{}, err
	}
	p.Standing, err = dispensing.StandingOf(calendar, rx, events)
	return p, err
}

// describe says in words what happened.
func describe(line *HistoryLine, event decision.Event) {
	switch e := event.(type) {
	case dispensing.PrescriptionAccepted:
		line.By, line.Qty = e.By, e.Qty
		line.Text = fmt.Sprintf("accepted: %v, %d units, %d refills, issued %s by %s for %s",
			e.Drug, e.Qty, e.Refills, e.Issued.Format(time.DateOnly), e.PrescriberName, e.PatientName)
		if len(e.Warnings) > 0 {
			line.Text += "; warning: " + strings.Join(e.Warnings, "; ")
		}
	case dispensing.WrittenCopyReceived:
		line.By, line.Text = e.By, "written copy received"
	case dispensing.EscalationRaised:
		line.By, line.Text = e.By, "written copy overdue since "+e.Due.Format(time.DateOnly)+", escalated"
	case dispensing.PrescriptionVoided:
		line.By, line.Text, line.Why = e.By, "voided", e.Reason
	case dispensing.PrescriptionTransferredOut:
		line.By, line.Text = e.By, fmt.Sprintf("transferred to %s (%s) with %d refills", e.To.Name, e.To.DEA, e.RefillsLeft)
	case dispensing.RefillsAuthorized:
		line.By, line.Text = e.By, fmt.Sprintf("%d more refills authorised", e.Refills)
	case dispensing.Dispensed:
		line.By, line.Qty = e.Staff, e.Qty
		line.Text = fmt.Sprintf("entry %d: dispensed %d of fill %d from lot %s/%s, %d remain", e.Entry, e.Qty, e.FillNo, e.NDC, e.Lot, e.Remaining)
	case dispensing.DispenseReversed:
		line.By, line.Qty, line.Why, line.Corrects = e.By, -e.Qty, e.Reason, domain.Position(e.Corrects)
		line.Text = fmt.Sprintf("entry %d reversed, %d back in lot %s/%s", e.Entry, e.Qty, e.NDC, e.Lot)
	case dispensing.BalanceForfeited:
		line.By, line.Text = e.By, fmt.Sprintf("remainder of %d given up, prescriber told: %t", e.Qty, e.PrescriberNotified)
	}
}
