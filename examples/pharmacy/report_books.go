package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/examples/pharmacy/dispensing"
	"github.com/opossum-go/opossum/examples/pharmacy/reports"
	"github.com/opossum-go/opossum/projection"
)

// reportInventory prints the perpetual inventory.
func (s *session) reportInventory(ctx context.Context, b *books) error {
	s.heading("Perpetual inventory, by product and lot")
	rows := [][]string{{"product", "class", "NDC", "lot", "expires", "received", "dispensed", "other", "on hand", ""}}
	for state, err := range reports.Products().View(b.states).All(ctx, projection.Selection{}) {
		if err != nil {
			return err
		}
		p := state.Value
		for i, l := range p.Lots {
			row := []string{"", "", "", l.Lot, l.Expires.Format("2006-01")}
			if i == 0 {
				row = []string{short(p.Drug.String(), 42), string(p.Drug.Schedule), p.NDC, l.Lot, l.Expires.Format("2006-01")}
			}
			other := l.OnHand - l.Received + l.Dispensed
			note := ""
			if l.Quarantined {
				note = "QUARANTINE"
			}
			rows = append(rows, append(row, number(l.Received, 8), number(l.Dispensed, 9), number(other, 5), number(l.OnHand, 7), note))
		}
	}
	s.table(rows, 0, "")
	return nil
}

// ofSchedule selects the log lines of a schedule, all of them for the empty one.
func ofSchedule(schedule dispensing.Schedule) []domain.Tag {
	if schedule == "" {
		return nil
	}
	return []domain.Tag{reports.ScheduleTag(schedule)}
}

// reportLog prints the running log of a schedule, its newest lines when there are
// more than most (0 means all).
func (s *session) reportLog(ctx context.Context, b *books, schedule dispensing.Schedule, most int) error {
	view, tags := reports.LogLines().View(b.states), ofSchedule(schedule)
	total, err := view.Count(ctx, tags...)
	if err != nil {
		return err
	}
	newest, err := view.List(ctx, projection.Selection{Tags: tags, Backwards: true, Limit: most})
	if err != nil {
		return err
	}
	slices.Reverse(newest)
	name := "all schedules"
	if schedule != "" {
		name = "schedule " + string(schedule)
	}
	if len(newest) < total {
		s.heading("Log of %s: the newest %d of %d lines, see pharmacy log", name, len(newest), total)
	} else {
		s.heading("Log of %s: %d lines", name, len(newest))
	}
	rows := [][]string{{"position", "when", "what", "product", "lot", "in", "out", "balance", "rx", "who", "by", "note"}}
	for _, l := range reports.Values(newest) {
		note := l.Note
		if l.Corrects > 0 {
			note = fmt.Sprintf("corrects position %d; %s", l.Corrects, note)
		}
		if most > 0 {
			note = short(note, 50)
		}
		rows = append(rows, []string{
			number(int(l.Position), 8), l.At.In(b.calendar.Location).Format("2006-01-02 15:04"), l.What, l.Drug.Name + " " + l.Drug.Strength, l.Lot,
			number(l.In, 4), number(l.Out, 4), number(l.Balance, 7), number(l.Rx, 4), l.Party, l.Staff, note,
		})
	}
	s.table(rows, 0, "")
	return nil
}

// reportDue prints the deadlines that run at now.
func (s *session) reportDue(ctx context.Context, b *books, now time.Time, most int) error {
	deadlines, err := reports.Deadlines(b.calendar).View(b.states).List(ctx, projection.Selection{})
	if err != nil {
		return err
	}
	due := reports.Upcoming(reports.Values(deadlines), now)
	overdue := 0
	rows := make([][]string, len(due))
	for i, d := range due {
		state, about := "", d.Loss
		if d.Overdue {
			overdue++
			state = "OVERDUE"
		}
		if d.Rx > 0 {
			about = fmt.Sprintf("rx %d", d.Rx)
		}
		text := d.Text
		if most > 0 {
			text = short(text, 120)
		}
		rows[i] = []string{d.Due.In(b.calendar.Location).Format("Mon 2006-01-02 15:04"), state, string(d.Kind), about, text}
	}
	s.heading("Deadlines at %s: %d run, %d are overdue", now.In(b.calendar.Location).Format("2006-01-02 15:04"), len(due)-overdue, overdue)
	s.table(rows, most, "pharmacy due")
	return nil
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
		rows = append(rows, []string{
			number(int(l.Position), 8), l.At.In(b.calendar.Location).Format("2006-01-02 15:04"), l.Recorded.Format("2006-01-02 15:04:05"), l.By, text,
		})
	}
	s.table(rows, 0, "")
	return nil
}

// reportCases prints what counts found, doses that are not accounted for, and the
// signatures of the day.
func (s *session) reportCases(ctx context.Context, b *books, signed []reports.Signed) error {
	cases, err := reports.Discrepancies().View(b.states).List(ctx, projection.Selection{})
	if err != nil {
		return err
	}
	doses, err := reports.Doses().View(b.states).Count(ctx, reports.OpenTag(true))
	if err != nil {
		return err
	}
	signatures, err := reports.Verify(ctx, b.events, signed)
	if err != nil {
		return err
	}
	s.heading("Counts, doses, signatures")
	for _, c := range reports.Values(reports.Oldest(cases)) {
		state := "settled"
		if c.Open() {
			state = "OPEN"
		}
		s.line("  count %s of %s: book %d, counted %d, difference %+d, adjusted %+d, %s (%s)",
			c.Count, c.NDC, c.Book, c.Counted, c.Diff, c.Adjusted, state, strings.Join(c.Reasons, "; "))
	}
	s.line("  doses not accounted for: %d", doses)
	for _, sign := range signatures {
		state := "what was signed is unchanged"
		if !sign.Valid {
			state = "WHAT WAS SIGNED HAS CHANGED"
		}
		s.line("  signed by %s, \"%s\", positions %d to %d: %s", sign.Name, sign.Meaning, sign.From, sign.Through, state)
	}
	return nil
}

// reportCheck holds the read models, which all of these reports come from, against
// the events.
func (s *session) reportCheck(ctx context.Context, b *books) error {
	events, states, err := b.check(ctx)
	if err != nil {
		return err
	}
	s.heading("Read models")
	s.line("  These reports come from %d read models, kept up to date while the desks worked.", len(b.models))
	s.line("  checked: their %d states are what a fold of all %d events from scratch makes", states, events)
	return nil
}
