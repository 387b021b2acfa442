package dispensing

import "errors"

// ErrRefused reports that a command broke a rule of the pharmacy. Nothing was
// stored. Every [Refusal] is one.
var ErrRefused = errors.New("refused")

// Refusal says which rule a command broke, in words for a pharmacist.
type Refusal struct {
	// Rule is the invariant, I1 to I16, or a word for a rule without a number, such
	// as "quarantine".
	Rule string
	// Cite points at where the rule comes from; empty for a rule of the house.
	Cite string
	// Reason is one sentence: what is wrong with this command.
	Reason string
	// Suggestion is what can be done instead; empty when nothing can.
	Suggestion string
}

// Error returns reason, rule and citation, then the suggestion.
func (r *Refusal) Error() string {
	text := "refused: " + r.Reason + " [" + r.Rule
	if r.Cite != "" {
		text += ", " + r.Cite
	}
	text += "]"
	if r.Suggestion != "" {
		text += "; " + r.Suggestion
	}
	return text
}

// Unwrap returns [ErrRefused].
func (*Refusal) Unwrap() error { return ErrRefused }
