package torture

import (
	"fmt"
	"strconv"
	"time"
)

// Counts says how much was done, so that nobody takes silence for proof.
type Counts struct {
	// Acknowledged, Conflicts and Unwritten count appends by what the caller was told;
	// Unwritten ones wrote nothing for a reason other than a conflict, LockTimeouts of
	// them because the lock was held. Unknown counts appends of which nobody heard the
	// end, Adopted those among them that are in the log.
	Acknowledged int `json:"acknowledged"`
	Conflicts    int `json:"conflicts"`
	Unwritten    int `json:"unwritten"`
	LockTimeouts int `json:"lockTimeouts"`
	Unknown      int `json:"unknown"`
	Adopted      int `json:"adopted"`
	// Torn counts unfinished appends that recovery is known to have cut off.
	Torn int `json:"torn"`
	// Reads counts calls of Read and Head, Watched the events that subscriptions
	// yielded.
	Reads   int `json:"reads"`
	Watched int `json:"watched"`
	// Kills counts processes that were killed at a random moment, Stops processes that
	// were stopped for a while, Hogs processes that held the append lock and hung.
	// Removals counts how often files that are derived from the events were removed
	// between two rounds.
	Kills    int `json:"kills"`
	Stops    int `json:"stops"`
	Hogs     int `json:"hogs"`
	Removals int `json:"removals"`
}

func (c *Counts) add(o Counts) {
	c.Acknowledged += o.Acknowledged
	c.Conflicts += o.Conflicts
	c.Unwritten += o.Unwritten
	c.LockTimeouts += o.LockTimeouts
	c.Unknown += o.Unknown
	c.Adopted += o.Adopted
	c.Torn += o.Torn
	c.Reads += o.Reads
	c.Watched += o.Watched
	c.Kills += o.Kills
	c.Stops += o.Stops
	c.Hogs += o.Hogs
	c.Removals += o.Removals
}

// Round is what came of one round.
type Round struct {
	// Number counts rounds from 1, Store the stores of the run: a new one is begun
	// when the last one has become large.
	Number int `json:"round"`
	Store  int `json:"store"`
	// Events is how many events the store held in the end.
	Events int     `json:"events"`
	Counts Counts  `json:"counts"`
	Took   Seconds `json:"seconds"`
	// Findings is empty when all is well.
	Findings []Finding `json:"findings,omitempty"`
}

// Result is what came of a run.
type Result struct {
	Seed uint64 `json:"seed"`
	// Writers and Readers are how many processes raced at a time, Goroutines how many
	// appended at a time in each writer.
	Writers    int `json:"writers"`
	Readers    int `json:"readers"`
	Goroutines int `json:"goroutines"`
	// Rounds is how many came to their end, on how many stores, which held how many
	// events together.
	Rounds int     `json:"rounds"`
	Stores int     `json:"stores"`
	Events int     `json:"events"`
	Counts Counts  `json:"counts"`
	Took   Seconds `json:"seconds"`
	// Interrupted says that the context ended before the run did.
	Interrupted bool `json:"interrupted,omitempty"`
	// Failed is the round in which something was found; nil when all is well.
	Failed *Round `json:"failed,omitempty"`
	// Kept is the folder that was kept for inspection, "" when all is well. It holds
	// the store, evidence.txt and every call in calls.jsonl.
	Kept string `json:"kept,omitempty"`
	// Repeat is the command that runs the same plan again, "" when all is well.
	Repeat string `json:"repeat,omitempty"`
	// Notices tell what this machine could not do, and what a long run never did.
	Notices []string `json:"notices,omitempty"`
}

// Passed reports whether the run came to its end and nothing was found.
func (r Result) Passed() bool { return r.Failed == nil && !r.Interrupted && r.Rounds > 0 }

// manyRounds is how many rounds let one expect every kind of mischief.
const manyRounds = 100

// untried says what a long run never did: what was never tried was not proven.
func (r Result) untried() []string {
	if r.Rounds < manyRounds {
		return nil
	}
	var notices []string
	for _, m := range []struct {
		done int
		what string
	}{
		{r.Counts.Hogs, "process held the lock and hung"},
		{r.Counts.Stops, "process was stopped for a while"},
		{r.Counts.Torn, "append was cut off half written, which some file systems never let happen"},
	} {
		if m.done == 0 {
			notices = append(notices, fmt.Sprintf("no %s in %d rounds: this was not proven", m.what, r.Rounds))
		}
	}
	return notices
}

// Seconds is a duration that JSON shows in seconds.
type Seconds time.Duration

// MarshalJSON writes seconds to the millisecond.
func (s Seconds) MarshalJSON() ([]byte, error) {
	return strconv.AppendFloat(nil, time.Duration(s).Seconds(), 'f', 3, 64), nil
}

// String writes the duration as people do, to a tenth of a second.
func (s Seconds) String() string { return time.Duration(s).Round(100 * time.Millisecond).String() }
