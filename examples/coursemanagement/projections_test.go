package coursemanagement_test

import (
	"testing"
	"time"

	school "github.com/opossum-go/opossum/examples/coursemanagement"
	"github.com/opossum-go/opossum/projection/projectiontest"
)

// Facts that most of these tests begin with.
var (
	goCourse  = school.CourseCreated{Course: "go", Title: "Go for beginners", Capacity: 2}
	sqlCourse = school.CourseCreated{Course: "sql", Title: "Databases", Capacity: 1}
	ada       = school.StudentRegistered{Student: "ada", Name: "Ada Alder", Email: "ada@example.org"}
	eva       = school.StudentRegistered{Student: "eva", Name: "Eva Elm", Email: "eva@example.org"}
	noon      = projectiontest.Noon
)

func TestTheListOfStudentsIsQueriedByTierAndByWhatIsLeft(t *testing.T) {
	t.Parallel()
	twoCourses := []school.StudentEnrolled{{Course: "go", Student: "ada"}, {Course: "sql", Student: "ada"}}
	projectiontest.Given(t, school.ShortInfoOfStudents(), ada, eva, twoCourses[0], twoCourses[1]).
		Then("ada", school.StudentShortInfo{Name: "Ada Alder", Email: "ada@example.org", Tier: school.Basic, Courses: 2}).
		ThenTags("ada", school.OnTier(school.Basic), school.MaxedOut(true)).
		ThenTags("eva", school.OnTier(school.Basic), school.MaxedOut(false)).
		ThenKeys("ada", "eva")
	projectiontest.Given(t, school.ShortInfoOfStudents(), ada, twoCourses[0], twoCourses[1],
		school.SubscriptionTierChanged{Student: "ada", Tier: school.Standard}).
		ThenTags("ada", "tier:Standard", "maxed-out:false")
}

func TestTheListOfCoursesIsQueriedByWhetherTheyAreFull(t *testing.T) {
	t.Parallel()
	enrolled := school.StudentEnrolled{Course: "sql", Student: "ada"}
	projectiontest.Given(t, school.ShortInfoOfCourses(), goCourse, sqlCourse, ada, enrolled).
		Then("sql", school.CourseShortInfo{Title: "Databases", Capacity: 1, Students: 1}).
		ThenTags("sql", school.Full(true)).
		ThenTags("go", school.Full(false))
	projectiontest.Given(t, school.ShortInfoOfCourses(), sqlCourse, enrolled, school.CourseCapacityChanged{Course: "sql", Capacity: 2}).
		ThenTags("sql", "full:false")
}

func TestTheDetailsOfAStudentNameCoursesAndBooks(t *testing.T) {
	t.Parallel()
	later := noon.Add(time.Hour)
	projectiontest.Given(t, school.DetailsOfStudents(), goCourse, sqlCourse, ada,
		school.StudentEnrolled{Course: "sql", Student: "ada"}, school.StudentEnrolled{Course: "go", Student: "ada"},
		school.SubscriptionTierChanged{Student: "ada", Tier: school.Standard},
		school.CourseBookDefined{Book: "b1", Course: "go", Title: "The Guide", Price: 1000},
		school.CourseBookDefined{Book: "b2", Course: "sql", Title: "The Tables", Price: 2000},
		projectiontest.Occurred(noon, school.CourseBookPurchased{Student: "ada", Book: "b2", Course: "sql", Price: 2000}),
		projectiontest.Occurred(later, school.CourseBooksOrdered{Student: "ada", Lines: []school.OrderLine{{"b2", "sql", 1900}, {"b1", "go", 1000}}})).
		Then("ada", school.StudentDetails{
			Student: "ada", Name: "Ada Alder", Email: "ada@example.org", Tier: school.Standard,
			Courses: []school.CourseTaken{{"sql", "Databases"}, {"go", "Go for beginners"}},
			Books:   []school.Purchase{{"b2", "The Tables", 2000, noon}, {"b2", "The Tables", 1900, later}, {"b1", "The Guide", 1000, later}},
		}).
		ThenKeys("ada")
}

func TestTheDetailsOfACourseNameStudentsAndHoldWhatStands(t *testing.T) {
	t.Parallel()
	enrolled := []school.StudentEnrolled{{Course: "go", Student: "eva"}, {Course: "go", Student: "ada"}}
	projectiontest.Given(t, school.DetailsOfCourses(), goCourse, sqlCourse, ada, eva, enrolled[0], enrolled[1],
		school.CourseCapacityChanged{Course: "go", Capacity: 5},
		school.CourseBookDefined{Book: "b1", Course: "go", Title: "The Guide", Price: 1000},
		projectiontest.Occurred(noon, school.AnnouncementPosted{Course: "go", Token: "t1", Title: "Room 5", Body: "Today only"}),
		school.AnnouncementPosted{Course: "go", Token: "t2", Title: "Room 6"},
		school.AnnouncementRetracted{Course: "go", Token: "t2"}).
		Then("go", school.CourseDetails{
			Course: "go", Title: "Go for beginners", Capacity: 5,
			Students:      []school.StudentEnlisted{{"eva", "Eva Elm"}, {"ada", "Ada Alder"}},
			Announcements: []school.Announcement{{"t1", "Room 5", "Today only", noon}},
			Books:         []school.BookOffered{{"b1", "The Guide"}},
		}).
		Then("sql", school.CourseDetails{Course: "sql", Title: "Databases", Capacity: 1}).
		ThenKeys("go", "sql")
}
