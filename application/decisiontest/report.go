package decisiontest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/opossum-go/opossum/application"
	"github.com/opossum-go/opossum/domain"
)

// report shows the past, the decisive attempt of a trial and its boundary.
func (tr *trial) report() string {
	var b strings.Builder
	b.WriteString("the past")
	if len(tr.facts) == 0 {
		b.WriteString(": nothing")
	}
	for i, f := range tr.facts {
		fmt.Fprintf(&b, "\n  %d %s", i+1, described(f.event))
		if f.age > 0 {
			fmt.Fprintf(&b, ", %v ago", f.age)
		}
		if f.noise {
			b.WriteString(" (noise)")
		}
	}
	a := tr.decisive()
	fmt.Fprintf(&b, "\nthe decision, at %s\n%s", tr.clock.Now().Format("2006-01-02 15:04:05 MST"), a.report())
	if err := tr.err; err != nil {
		fmt.Fprintf(&b, "\n  ended with the error: %v", err)
	}
	b.WriteString("\nthe boundary")
	boundary := tr.boundary()
	switch {
	case boundary.IsAll():
		b.WriteString("\n  all events")
	case boundary.IsZero():
		b.WriteString(": nothing")
	}
	for _, item := range boundary.Items() {
		fmt.Fprintf(&b, "\n  %v", item)
	}
	b.WriteString(tr.wouldConflict(a))
	return b.String()
}

func (a *attempt) report() string {
	var lines []string
	for _, r := range a.reads {
		if isCommandID(r.query) {
			continue
		}
		lines = append(lines, fmt.Sprintf("  read %v up to position %d: %d events", r.query, r.seen, len(r.events)))
		for _, m := range r.models {
			lines = append(lines, fmt.Sprintf("    %s\n      state before: %s", m.Name, m.Before))
			for _, e := range m.Folded {
				lines = append(lines, fmt.Sprintf("      folded %d %s", e.Position, brief(e.Event)))
			}
			lines = append(lines, "      state after:  "+m.After)
		}
		if len(r.models) == 0 {
			for _, e := range r.inOrder() {
				lines = append(lines, fmt.Sprintf("    %d %s", e.Position, brief(e.Event)))
			}
		}
	}
	for i, c := range a.guards() {
		lines = append(lines, fmt.Sprintf("  condition %d: none of %v after position %d", i, c.FailIfEventsMatch, c.After))
	}
	if !a.appended {
		return strings.Join(append(lines, "  nothing was appended"), "\n")
	}
	if len(a.conditions) == 0 {
		lines = append(lines, "  no condition")
	}
	for _, e := range a.events {
		lines = append(lines, "  appends "+described(e))
	}
	if a.err != nil {
		lines = append(lines, "  the append failed: "+a.err.Error())
	}
	return strings.Join(lines, "\n")
}

// guards returns the conditions of the append or, when nothing was appended, those
// that the loads have made for it.
func (a *attempt) guards() []domain.AppendCondition {
	if a.appended {
		return a.conditions
	}
	var conditions []domain.AppendCondition
	for _, r := range a.reads {
		if len(r.models) > 0 && !r.elsewhere {
			conditions = append(conditions, domain.AppendCondition{FailIfEventsMatch: r.query, After: r.seen})
		}
	}
	return conditions
}

// wouldConflict says which kinds of events would have made the append fail: nothing
// when there was none and nothing was loaded for one.
func (tr *trial) wouldConflict(a *attempt) string {
	events := slices.Clone(a.events)
	for _, f := range tr.facts {
		events = append(events, f.event)
	}
	guards := a.guards()
	if len(events) == 0 || (!a.appended && len(guards) == 0) {
		return ""
	}
	var b strings.Builder
	b.WriteString("\nstored in between, would it have conflicted?")
	told := map[string]bool{}
	for _, e := range events {
		text := brief(e)
		if told[text] {
			continue
		}
		told[text] = true
		verdict := "no "
		for i, c := range guards {
			if c.FailIfEventsMatch.Matches(e) {
				verdict = fmt.Sprintf("yes, condition %d:", i)
				break
			}
		}
		fmt.Fprintf(&b, "\n  %s %s", verdict, text)
	}
	return b.String()
}

func (r *read) inOrder() []domain.SequencedEvent {
	var events []domain.SequencedEvent
	for _, position := range slices.Sorted(maps.Keys(r.events)) {
		events = append(events, r.events[position])
	}
	return events
}

// brief names an event by its type and tags.
func brief(e domain.Event) string {
	tags := slices.Clone(e.Tags)
	slices.Sort(tags)
	return fmt.Sprintf("%s %v", e.Type, slices.Compact(tags))
}

// described is brief with the data and without the tag of a command id. Two events
// are the same for the kit when they are described in the same way.
func described(e domain.Event) string {
	e.Tags = slices.DeleteFunc(slices.Clone(e.Tags), func(tag domain.Tag) bool {
		return strings.HasPrefix(string(tag), application.CommandTagPrefix)
	})
	data := bytes.NewBufferString("")
	if json.Compact(data, e.Data) != nil || data.Len() == 0 {
		data.Reset()
		data.WriteString("null")
	}
	return brief(e) + " " + data.String()
}

func describedAll(events []domain.SequencedEvent) []string {
	var all []string
	for _, e := range events {
		all = append(all, described(e.Event))
	}
	return all
}

func texts[T fmt.Stringer](values []T) []string {
	var all []string
	for _, v := range values {
		all = append(all, v.String())
	}
	return all
}

func listed(tags []domain.Tag) string { return strings.Join(texts(tags), " and ") }

func indented(lines []string) string {
	if len(lines) == 0 {
		return "  nothing"
	}
	return "  " + strings.Join(lines, "\n  ")
}
