package main

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/samber/lo"

	"github.com/opossum-go/opossum/adapters/filesystem"
	"github.com/opossum-go/opossum/decision"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/examples/pharmacy/day"
	"github.com/opossum-go/opossum/examples/pharmacy/dispensing"
	"github.com/opossum-go/opossum/examples/pharmacy/reports"
	"github.com/opossum-go/opossum/ports"
)

// How much of a long list the day shows.
const (
	logShown = 10
	dueShown = 10
)

// reportDay prints what a pharmacist and an inspector want to see in the evening.
func (s *session) reportDay(ctx context.Context, store ports.Reader, data *day.Day, results []result) error {
	s.reportWork(data, results)
	if err := s.reportDispensed(ctx, store, data); err != nil {
		return err
	}
	s.reportRefused(data, results)
	s.reportRaces(data, results)
	if err := s.reportInventory(ctx, store); err != nil {
		return err
	}
	if err := s.reportLog(ctx, store, dispensing.ScheduleII, data.Zone(), logShown); err != nil {
		return err
	}
	if err := s.reportDue(ctx, store, data.Zone(), data.End(), dueShown); err != nil {
		return err
	}
	return s.reportCases(ctx, store)
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

// reportDispensed prints what was handed over on the day, by schedule.
func (s *session) reportDispensed(ctx context.Context, store ports.Reader, data *day.Day) error {
	type sums struct{ taken, fills, partial, refills, units, reversed int }
	by := make(map[dispensing.Schedule]*sums)
	schedules := []dispensing.Schedule{
		dispensing.ScheduleII, dispensing.ScheduleIII, dispensing.ScheduleIV, dispensing.ScheduleV, dispensing.Uncontrolled,
	}
	for _, schedule := range schedules {
		by[schedule] = &sums{}
	}
	drugs := make(map[string]dispensing.Schedule)
	query := domain.NewQuery(domain.OfTypes("LotReceived", "PrescriptionAccepted", "Dispensed", "DispenseReversed"))
	today := func(t time.Time) bool { return t.In(data.Zone()).Format(time.DateOnly) == data.Date }
	err := each(ctx, store, query, func(event decision.Event) {
		switch e := event.(type) {
		case dispensing.LotReceived:
			drugs[e.NDC] = e.Drug.Schedule
		case dispensing.PrescriptionAccepted:
			if today(e.At) && by[e.Drug.Schedule] != nil {
				by[e.Drug.Schedule].taken++
			}
		case dispensing.Dispensed:
			if of := by[e.Drug.Schedule]; today(e.At) && of != nil {
				of.fills++
				of.units += e.Qty
				of.partial += min(1, e.Remaining)
				of.refills += min(1, e.FillNo)
			}
		case dispensing.DispenseReversed:
			if of := by[drugs[e.NDC]]; today(e.At) && of != nil {
				of.reversed++
			}
		}
	})
	s.heading("Dispensed on %s", data.Date)
	rows := [][]string{{"schedule", "taken in", "dispensings", "partial", "refills", "units", "reversed"}}
	for _, schedule := range schedules {
		of := by[schedule]
		row := []string{string(schedule)}
		for i, n := range []int{of.taken, of.fills, of.partial, of.refills, of.units, of.reversed} {
			row = append(row, number(n, len(rows[0][i+1])))
		}
		rows = append(rows, row)
	}
	s.table(rows, 0, "")
	return err
}

// each calls step with each event that matches, oldest first.
func each(ctx context.Context, store ports.Reader, query domain.Query, step func(decision.Event)) error {
	read, err := store.Read(ctx, query, ports.ReadOptions{})
	if err != nil {
		return err
	}
	for stored, err := range read.Events {
		if err != nil {
			return err
		}
		event, err := dispensing.Codec().Decode(stored.Event)
		if err != nil {
			return err
		}
		step(event)
	}
	return nil
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

// reportInventory prints the perpetual inventory.
func (s *session) reportInventory(ctx context.Context, store ports.Reader) error {
	products, err := reports.Inventory(ctx, store)
	if err != nil {
		return err
	}
	s.heading("Perpetual inventory, by product and lot")
	rows := [][]string{{"product", "class", "NDC", "lot", "expires", "received", "dispensed", "other", "on hand", ""}}
	for _, p := range products {
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

// reportLog prints the running log of a schedule, its newest lines when there are
// more than most (0 means all).
func (s *session) reportLog(ctx context.Context, store ports.Reader, schedule dispensing.Schedule, zone *time.Location, most int) error {
	lines, err := reports.Log(ctx, store, schedule)
	if err != nil {
		return err
	}
	name := "all schedules"
	if schedule != "" {
		name = "schedule " + string(schedule)
	}
	if most > 0 && len(lines) > most {
		s.heading("Log of %s: the newest %d of %d lines, see pharmacy log", name, most, len(lines))
		lines = lines[len(lines)-most:]
	} else {
		s.heading("Log of %s: %d lines", name, len(lines))
	}
	rows := [][]string{{"position", "when", "what", "product", "lot", "in", "out", "balance", "rx", "who", "by", "note"}}
	for _, l := range lines {
		note := l.Note
		if l.Corrects > 0 {
			note = fmt.Sprintf("corrects position %d; %s", l.Corrects, note)
		}
		if most > 0 {
			note = short(note, 50)
		}
		rows = append(rows, []string{
			number(int(l.Position), 8), l.At.In(zone).Format("2006-01-02 15:04"), l.What, l.Drug.Name + " " + l.Drug.Strength, l.Lot,
			number(l.In, 4), number(l.Out, 4), number(l.Balance, 7), number(l.Rx, 4), l.Party, l.Staff, note,
		})
	}
	s.table(rows, 0, "")
	return nil
}

// reportDue prints the deadlines that run at now.
func (s *session) reportDue(ctx context.Context, store ports.Reader, zone *time.Location, now time.Time, most int) error {
	due, err := reports.Due(ctx, store, policy(zone).Calendar, now)
	if err != nil {
		return err
	}
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
		rows[i] = []string{d.Due.In(zone).Format("Mon 2006-01-02 15:04"), state, string(d.Kind), about, text}
	}
	s.heading("Deadlines at %s: %d run, %d are overdue", now.In(zone).Format("2006-01-02 15:04"), len(due)-overdue, overdue)
	s.table(rows, most, "pharmacy due")
	return nil
}

// reportCases prints what counts found, doses that are not accounted for, and the
// signatures.
func (s *session) reportCases(ctx context.Context, store ports.Reader) error {
	cases, err := reports.Cases(ctx, store)
	if err != nil {
		return err
	}
	doses, err := reports.OpenDoses(ctx, store)
	if err != nil {
		return err
	}
	signatures, err := reports.Signatures(ctx, store)
	if err != nil {
		return err
	}
	s.heading("Counts, doses, signatures")
	for _, c := range cases {
		state := "settled"
		if c.Open() {
			state = "OPEN"
		}
		s.line("  count %s of %s: book %d, counted %d, difference %+d, adjusted %+d, %s (%s)",
			c.Count, c.NDC, c.Book, c.Counted, c.Diff, c.Adjusted, state, strings.Join(c.Reasons, "; "))
	}
	s.line("  doses not accounted for: %d", len(doses))
	for _, sign := range signatures {
		state := "what was signed is unchanged"
		if !sign.Valid {
			state = "WHAT WAS SIGNED HAS CHANGED"
		}
		s.line("  signed by %s, \"%s\", positions %d to %d: %s", sign.Name, sign.Meaning, sign.From, sign.Through, state)
	}
	return nil
}

// reportFiles verifies the store and says where it is.
func (s *session) reportFiles(ctx context.Context) error {
	report, err := filesystem.Verify(ctx, s.dir)
	if err != nil {
		return fmt.Errorf("verify: %w", err)
	}
	path, err := filepath.Abs(s.dir)
	if err != nil {
		return err
	}
	s.heading("Files")
	s.line("  %s", path)
	s.line("  verified: %s in %s, %d KiB, every line, checksum and link of the chain",
		plural(int(report.Events), "event", "events"), plural(report.Segments, "file", "files"), (report.Bytes+1023)/1024)
	s.line("  end of the chain: %s", report.Chain)
	s.line("  the events are text: jq -c 'select(.type==\"Dispensed\")' %s", filepath.Join(s.dir, "events", "*.jsonl"))
	for _, u := range report.Unfinished {
		s.line("  an append at the end was never finished: %s, %d bytes at %d (%s)", u.File, u.Bytes, u.Offset, u.Reason)
	}
	return nil
}

// conclude says how the day went and what one can do next.
func (s *session) conclude(commands int, again bool, wrong int, took time.Duration) {
	s.line("")
	if wrong == 0 {
		s.line("All %d commands and all races came out as the data of the day expects, in %.1f s.", commands, took.Seconds())
	} else {
		s.line("%s not come out as the data of the day expects; each is named below.", plural(wrong, "thing did", "things did"))
	}
	if again {
		s.line("The folder held this day already: what was done was recognised by its command id and not done twice.")
	}
	s.line("Run it again: nothing is done twice. Start afresh: pharmacy reset --yes, or delete the folder.")
	s.line("Go on: pharmacy inventory | log | due | history RX | dispense | do | verify   (pharmacy = go run ./examples/pharmacy)")
}
