package torture

import (
	"cmp"
	"fmt"
	"slices"
	"sync"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/internal/history"
)

// book is what children told about one store. Safe for concurrent use.
type book struct {
	mu       sync.Mutex // guards the fields below
	appends  []*call
	open     map[callKey]*call
	glances  []glance
	watches  map[watchKey]*sighting
	log      []domain.SequencedEvent // what the auditor read, part by part
	findings []Finding
	trouble  string
	counts   Counts
	found    chan struct{} // one element when there is a finding or trouble
	writing  chan struct{} // one element when a process is about to write a huge batch
}

// call is an append with the moments as they were told.
type call struct {
	history.Append
	invoked, returned moment // returned is zero for a call that never did
}

type callKey struct {
	child string
	call  uint64
}

type watchKey struct {
	client string
	watch  int
}

func newBook() *book {
	return &book{open: map[callKey]*call{}, watches: map[watchKey]*sighting{}, found: make(chan struct{}, 1), writing: make(chan struct{}, 1)}
}

// hear writes down what a child told.
func (b *book) hear(c *child, r report) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case r.Begun != nil:
		b.begin(c, r.Begun)
	case r.Ended != nil:
		b.end(c, r.Ended)
	case r.Writing:
		select {
		case b.writing <- struct{}{}:
		default:
		}
	case r.Read != nil:
		b.counts.Reads++
		b.glances = append(b.glances, *r.Read)
	case r.Seen != nil:
		key := watchKey{r.Seen.Client, r.Seen.Watch}
		w := b.watches[key]
		if w == nil {
			w = &sighting{Client: r.Seen.Client, Query: r.Seen.Query, After: r.Seen.After}
			b.watches[key] = w
		}
		w.Positions = append(w.Positions, r.Seen.Positions...)
		w.Prints = append(w.Prints, r.Seen.Prints...)
		w.Complete = w.Complete || r.Seen.Complete
		b.counts.Watched += len(r.Seen.Positions)
	case r.Log != nil:
		b.log = append(b.log, r.Log...)
	case r.Torn > 0:
		b.counts.Torn += r.Torn
	case r.Finding != nil:
		b.findings = append(b.findings, *r.Finding)
		b.alarm()
	case r.Trouble != "":
		b.trouble = r.Trouble
		b.alarm()
	}
}

func (b *book) begin(c *child, t *begun) {
	a := &call{invoked: t.At, Append: history.Append{Client: t.Client, Events: t.Events}}
	for _, condition := range t.Conditions {
		a.Conditions = append(a.Conditions, domain.AppendCondition{FailIfEventsMatch: condition.Query.received(), After: condition.After})
	}
	b.appends = append(b.appends, a)
	b.open[callKey{c.Name, t.Call}] = a
	b.counts.Unknown++ // until it ends
}

func (b *book) end(c *child, t *ended) {
	key := callKey{c.Name, t.Call}
	a := b.open[key]
	delete(b.open, key)
	a.returned, a.Outcome, a.Positions, a.Conflict = t.At, t.Outcome, t.Positions, t.Conflict
	switch t.Outcome {
	case history.Acknowledged:
		b.counts.Acknowledged++
	case history.Conflicted:
		b.counts.Conflicts++
	case history.Unwritten:
		b.counts.Unwritten++
		if t.LockTimeout {
			b.counts.LockTimeouts++
		}
	case history.Unknown:
		b.counts.Unknown++
	}
	b.counts.Unknown--
}

// find writes a finding of the parent down; nil is none.
func (b *book) find(f *Finding) {
	if f == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.findings = append(b.findings, *f)
	b.alarm()
}

func (b *book) hasFindings() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.findings) > 0 || b.trouble != ""
}

// count counts something that the parent does.
func (b *book) count(what func(*Counts)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	what(&b.counts)
}

// acknowledged returns how many appends of the round were acknowledged so far.
func (b *book) acknowledged() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.counts.Acknowledged
}

func (b *book) alarm() {
	select {
	case b.found <- struct{}{}:
	default:
	}
}

// turnPage returns what was counted in a round and forgets what need not be known
// in the next one. Appends stay, for everything in the log must have been appended
// by somebody.
func (b *book) turnPage() Counts {
	b.mu.Lock()
	defer b.mu.Unlock()
	counts := b.counts
	b.counts = Counts{}
	clear(b.open) // whoever began these is gone
	clear(b.watches)
	b.glances, b.log = nil, nil
	return counts
}

// history returns what was told, with each moment turned into a tick. Calls that
// have the same moment count as simultaneous.
func (b *book) history(reads []history.Read, glances []glance) history.History {
	type mark struct {
		at   moment
		end  bool
		tick *history.Tick
	}
	h := history.History{Reads: reads, Log: b.log}
	marks := make([]mark, 0, 2*(len(b.appends)+len(reads)))
	h.Appends = make([]history.Append, len(b.appends))
	for i, a := range b.appends {
		h.Appends[i] = a.Append
		marks = append(marks, mark{a.invoked, false, &h.Appends[i].Invoked})
		if a.returned > 0 {
			marks = append(marks, mark{a.returned, true, &h.Appends[i].Returned})
		}
	}
	for i, g := range glances {
		marks = append(marks, mark{g.Invoked, false, &reads[i].Invoked})
		if !g.Ahead {
			marks = append(marks, mark{g.Ending, true, &reads[i].Returned})
		}
	}
	slices.SortStableFunc(marks, func(a, b mark) int {
		if a.at != b.at || a.end == b.end {
			return cmp.Compare(a.at, b.at)
		}
		if b.end {
			return -1
		}
		return 1
	})
	last := history.Tick(0)
	for _, m := range marks {
		last++
		*m.tick = last
	}
	for i, g := range glances {
		if g.Ahead { // nobody has to have seen it afterwards
			last++
			reads[i].Returned = last
		}
	}
	return h
}

// reads turns what reads were said to have returned into what they returned, with
// the events of the log. It returns a finding when they saw something else.
func (b *book) reads() ([]history.Read, *Finding) {
	reads := make([]history.Read, len(b.glances))
	prints := printsOf(b.log)
	for i, g := range b.glances {
		reads[i] = history.Read{Client: g.Client, Options: g.Options, Head: g.Head}
		if g.Query.All || len(g.Query.Items) > 0 {
			reads[i].Query = g.Query.received()
		}
		for n, p := range g.Positions {
			if what := differs(p, g.Prints[n], prints); what != "" {
				return nil, &Finding{Rule: ruleSame, Evidence: fmt.Sprintf("a read of %v %+v by %s returned, as its event %d, %s", reads[i].Query, g.Options, g.Client, n, what)}
			}
			reads[i].Events = append(reads[i].Events, b.log[p-1])
		}
	}
	return reads, nil
}

func printsOf(log []domain.SequencedEvent) []uint64 {
	prints := make([]uint64, len(log))
	for i, e := range log {
		prints[i] = fingerprint(e)
	}
	return prints
}

// differs says in what an event that was seen differs from the log, "" for nothing.
func differs(p domain.Position, print uint64, log []uint64) string {
	switch {
	case p == 0 || p > domain.Position(len(log)):
		return fmt.Sprintf("position %d, and the log ends at position %d", p, len(log))
	case print != log[p-1]:
		return fmt.Sprintf("position %d with another content than position %d has in the log", p, p)
	}
	return ""
}
