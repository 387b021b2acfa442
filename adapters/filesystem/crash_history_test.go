package filesystem

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/opossum-go/opossum/domain"
)

// outcome is what the caller of an append knows of it.
type outcome string

const (
	unknown outcome = "unknown" // also: still under way when the power went
	acked   outcome = "acknowledged"
	refused outcome = "refused" // the store said that nothing was written
)

// attempt is one call of Append.
type attempt struct {
	number     int // in its history
	serial     int // among all of a tally
	events     []domain.Event
	conditions []domain.AppendCondition
	outcome    outcome
	at         domain.Positions // of an acknowledged one
}

// history is what all processes together did and saw. It is the oracle: a log that
// it accepts is one that the contract allows.
type history struct {
	attempts []*attempt
	seen     []string // ids of the events that a reader was shown, by position-1
	version  uint64
}

// fork returns a copy in which what is under way has an unknown outcome for ever.
func (h *history) fork() *history {
	f := &history{seen: slices.Clone(h.seen), attempts: make([]*attempt, len(h.attempts))}
	own := make([]attempt, len(h.attempts))
	for i, a := range h.attempts {
		own[i] = *a
		f.attempts[i] = &own[i]
	}
	return f
}

// eventID names event i of attempt n.
func eventID(n, i int) string { return strconv.Itoa(n) + "." + strconv.Itoa(i) }

// begin adds an attempt, of which nothing is known yet.
func (h *history) begin(a *attempt) *attempt {
	a.number, a.outcome = len(h.attempts), unknown
	h.attempts = append(h.attempts, a)
	h.version++
	return a
}

func (h *history) end(a *attempt, o outcome, at domain.Positions) {
	a.outcome, a.at = o, at
	h.version++
}

// told returns the position of the last event that anybody was told of.
func (h *history) told() domain.Position {
	last := domain.Position(len(h.seen))
	for _, a := range h.attempts {
		last = max(last, a.at.Last)
	}
	return last
}

// check compares the log that a store returned with the history. Appends behind least
// the store may not know yet.
func (h *history) check(log []domain.SequencedEvent, least domain.Position) error {
	starts := make([]domain.Position, len(h.attempts)) // of the attempts in the log; 0 for those that are not there
	for at := 0; at < len(log); {
		n, err := h.batchAt(log, at)
		if err != nil {
			return err
		}
		if earlier := starts[n]; earlier > 0 {
			return fmt.Errorf("attempt %d is stored at position %d and again at %d", n, earlier, at+1)
		}
		starts[n] = domain.Position(at + 1)
		at += len(h.attempts[n].events)
	}
	for n, a := range h.attempts {
		first := starts[n]
		stored := first > 0
		switch {
		case a.outcome == acked && !stored && a.at.First <= max(least, domain.Position(len(log))):
			return fmt.Errorf("LOST: attempt %d was acknowledged at %d to %d, the log has %d events without it", n, a.at.First, a.at.Last, len(log))
		case a.outcome == acked && stored && first != a.at.First:
			return fmt.Errorf("attempt %d was acknowledged at %d and stands at %d", n, a.at.First, first)
		case a.outcome == refused && stored:
			return fmt.Errorf("attempt %d was refused and stands at %d", n, first)
		}
		if stored {
			if err := holds(a, log[:first-1]); err != nil {
				return fmt.Errorf("attempt %d at position %d: %w", n, first, err)
			}
		}
	}
	for i, id := range h.seen {
		if i < len(log) && log[i].Metadata.ID != id {
			return fmt.Errorf("a reader was shown event %s at position %d, now it is %s", id, i+1, log[i].Metadata.ID)
		}
		if i >= len(log) && domain.Position(i) < least {
			return fmt.Errorf("LOST: a reader was shown event %s at position %d, the log ends at %d", id, i+1, len(log))
		}
	}
	for i := len(h.seen); i < len(log); i++ {
		h.seen = append(h.seen, log[i].Metadata.ID)
	}
	return nil
}

// batchAt returns the number of the attempt whose events stand at log[at:].
func (h *history) batchAt(log []domain.SequencedEvent, at int) (int, error) {
	number, _, _ := strings.Cut(log[at].Metadata.ID, ".")
	n, err := strconv.Atoi(number)
	if err != nil || n >= len(h.attempts) {
		return 0, fmt.Errorf("position %d holds event %q, which nobody appended", at+1, log[at].Metadata.ID)
	}
	events := h.attempts[n].events
	if at+len(events) > len(log) {
		return 0, fmt.Errorf("TORN: attempt %d has %d events, %d of them end the log", n, len(events), len(log)-at)
	}
	for i := range events {
		want, got := &events[i], &log[at+i]
		if got.Position != domain.Position(at+i+1) {
			return 0, fmt.Errorf("position %d follows position %d", got.Position, at+i)
		}
		if got.Metadata.ID != want.Metadata.ID || got.Type != want.Type || !slices.Equal(got.Tags, want.Tags) || !bytes.Equal(got.Data, want.Data) {
			return 0, fmt.Errorf("position %d holds %s %s %v %s, want event %s of attempt %d",
				got.Position, got.Metadata.ID, got.Type, got.Tags, got.Data, want.Metadata.ID, n)
		}
		if at+i > 0 && got.RecordedAt.Before(log[at+i-1].RecordedAt) {
			return 0, fmt.Errorf("position %d was recorded at %v, before the one in front of it", got.Position, got.RecordedAt)
		}
	}
	return n, nil
}

// holds reports a condition of a that does not hold behind log.
func holds(a *attempt, log []domain.SequencedEvent) error {
	for _, c := range a.conditions {
		behind := log[min(int(c.After), len(log)):]
		for i := range behind {
			if e := &behind[i]; c.FailIfEventsMatch.Matches(e.Event) {
				return fmt.Errorf("stored although position %d matches %v after %d", e.Position, c.FailIfEventsMatch, c.After)
			}
		}
	}
	return nil
}
