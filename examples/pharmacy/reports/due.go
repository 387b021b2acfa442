package reports

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/opossum-go/opossum/decision"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/examples/pharmacy/dispensing"
	"github.com/opossum-go/opossum/ports"
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
	Kind    DeadlineKind `json:"kind"`
	Due     time.Time    `json:"due"` // inclusive
	Overdue bool         `json:"overdue"`
	Rx      int          `json:"rx,omitempty"`
	Loss    string       `json:"loss,omitempty"`
	Text    string       `json:"text"` // what is due, and by which rule
	Action  string       `json:"action"`
}

// Due returns every deadline that runs or has passed at now, the earliest first.
// What was done is not listed any more.
func Due(ctx context.Context, store ports.Reader, calendar dispensing.Calendar, now time.Time) ([]Deadline, error) {
	var all []Deadline
	for _, list := range []func(context.Context, ports.Reader, dispensing.Calendar) ([]Deadline, error){
		ofPrescriptions, ofLosses, ofInventories,
	} {
		more, err := list(ctx, store, calendar)
		if err != nil {
			return nil, err
		}
		all = append(all, more...)
	}
	for i := range all {
		all[i].Overdue = now.After(all[i].Due)
	}
	slices.SortStableFunc(all, func(a, b Deadline) int { return a.Due.Compare(b.Due) })
	return all, nil
}

func ofPrescriptions(ctx context.Context, store ports.Reader, calendar dispensing.Calendar) ([]Deadline, error) {
	events := make(map[int][]domain.SequencedEvent)
	query := domain.NewQuery(of(dispensing.PrescriptionAccepted{}, dispensing.PrescriptionVoided{}, dispensing.PrescriptionTransferredOut{},
		dispensing.RefillsAuthorized{}, dispensing.Dispensed{}, dispensing.DispenseReversed{}, dispensing.BalanceForfeited{},
		dispensing.WrittenCopyReceived{}, dispensing.EscalationRaised{}))
	err := fold(ctx, store, query, func(stored domain.SequencedEvent, event decision.Event) {
		rx := number(event)
		events[rx] = append(events[rx], stored)
	})
	if err != nil {
		return nil, err
	}
	var all []Deadline
	for _, rx := range slices.Sorted(maps.Keys(events)) {
		s, err := dispensing.StandingOf(calendar, rx, events[rx])
		if err != nil {
			return nil, fmt.Errorf("report: prescription %d: %w", rx, err)
		}
		if s.Partial && !s.Due.IsZero() && !s.Voided && !s.Transferred {
			all = append(all, Deadline{
				Kind: Remainder, Due: s.Due, Rx: rx,
				Text:   fmt.Sprintf("%d of %v: %s (%s)", s.Remaining, s.Prescription.Drug, s.DueText, s.DueCite),
				Action: "dispense the remainder; when it is too late, tell the prescriber and give it up (ForfeitBalance)",
			})
		}
		if !s.CopyDue.IsZero() {
			action := "ask the prescriber for it; when it is overdue, tell the DEA (RaiseEscalation)"
			if s.Escalated {
				action = "escalated; ask the prescriber for it"
			}
			all = append(all, Deadline{
				Kind: WrittenCopy, Due: s.CopyDue, Rx: rx,
				Text: "written copy from " + s.Prescription.PrescriberName + " within 7 days (21 CFR 1306.11(d))", Action: action,
			})
		}
	}
	return all, nil
}

// number returns the prescription that an event is about.
func number(event decision.Event) int {
	switch e := event.(type) {
	case dispensing.PrescriptionAccepted:
		return e.Rx
	case dispensing.PrescriptionVoided:
		return e.Rx
	case dispensing.PrescriptionTransferredOut:
		return e.Rx
	case dispensing.RefillsAuthorized:
		return e.Rx
	case dispensing.Dispensed:
		return e.Rx
	case dispensing.DispenseReversed:
		return e.Rx
	case dispensing.BalanceForfeited:
		return e.Rx
	case dispensing.WrittenCopyReceived:
		return e.Rx
	case dispensing.EscalationRaised:
		return e.Rx
	default:
		return 0
	}
}

func ofLosses(ctx context.Context, store ports.Reader, calendar dispensing.Calendar) ([]Deadline, error) {
	open := make(map[string][]Deadline)
	err := fold(ctx, store, domain.NewQuery(of(dispensing.LossDiscovered{}, dispensing.LossReported{})), func(_ domain.SequencedEvent, event decision.Event) {
		switch e := event.(type) {
		case dispensing.LossDiscovered:
			if !e.Significant {
				return
			}
			found := e.Discovered
			if e.At.Before(found) {
				found = e.At // nobody discovers in the future
			}
			what := fmt.Sprintf("%d of %s (%s)", e.Qty, e.NDC, e.Kind)
			open[e.Loss] = []Deadline{{
				Kind: LossNotice, Due: calendar.NoticeDue(found), Loss: e.Loss, Action: "write to the DEA field office (ReportLoss notification)",
				Text: "notice of the loss of " + what + " within one business day (21 CFR 1301.76(b))",
			}, {
				Kind: LossForm106, Due: calendar.Form106Due(found), Loss: e.Loss, Action: "file the form (ReportLoss form-106)",
				Text: "DEA Form 106 about the loss of " + what + " within 45 days (21 CFR 1301.76(b))",
			}}
		case dispensing.LossReported:
			done := LossNotice
			if e.Step == dispensing.Form106 {
				done = LossForm106
			}
			open[e.Loss] = slices.DeleteFunc(open[e.Loss], func(d Deadline) bool { return d.Kind == done })
		}
	})
	var all []Deadline
	for _, id := range slices.Sorted(maps.Keys(open)) {
		all = append(all, open[id]...)
	}
	return all, err
}

func ofInventories(ctx context.Context, store ports.Reader, calendar dispensing.Calendar) ([]Deadline, error) {
	last, first, err := inventories(ctx, store)
	switch {
	case err != nil || (last.IsZero() && first.IsZero()):
		return nil, err
	case last.IsZero():
		return []Deadline{{
			Kind: Biennial, Due: calendar.EndOfDay(first, 0), Action: "take it (TakeInventory)",
			Text: "initial inventory of the controlled substances (21 CFR 1304.11(b))",
		}}, nil
	}
	return []Deadline{{
		Kind: Biennial, Due: calendar.InventoryDue(last), Action: "take it (TakeInventory)",
		Text: "inventory, at least every two years, last on " + last.Format(time.DateOnly) + " (21 CFR 1304.11(c))",
	}}, nil
}

// inventories returns the day of the latest inventory, and when a controlled
// substance was first received; zero when there was none.
func inventories(ctx context.Context, store ports.Reader) (last, first time.Time, err error) {
	err = fold(ctx, store, domain.NewQuery(of(dispensing.InventoryTaken{}, dispensing.LotReceived{})), func(_ domain.SequencedEvent, event decision.Event) {
		switch e := event.(type) {
		case dispensing.InventoryTaken:
			if e.Date.After(last) {
				last = e.Date
			}
		case dispensing.LotReceived:
			if e.Drug.Schedule.Controlled() {
				first = cmp.Or(first, e.At)
			}
		}
	})
	return last, first, err
}
