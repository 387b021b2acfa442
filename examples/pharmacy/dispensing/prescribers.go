package dispensing

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/opossum-go/opossum/application"
	"github.com/opossum-go/opossum/decision"
)

// prescriber is what decides whether prescriptions of somebody may be filled.
type prescriber struct {
	DEA      string
	Verified bool
	Name     string
	Address  string
	// Gaps are the times without a registration. Ended is zero while one lasts.
	Gaps []gap
}

type gap struct {
	Began, Ended time.Time
	Why          string
}

// prescriberOf is the model of one prescriber's registration.
func prescriberOf(dea string) *decision.Model[prescriber] {
	return decision.New(prescriber{DEA: dea}, PrescriberTag(dea)).With(
		decision.On(func(p prescriber, e PrescriberVerified) prescriber {
			p.Verified, p.Name, p.Address = true, e.Name, e.Address
			p.Gaps = slices.Clone(p.Gaps)
			for i := range p.Gaps {
				if p.Gaps[i].Ended.IsZero() {
					p.Gaps[i].Ended = e.At
				}
			}
			return p
		}),
		decision.On(func(p prescriber, e PrescriberRevoked) prescriber {
			p.Gaps = append(slices.Clip(p.Gaps), gap{Began: e.Effective, Why: e.Reason})
			return p
		}))
}

// revoked returns the gap that lasts at now.
func (p prescriber) revoked(now time.Time) (gap, bool) {
	for _, g := range p.Gaps {
		if g.Ended.IsZero() && !now.Before(g.Began) {
			return g, true
		}
	}
	return gap{}, false
}

// mayIssue refuses prescriptions that were issued without a registration.
func (p prescriber) mayIssue(issued time.Time) error {
	if !p.Verified {
		return refuse("I6", "21 CFR 1306.03", "verify the prescriber's registration first", "prescriber %s was never verified", p.DEA)
	}
	for _, g := range p.Gaps {
		if !issued.Before(g.Began) && (g.Ended.IsZero() || issued.Before(g.Ended)) {
			return refuse("I6", "21 CFR 1306.03", "",
				"prescriber %s had no registration when this was issued (ended %s: %s)", p.DEA, g.Began.Format(time.DateOnly), g.Why)
		}
	}
	return nil
}

// mayBeFilled refuses by policy what was issued before a registration ended.
func (p prescriber) mayBeFilled(issued, now time.Time, policy RevokedPolicy, callNote string) error {
	if err := p.mayIssue(issued); err != nil {
		return err
	}
	g, lasts := p.revoked(now)
	if !lasts || (policy == RevokedWithCallNote && given(callNote)) {
		return nil
	}
	suggestion := "call the prescriber's office, keep a note of the call, and ask for a new prescription from another prescriber"
	if policy == RevokedWithCallNote {
		suggestion = "call the prescriber's office and dispense with a call note"
	}
	return refuse("I6", "policy", suggestion,
		"the registration of prescriber %s ended on %s, after this was issued", p.DEA, g.Began.Format(time.DateOnly))
}

// missingCopies is the model of a prescriber's emergency prescriptions whose
// written copy was escalated and has not arrived: numbers in ascending order.
func missingCopies(dea string) *decision.Model[[]int] {
	return decision.New([]int(nil), PrescriberTag(dea)).With(
		decision.On(func(open []int, e EscalationRaised) []int {
			return append(slices.Clip(open), e.Rx)
		}),
		decision.On(func(open []int, e WrittenCopyReceived) []int {
			return slices.DeleteFunc(slices.Clone(open), func(rx int) bool { return rx == e.Rx })
		}))
}

func warnings(missing []int) []string {
	var out []string
	for _, rx := range missing {
		out = append(out, fmt.Sprintf("this prescriber never sent the written copy of emergency prescription %d", rx))
	}
	return out
}

func (r rules) verifyPrescriber(d *application.Decision, c VerifyPrescriber) error {
	by := member(c.By)
	if err := d.Load(by); err != nil {
		return err
	}
	if err := cmp.Or(actor(d, c.By), by.State().inForce()); err != nil {
		return err
	}
	return d.Record(PrescriberVerified{Prescriber: c.Prescriber, Name: c.Name, Address: c.Address, By: c.By, At: d.Now()})
}

func (r rules) revokePrescriber(d *application.Decision, c RevokePrescriber) error {
	if err := actor(d, c.By); err != nil {
		return err
	}
	effective := c.Effective
	if effective.IsZero() {
		effective = d.Now()
	}
	return d.Record(PrescriberRevoked{Prescriber: c.Prescriber, Effective: effective, Reason: c.Reason, By: c.By, At: d.Now()})
}
