package powertest

import (
	"fmt"
	"maps"
	"sync"

	"github.com/opossum-go/opossum/domain"
)

// Kind says what a [Report] is about.
type Kind string

// What a writer says.
const (
	Tried        Kind = "tried"        // the append of Batch is about to begin
	Acknowledged Kind = "acknowledged" // Batch is stored at Positions
	Refused      Kind = "refused"      // Batch is not stored and never will be
	Failed       Kind = "failed"       // Text tells an error; the outcome is unknown
	Shown        Kind = "shown"        // a reader sees Positions
	Marked       Kind = "marked"       // the answer to a mark, see Number
	Idle         Kind = "idle"         // all lanes have come to their end
)

// Report is one thing that a writer says. A writer says what it tries before it
// begins and the outcome before it goes on.
type Report struct {
	Kind  Kind
	Batch BatchID
	// Size is the number of events of a batch that is tried.
	Size int
	// Positions is where an acknowledged batch stands; the zero value when the writer
	// claims to have stored it and does not say where.
	Positions domain.Positions
	// Number repeats the number of a mark.
	Number int
	Text   string
}

// Witness remembers what writers of one store said. The zero Witness has heard
// nothing. Safe for concurrent use.
type Witness struct {
	mu       sync.Mutex
	heard    Expectation // guarded by mu
	failures []string    // guarded by mu
}

// NewWitness returns a witness that has heard what leads to the expectation.
func NewWitness(heard Expectation) *Witness { return &Witness{heard: heard.clone()} }

// Hear remembers r.
func (w *Witness) Hear(r Report) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.beginLocked()
	if _, tried := w.heard.Tried[r.Batch]; !tried && (r.Kind == Acknowledged || r.Kind == Refused) {
		return fmt.Errorf("batch %s is %s and was never tried", r.Batch, r.Kind)
	}
	switch r.Kind {
	case Tried:
		if _, tried := w.heard.Tried[r.Batch]; tried {
			return fmt.Errorf("batch %s is tried twice", r.Batch)
		}
		w.heard.Tried[r.Batch] = r.Size
	case Acknowledged:
		w.heard.Acknowledged[r.Batch] = r.Positions
	case Refused:
		w.heard.Refused[r.Batch] = true
	case Failed:
		w.failures = append(w.failures, fmt.Sprintf("batch %s: %s", r.Batch, r.Text))
	case Shown:
		w.heard.Shown = max(w.heard.Shown, r.Positions.Last)
	case Marked, Idle:
	default:
		return fmt.Errorf("a writer says %q", r.Kind)
	}
	return nil
}

func (w *Witness) beginLocked() {
	if w.heard.Tried == nil {
		w.heard = Expectation{
			Tried: map[BatchID]int{}, Acknowledged: map[BatchID]domain.Positions{}, Refused: map[BatchID]bool{},
		}
	}
}

// Expectation returns what is expected of the store by what was heard so far.
func (w *Witness) Expectation() Expectation {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.heard.clone()
}

// Failures returns what was heard of appends that failed otherwise than by a
// condition.
func (w *Witness) Failures() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]string(nil), w.failures...)
}

// Settle replaces what was heard by what was found in the store: what is there
// stays, also what nobody told, and what is not there must never come. Writers that
// were heard before must have ended.
func (w *Witness) Settle(found map[BatchID]domain.Positions) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.beginLocked()
	w.heard.Acknowledged = maps.Clone(found)
	w.heard.Refused = map[BatchID]bool{}
	for id, positions := range found {
		w.heard.Tried[id] = positions.Len()
	}
	for id := range w.heard.Tried {
		if _, there := found[id]; !there {
			w.heard.Refused[id] = true
		}
	}
	w.failures = nil
}
