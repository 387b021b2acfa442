package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/term"

	"github.com/opossum-go/opossum/adapters/filesystem"
	"github.com/opossum-go/opossum/adapters/terminal"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/examples/pharmacy/day"
	"github.com/opossum-go/opossum/examples/pharmacy/reports"
	"github.com/opossum-go/opossum/projection"
)

// view shows something of the read models, brought up to date. Who waits at a
// terminal sees how far they are.
func (s *session) view(ctx context.Context, show func(*books) error) error {
	var options projection.Options
	if file, ok := s.errs.(*os.File); ok && term.IsTerminal(int(file.Fd())) {
		options.Progress = terminal.Progress(s.errs)
	}
	return s.books(ctx, options, func(b *books) error {
		if err := b.current(ctx); err != nil {
			return err
		}
		return show(b)
	})
}

// books opens the store for reading and keeps its read models while use runs.
func (s *session) books(ctx context.Context, options projection.Options, use func(*books) error) error {
	data, err := day.Load()
	if err != nil {
		return err
	}
	return s.read(ctx, func(store *filesystem.Store) error {
		return s.keep(ctx, store, data.Zone(), options, use)
	})
}

// inventoryCmd prints the perpetual inventory.
type inventoryCmd struct{}

// Run prints it.
func (*inventoryCmd) Run(ctx context.Context, s *session) error {
	return s.view(ctx, func(b *books) error { return s.reportInventory(ctx, b) })
}

// dueCmd prints the deadlines that run.
type dueCmd struct {
	moment

	On string `placeholder:"DATE" help:"Only those that end on a day, such as 2026-04-02."`
}

// Run prints them.
func (c *dueCmd) Run(ctx context.Context, s *session) error {
	return s.view(ctx, func(b *books) error {
		now, err := c.in(ctx, b.events, b.calendar.Location)
		if err != nil {
			return err
		}
		var tags []domain.Tag
		if c.On != "" {
			on, err := b.date(c.On)
			if err != nil {
				return err
			}
			tags = []domain.Tag{reports.DueTag(b.calendar, on)}
		}
		return s.reportDue(ctx, b, tags, now, 0)
	})
}

// date returns the beginning of a day at the pharmacy.
func (b *books) date(text string) (time.Time, error) {
	t, err := time.ParseInLocation(time.DateOnly, text, b.calendar.Location)
	if err != nil {
		return time.Time{}, fmt.Errorf("%s is no day such as 2026-03-13; %w", text, errUsage)
	}
	return t, nil
}

// casesCmd prints what counts found.
type casesCmd struct {
	Open bool `help:"Only cases in which the books still differ from what was counted."`
}

// Run prints it.
func (c *casesCmd) Run(ctx context.Context, s *session) error {
	return s.view(ctx, func(b *books) error {
		var tags []domain.Tag
		if c.Open {
			tags = []domain.Tag{reports.OpenTag(true)}
		}
		s.heading("Differences that counts found")
		return s.reportCases(ctx, b, tags)
	})
}

// dailyCmd prints the report of a day.
type dailyCmd struct {
	Date string `arg:"" optional:"" help:"Day, such as 2026-03-13. Default: the latest on which something happened."`
}

// Run prints it.
func (c *dailyCmd) Run(ctx context.Context, s *session) error {
	return s.view(ctx, func(b *books) error {
		var days []projection.State[reports.Day]
		view := reports.Days(b.calendar).View(b.states)
		if c.Date == "" {
			var err error
			if days, err = view.List(ctx, projection.Selection{Backwards: true, Limit: 1}); err != nil {
				return err
			}
		} else {
			if _, err := b.date(c.Date); err != nil {
				return err
			}
			day, found, err := view.Get(ctx, c.Date)
			if err != nil {
				return err
			}
			if found {
				days = append(days, day)
			}
		}
		if len(days) == 0 {
			return errors.New("nothing was dispensed, taken in or signed on that day")
		}
		s.reportDispensed(days[0].Value)
		return s.reportSigned(ctx, b, days[0].Value.Signed)
	})
}
