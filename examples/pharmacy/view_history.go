package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/examples/pharmacy/dispensing"
	"github.com/opossum-go/opossum/examples/pharmacy/reports"
	"github.com/opossum-go/opossum/projection"
)

// historyCmd prints everything about a prescription, or lists prescriptions.
type historyCmd struct {
	Rx         int    `arg:"" optional:"" help:"Number of the prescription. Without it, the prescriptions are listed that fit all of what follows."`
	Patient    string `placeholder:"ID" help:"Those of a patient, such as pt-1215."`
	Prescriber string `placeholder:"DEA" help:"Those of a prescriber, such as ZL0000282."`
	Ingredient string `placeholder:"CODE" help:"Those of an ingredient, such as oxycodone."`
	Schedule   string `placeholder:"SCHEDULE" help:"Those of a schedule, such as C-II."`
}

// Run prints it.
func (c *historyCmd) Run(ctx context.Context, s *session) error {
	tags := slices.DeleteFunc([]domain.Tag{
		dispensing.PatientTag(c.Patient), dispensing.PrescriberTag(c.Prescriber), dispensing.IngredientTag(c.Ingredient),
		reports.ScheduleTag(dispensing.Schedule(c.Schedule)),
	}, func(t domain.Tag) bool { return t == "" })
	switch {
	case c.Rx == 0 && len(tags) == 0:
		return fmt.Errorf("which prescriptions? give a number, or say which to list, such as --patient pt-1215; %w", errUsage)
	case c.Rx == 0:
		return s.view(ctx, func(b *books) error { return s.reportPrescriptions(ctx, b, tags) })
	case len(tags) > 0:
		return fmt.Errorf("give the number of a prescription or say which to list, not both; %w", errUsage)
	}
	return s.view(ctx, func(b *books) error { return s.reportHistory(ctx, b, c.Rx) })
}

// reportHistory prints everything that happened to a prescription.
func (s *session) reportHistory(ctx context.Context, b *books, rx int) error {
	state, found, err := reports.Histories(b.calendar).View(b.states).Get(ctx, reports.RxKey(rx))
	if err != nil {
		return err
	}
	if !found {
		return fmt.Errorf("there is no prescription %d", rx)
	}
	s.heading("Prescription %d", rx)
	rows := [][]string{{"position", "when", "recorded (UTC)", "by", "what"}}
	for _, l := range state.Value.Lines {
		text := l.Text
		if l.Corrects > 0 {
			text += fmt.Sprintf("; corrects position %d (%s)", l.Corrects, l.Old)
		}
		if l.Why != "" {
			text += "; reason: " + l.Why
		}
		rows = append(rows, []string{number(int(l.Position), 8), b.minute(l.At), l.Recorded.Format(time.DateTime), l.By, text})
	}
	s.table(rows, 0, "")
	return nil
}

// reportPrescriptions lists the prescriptions that carry all of the tags.
func (s *session) reportPrescriptions(ctx context.Context, b *books, tags []domain.Tag) error {
	found, err := reports.Histories(b.calendar).View(b.states).List(ctx, projection.Selection{Tags: tags})
	if err != nil {
		return err
	}
	s.heading("Prescriptions: %d", len(found))
	rows := [][]string{{"rx", "issued", "patient", "prescriber", "class", "drug", "left of fill", "refills left", ""}}
	for _, p := range reports.Values(found) {
		now, state := p.Standing, ""
		switch {
		case now.Voided:
			state = "voided"
		case now.Transferred:
			state = "transferred"
		case now.Partial:
			state = "partly dispensed"
		}
		of := now.Prescription
		rows = append(rows, []string{
			number(of.Rx, 4), of.Issued.In(b.calendar.Location).Format(time.DateOnly), of.PatientName, of.PrescriberName,
			string(of.Drug.Schedule), of.Drug.String(), number(now.Remaining, 12), number(now.RefillsLeft, 12), state,
		})
	}
	s.table(rows, 0, "")
	return nil
}
