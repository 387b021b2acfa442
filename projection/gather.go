package projection

import (
	"context"
	"errors"
	"time"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// How much a catch-up folds before it stores what has changed, beside
// [Options.BatchSize]: a state that many events touch is then stored once for all of
// them.
const (
	maxGatheredStates = 20_000
	maxGatheredBytes  = 16 << 20
	maxGatheredTime   = 500 * time.Millisecond
)

// maxPiece is how many events are folded at a time.
const maxPiece = 5000

// errAgain says that events which were folded were forgotten again, because of one
// that could not be applied: read on from the checkpoint, and store more often.
var errAgain = errors.New("events are read again")

// gathered is what was folded since the checkpoint and is not stored yet.
type gathered struct {
	events   int
	upTo     place     // the last of them
	recorded time.Time // and when it was recorded
	// careful is the position up to which nothing is gathered, so that an event that
	// cannot be applied is found among few.
	careful domain.Position
}

// gather applies events and stores what has changed when that is worth it.
func (s *session) gather(ctx context.Context, events []domain.SequencedEvent) error {
	upTo := placeOf(&events[len(events)-1])
	if upTo.position <= s.gathered.careful || !s.plan.rebuilds {
		return s.step(ctx, events, upTo)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if s.gathered.events > 0 && s.gathered.events+len(events) > s.plan.batch {
		if err := s.store(ctx, s.gathered.upTo); err != nil {
			return err
		}
	}
	if err := s.absorb(ctx, events, 1); err != nil {
		if s.gathered.events == 0 {
			return s.narrow(ctx, events, upTo, err)
		}
		return s.again(err, upTo.position)
	}
	s.gathered.events += len(events)
	s.gathered.upTo, s.gathered.recorded = upTo, events[len(events)-1].RecordedAt
	states, bytes := s.engine.unsaved()
	if s.gathered.events >= s.plan.batch || states >= maxGatheredStates || bytes >= maxGatheredBytes || time.Since(s.written) >= maxGatheredTime {
		return s.store(ctx, upTo)
	}
	return nil
}

// store stores what was gathered and moves the checkpoint to upTo.
func (s *session) store(ctx context.Context, upTo place) error {
	if s.gathered.events == 0 {
		return s.step(ctx, nil, upTo)
	}
	batch := ports.ProjectionBatch{After: s.at, UpTo: upTo.position, EventID: upTo.id}
	var err error
	if batch.Put, batch.Delete, err = s.engine.changes(); err != nil {
		return s.again(err, upTo.position)
	}
	recorded := s.gathered.recorded
	s.gathered = gathered{careful: s.gathered.careful}
	return s.commit(ctx, batch, recorded)
}

// again forgets what was gathered when an event up to the given position could not
// be applied. Other errors it returns.
func (s *session) again(err error, upTo domain.Position) error {
	s.engine.forget()
	s.gathered = gathered{careful: s.gathered.careful}
	if _, bad := errors.AsType[*EventError](err); !bad {
		return err
	}
	s.gathered.careful = upTo
	return errAgain
}
