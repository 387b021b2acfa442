package projectiontest

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
	"github.com/opossum-go/opossum/projection"
)

// verdict is what events make of a projection.
type verdict[S any] struct {
	name   string
	query  domain.Query
	events []domain.SequencedEvent

	folded  map[string]projection.State[S]
	states  map[string]ports.ProjectionState
	changes map[domain.Position]change

	// err is why an event could not be applied, or why the definition is unusable;
	// failedAt is the position of that event.
	err      error
	failedAt domain.Position

	// mistakes are what is wrong whatever the test wants.
	mistakes []string
}

// reach folds the events in every way and compares.
func reach[S any](t testing.TB, d *projection.Definition[S], events []domain.SequencedEvent) verdict[S] {
	v := verdict[S]{name: d.Name(), query: d.Query(), events: events}
	given := shown(events)
	folded, foldErr := projection.Fold(d, events)
	v.folded, v.err = folded, foldErr
	if errors.Is(foldErr, projection.ErrDefinition) {
		return v
	}
	again, againErr := projection.Fold(d, events)
	plain := *d
	plain.OnFailure(projection.Failure{}) // a failure shows at once
	kept := inMemory(t.Context(), &plain, events)
	read := fromJSON(t.Context(), &plain, events)
	v.states, v.changes = kept.states, kept.changes
	if f := kept.failure; f != nil {
		v.failedAt = f.Position
		if foldErr != nil { // later, when it is about the JSON of a state
			v.err = &projection.EventError{Projection: v.name, Position: f.Position, Type: f.Type, Err: errors.New(f.Error)}
		}
		v.folded, _ = projection.Fold(d, events[:f.Position-1])
	}

	if after := shown(events); !slices.Equal(given, after) {
		v.mistake("a handler changes an event that it was given, and events are shared\n  given %s\n  now   %s", firstOther(given, after), firstOther(after, given))
		return v
	}
	if why := unlike(outcome(folded, foldErr), outcome(again, againErr)); why != "" {
		v.mistake("two folds of the same events differ: a handler looks at a clock or at chance, or remembers something from one call to the next. It may use the state, the event and related events only\n%s", why)
		return v
	}
	if why := firstLost(d, events); why != "" {
		v.mistake("a state does not come back whole from JSON: %s", why)
		return v
	}
	if _, ok := errors.AsType[*projection.EventError](foldErr); foldErr != nil && !ok {
		v.err = nil
		v.mistake("%s: %v", notWhole, foldErr)
		return v
	}
	v.compareRuns(kept, read)
	if len(v.mistakes) == 0 {
		v.compareFold(kept)
	}
	return v
}

func (v *verdict[S]) mistake(format string, args ...any) {
	v.mistakes = append(v.mistakes, fmt.Sprintf(format, args...))
}

const notWhole = "a state does not come back whole from JSON, or shares memory with another one, or a handler remembers something"

// compareRuns compares states that stay in memory with states that are read again
// for each event, up to the first event after which they differ.
func (v *verdict[S]) compareRuns(kept, read run) {
	for _, e := range v.events {
		k, r := kept.changes[e.Position], read.changes[e.Position]
		for _, key := range slices.Sorted(maps.Keys(union(k, r))) {
			if why := v.unlikeAfter(k, r, key); why != "" {
				v.mistake("%s: after event %d, %s, state %q differs\n%s", notWhole, e.Position, brief(e.Event), key, why)
				return
			}
		}
		if failed(kept, e.Position) || failed(read, e.Position) {
			break
		}
	}
	if read.broken != nil {
		v.mistake("%s: %v", notWhole, read.broken)
		return
	}
	if k, r := ending(kept), ending(read); k != r {
		v.mistake("%s: an event can be applied to the one and not to the other\n  states kept in memory: %s\n  states read from JSON: %s", notWhole, k, r)
	}
}

func (v *verdict[S]) unlikeAfter(kept, read change, key string) string {
	k, isKept := kept.states[key]
	r, isRead := read.states[key]
	if isKept == isRead && string(k.Data) == string(r.Data) && slices.Equal(k.Tags, r.Tags) && kept.gone[key] == read.gone[key] && k.Version == r.Version {
		return ""
	}
	lines := []string{
		"kept in memory: " + written(kept, key),
		"read from JSON: " + written(read, key),
	}
	return indented(lines)
}

// compareFold compares a fold in one go with one event at a time.
func (v *verdict[S]) compareFold(kept run) {
	const differ = "folding in one go and event by event differ"
	switch {
	case v.err != nil && kept.failure == nil:
		v.mistake("%s: every event can be applied alone, but not in one go: %v", differ, v.err)
	case v.err == nil && kept.failure != nil:
		v.mistake("%s: all events can be applied in one go, but not alone: event %d, %s: %s", differ, kept.failure.Position, kept.failure.Type, kept.failure.Error)
	case kept.broken != nil:
		v.mistake("%s: %v", differ, kept.broken)
	case v.err != nil:
	default:
		stepwise := make(map[string]projection.State[S], len(kept.states))
		for key, s := range kept.states {
			state := projection.State[S]{Key: key, Tags: s.Tags, Version: s.Version, CreatedAt: s.CreatedAt, UpdatedAt: s.UpdatedAt, Position: s.Position}
			if err := json.Unmarshal(s.Data, &state.Value); err != nil {
				v.mistake("%s: state %q: %v", notWhole, key, err)
				return
			}
			stepwise[key] = state
		}
		if why := unlike(outcome(v.folded, nil), outcome(stepwise, nil)); why != "" {
			v.mistake("%s: a handler remembers something, or writing a state as JSON changes it\n%s", differ, why)
		}
	}
}

// outcome describes what a fold returned, one line for each state.
func outcome[S any](states map[string]projection.State[S], err error) map[string]string {
	lines := make(map[string]string, len(states))
	for key, s := range states {
		lines[key] = fmt.Sprintf("%s %v version %d position %d", compact(s.Value), s.Tags, s.Version, s.Position)
	}
	if err != nil {
		lines[""] = firstLine(err.Error()) // no state has this key
	}
	return lines
}

// unlike tells the first difference between two outcomes, "" when there is none.
func unlike(one, other map[string]string) string {
	both := maps.Clone(one)
	maps.Copy(both, other)
	for _, key := range slices.Sorted(maps.Keys(both)) {
		if one[key] == other[key] {
			continue
		}
		what := fmt.Sprintf("state %q", key)
		if key == "" {
			what = "an error"
		}
		return indented([]string{what, "once: " + orNothing(one[key]), "then: " + orNothing(other[key])})
	}
	return ""
}

func orNothing(text string) string {
	if text == "" {
		return "nothing"
	}
	return text
}

func union(a, b change) map[string]bool {
	keys := make(map[string]bool)
	for _, c := range []change{a, b} {
		for key := range c.states {
			keys[key] = true
		}
		maps.Copy(keys, c.gone)
	}
	return keys
}

func written(c change, key string) string {
	s, ok := c.states[key]
	switch {
	case c.gone[key]:
		return "removed"
	case !ok:
		return "untouched"
	}
	return fmt.Sprintf("%s %v version %d", s.Data, s.Tags, s.Version)
}

func failed(r run, at domain.Position) bool { return r.failure != nil && r.failure.Position == at }

// ending tells how a run ended.
func ending(r run) string {
	if r.failure == nil {
		return "every event is applied"
	}
	return fmt.Sprintf("event %d, %s, fails: %s", r.failure.Position, r.failure.Type, firstLine(r.failure.Error))
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}

func shown(events []domain.SequencedEvent) []string {
	var all []string
	for _, e := range events {
		all = append(all, fmt.Sprintf("%d %s %v %+v", e.Position, described(e.Event), e.RecordedAt, e.Metadata))
	}
	return all
}

func firstOther(a, b []string) string {
	for i := range a {
		if a[i] != b[i] {
			return a[i]
		}
	}
	return ""
}
