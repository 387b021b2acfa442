package projectiontest

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/opossum-go/opossum/decision"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/projection"
)

// Case is a projection that has been given events. Make it with [Given] and ask it
// with [Case.Then] and its like; a test that does not ask fails. All of them return
// the case, for the next question.
type Case[S any] struct {
	t          testing.TB
	definition *projection.Definition[S]
	events     []decision.Event

	judged   bool
	verdict  verdict[S]
	allowed  bool // the failure, by ThenFails
	reported bool
	refused  bool // questions about states are pointless
}

// Given returns the case in which these events have happened, oldest first, at
// positions from 1 on. Each is stored as [decision.Encode] makes it, see also
// [Recorded], [Occurred] and [Stored].
func Given[S any](t testing.TB, definition *projection.Definition[S], events ...decision.Event) *Case[S] {
	t.Helper()
	if definition == nil {
		t.Fatal("projectiontest: the definition is nil")
	}
	c := &Case[S]{t: t, definition: definition, events: events}
	t.Cleanup(func() {
		if !c.judged {
			t.Error("projectiontest: nothing was asked of a projection: end Given with Then, ThenNone, ThenTags, ThenKeys or ThenFails")
		}
	})
	return c
}

// Then expects a state under the key. It is compared as JSON.
func (c *Case[S]) Then(key string, want S) *Case[S] {
	c.t.Helper()
	wanted, err := encoded(want)
	if err != nil {
		c.judged = true
		c.t.Fatalf("projectiontest: the wanted state %q has no JSON form: %v", key, err)
	}
	if why := lost(want); why != "" {
		c.judged = true
		c.t.Fatalf("projectiontest: the wanted state %q does not come back whole from JSON, in which it is compared: %s", key, why)
	}
	if !c.judge(fmt.Sprintf("wanted the state %q: %s", key, wanted)) {
		return c
	}
	got, ok := c.verdict.states[key]
	switch {
	case !ok:
		c.fail(fmt.Sprintf("there is no state %q, %s\n  wanted %s", key, c.keys(), wanted))
	case string(got.Data) != string(wanted):
		lines := append(differences(got.Data, wanted), "got    "+string(got.Data), "wanted "+string(wanted))
		c.fail(fmt.Sprintf("state %q is another one\n%s", key, indented(lines)))
	}
	return c
}

// ThenNone expects no states under the keys. Without keys it expects no states at
// all.
func (c *Case[S]) ThenNone(keys ...string) *Case[S] {
	c.t.Helper()
	if len(keys) == 0 {
		return c.ThenKeys()
	}
	if !c.judge(fmt.Sprintf("wanted no states %q", keys)) {
		return c
	}
	for _, key := range keys {
		if got, ok := c.verdict.states[key]; ok {
			c.fail(fmt.Sprintf("there is a state %q, wanted none\n  got %s", key, got.Data))
		}
	}
	return c
}

// ThenTags expects the state under the key to carry exactly these tags, in any order.
func (c *Case[S]) ThenTags(key string, tags ...domain.Tag) *Case[S] {
	c.t.Helper()
	if !c.judge(fmt.Sprintf("wanted a state %q with the tags %v", key, tags)) {
		return c
	}
	want := slices.Sorted(slices.Values(tags))
	want = slices.Compact(want)
	got, ok := c.verdict.states[key]
	switch {
	case !ok:
		c.fail(fmt.Sprintf("there is no state %q, %s\n  wanted one with the tags %v", key, c.keys(), want))
	case !slices.Equal(got.Tags, want):
		c.fail(fmt.Sprintf("state %q has other tags\n  got    %v\n  wanted %v", key, got.Tags, want))
	}
	return c
}

// ThenKeys expects states under exactly these keys, in any order.
func (c *Case[S]) ThenKeys(keys ...string) *Case[S] {
	c.t.Helper()
	if !c.judge(fmt.Sprintf("wanted states under the keys %q", keys)) {
		return c
	}
	want := slices.Compact(slices.Sorted(slices.Values(keys)))
	if got := slices.Sorted(maps.Keys(c.verdict.states)); !slices.Equal(got, want) {
		c.fail(fmt.Sprintf("there are other states\n  got    %q\n  wanted %q", got, want))
	}
	return c
}

// ThenFails expects the last event to be one that cannot be applied, for a reason
// whose text contains the given one. What is asked after it is about the states
// before that event. It also takes a definition that is not usable.
func (c *Case[S]) ThenFails(text string) *Case[S] {
	c.t.Helper()
	c.allowed = true
	if !c.judge("") {
		return c
	}
	v := &c.verdict
	switch {
	case v.err == nil:
		c.fail(fmt.Sprintf("every event was applied, wanted a failure that says %q", text))
	case !strings.Contains(v.err.Error(), text):
		c.fail(fmt.Sprintf("the failure says something else\n  got    %v\n  wanted %s", v.err, text))
	case !errors.Is(v.err, projection.ErrDefinition) && int(v.failedAt) < len(c.events):
		c.fail(fmt.Sprintf("event %d of %d failed: %v\n  no event after it is applied, leave them out", v.failedAt, len(c.events), v.err))
	}
	return c
}

// States returns the states that the events made, by key. It is for what Then does
// not compare, such as [projection.State.Version].
func (c *Case[S]) States() map[string]projection.State[S] {
	c.t.Helper()
	if !c.judge("wanted states") {
		return nil
	}
	return maps.Clone(c.verdict.folded)
}

// judge folds the events, once, and reports whether there are states to ask about.
// Otherwise the test has failed, and is told what was wanted.
func (c *Case[S]) judge(wanted string) bool {
	c.t.Helper()
	if !c.judged {
		c.judged = true
		events, err := sequence(c.events)
		if err != nil {
			c.refused = true
			c.t.Fatalf("projectiontest: %v", err)
		}
		c.verdict = reach(c.t, c.definition, events)
		if len(c.verdict.mistakes) > 0 {
			c.fail(numbered(c.verdict.mistakes))
		}
	}
	if c.verdict.err != nil && !c.allowed && !c.refused {
		c.refused = true
		c.fail(fmt.Sprintf("the projection failed: %v\n  %s", c.verdict.err, wanted))
	}
	return !c.refused
}

// fail reports a mistake, the first one with all that is known.
func (c *Case[S]) fail(text string) {
	c.t.Helper()
	if !c.reported {
		c.reported = true
		text += "\n\n" + c.verdict.report()
	}
	c.t.Errorf("projectiontest: %s", text)
}

func (c *Case[S]) keys() string {
	if len(c.verdict.states) == 0 {
		return "nor any other"
	}
	return fmt.Sprintf("there are %q", slices.Sorted(maps.Keys(c.verdict.states)))
}

func numbered(mistakes []string) string {
	if len(mistakes) == 1 {
		return mistakes[0]
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%d mistakes", len(mistakes))
	for i, text := range mistakes {
		fmt.Fprintf(&b, "\n%d. %s", i+1, text)
	}
	return b.String()
}

func indented(lines []string) string { return "  " + strings.Join(lines, "\n  ") }
