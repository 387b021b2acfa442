package projection

import (
	"github.com/opossum-go/opossum/domain"
)

// Projection is what a [Runner] runs: a [Definition] of any state type, or an
// [Outbox].
type Projection interface {
	// Name returns what it is known by, in the store and in a [Status].
	Name() string
	// Query returns which events it takes.
	Query() domain.Query

	check() error
	signature() string
	plan() plan
	engine(related relatedEvents) engine
}

// plan is how a runner treats a projection.
type plan struct {
	failure Failure
	// batch is the most events in a step; 0 leaves it to the runner.
	batch int
	// rebuilds says that the projection is built in a shadow; without, it begins in
	// the live copy and is never built anew.
	rebuilds bool
	// fromHead says that a projection that begins skips what the store holds already.
	fromHead bool
}

func (d *Definition[S]) plan() plan { return plan{failure: d.failure, rebuilds: true} }

func (d *Definition[S]) engine(related relatedEvents) engine { return newFolder(d, related) }
