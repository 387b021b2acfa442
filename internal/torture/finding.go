package torture

// Rules beside those of package history.
const (
	ruleNoErrors   = "on a machine that works a store returns no error but conflicts, lock timeouts and the caller's own context"
	ruleNoDeath    = "a process that uses a store does not end by itself"
	ruleNoHang     = "what is begun comes to an end"
	ruleKept       = "what a store has shown after recovery stays as it is"
	ruleSame       = "an event looks the same to every process"
	ruleInOrder    = "a subscription yields what its query selects, in order, without gap or duplicate"
	ruleUnique     = "a key is taken once"
	ruleCounted    = "a counter goes up by one"
	ruleBalanced   = "a transfer starts from the balances that both accounts have, and overdraws none"
	ruleWhole      = "a batch is in the log whole and in one piece"
	ruleReadable   = "the data of an event is what was appended"
	ruleProgress   = "somebody gets an append through"
	ruleWellFormed = "the calls that were recorded make a history"
)

// Finding is one rule that was broken, with what shows it.
type Finding struct {
	// Rule is a sentence about how it has to be.
	Rule string `json:"rule"`
	// Evidence says what was found instead: which call, which positions.
	Evidence string `json:"evidence"`
	// Words is what a process said in the end, which may be long; "" for most.
	Words string `json:"-"`
	// Around are the events of the log at the positions that Evidence names, with
	// their neighbours, one line for each.
	Around []string `json:"around,omitempty"`
}
