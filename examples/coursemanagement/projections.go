package coursemanagement

import (
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/projection"
)

// Projections returns all projections of this package, for a [projection.Runner].
// Whoever reads one makes a view of its definition:
//
//	students := coursemanagement.ShortInfoOfStudents().View(states)
func Projections() []projection.Projection {
	return []projection.Projection{
		ShortInfoOfStudents(), DetailsOfStudents(), ShortInfoOfCourses(), DetailsOfCourses(),
	}
}

// about returns what asks for the events of type E that carry all of the tags.
func about[E projection.Event](tags ...domain.Tag) domain.QueryItem {
	var e E
	return domain.OfTypes(e.EventType()).Tagged(tags...)
}

// latest returns the last of the related events that is of type E, the zero E when
// there is none.
func latest[E projection.Event](related []domain.SequencedEvent) (event E, err error) {
	events, err := projection.EventsOf[E](related)
	if len(events) > 0 {
		event = events[len(events)-1]
	}
	return event, err
}
