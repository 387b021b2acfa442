package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/examples/pharmacy/dispensing"
	"github.com/opossum-go/opossum/examples/pharmacy/reports"
	"github.com/opossum-go/opossum/projection"
)

// logCmd prints the running log of a schedule.
type logCmd struct {
	Schedule string          `default:"C-II" enum:"C-II,C-III,C-IV,C-V,RX,all" help:"Schedule: C-II (the default), C-III, C-IV, C-V, RX or all."`
	Newest   int             `placeholder:"N" help:"Only the newest N lines. Default: all."`
	Before   domain.Position `placeholder:"POSITION" help:"Only lines before a position, such as the first one of the page that you have seen."`
	CSV      bool            `name:"csv" help:"For a spreadsheet."`
}

// Run prints it.
func (c *logCmd) Run(ctx context.Context, s *session) error {
	if c.Newest < 0 {
		return fmt.Errorf("--newest %d is no number of lines; %w", c.Newest, errUsage)
	}
	return s.view(ctx, func(b *books) error {
		if c.CSV {
			return s.reportCSV(ctx, b, c.page())
		}
		return s.reportLog(ctx, b, c.page())
	})
}

func (c *logCmd) page() logPage {
	p := logPage{most: c.Newest, before: c.Before}
	if c.Schedule != "all" {
		p.schedule = dispensing.Schedule(c.Schedule)
	}
	return p
}

// logPage is a part of the log: the newest lines of a schedule.
type logPage struct {
	schedule dispensing.Schedule // empty for all
	most     int                 // 0 for all
	before   domain.Position     // lines before this one; 0 for all
	brief    bool                // cut long notes
}

func (p logPage) tags() []domain.Tag {
	if p.schedule == "" {
		return nil
	}
	return []domain.Tag{reports.ScheduleTag(p.schedule)}
}

func (p logPage) title() string {
	if p.schedule == "" {
		return "all schedules"
	}
	return "schedule " + string(p.schedule)
}

// lines returns the page, oldest first.
func (p logPage) lines(ctx context.Context, b *books) ([]reports.LogLine, error) {
	entries := reports.LogEntries().View(b.states).All(ctx, projection.Selection{Tags: p.tags(), Backwards: true})
	return reports.Page(reports.Newest(entries), p.before, p.most)
}

// reportLog prints a page of the running log.
func (s *session) reportLog(ctx context.Context, b *books, page logPage) error {
	total, err := reports.LogEntries().View(b.states).Count(ctx, append(page.tags(), reports.LineTag)...)
	if err != nil {
		return err
	}
	lines, err := page.lines(ctx, b)
	if err != nil {
		return err
	}
	switch {
	case page.before > 0:
		s.heading("Log of %s: %d of %d lines, before position %d", page.title(), len(lines), total, page.before)
	case len(lines) < total:
		s.heading("Log of %s: the newest %d of %d lines, see pharmacy log", page.title(), len(lines), total)
	default:
		s.heading("Log of %s: %d lines", page.title(), total)
	}
	rows := [][]string{{"position", "when", "what", "product", "lot", "in", "out", "balance", "rx", "who", "by", "note"}}
	for _, l := range lines {
		note := l.Note
		if l.Corrects > 0 {
			note = fmt.Sprintf("corrects position %d; %s", l.Corrects, note)
		}
		if page.brief {
			note = short(note, 50)
		}
		rows = append(rows, []string{
			number(int(l.Position), 8), b.minute(l.At), l.What, l.Drug.Name + " " + l.Drug.Strength, l.Lot,
			number(l.In, 4), number(l.Out, 4), number(l.Balance, 7), number(l.Rx, 4), l.Party, l.Staff, note,
		})
	}
	s.table(rows, 0, "")
	return nil
}

// reportCSV prints a page of the running log for a spreadsheet.
func (s *session) reportCSV(ctx context.Context, b *books, page logPage) error {
	lines, err := page.lines(ctx, b)
	if err != nil {
		return err
	}
	var text strings.Builder
	if err := reports.WriteCSV(&text, lines); err != nil {
		return err
	}
	for line := range strings.Lines(text.String()) {
		s.line("%s", strings.TrimSuffix(line, "\n"))
	}
	return nil
}
