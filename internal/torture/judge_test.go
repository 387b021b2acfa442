package torture

import (
	"strings"
	"testing"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/internal/history"
)

// logOf returns a log of the given events.
func logOf(events ...domain.Event) []domain.SequencedEvent {
	log := make([]domain.SequencedEvent, len(events))
	for i, e := range events {
		log[i] = domain.SequencedEvent{Position: domain.Position(i + 1), Event: e}
	}
	return log
}

func TestInvariantsHoldInALogOrNameThePositionThatBreaksThem(t *testing.T) {
	t.Parallel()
	register := fact{}.event(registered, "key:1")
	count := func(n int) domain.Event { return fact{Number: n}.event(counted, "counter:1") }
	part := func(batch string, at, of int) domain.Event {
		return fact{Batch: batch, At: at, Of: of}.event(batched, "round:1")
	}
	transfer := func(amount, from, to int) domain.Event {
		return fact{From: "account:1", To: "account:2", Amount: amount, FromBalance: from, ToBalance: to}.event(transferred, "account:1", "account:2")
	}
	strange := domain.Event{Type: noise, Data: []byte(`"x"`)}
	tests := []struct {
		name string
		log  []domain.Event
		rule string // "" for none
		says string
	}{
		{"an empty log", nil, "", ""},
		{
			"all as it should be",
			[]domain.Event{register, count(1), part("a", 0, 2), part("a", 1, 2), count(2), transfer(30, 70, 130), transfer(70, 0, 200)},
			"", "",
		},
		{"a key taken twice", []domain.Event{register, count(1), register}, ruleUnique, "position 1 and again at position 3"},
		{"a counter that repeats itself", []domain.Event{count(1), count(1)}, ruleCounted, "1 at position 2, want 2"},
		{"a counter that leaves one out", []domain.Event{count(1), count(3)}, ruleCounted, "3 at position 2, want 2"},
		{"an account that is overdrawn", []domain.Event{transfer(101, -1, 201)}, ruleBalanced, "account:1 has -1 at position 1"},
		{"a transfer from an old balance", []domain.Event{transfer(30, 70, 130), transfer(40, 60, 140)}, ruleBalanced, "account:1 has 60 at position 2, which had 70"},
		{"a transfer to an old balance", []domain.Event{transfer(30, 70, 130), transfer(40, 30, 140)}, ruleBalanced, "account:2 has 140 at position 2, which had 130"},
		{"a batch with a stranger in it", []domain.Event{part("a", 0, 2), register, part("a", 1, 2)}, ruleWhole, "position 2 is not event 1"},
		{"a batch in the wrong order", []domain.Event{part("a", 1, 2), part("a", 0, 2)}, ruleWhole, "position 1 is not event 0"},
		{"a batch without its end", []domain.Event{part("a", 0, 3), part("a", 1, 3)}, ruleWhole, "the log ends after 2"},
		{"a batch that is there twice", []domain.Event{part("a", 0, 1), part("a", 0, 1)}, ruleWhole, "at position 2 too"},
		{"data that nobody appended", []domain.Event{register, strange}, ruleReadable, "position 2"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			checkFinding(t, invariants(logOf(tt.log...)), tt.rule, tt.says)
		})
	}
}

func checkFinding(t *testing.T, f *Finding, rule, says string) {
	t.Helper()
	switch {
	case f == nil && rule != "":
		t.Errorf("nothing was found, want it to break the rule that %s", rule)
	case f != nil && (f.Rule != rule || !strings.Contains(f.Evidence, says)):
		t.Errorf("found %q, because %s; want %q, because of %q", f.Rule, f.Evidence, rule, says)
	}
}

func TestASubscriptionIsComparedWithWhatItHadToYield(t *testing.T) {
	t.Parallel()
	var events []domain.Event
	for _, tag := range []domain.Tag{"a", "b", "a", "b", "a"} {
		events = append(events, domain.Event{Type: noise, Tags: []domain.Tag{tag}})
	}
	log := logOf(events...)
	prints := printsOf(log)
	tests := []struct {
		name     string
		after    domain.Position
		got      []domain.Position
		complete bool
		rule     string
		says     string
	}{
		{"nothing yet", 0, nil, false, "", ""},
		{"the first ones", 0, []domain.Position{1, 3}, false, "", ""},
		{"all", 0, []domain.Position{1, 3, 5}, true, "", ""},
		{"all after a position", 1, []domain.Position{3, 5}, true, "", ""},
		{"nothing from behind the end", 9, nil, true, "", ""},
		{"a gap", 0, []domain.Position{1, 5}, false, ruleInOrder, "position 5 as its event 1, and position 3"},
		{"a duplicate", 0, []domain.Position{1, 1}, false, ruleInOrder, "position 1 as its event 1"},
		{"the wrong order", 0, []domain.Position{3, 1}, false, ruleInOrder, "position 3 as its event 0"},
		{"one that it does not select", 0, []domain.Position{1, 2}, false, ruleInOrder, "position 2"},
		{"one too many", 0, []domain.Position{1, 3, 5, 7}, false, ruleInOrder, "position 7"},
		{"an end that is missing", 0, []domain.Position{1, 3}, true, ruleInOrder, "without position 5"},
		{"one from before its start", 3, []domain.Position{3, 5}, true, ruleInOrder, "position 3"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := newBook()
			b.log = log
			seen := sighting{Client: "reader", Query: sent(domain.NewQuery(domain.Tagged("a"))), After: tt.after, Positions: tt.got, Complete: tt.complete}
			for _, p := range tt.got {
				seen.Prints = append(seen.Prints, prints[min(int(p), len(prints))-1])
			}
			b.hear(&child{}, report{Seen: &seen})
			checkFinding(t, b.subscriptions(), tt.rule, tt.says)
		})
	}
}

func TestAnEventThatLooksDifferentIsFound(t *testing.T) {
	t.Parallel()
	log := logOf(fact{Number: 1}.event(counted, "counter:1"), fact{Number: 2}.event(counted, "counter:1"))
	prints := printsOf(log)
	b := newBook()
	b.log = log
	b.watches[watchKey{"reader", 0}] = &sighting{Client: "reader", Query: sent(domain.All()), Positions: []domain.Position{1, 2}, Prints: []uint64{prints[0], prints[1] + 1}}
	checkFinding(t, b.subscriptions(), ruleSame, "position 2 with another content")
	b.glances = []glance{{Client: "reader", Query: sent(domain.All()), Head: 2, Positions: []domain.Position{1}, Prints: []uint64{prints[0] + 1}}}
	_, finding := b.reads()
	checkFinding(t, finding, ruleSame, "position 1 with another content")
	checkFinding(t, kept([]uint64{prints[0], prints[1] + 1}, log), ruleKept, "position 2 with another content")
	checkFinding(t, kept(append(prints, 1), log), ruleKept, "the log ends at position 2")
	checkFinding(t, kept(prints[:1], log), "", "")
}

func TestAnythingThatChangesInAnEventChangesItsFingerprint(t *testing.T) {
	t.Parallel()
	changes := map[string]func(*domain.SequencedEvent){
		"nothing":     func(*domain.SequencedEvent) {},
		"position":    func(e *domain.SequencedEvent) { e.Position++ },
		"recorded at": func(e *domain.SequencedEvent) { e.RecordedAt = e.RecordedAt.Add(1) },
		"type":        func(e *domain.SequencedEvent) { e.Type = "Other" },
		"tags":        func(e *domain.SequencedEvent) { e.Tags = []domain.Tag{"counter:", "1"} },
		"data":        func(e *domain.SequencedEvent) { e.Data = []byte(`{}`) },
		"id":          func(e *domain.SequencedEvent) { e.Metadata.ID = "x" },
		"user":        func(e *domain.SequencedEvent) { e.Metadata.UserID = "x" },
		"values":      func(e *domain.SequencedEvent) { e.Metadata.Values = map[string]string{"x": "y"} },
		"occurred at": func(e *domain.SequencedEvent) { e.Metadata.OccurredAt = e.Metadata.OccurredAt.Add(1) },
	}
	seen := map[uint64]string{}
	for what, change := range changes {
		e := logOf(fact{Number: 1}.event(counted, "counter:1"))[0]
		change(&e)
		if other, twice := seen[fingerprint(e)]; twice {
			t.Errorf("a change of %s and one of %s have the same fingerprint", what, other)
		}
		seen[fingerprint(e)] = what
	}
}

func TestCallsAtTheSameMomentCountAsSimultaneous(t *testing.T) {
	t.Parallel()
	b := newBook()
	c := &child{setup: setup{Name: "writer"}}
	b.hear(c, report{Begun: &begun{Call: 1, At: 5}})
	b.hear(c, report{Ended: &ended{Call: 1, At: 7, Outcome: history.Acknowledged}})
	b.hear(c, report{Begun: &begun{Call: 2, At: 7}})
	b.hear(c, report{Ended: &ended{Call: 2, At: 7, Outcome: history.Conflicted}})
	b.hear(c, report{Begun: &begun{Call: 3, At: 8}})
	glances := []glance{{Invoked: 6, Ending: 7, Ahead: true}, {Invoked: 9, Ending: 9}}
	reads := make([]history.Read, len(glances))
	h := b.history(reads, glances)
	first, second, third := h.Appends[0], h.Appends[1], h.Appends[2]
	if first.Invoked >= first.Returned || second.Invoked >= second.Returned || second.Invoked >= first.Returned {
		t.Errorf("ticks %d to %d, and %d to %d at the moment of that end; want them to overlap", first.Invoked, first.Returned, second.Invoked, second.Returned)
	}
	if third.Returned != 0 || third.Outcome != history.Unknown || third.Invoked <= second.Returned {
		t.Errorf("the call without an end has ticks %d to %d and is %v", third.Invoked, third.Returned, third.Outcome)
	}
	if ahead, read := reads[0], reads[1]; read.Invoked >= read.Returned || ahead.Returned <= read.Returned || ahead.Invoked >= first.Returned {
		t.Errorf("reads have ticks %+v, want the first one to end last", reads)
	}
	if c := b.counts; c.Acknowledged != 1 || c.Conflicts != 1 || c.Unknown != 1 {
		t.Errorf("counted %+v", c)
	}
}
