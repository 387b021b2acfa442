package decisiontest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/opossum-go/opossum/domain"
)

// misplaced finds events of the past on the wrong side of the boundary.
func (tr *trial) misplaced() []string {
	boundary := tr.boundary()
	var found []string
	for i, f := range tr.facts {
		switch inside := boundary.Matches(f.event); {
		case inside && f.noise:
			found = append(found, fmt.Sprintf("noise lies inside of the boundary: %s is matched by %v. A tag or a type of the model is missing that tells them apart, or it is no noise",
				brief(f.event), strings.Join(matching(boundary, f.event), " and ")))
		case !inside && !f.noise:
			found = append(found, fmt.Sprintf("a given event lies outside of the boundary: %d %s. %s, or else declare it as Noise",
				i+1, brief(f.event), whyOutside(boundary, f.event)))
		}
	}
	return found
}

// whyOutside says what would have to be different: which part of the boundary has
// the event's tags and lacks its type, and which has its type and demands more tags.
func whyOutside(boundary domain.Query, e domain.Event) string {
	if boundary.IsZero() {
		return "The decision reads nothing and requires nothing; let it load a model that handles this type"
	}
	var types, tags []string
	for _, item := range boundary.Items() {
		missing := onlyIn(item.Tags, e.Tags)
		switch about := len(item.Types) == 0 || slices.Contains(item.Types, e.Type); {
		case about:
			tags = append(tags, fmt.Sprintf("%v demands the tag %s, which the event does not carry", item, listed(missing)))
		case len(missing) == 0 && len(item.Tags) > 0:
			types = append(types, fmt.Sprintf("%v has the tags of the event and does not handle %s", item, e.Type))
		}
	}
	var why []string
	if len(types) > 0 || len(tags) == 0 {
		if len(types) == 0 {
			types = []string{"nothing that the decision loads or requires is about the type " + e.Type}
		}
		why = append(why, "A handler is missing: "+strings.Join(types, ", "))
	}
	if len(tags) > 0 {
		why = append(why, "A tag is missing on the event, or one too many in the model: "+strings.Join(tags, ", "))
	}
	return strings.Join(why, ". Or: ") + ". Correct that"
}

func matching(q domain.Query, e domain.Event) []string {
	if q.IsAll() {
		return []string{q.String()}
	}
	var items []string
	for _, item := range q.Items() {
		if item.Matches(e) {
			items = append(items, item.String())
		}
	}
	return items
}

// unprotected finds what was read and is not guarded by the append that followed, in
// the first attempt with such a mistake: those after it tend to repeat it.
func (tr *trial) unprotected() []string {
	attempts := tr.spy.attempts()
	for i, a := range attempts {
		found := a.unprotected()
		if len(found) == 0 {
			continue
		}
		if i > 0 {
			which := fmt.Sprintf("in append %d, ", i+1)
			if attempts[i-1].lost() {
				which = "after a lost append, "
			}
			for n := range found {
				found[n] = which + found[n]
			}
		}
		return found
	}
	return nil
}

// unprotected finds what was read in an attempt and is not guarded by its append.
func (a *attempt) unprotected() []string {
	var found []string
	for _, r := range a.reads {
		if r.elsewhere {
			found = append(found, fmt.Sprintf("models are loaded from another store than the one that decides: %s", r.about()))
		}
	}
	if !a.appended {
		return found
	}
	for _, r := range a.reads {
		if isCommandID(r.query) {
			continue
		}
		open, late := a.unguarded(r)
		if len(open) > 0 {
			found = append(found, a.saysOpen(r, open))
		}
		found = append(found, late...)
	}
	return found
}

// unguarded returns the parts of a read that no condition is about, and a sentence
// for each part that is guarded from too late on.
func (a *attempt) unguarded(r *read) (open []scope, late []string) {
	for _, s := range scopes(r.query) {
		guarded, since := false, domain.Position(0)
		for _, c := range a.conditions {
			if s.within(c.FailIfEventsMatch) && (!guarded || c.After < since) {
				guarded, since = true, c.After
			}
		}
		switch {
		case !guarded:
			open = append(open, s)
		case since > r.seen:
			late = append(late, fmt.Sprintf("a condition begins too late, or a read is stale: %v was read up to position %d, and is guarded after position %d only. What is stored in between goes unnoticed: make the head of that very read the After of its condition, and read once", s, r.seen, since))
		}
	}
	return open, late
}

func (a *attempt) saysOpen(r *read, open []scope) string {
	what := strings.Join(texts(open), " and ")
	var text string
	if len(a.conditions) == 0 {
		text = fmt.Sprintf("the append is unconditional although the decision has read %s", what)
	} else {
		text = fmt.Sprintf("a condition is narrower than what was read: no condition protects %s", what)
	}
	text += fmt.Sprintf(", %s", r.about())
	var used []string
	for _, e := range r.inOrder() {
		if slices.ContainsFunc(open, func(s scope) bool { return s.holds(e.Event) }) {
			used = append(used, fmt.Sprintf("%d %s", e.Position, brief(e.Event)))
		}
	}
	if len(used) > 0 {
		text += "; it used " + strings.Join(used, ", ")
	}
	return text + ". Read through Decision.Load, which guards what it reads"
}

// about says by whom and how far something was read.
func (r *read) about() string {
	text := fmt.Sprintf("read up to position %d", r.seen)
	if len(r.models) == 0 {
		return text + " without a model"
	}
	var names []string
	for _, m := range r.models {
		names = append(names, m.Name)
	}
	return text + " for " + strings.Join(names, " and ")
}

func (s scope) holds(e domain.Event) bool {
	return s.all || ((s.typ == "" || s.typ == e.Type) && len(onlyIn(s.tags, e.Tags)) == 0)
}

// selfDefeating explains a conflict with what had happened before the command.
func (tr *trial) selfDefeating() []string {
	a := tr.decisive()
	var seen domain.Position
	for _, r := range a.reads {
		seen = max(seen, r.seen)
	}
	for i, c := range a.conditions {
		for n, f := range tr.facts {
			position := domain.Position(n + 1)
			if position <= c.After || !c.FailIfEventsMatch.Matches(f.event) {
				continue
			}
			return []string{fmt.Sprintf("a condition begins too early: condition %d guards after position %d, although the decision has read up to %d. It can never hold, because of %d %s, which was there before: make the head of the read its After", i, c.After, seen, position, brief(f.event))}
		}
	}
	return nil
}
