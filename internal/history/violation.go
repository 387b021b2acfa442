package history

import "fmt"

// Rule is what a history can violate, in one sentence.
type Rule string

// The rules, in the order in which they are checked.
const (
	Dense       Rule = "the log has positions 1, 2, 3 and so on"
	Genuine     Rule = "the log holds what was appended and nothing else"
	Whole       Rule = "a batch is in the log whole, in one piece and once"
	Durable     Rule = "an acknowledged append is in the log, at the positions that were told"
	Refused     Rule = "an append that was refused is not in the log"
	Named       Rule = "a conflict names a condition and the first event of the log that breaks it"
	SeenWhole   Rule = "a read sees whole batches of the log"
	Justified   Rule = "an append is refused because of an event that is there before the call ends"
	Causal      Rule = "a read sees nothing that begins after it returned"
	Ordered     Rule = "an append stands behind everything that was seen before it began"
	FirstFailed Rule = "a conflict names the first of the conditions that fail"
	Recent      Rule = "a read sees everything that was seen before it began"
	Guarded     Rule = "the conditions of an append hold at its place in the log"
	Exact       Rule = "a read returns what its query and options select up to its head"
)

// ViolationError says which operation broke which rule.
type ViolationError struct {
	Rule Rule
	// Operation names a call by its index in the history, its client and its ticks.
	// It is "the log" where no call is to blame.
	Operation string
	// Evidence is what was found, and where.
	Evidence string
}

// Error names operation, rule and evidence.
func (v *ViolationError) Error() string {
	return fmt.Sprintf("%s breaks the rule that %s: %s", v.Operation, v.Rule, v.Evidence)
}

const theLog = "the log"

func (c *checker) violated(rule Rule, operation, format string, args ...any) error {
	return &ViolationError{Rule: rule, Operation: operation, Evidence: fmt.Sprintf(format, args...)}
}

func (c *checker) appendName(n int) string {
	a := &c.Appends[n]
	until := "and did not return"
	if a.Returned > 0 {
		until = fmt.Sprintf("to %d", a.Returned)
	}
	return fmt.Sprintf("append %d of client %q (%d events, tick %d %s, %v)", n, a.Client, len(a.Events), a.Invoked, until, a.Outcome)
}

func (c *checker) readName(n int) string {
	r := &c.Reads[n]
	what := "head"
	if !r.Query.IsZero() {
		what = fmt.Sprintf("read of %v %+v,", r.Query, r.Options)
	}
	return fmt.Sprintf("read %d of client %q (%s at %d, tick %d to %d)", n, r.Client, what, r.Head, r.Invoked, r.Returned)
}
