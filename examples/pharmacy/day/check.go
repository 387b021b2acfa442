package day

import (
	"fmt"
	"slices"
	"time"

	"github.com/opossum-go/opossum/examples/pharmacy/dispensing"
)

// check refuses data that the two workstations could not carry out.
func (d *Day) check() error {
	if _, err := time.Parse("-07:00", d.Offset); err != nil {
		return fmt.Errorf("offset %q is no distance from UTC such as -04:00", d.Offset)
	}
	if _, err := time.Parse(time.DateOnly, d.Date); err != nil {
		return fmt.Errorf("date %q is no day such as 2026-03-13", d.Date)
	}
	ids := make(map[string]bool)
	forms := make(map[string]bool)
	for _, item := range d.Setup() {
		if ids[item.ID] {
			return fmt.Errorf("command id %q stands twice before the day", item.ID)
		}
		if err := item.check(ids, forms); err != nil {
			return err
		}
	}
	for i, item := range d.Commands {
		if !slices.Contains(Desks(), item.Desk) || !slices.Contains(d.Phases, item.Phase) {
			return fmt.Errorf("command %d (%s) is at desk %q in phase %q, which do not exist", i, item.ID, item.Desk, item.Phase)
		}
		if i > 0 && slices.Index(d.Phases, item.Phase) < slices.Index(d.Phases, d.Commands[i-1].Phase) {
			return fmt.Errorf("command %d (%s) of phase %q comes after a later phase", i, item.ID, item.Phase)
		}
		if err := item.check(ids, forms); err != nil {
			return err
		}
	}
	return d.checkRaces()
}

// check refuses items that are no command, that expect nothing, or that are about
// a form nobody has presented yet.
func (i Item) check(ids, forms map[string]bool) error {
	switch {
	case i.ID == "" || i.At.IsZero():
		return fmt.Errorf("a %s has no id or no time", i.Do)
	case !i.Expect.valid():
		return fmt.Errorf("command %s expects %q, which is no outcome", i.ID, i.Expect)
	case i.Form != "" && !forms[i.Form]:
		return fmt.Errorf("command %s is about form %s, which nobody has presented yet", i.ID, i.Form)
	}
	ids[i.ID] = true
	command, err := i.Command(func(string) (int, error) { return 1, nil })
	if err != nil {
		return fmt.Errorf("command %s: %w", i.ID, err)
	}
	if form := presented(command); form != "" {
		forms[form] = true
	}
	return nil
}

// checkRaces refuses races that would leave a workstation waiting for nobody: each
// has one command at each desk, in one phase, and both desks come to the races in
// the same order.
func (d *Day) checkRaces() error {
	order := make(map[string][]string) // by desk: phase and name of the races
	for _, item := range d.Commands {
		if item.Race == "" {
			continue
		}
		if !slices.ContainsFunc(d.Races, func(r Race) bool { return r.Name == item.Race }) {
			return fmt.Errorf("command %s is in race %q, which is not listed", item.ID, item.Race)
		}
		order[item.Desk] = append(order[item.Desk], item.Phase+": "+item.Race)
	}
	a, b := order[Desks()[0]], order[Desks()[1]]
	if !slices.Equal(a, b) {
		return fmt.Errorf("the desks do not come to the same races in the same order: %q and %q", a, b)
	}
	if len(a) != len(d.Races) {
		return fmt.Errorf("%d races are listed and %d are run, each once", len(d.Races), len(a))
	}
	return nil
}

// presented returns the form that a command presents, empty for none.
func presented(command any) string {
	if c, ok := command.(dispensing.AcceptPrescription); ok {
		return c.Form
	}
	return ""
}
