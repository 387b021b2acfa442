package main

import (
	"context"
	"fmt"
	"time"

	"github.com/opossum-go/opossum/adapters/filesystem"
	"github.com/opossum-go/opossum/examples/pharmacy/day"
	"github.com/opossum-go/opossum/projection"
)

// dayCmd runs the day: what was before it in this process, the day itself in two
// others, while this one keeps the read models up to date, then the reports.
type dayCmd struct{}

// Run runs the day and fails when something came out otherwise than the data
// expects.
func (*dayCmd) Run(ctx context.Context, s *session) error {
	data, err := day.Load()
	if err != nil {
		return err
	}
	began := time.Now()
	s.line("%s, %s: %s", data.Pharmacy.Name, data.Pharmacy.Address, dayText(data))
	s.line("%s", disclaimer)
	before, again, err := s.setUp(ctx, data)
	if err != nil {
		return err
	}
	s.line("")
	s.line("Before the day: %s, %s, %s, %s, %s (%s).",
		plural(len(data.Staff), "member of staff", "members of staff"), plural(len(data.Prescribers), "prescriber", "prescribers"),
		plural(len(data.Lots), "lot", "lots"), plural(len(data.Prescriptions), "prescription", "prescriptions"),
		plural(len(data.History), "earlier event", "earlier events"), before)
	var results []result
	err = s.read(ctx, func(store *filesystem.Store) error {
		return s.keep(ctx, store, data.Zone(), projection.Options{}, func(b *books) error {
			var err error
			if results, err = s.conduct(ctx); err != nil {
				return onceMore(err)
			}
			return s.reportDay(ctx, b, data, results)
		})
	})
	if err != nil {
		return err
	}
	if err := s.reportFiles(ctx); err != nil {
		return err
	}
	outcomes := make([]day.Outcome, len(results))
	for i, r := range results {
		outcomes[i] = day.Outcome{Index: r.Index, What: r.Outcome, Conflicts: len(r.Conflicts), Text: r.Text}
	}
	wrong := data.Judge(outcomes, again)
	s.conclude(len(data.Commands), again, len(wrong), time.Since(began))
	if len(wrong) > 0 {
		return unmetError(wrong)
	}
	return nil
}

// onceMore adds to an error what to do after an interrupted day.
func onceMore(err error) error {
	return fmt.Errorf("%w; what was stored stays: run pharmacy again and it goes on where it stopped", err)
}

func dayText(data *day.Day) string {
	t, err := time.Parse(time.DateOnly, data.Date)
	if err != nil {
		return data.Date
	}
	return t.Format("Monday, January 2, 2006")
}
