package ports

import (
	"time"

	"github.com/opossum-go/opossum/domain"
)

// Progress tells how far the build of a projection is.
type Progress struct {
	// Projection is its name.
	Projection string
	// Position is the last position taken into account, Target the one to get to. The
	// target moves when events are appended meanwhile.
	Position, Target domain.Position
	// Rate is how many positions it passes in a second, 0 when that is not known yet.
	Rate float64
	// Left is how long it takes to the target at that rate, 0 when that is not known.
	Left time.Duration
	// Done says that this is the last word: the build has ended, well or not.
	Done bool
}
