package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/samber/lo"

	"github.com/opossum-go/opossum/examples/pharmacy/day"
	"github.com/opossum-go/opossum/examples/pharmacy/dispensing"
	"github.com/opossum-go/opossum/examples/pharmacy/reports"
)

// How much of a long list the day shows.
const (
	logShown = 10
	dueShown = 10
)

// reportDay prints what a pharmacist and an inspector want to see in the evening.
func (s *session) reportDay(ctx context.Context, b *books, data *day.Day, results []result) error {
	if err := b.current(ctx); err != nil {
		return err
	}
	today, _, err := reports.Days(b.calendar).View(b.states).Get(ctx, data.Date)
	if err != nil {
		return err
	}
	s.reportWork(data, results)
	s.reportDispensed(today.Value)
	s.reportRefused(data, results)
	s.reportRaces(data, results)
	for _, report := range []func() error{
		func() error { return s.reportInventory(ctx, b) },
		func() error {
			return s.reportLog(ctx, b, logPage{schedule: dispensing.ScheduleII, most: logShown, brief: true})
		},
		func() error { return s.reportDue(ctx, b, nil, data.End(), dueShown) },
		func() error { s.heading("Counts, doses, signatures"); return s.reportCases(ctx, b, nil) },
		func() error { return s.reportDoses(ctx, b) },
		func() error { return s.reportSigned(ctx, b, today.Value.Signed) },
		func() error { return s.reportCheck(ctx, b) },
	} {
		if err := report(); err != nil {
			return err
		}
	}
	return nil
}

// reportWork prints what each desk did, and the conflicts and retries.
func (s *session) reportWork(data *day.Day, results []result) {
	s.heading("Work at the two desks")
	rows := [][]string{{"desk", "commands", "carried out", "repeated", "refused", "invalid", "conflicts", "retried"}}
	lost := make(map[string]int)
	for _, desk := range day.Desks() {
		count := make(map[string]int)
		for _, r := range results {
			if data.Commands[r.Index].Desk != desk {
				continue
			}
			kind, _, _ := strings.Cut(r.Outcome, " ")
			count["all"]++
			count[kind]++
			count["conflicts"] += len(r.Conflicts)
			count["retried"] += min(1, max(0, r.Attempts-1))
			for _, typ := range r.Conflicts {
				lost[typ]++
			}
		}
		row := []string{desk}
		for i, key := range []string{"all", day.OK, day.Repeated, day.Refused, day.Invalid, "conflicts", "retried"} {
			row = append(row, number(count[key], len(rows[0][i+1])))
		}
		rows = append(rows, row)
	}
	s.table(rows, 0, "")
	if len(lost) > 0 {
		s.line("A conflict is an append that lost: what it was decided on had changed. It was decided again, on")
		s.line("fresh facts. Lost to: %s.", counts(lost))
	}
}

// counts writes numbers by name, the largest first.
func counts(of map[string]int) string {
	names := lo.Keys(of)
	slices.SortFunc(names, func(a, b string) int {
		if of[a] != of[b] {
			return of[b] - of[a]
		}
		return strings.Compare(a, b)
	})
	return strings.Join(lo.Map(names, func(name string, _ int) string { return fmt.Sprintf("%s %d", name, of[name]) }), ", ")
}

// reportDispensed prints what was handed over on a day, by schedule.
func (s *session) reportDispensed(today reports.Day) {
	s.heading("Dispensed on %s", today.Date)
	rows := [][]string{{"schedule", "taken in", "dispensings", "partial", "refills", "units", "reversed"}}
	for _, schedule := range []dispensing.Schedule{
		dispensing.ScheduleII, dispensing.ScheduleIII, dispensing.ScheduleIV, dispensing.ScheduleV, dispensing.Uncontrolled,
	} {
		of := today.Schedules[schedule]
		row := []string{string(schedule)}
		for i, n := range []int{of.Taken, of.Fills, of.Partial, of.Refills, of.Units, of.Reversed} {
			row = append(row, number(n, len(rows[0][i+1])))
		}
		rows = append(rows, row)
	}
	s.table(rows, 0, "")
}

// reportRefused prints the refusals by rule, with the first one as an example.
func (s *session) reportRefused(data *day.Day, results []result) {
	total, count, example := 0, make(map[string]int), make(map[string]result)
	for _, r := range results {
		rule, refused := strings.CutPrefix(r.Outcome, day.Refused+" ")
		if !refused {
			continue
		}
		total++
		count[rule]++
		if first, ok := example[rule]; !ok || data.Commands[r.Index].At.Before(data.Commands[first.Index].At) {
			example[rule] = r
		}
	}
	s.heading("Refused, and why: %d commands", total)
	rules := lo.Keys(count)
	slices.SortFunc(rules, byRule)
	var rows [][]string
	for _, rule := range rules {
		text := strings.TrimPrefix(example[rule].Text, "refused: ")
		text, _, _ = strings.Cut(text, " [")
		rows = append(rows, []string{rule, fmt.Sprintf("%2d", count[rule]), data.Commands[example[rule].Index].At.Format("15:04"), short(text, 98)})
	}
	s.table(rows, 0, "")
}

// byRule orders I1, I2, I10 by number and words after them.
func byRule(a, b string) int {
	if isNumbered(a) == isNumbered(b) && len(a) != len(b) && isNumbered(a) {
		return len(a) - len(b)
	}
	return strings.Compare(a, b)
}

func isNumbered(rule string) bool {
	return len(rule) > 1 && rule[0] == 'I' && rule[1] >= '0' && rule[1] <= '9'
}

// reportRaces prints how the races ended.
func (s *session) reportRaces(data *day.Day, results []result) {
	s.heading("Races: both desks had decided before either wrote")
	var rows [][]string
	for _, race := range data.Races {
		row := []string{race.About}
		for _, desk := range day.Desks() {
			for _, r := range results {
				if item := data.Commands[r.Index]; item.Race == race.Name && item.Desk == desk {
					text := desk + ": " + r.Outcome
					if len(r.Conflicts) > 0 {
						text += " (retried)"
					}
					row = append(row, text)
				}
			}
		}
		rows = append(rows, row)
	}
	s.table(rows, 0, "")
}
