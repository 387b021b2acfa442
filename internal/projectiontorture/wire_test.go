package projectiontorture_test

import (
	"encoding/json"
	"io"
	"sync"
	"time"

	"github.com/opossum-go/opossum/projection"
)

// setup is what a child is told first.
type setup struct {
	// Dir is the folder of a world.
	Dir string
	// Versions are those of the models that the child runs, by name.
	Versions map[string]int
	// Outbox says that it runs the outbox too.
	Outbox bool
	// Batch, Parallel and Takeover are options of the runner.
	Batch, Parallel int
	Takeover        time.Duration
	// ReadOnly opens the events without being able to append.
	ReadOnly bool
	// Seed decides what the child draws.
	Seed uint64
	// Moment is when the child reports that its time has come, nil for an order later.
	Moment *moment
	// Bug is planted, see bugs.
	Bug string
}

// order tells a child something while it runs.
type order struct {
	// Moment replaces that of the setup.
	Moment *moment `json:",omitempty"`
	// Rebuild begins to rebuild without end. Calm says that no events come meanwhile, so
	// that a rebuild changes nothing.
	Rebuild, Calm bool `json:",omitempty"`
	// Thaw lets a caller that is frozen go on.
	Thaw bool `json:",omitempty"`
	// Status asks for a report with statuses.
	Status bool `json:",omitempty"`
}

// report is what a child tells.
type report struct {
	// Call is the call to the projection store that the report is about, empty for none.
	Call call `json:",omitempty"`
	// After says that the call has returned, Failed with which error.
	After  bool   `json:",omitempty"`
	Failed string `json:",omitempty"`
	// At is when, by the clock of the machine.
	At time.Time
	// Projection and Phase say what is done.
	Projection string `json:",omitempty"`
	Phase      phase  `json:",omitempty"`
	// Parks says that the commit sets an event aside.
	Parks bool `json:",omitempty"`
	// Due says that the moment has come.
	Due bool `json:",omitempty"`
	// Trouble is something that must not happen.
	Trouble string `json:",omitempty"`
	// Statuses answers an order.
	Statuses []status `json:",omitempty"`
}

// status is what matters of a projection's status.
type status struct {
	Name      string
	Condition projection.Condition
	Position  uint64
}

// call is a method of the projection store that is reported.
type call string

const (
	acquire call = "acquire"
	begin   call = "begin"
	commit  call = "commit"
	swap    call = "swap"
	drop    call = "drop"
)

// phase is what a projection does meanwhile.
type phase string

const (
	opening phase = "opening"
	catchUp phase = "catch-up"
	live    phase = "live"
	rebuild phase = "rebuild"
	atSwap  phase = "swap"
	idle    phase = "idle" // only the parent says so
)

// moment is a point in the life of a child.
type moment struct {
	Call  call
	After bool // when the call has returned, otherwise before it
	Phase phase
	// Projection is whose call it is, empty for any.
	Projection string
	// Parks says that only commits count which set an event aside.
	Parks bool
	// Nth counts such points, from 1.
	Nth int
	// Freeze makes the caller wait there until it is told to thaw.
	Freeze bool
	// Self has the process kill itself when SelfDelay has passed, which is more
	// exact than what a parent can do. There is no other difference.
	Self      bool
	SelfDelay time.Duration
}

// never comes.
var never = &moment{}

// teller sends reports. Safe for concurrent use.
type teller struct {
	mu      sync.Mutex
	encoder *json.Encoder
}

func newTeller(out io.Writer) *teller { return &teller{encoder: json.NewEncoder(out)} }

func (t *teller) tell(r report) {
	t.mu.Lock()
	defer t.mu.Unlock()
	r.At = time.Now()
	_ = t.encoder.Encode(r) // a parent that is gone does not hear it
}

// Write makes a finding of what a logger writes.
func (t *teller) Write(line []byte) (int, error) {
	t.tell(report{Trouble: "the log says: " + string(line)})
	return len(line), nil
}
