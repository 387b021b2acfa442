package projectiontest

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/opossum-go/opossum/domain"
)

// report shows the events, what each did, and all states.
func (v *verdict[S]) report() string {
	var b strings.Builder
	fmt.Fprintf(&b, "the events of projection %q", v.name)
	if len(v.events) == 0 {
		b.WriteString(": none")
	}
	for _, e := range v.events {
		fmt.Fprintf(&b, "\n  %d %s %s", e.Position, described(e.Event), v.effect(e))
	}
	b.WriteString("\nthe states")
	if len(v.states) == 0 {
		b.WriteString(": none")
	}
	for _, key := range slices.Sorted(maps.Keys(v.states)) {
		s := v.states[key]
		fmt.Fprintf(&b, "\n  %q %s %v, version %d, position %d", key, s.Data, s.Tags, s.Version, s.Position)
	}
	return b.String()
}

// effect tells what an event did.
func (v *verdict[S]) effect(e domain.SequencedEvent) string {
	if v.failedAt > 0 && e.Position >= v.failedAt {
		if e.Position == v.failedAt {
			return "fails"
		}
		return "is not reached"
	}
	if !v.query.Matches(e.Event) {
		return "has no handler"
	}
	c := v.changes[e.Position]
	var done []string
	for _, key := range slices.Sorted(maps.Keys(union(c, change{}))) {
		verb := "changes"
		switch {
		case c.gone[key]:
			verb = "removes"
		case c.states[key].Version == 1:
			verb = "creates"
		}
		done = append(done, fmt.Sprintf("%s %q", verb, key))
	}
	if len(done) == 0 {
		return "touches no state"
	}
	return strings.Join(done, ", ")
}

// brief names an event by its type and tags.
func brief(e domain.Event) string { return fmt.Sprintf("%s %v", e.Type, e.Tags) }

// described is brief with the data.
func described(e domain.Event) string {
	if len(e.Data) == 0 {
		return brief(e) + " null"
	}
	return brief(e) + " " + string(e.Data)
}
