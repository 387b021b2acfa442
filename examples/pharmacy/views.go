package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/opossum-go/opossum/adapters/filesystem"
	"github.com/opossum-go/opossum/examples/pharmacy/day"
	"github.com/opossum-go/opossum/examples/pharmacy/dispensing"
	"github.com/opossum-go/opossum/examples/pharmacy/reports"
	"github.com/opossum-go/opossum/projection"
)

// view shows something of the read models, brought up to date.
func (s *session) view(ctx context.Context, show func(*books) error) error {
	return s.books(ctx, projection.Options{}, func(b *books) error {
		if _, err := b.current(ctx); err != nil {
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

// logCmd prints the running log of a schedule.
type logCmd struct {
	Schedule string `default:"C-II" enum:"C-II,C-III,C-IV,C-V,RX,all" help:"Schedule: C-II (the default), C-III, C-IV, C-V, RX or all."`
	CSV      bool   `name:"csv" help:"For a spreadsheet."`
}

// Run prints it.
func (c *logCmd) Run(ctx context.Context, s *session) error {
	schedule := dispensing.Schedule(c.Schedule)
	if c.Schedule == "all" {
		schedule = ""
	}
	return s.view(ctx, func(b *books) error {
		if !c.CSV {
			return s.reportLog(ctx, b, schedule, 0)
		}
		lines, err := reports.LogLines().View(b.states).List(ctx, projection.Selection{Tags: ofSchedule(schedule)})
		if err != nil {
			return err
		}
		var text strings.Builder
		if err := reports.WriteCSV(&text, reports.Values(lines)); err != nil {
			return err
		}
		for line := range strings.Lines(text.String()) {
			s.line("%s", strings.TrimSuffix(line, "\n"))
		}
		return nil
	})
}

// dueCmd prints the deadlines that run.
type dueCmd struct{ moment }

// Run prints them.
func (c *dueCmd) Run(ctx context.Context, s *session) error {
	return s.view(ctx, func(b *books) error {
		now, err := c.in(ctx, b.events, b.calendar.Location)
		if err != nil {
			return err
		}
		return s.reportDue(ctx, b, now, 0)
	})
}

// historyCmd prints everything about a prescription.
type historyCmd struct {
	Rx int `arg:"" help:"Number of the prescription."`
}

// Run prints it.
func (c *historyCmd) Run(ctx context.Context, s *session) error {
	return s.view(ctx, func(b *books) error { return s.reportHistory(ctx, b, c.Rx) })
}

// verifyCmd checks the store.
type verifyCmd struct{}

// Run checks it.
func (*verifyCmd) Run(ctx context.Context, s *session) error {
	err := s.reportFiles(ctx)
	if errors.Is(err, fs.ErrNotExist) {
		return s.noStore()
	}
	return err
}

// resetCmd deletes the store.
type resetCmd struct {
	Yes bool `help:"Really delete it."`
}

// Run deletes what a store consists of, and the folder when nothing else is in it.
func (c *resetCmd) Run(_ context.Context, s *session) error {
	path, err := filepath.Abs(s.dir)
	if err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(path, "store.json")); err != nil {
		return fmt.Errorf("there is no store in %s, nothing to delete", path)
	}
	if !c.Yes {
		return fmt.Errorf("this would delete all events in %s for good; say pharmacy reset --yes; %w", path, errUsage)
	}
	// store.json goes last: as long as it is there, a second reset can finish the work.
	for _, name := range []string{booksFolder, "events", "ledger", ".turn", ".lock", "store.json"} {
		if err := os.RemoveAll(filepath.Join(path, name)); err != nil {
			return fmt.Errorf("delete the store: %w", err)
		}
	}
	if left, err := os.ReadDir(path); err == nil && len(left) > 0 {
		s.line("Deleted the store in %s; other files in there stay.", path)
		return nil
	}
	if err := os.Remove(path); err != nil {
		return fmt.Errorf("delete the folder: %w", err)
	}
	s.line("Deleted %s. Run pharmacy again to start afresh.", path)
	return nil
}
