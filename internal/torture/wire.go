package torture

import (
	"encoding/gob"
	"io"
	"os"
	"sync"
	"time"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/internal/history"
	"github.com/opossum-go/opossum/ports"
)

// order is what the parent tells a child. The first one has a setup. A child whose
// orders end without Finish ends at once: the parent is gone.
type order struct {
	Setup  *setup
	Huge   bool // a writer is to append a huge batch
	Finish bool
	// Head is what a reader has to see before it ends.
	Head domain.Position
}

// setup says what a child is to be. Each role uses the fields it needs.
type setup struct {
	Role        string
	Dir         string
	Name        string
	Seed        uint64
	Round       int
	Goroutines  int
	Handles     int
	SegmentSize int64
	LockTimeout time.Duration
	ReadOnly    bool
	Bug         string
}

// report is what a child tells the parent. One of the fields is set.
type report struct {
	Ready    bool
	Writing  bool // it has the append lock and is about to write a huge batch
	Begun    *begun
	Ended    *ended
	Read     *glance
	Seen     *sighting
	Log      []domain.SequencedEvent
	Torn     int // unfinished appends that the child's store cut off
	Finding  *Finding
	Trouble  string // why the machine, not the store, keeps the run from going on
	Finished bool   // the child did what it was told, to the end
}

// begun tells of an append that is about to be called.
type begun struct {
	Call       uint64 // its number in the child
	Client     string
	At         moment
	Events     []domain.Event
	Conditions []condition
}

// ended tells what the append with the same number returned.
type ended struct {
	Call        uint64
	At          moment
	Outcome     history.Outcome
	LockTimeout bool
	Positions   domain.Positions
	Conflict    *ports.ConflictError
}

// glance tells of a read, or of a call of Head when the query is zero.
type glance struct {
	Client          string
	Invoked, Ending moment
	Query           query
	Options         ports.ReadOptions
	Head            domain.Position
	Positions       []domain.Position
	Prints          []uint64
	// Ahead says that the store was opened read-only, so that the read may show what
	// no other process shows yet.
	Ahead bool
}

// sighting tells what a subscription yielded since the last one that tells of it.
type sighting struct {
	Client    string
	Watch     int // its number in the child
	Query     query
	After     domain.Position
	Positions []domain.Position
	Prints    []uint64
	Complete  bool // the subscription has seen everything there was to see
}

// query is a [domain.Query] that can be sent.
type query struct {
	All   bool
	Items []domain.QueryItem
}

func sent(q domain.Query) query { return query{q.IsAll(), q.Items()} }

func (q query) received() domain.Query {
	if q.All {
		return domain.All()
	}
	return domain.NewQuery(q.Items...)
}

// condition is a [domain.AppendCondition] that can be sent.
type condition struct {
	Query query
	After domain.Position
}

// reporter tells the parent. Safe for concurrent use. What was told has left the
// process, so that the parent hears of it even if the process is killed.
type reporter struct {
	mu      sync.Mutex // guards encoder
	encoder *gob.Encoder
}

func newReporter(out io.Writer) *reporter { return &reporter{encoder: gob.NewEncoder(out)} }

func (r *reporter) tell(what report) {
	r.mu.Lock()
	err := r.encoder.Encode(what)
	r.mu.Unlock()
	if err != nil {
		os.Exit(exitUnheard)
	}
}

// exitUnheard is the exit code of a child whose parent does not listen any more.
const exitUnheard = 3
