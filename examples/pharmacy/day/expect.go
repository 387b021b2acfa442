package day

import (
	"slices"
	"strings"
)

// Expectation says how a command may end: outcomes joined by " or ". See
// [Expectation.Met].
type Expectation string

// The outcomes of a command. A refusal is followed by its rule, as in
// "refused I3".
const (
	OK       = "ok"         // carried out
	AtOnce   = "ok at once" // carried out without losing an attempt
	Repeated = "repeated"   // the same command id was carried out before
	Refused  = "refused"
	Invalid  = "invalid" // a field of the command breaks its rule
	Failed   = "failed"  // a fault of the machine, never expected; it ends a workstation
)

// Outcomes returns the alternatives.
func (e Expectation) Outcomes() []string { return strings.Split(string(e), " or ") }

// Met reports whether an outcome is one of the expected ones. Conflicts is how
// many attempts the command lost.
//
// Again says that the folder held the day, or a part of it, before this run.
// Commands that were carried out then are repeated now, and a refusal may have
// another reason by now, because the world went on.
func (e Expectation) Met(outcome string, conflicts int, again bool) bool {
	for _, want := range e.Outcomes() {
		switch {
		case want == AtOnce && outcome == OK && conflicts == 0, want == outcome:
			return true
		case again && outcome == Repeated && (want == OK || want == AtOnce):
			return true
		case again && strings.HasPrefix(want, Refused) && strings.HasPrefix(outcome, Refused):
			return true
		}
	}
	return false
}

// May reports whether the outcome is one of the alternatives, or the beginning of
// one: OK stands for AtOnce as well, Refused for every refusal.
func (e Expectation) May(outcome string) bool {
	return slices.ContainsFunc(e.Outcomes(), func(want string) bool {
		return want == outcome || strings.HasPrefix(want, outcome+" ")
	})
}

func (e Expectation) valid() bool {
	return !slices.ContainsFunc(e.Outcomes(), func(outcome string) bool {
		rule, refusal := strings.CutPrefix(outcome, Refused+" ")
		return !slices.Contains([]string{OK, AtOnce, Repeated, Invalid}, outcome) && (!refusal || rule == "")
	})
}
