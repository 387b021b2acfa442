package coursemanagement

import "github.com/opossum-go/opossum/projection"

// Projections returns all projections of this package, for a [projection.Runner].
// Whoever reads one makes a view of its definition:
//
//	students := coursemanagement.ShortInfoOfStudents().View(states)
func Projections() []projection.Projection {
	return []projection.Projection{
		ShortInfoOfStudents(), DetailsOfStudents(), ShortInfoOfCourses(), DetailsOfCourses(),
	}
}
