package projection

import (
	"context"
	"fmt"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// place is a position and the id of the event there, which is empty when it is not
// known. Whether a checkpoint is one of this store is told by the id: positions are
// the same in every store.
type place struct {
	position domain.Position
	id       string
}

func placeOf(e *domain.SequencedEvent) place { return place{e.Position, e.Metadata.ID} }

func checkpointOf(c *ports.CopyInfo) place { return place{c.Checkpoint, c.EventID} }

// placeAt looks into the store, and tells where that ends, too.
func (s *session) placeAt(ctx context.Context, at domain.Position) (found place, head domain.Position, err error) {
	found.position = at
	if at == 0 {
		head, err = s.events.Head(ctx)
		return found, head, err
	}
	result, err := s.events.Read(ctx, domain.All(), ports.ReadOptions{After: at - 1, Before: at + 1})
	if err != nil {
		return found, 0, err
	}
	for e, err := range result.Events {
		if err != nil {
			return found, 0, err
		}
		found = placeOf(&e)
	}
	return found, result.Head, nil
}

// judge looks whether the live copy, which is not worked on, was made of the store's
// events. When it was not, those who wait for it are told, until another one has
// taken its place.
func (s *session) judge(ctx context.Context, live *ports.CopyInfo) error {
	if live == nil {
		return nil
	}
	at := checkpointOf(live)
	found, head, err := s.placeAt(ctx, at.position)
	if err != nil {
		return err
	}
	if wrong := at.belongs(found, head); wrong != nil {
		return s.distrust(ctx, ports.Live, at, wrong)
	}
	return nil
}

// distrust stores that a copy was made of other events than the store's. It goes on
// knowing of which ones.
func (s *session) distrust(ctx context.Context, which ports.Copy, at place, wrong error) error {
	failure := &ports.ProjectionFailure{Position: at.position, Error: wrong.Error(), At: s.options.Clock.Now().UTC()}
	return s.writer.Commit(ctx, which, ports.ProjectionBatch{After: at.position, UpTo: at.position, EventID: at.id, Failure: failure})
}

// belongs returns an error when a checkpoint is none of the store's: not an event of
// it, as far as that is known, or past its end.
func (at place) belongs(found place, head domain.Position) error {
	const remedy = "the events were replaced or cut, as by a backup that was restored; rebuild the projection, or give the outbox another name"
	switch {
	case at.position > head:
		return fmt.Errorf("its checkpoint is %d but the store ends at %d: %s", at.position, head, remedy)
	case at.id != "" && at.id != found.id:
		return fmt.Errorf("its checkpoint is %d, at the event %s, but the store has the event %s there: %s", at.position, at.id, found.id, remedy)
	}
	return nil
}
