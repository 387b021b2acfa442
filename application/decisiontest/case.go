package decisiontest

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/opossum-go/opossum/application"
	"github.com/opossum-go/opossum/decision"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// Case is a command that meets a past. It is run, and checked, by [Case.Then],
// [Case.ThenNothing] or [Case.ThenError]; one that ends without any of them fails.
type Case struct {
	past         *Past
	run          runner
	rival        runner // nil: the same command once more
	twinsBothWin bool
	idempotent   bool
	concluded    bool
}

func newCase(p *Past, run runner) *Case {
	c := &Case{past: p, run: run}
	p.t.Cleanup(func() {
		if !c.concluded {
			p.t.Error("decisiontest: a command was never run: end it with Then, ThenNothing or ThenError")
		}
	})
	return c
}

// TwinsBothWin says that two commands like this one, decided on the same facts,
// are both right: an order of what cannot run out, an observation. It fails when
// they do meet.
func (c *Case) TwinsBothWin() *Case {
	c.twinsBothWin = true
	return c
}

// Against says which decision the command meets on the same facts. Without it, it
// meets a second one of its own kind.
func (c *Case) Against(rival func(*application.Decision) error) *Case {
	c.rival = deciding(rival, nil)
	return c
}

// Idempotent says that the command, sent twice or retried after an append with
// unknown outcome, is carried out once.
func (c *Case) Idempotent() *Case {
	c.idempotent = true
	return c
}

// Then expects the command to record exactly these events, in this order. Types,
// tags and data are compared; the tag of a command id is not.
func (c *Case) Then(events ...decision.Event) *Verdict {
	c.past.t.Helper()
	if len(events) == 0 {
		c.concluded = true
		c.past.t.Fatal("decisiontest: Then without events, say ThenNothing")
	}
	var want []string
	for i, e := range events {
		event, _, _, err := encode(e)
		if err != nil {
			c.concluded = true
			c.past.t.Fatalf("decisiontest: expected event %d: %v", i+1, err)
		}
		want = append(want, described(event))
	}
	return c.conclude(func(tr *trial) string {
		if tr.err != nil {
			return fmt.Sprintf("the command failed: %v\nwanted it to record:\n%s", tr.err, indented(want))
		}
		if got := describedAll(tr.recorded); !slices.Equal(got, want) {
			return fmt.Sprintf("recorded:\n%s\nwanted:\n%s", indented(got), indented(want))
		}
		return ""
	})
}

// ThenNothing expects the command to succeed and to record nothing.
func (c *Case) ThenNothing() *Verdict {
	c.past.t.Helper()
	return c.conclude(func(tr *trial) string {
		if tr.err != nil {
			return fmt.Sprintf("the command failed: %v\nwanted it to succeed and to record nothing", tr.err)
		}
		if len(tr.recorded) > 0 {
			return fmt.Sprintf("recorded:\n%s\nwanted nothing", indented(describedAll(tr.recorded)))
		}
		return ""
	})
}

// ThenError expects the command to fail with target and to record nothing. Errors
// are the same by [errors.Is], or when they are deeply equal.
func (c *Case) ThenError(target error) *Verdict {
	c.past.t.Helper()
	if target == nil {
		c.concluded = true
		c.past.t.Fatal("decisiontest: ThenError without an error, say Then or ThenNothing")
	}
	return c.conclude(func(tr *trial) string {
		switch {
		case tr.err == nil && len(tr.recorded) == 0:
			return fmt.Sprintf("the command recorded nothing and did not fail\nwanted the error: %v", target)
		case tr.err == nil:
			return fmt.Sprintf("recorded:\n%s\nwanted the error: %v", indented(describedAll(tr.recorded)), target)
		case !errors.Is(tr.err, target) && !reflect.DeepEqual(tr.err, target):
			return fmt.Sprintf("the command failed: %v\nwanted the error: %v", tr.err, target)
		case len(tr.recorded) > 0:
			return fmt.Sprintf("the command failed as wanted, but recorded:\n%s", indented(describedAll(tr.recorded)))
		}
		return ""
	})
}

// conclude runs the command, compares and checks, and reports everything at once.
func (c *Case) conclude(mismatch func(*trial) string) *Verdict {
	t := c.past.t
	t.Helper()
	c.concluded = true
	plain := c.try(c.past.now, nil)
	var found []string
	if wrong := mismatch(plain); wrong != "" {
		found = append(found, wrong)
		if plain.lost() {
			found = append(found, plain.selfDefeating()...)
		}
		if mismatch(c.try(time.Now(), nil)) == "" {
			found = append(found, "it depends on the machine's clock: the outcome is the wanted one when the clock of the test shows the machine's time. Ask Decision.Now, not time.Now")
		}
	}
	found = append(found, c.check(plain)...)
	if len(found) > 0 {
		t.Errorf("decisiontest: %s\n\n%s", numbered(found), plain.report())
	}
	return &Verdict{c: c, plain: plain}
}

// check returns what is wrong beyond the outcome.
func (c *Case) check(plain *trial) []string {
	found := plain.misplaced()
	again := c.try(c.past.now, nil)
	switch {
	case errors.Is(again.err, decision.ErrModelUsed):
		return append(found, modelOutside)
	case !again.sameAs(plain):
		return append(found, "two runs on the same past at the same time differ: the decision depends on the machine's clock, on chance, or on something that it keeps outside of its function. Ask Decision.Now, and make ids part of the command\n"+difference(plain, again))
	}
	restless, wrong := c.amongOthers(plain)
	found = append(found, wrong...)
	open := restless.unprotected()
	found = append(found, open...)
	if !plain.won() {
		return found
	}
	for _, again := range []func(*trial) (*trial, []string){c.losing, c.meetingItsTwin} {
		tr, wrong := again(plain)
		found = append(found, wrong...)
		if tr != nil && len(open) == 0 { // one and the same mistake shows in each trial
			open = tr.unprotected()
			found = append(found, open...)
		}
	}
	if c.idempotent {
		found = append(found, c.arrivingTwice(plain)...)
	}
	return found
}

// Verdict is what became of a command.
type Verdict struct {
	c     *Case
	plain *trial
}

// Boundary expects the decision to depend on exactly this: nothing that the items
// match is missing, nothing else is in it. The tag of a command id is no part of it.
func (v *Verdict) Boundary(items ...domain.QueryItem) *Verdict {
	t := v.c.past.t
	t.Helper()
	got, want := v.plain.boundary(), domain.NewQuery(items...)
	var found []string
	for _, s := range beyond(want, got) {
		found = append(found, fmt.Sprintf("the boundary lacks %v", s))
	}
	for _, s := range beyond(got, want) {
		found = append(found, fmt.Sprintf("the boundary has %v, which is not expected", s))
	}
	if len(found) > 0 {
		t.Errorf("decisiontest: %s\n\n%s", numbered(found), v.plain.report())
	}
	return v
}

// Recorded returns the events that the command recorded, as they are stored.
func (v *Verdict) Recorded() []domain.SequencedEvent { return slices.Clone(v.plain.recorded) }

// sameAs reports whether two trials had the same outcome.
func (tr *trial) sameAs(other *trial) bool {
	if (tr.err == nil) != (other.err == nil) || (tr.err != nil && tr.err.Error() != other.err.Error()) {
		return false
	}
	return slices.Equal(describedAll(tr.recorded), describedAll(other.recorded))
}

func difference(one, other *trial) string {
	return fmt.Sprintf("once:\n%s\nthen:\n%s", one.outcome(), other.outcome())
}

// outcome describes how a trial ended.
func (tr *trial) outcome() string {
	switch {
	case tr.err != nil:
		return "  error: " + tr.err.Error()
	case len(tr.recorded) == 0:
		return "  nothing recorded"
	}
	return indented(describedAll(tr.recorded))
}

func (tr *trial) lost() bool { return errors.Is(tr.err, ports.ErrConflict) }

func numbered(found []string) string {
	if len(found) == 1 {
		return found[0]
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%d mistakes", len(found))
	for i, text := range found {
		fmt.Fprintf(&b, "\n%d. %s", i+1, text)
	}
	return b.String()
}
