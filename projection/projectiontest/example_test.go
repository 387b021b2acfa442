package projectiontest_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/opossum-go/opossum/projection/projectiontest"
)

// What a test reports when a projection does not do what is wanted of it. In a test,
// t is its *testing.T.
func ExampleGiven() {
	t := printer{}
	projectiontest.Given(t, Courses(), CourseDefined{"c1", 2}, StudentSubscribed{"c1", "s1"}, StudentNamed{"s1", "Ada"}).
		Then("c1", Course{Capacity: 2, Students: []string{"Ada"}}).
		ThenTags("c1", "full:false").
		ThenNone("c2")
	// Output:
	// projectiontest: state "c1" is another one
	//   students[0]: got "s1", wanted "Ada"
	//   got    {"capacity":2,"students":["s1"]}
	//   wanted {"capacity":2,"students":["Ada"]}
	//
	// the events of projection "courses"
	//   1 CourseDefined [course:c1] {"course":"c1","capacity":2} creates "c1"
	//   2 StudentSubscribed [course:c1 student:s1] {"course":"c1","student":"s1"} changes "c1"
	//   3 StudentNamed [student:s1] {"student":"s1","name":"Ada"} has no handler
	// the states
	//   "c1" {"capacity":2,"students":["s1"]} [full:false], version 2, position 2
}

// printer prints what a test would report.
type printer struct{ testing.TB }

func (printer) Helper()                           {}
func (printer) Context() context.Context          { return context.Background() }
func (printer) Cleanup(func())                    {}
func (printer) Errorf(format string, args ...any) { fmt.Printf(format+"\n", args...) }
