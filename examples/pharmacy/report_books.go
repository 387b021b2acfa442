package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/opossum-go/opossum/domain"
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

// reportDue prints the deadlines with all of the tags, as they look at now.
func (s *session) reportDue(ctx context.Context, b *books, tags []domain.Tag, now time.Time, most int) error {
	deadlines, err := reports.Deadlines(b.calendar).View(b.states).List(ctx, projection.Selection{Tags: tags})
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
	s.heading("Deadlines at %s: %d run, %d are overdue", b.minute(now), len(due)-overdue, overdue)
	s.table(rows, most, "pharmacy due")
	return nil
}

// minute writes a time as the clock in the pharmacy shows it.
func (b *books) minute(t time.Time) string {
	return t.In(b.calendar.Location).Format("2006-01-02 15:04")
}

// reportCases prints what counts found, of the cases with all of the tags.
func (s *session) reportCases(ctx context.Context, b *books, tags []domain.Tag) error {
	cases, err := reports.Discrepancies().View(b.states).List(ctx, projection.Selection{Tags: tags})
	if err != nil {
		return err
	}
	if len(cases) == 0 {
		s.line("  no differences")
	}
	for _, c := range reports.Values(reports.Oldest(cases)) {
		state := "settled"
		if c.Open() {
			state = "OPEN"
		}
		s.line("  count %s of %s: book %d, counted %d, difference %+d, adjusted %+d, %s (%s)",
			c.Count, c.NDC, c.Book, c.Counted, c.Diff, c.Adjusted, state, strings.Join(c.Reasons, "; "))
	}
	return nil
}

// reportDoses prints how many doses are not accounted for.
func (s *session) reportDoses(ctx context.Context, b *books) error {
	doses, err := reports.Doses().View(b.states).Count(ctx, reports.OpenTag(true))
	if err != nil {
		return err
	}
	s.line("  doses not accounted for: %d", doses)
	return nil
}

// reportSigned prints signatures, and whether the store still holds what was signed.
func (s *session) reportSigned(ctx context.Context, b *books, signed []reports.Signed) error {
	signatures, err := reports.Verify(ctx, b.events, signed)
	if err != nil {
		return err
	}
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
	if errors.Is(err, reports.ErrUnequal) {
		return fmt.Errorf("%w; pharmacy rebuild makes it anew", err)
	}
	if err != nil {
		return err
	}
	s.heading("Read models")
	s.line("  These reports come from %d read models, kept up to date while the desks worked.", len(b.models))
	s.line("  checked: their %d states are what a fold of all %d events from scratch makes", states, events)
	return nil
}
