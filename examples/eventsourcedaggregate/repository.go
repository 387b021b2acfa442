package eventsourcedaggregate

import (
	"context"
	"fmt"

	"github.com/opossum-go/opossum/decision"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// Store is the part of an event store that a repository needs.
type Store interface {
	ports.Reader
	ports.Appender
}

// Repository loads and saves courses. It is safe for concurrent use.
type Repository struct {
	store Store
	codec *decision.Codec
}

// NewRepository returns the repository of the courses in a store.
func NewRepository(store Store) (*Repository, error) {
	codec, err := decision.NewCodec(
		decision.Kind[CourseDefined](), decision.Kind[CourseCapacityChanged](), decision.Kind[StudentSubscribedToCourse]())
	if err != nil {
		return nil, err
	}
	return &Repository{store: store, codec: codec}, nil
}

// Load returns the course as its events have made it. A course without events is
// refused.
func (r *Repository) Load(ctx context.Context, id string) (*Course, error) {
	result, err := r.store.Read(ctx, r.boundary(id), ports.ReadOptions{})
	if err != nil {
		return nil, fmt.Errorf("load course %q: %w", id, err)
	}
	c := &Course{id: id, after: result.Head}
	known := false
	for stored, err := range result.Events {
		if err != nil {
			return nil, fmt.Errorf("load course %q: %w", id, err)
		}
		event, err := r.codec.Decode(stored.Event)
		if err != nil {
			return nil, fmt.Errorf("load course %q: position %d: %w", id, stored.Position, err)
		}
		c.apply(event)
		known = true
	}
	if !known {
		return nil, refuse("Course %q does not exist", id)
	}
	return c, nil
}

// Save appends what has changed since the course was loaded or saved last, all or
// nothing, unless any event about the course was stored in between: that is
// [ports.ErrConflict], also for a new course whose id is taken. Nothing is written
// then; load the course again and change it again. Saving no change writes nothing.
func (r *Repository) Save(ctx context.Context, c *Course) error {
	if len(c.unsaved) == 0 {
		return nil
	}
	events := make([]domain.Event, len(c.unsaved))
	for i, event := range c.unsaved {
		encoded, err := decision.Encode(event)
		if err != nil {
			return fmt.Errorf("save course %q: %w", c.id, err)
		}
		events[i] = encoded
	}
	positions, err := r.store.Append(ctx, events, domain.AppendCondition{FailIfEventsMatch: r.boundary(c.id), After: c.after})
	if err != nil {
		return fmt.Errorf("save course %q: %w", c.id, err)
	}
	c.unsaved, c.after = nil, positions.Last
	return nil
}

// boundary selects what a course consists of: its events of the types that the
// codec knows. The site selects everything with the course's tag; like this, others
// may tag a course with events of their own, and neither break nor disturb it.
func (r *Repository) boundary(id string) domain.Query {
	return domain.NewQuery(domain.OfTypes(r.codec.Types()...).Tagged(courseTag(id)))
}
