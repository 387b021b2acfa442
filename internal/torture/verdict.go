package torture

import (
	"fmt"
	"io"
	"strings"
)

// Write writes the verdict for people.
func (r Result) Write(out io.Writer) {
	var b strings.Builder
	c := r.Counts
	fmt.Fprintf(&b, "%d rounds in %v on %d stores with %d events, seed %d\n", r.Rounds, r.Took, r.Stores, r.Events, r.Seed)
	fmt.Fprintf(&b, "  appends   %d acknowledged, %d conflicts, %d wrote nothing (%d of them lock timeouts), %d unknown (%d of them in the log, %d cut off half written)\n",
		c.Acknowledged, c.Conflicts, c.Unwritten, c.LockTimeouts, c.Unknown, c.Adopted, c.Torn)
	fmt.Fprintf(&b, "  reads     %d, and %d events through subscriptions\n", c.Reads, c.Watched)
	fmt.Fprintf(&b, "  mischief  %d processes killed, %d stopped for a while, %d held the lock and hung; derived files removed %d times\n",
		c.Kills, c.Stops, c.Hogs, c.Removals)
	for _, notice := range r.Notices {
		fmt.Fprintf(&b, "  note      %s\n", notice)
	}
	switch {
	case r.Failed != nil:
		r.writeFailure(&b)
	case r.Interrupted:
		fmt.Fprintf(&b, "INTERRUPTED. Nothing was found in the rounds that came to their end.\n")
	default:
		fmt.Fprintf(&b, "PASSED. Nothing acknowledged was lost, nothing refused was written, every condition held at its place, every batch is whole,\nand every reader saw the same events in the same order.\n")
	}
	_, _ = io.WriteString(out, b.String()) // who cannot print has nobody to tell
}

const findingsShown = 3

func (r Result) writeFailure(b *strings.Builder) {
	fmt.Fprintf(b, "FAILED in round %d.\n", r.Failed.Number)
	for i, f := range r.Failed.Findings {
		if i == findingsShown {
			fmt.Fprintf(b, "  and %d more\n", len(r.Failed.Findings)-i)
			break
		}
		fmt.Fprintf(b, "  rule      %s\n  found     %s\n", f.Rule, strings.ReplaceAll(strings.TrimSpace(f.Evidence), "\n", "\n            "))
		for _, line := range f.Around {
			fmt.Fprintf(b, "            | %s\n", line)
		}
	}
	fmt.Fprintf(b, "  kept      %s: the store in store-%d, all calls in %s, this text in %s\n", r.Kept, r.Failed.Store, callsName, evidenceName)
	if r.Repeat != "" {
		fmt.Fprintf(b, "  repeat    %s\n            The seed repeats who does what and who is killed when; it may take several tries until the machine plays along.\n", r.Repeat)
	}
}
