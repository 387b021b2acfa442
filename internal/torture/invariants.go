package torture

import (
	"fmt"

	"github.com/opossum-go/opossum/domain"
)

// invariants looks only at the log, and for what writers meant by their
// conditions: it believes neither the store nor the one who judges calls.
func invariants(log []domain.SequencedEvent) *Finding {
	l := sums{
		taken: map[domain.Tag]domain.Position{}, numbers: map[domain.Tag]int{},
		balances: map[domain.Tag]int{}, batches: map[string]domain.Position{},
	}
	for i := 0; i < len(log); {
		f, err := factOf(log[i])
		if err != nil {
			return &Finding{Rule: ruleReadable, Evidence: err.Error()}
		}
		size, finding := l.add(log[i:], f)
		if finding != nil {
			return finding
		}
		i += size
	}
	return nil
}

// sums is what the events of a log come to.
type sums struct {
	taken    map[domain.Tag]domain.Position
	numbers  map[domain.Tag]int
	balances map[domain.Tag]int
	batches  map[string]domain.Position
}

// add takes the first of events, with its fact, or the whole batch that it begins.
// It returns how many events that are.
func (l *sums) add(events []domain.SequencedEvent, f fact) (int, *Finding) {
	e := events[0]
	switch e.Type {
	case registered:
		if first := l.taken[e.Tags[0]]; first > 0 {
			return 0, &Finding{Rule: ruleUnique, Evidence: fmt.Sprintf("%s is taken at position %d and again at position %d", e.Tags[0], first, e.Position)}
		}
		l.taken[e.Tags[0]] = e.Position
	case counted:
		if want := l.numbers[e.Tags[0]] + 1; f.Number != want {
			return 0, &Finding{Rule: ruleCounted, Evidence: fmt.Sprintf("%s is %d at position %d, want %d", e.Tags[0], f.Number, e.Position, want)}
		}
		l.numbers[e.Tags[0]] = f.Number
	case transferred:
		return 1, l.transfer(e.Position, f)
	case batched:
		return l.batch(events, f)
	}
	return 1, nil
}

func (l *sums) transfer(p domain.Position, f fact) *Finding {
	for _, side := range []struct {
		account string
		change  int
		told    int
	}{{f.From, -f.Amount, f.FromBalance}, {f.To, f.Amount, f.ToBalance}} {
		account := domain.Tag(side.account)
		had, known := l.balances[account]
		if !known {
			had = openingBalance
		}
		if want := had + side.change; side.told != want || want < 0 {
			return &Finding{Rule: ruleBalanced, Evidence: fmt.Sprintf("%s has %d at position %d, which had %d before and changes by %d", account, side.told, p, had, side.change)}
		}
		l.balances[account] = side.told
	}
	return nil
}

func (l *sums) batch(events []domain.SequencedEvent, begin fact) (int, *Finding) {
	first := events[0].Position
	if before := l.batches[begin.Batch]; before > 0 {
		return 0, &Finding{Rule: ruleWhole, Evidence: fmt.Sprintf("batch %s of %d events begins at position %d, and is at position %d too", begin.Batch, begin.Of, before, first)}
	}
	l.batches[begin.Batch] = first
	for i := range begin.Of {
		if i >= len(events) {
			return 0, &Finding{Rule: ruleWhole, Evidence: fmt.Sprintf("batch %s of %d events begins at position %d, and the log ends after %d of them", begin.Batch, begin.Of, first, i)}
		}
		f, err := factOf(events[i])
		if err != nil {
			return 0, &Finding{Rule: ruleReadable, Evidence: err.Error()}
		}
		if events[i].Type != batched || f.Batch != begin.Batch || f.At != i {
			return 0, &Finding{Rule: ruleWhole, Evidence: fmt.Sprintf("batch %s of %d events begins at position %d, and position %d is not event %d of it", begin.Batch, begin.Of, first, events[i].Position, i)}
		}
	}
	return begin.Of, nil
}
