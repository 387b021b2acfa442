package torture

import (
	"errors"
	"fmt"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/internal/history"
)

// judge looks for what is wrong with a store at the end of a round, when all
// children are gone. before are the fingerprints of the log at the end of the round
// before. What children found themselves comes alone: it is the closest to the cause.
func (b *book) judge(before []uint64) (findings []Finding) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.findings) > 0 {
		return b.findings
	}
	for _, look := range []func() *Finding{
		func() *Finding { return kept(before, b.log) },
		b.calls,
		b.subscriptions,
		func() *Finding { return invariants(b.log) },
	} {
		if f := look(); f != nil {
			findings = append(findings, *f)
		}
	}
	return findings
}

// kept compares the log with what it was before.
func kept(before []uint64, log []domain.SequencedEvent) *Finding {
	now := printsOf(log)
	for i, print := range before {
		if what := differs(domain.Position(i+1), print, now); what != "" {
			return &Finding{Rule: ruleKept, Evidence: "after the round before, a fresh process read " + what}
		}
	}
	return nil
}

// subscriptions compares each subscription with what it had to yield.
func (b *book) subscriptions() *Finding {
	prints := printsOf(b.log)
	for _, w := range b.watches {
		query, n := w.Query.received(), 0
		who := fmt.Sprintf("the subscription of %s to %v after %d", w.Client, query, w.After)
		for _, e := range b.log[min(w.After, domain.Position(len(b.log))):] {
			if !query.Matches(e.Event) {
				continue
			}
			if n == len(w.Positions) {
				if w.Complete {
					return &Finding{Rule: ruleInOrder, Evidence: fmt.Sprintf("%s ends after %d events, without position %d", who, n, e.Position)}
				}
				break
			}
			if got := w.Positions[n]; got != e.Position {
				return &Finding{Rule: ruleInOrder, Evidence: fmt.Sprintf("%s yields position %d as its event %d, and position %d is the next that it selects", who, got, n, e.Position)}
			}
			if what := differs(w.Positions[n], w.Prints[n], prints); what != "" {
				return &Finding{Rule: ruleSame, Evidence: fmt.Sprintf("%s yields, as its event %d, %s", who, n, what)}
			}
			n++
		}
		if n < len(w.Positions) {
			return &Finding{Rule: ruleInOrder, Evidence: fmt.Sprintf("%s yields position %d, which it does not select or which the log does not have", who, w.Positions[n])}
		}
	}
	return nil
}

// calls has package history judge every call.
func (b *book) calls() *Finding {
	reads, finding := b.reads()
	if finding != nil {
		return finding
	}
	err := b.history(reads, b.glances).Check()
	var violation *history.ViolationError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &violation):
		return &Finding{Rule: string(violation.Rule), Evidence: violation.Operation + ": " + violation.Evidence}
	}
	return &Finding{Rule: ruleWellFormed, Evidence: err.Error()}
}

// adopted returns how many appends with an unknown outcome are in the log behind
// its first events.
func (b *book) adopted(first int) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	open := make(map[string]bool)
	for _, a := range b.appends {
		if a.Outcome == history.Unknown {
			open[a.Events[0].Metadata.ID] = true
		}
	}
	n := 0
	for _, e := range b.log[min(first, len(b.log)):] {
		if open[e.Metadata.ID] {
			n++
		}
	}
	return n
}
