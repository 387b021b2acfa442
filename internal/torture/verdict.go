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
	fmt.Fprintf(&b, "%s in %v on %s with %s, seed %d\n",
		numbered(r.Rounds, "round"), r.Took, numbered(r.Stores, "store"), numbered(r.Events, "event"), r.Seed)
	fmt.Fprintf(&b, "  processes %s with %s each, %s\n",
		numbered(r.Writers, "writer"), numbered(r.Goroutines, "goroutine"), numbered(r.Readers, "reader"))
	fmt.Fprintf(&b, "  appends   %d acknowledged, %s, %d wrote nothing (%d of them because the lock was held), %d unknown (%d of them in the log, %d cut off half written)\n",
		c.Acknowledged, numbered(c.Conflicts, "conflict"), c.Unwritten, c.LockTimeouts, c.Unknown, c.Adopted, c.Torn)
	fmt.Fprintf(&b, "  reads     %d, and %s through subscriptions\n", c.Reads, numbered(c.Watched, "event"))
	fmt.Fprintf(&b, "  mischief  %s killed, %d stopped for a while, %d held the lock and hung; derived files removed %s\n",
		numbered(c.Kills, "process"), c.Stops, c.Hogs, numbered(c.Removals, "time"))
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

// numbered returns "1 event", "2 events".
func numbered(n int, what string) string {
	switch {
	case n == 1:
	case strings.HasSuffix(what, "s"):
		what += "es"
	default:
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}

// Write writes the round as one line for people.
func (r Round) Write(out io.Writer) {
	c, order := r.Counts, "all in order"
	if len(r.Findings) > 0 {
		order = "something is wrong"
	}
	_, _ = fmt.Fprintf(out, "round %d: %s acknowledged, %s, %s, %s killed, %s in the log: %s\n", r.Number,
		numbered(c.Acknowledged, "append"), numbered(c.Conflicts, "conflict"), numbered(c.Reads, "read"),
		numbered(c.Kills, "process"), numbered(r.Events, "event"), order)
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
