package day

import (
	"fmt"
	"strings"
)

// Outcome is what became of one of the day's commands.
type Outcome struct {
	Index     int    // in Commands
	What      string // one of the outcomes, such as "refused I3"
	Conflicts int    // attempts that were lost
	Text      string // what a refusal or an error said
}

// Judge compares what happened with what the data expects, each command and each
// race. For again see [Expectation.Met]. It returns what is wrong, in the order of
// the commands, each error naming the command; nothing when the day went as
// expected.
func (d *Day) Judge(outcomes []Outcome, again bool) []error {
	var wrong []error
	done := make(map[int]Outcome, len(outcomes))
	for _, o := range outcomes {
		done[o.Index] = o
	}
	for i, item := range d.Commands {
		o, ok := done[i]
		switch {
		case !ok:
			wrong = append(wrong, fmt.Errorf("%s was never carried out", item))
		case !item.Expect.Met(o.What, o.Conflicts, again):
			wrong = append(wrong, fmt.Errorf("%s: expected %q, got %q after %d lost attempts: %s", item, item.Expect, o.What, o.Conflicts, o.Text))
		}
	}
	for _, race := range d.Races {
		if err := d.judgeRace(race, done, again); err != nil {
			wrong = append(wrong, err)
		}
	}
	return wrong
}

// judgeRace counts the commands that were carried out, now or before, by their
// ids.
func (d *Day) judgeRace(race Race, done map[int]Outcome, again bool) error {
	winners := make(map[string]int)
	var said []string
	for i, item := range d.Commands {
		if item.Race != race.Name {
			continue
		}
		o := done[i]
		said = append(said, fmt.Sprintf("%s %q", item.ID, o.What))
		switch o.What {
		case OK:
			winners[item.ID]++
		case Repeated:
			winners[item.ID] += 0 // carried out, but not here
		}
	}
	for id, times := range winners {
		if times > 1 || (times == 0 && !again) {
			return fmt.Errorf("race %s: %s was carried out %d times: %s", race.Name, id, times, strings.Join(said, ", "))
		}
	}
	if race.Winners > 0 && len(winners) != race.Winners {
		return fmt.Errorf("race %s: %d of the two were carried out, expected %d: %s", race.Name, len(winners), race.Winners, strings.Join(said, ", "))
	}
	return nil
}

// String names the item for people.
func (i Item) String() string {
	text := i.ID + " (" + i.Do
	if i.Form != "" {
		text += " for form " + i.Form
	}
	if i.Desk != "" {
		text += ", desk " + i.Desk
	}
	return text + ", " + i.At.Format("15:04:05") + ")"
}
