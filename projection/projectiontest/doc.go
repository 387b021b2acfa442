// Package projectiontest tests projections: given these events, then these states.
//
//	func TestALastSeat(t *testing.T) {
//		projectiontest.Given(t, Courses(), CourseDefined{"c1", 2}, StudentSubscribed{"c1", "s1"}).
//			Then("c1", Course{Capacity: 2, Students: []string{"s1"}}).
//			ThenTags("c1", "full:false").
//			ThenNone("c2")
//	}
//
// It needs no store and no more than a [testing.TB], so it serves go test and, with
// GinkgoTB(), Ginkgo.
//
// # What it checks without being told
//
// A state is made in several ways in its life: from many events in one go when it
// is built, from one at a time when it is live, from what JSON keeps of it after a
// restart. All have to give the same, or a rebuild shows other figures than
// yesterday's. So the kit folds the events with [projection.Fold], twice; has a
// [projection.Runner] apply them one at a time with all states in memory; and has
// each event applied by a runner of its own, which knows no more of the states
// than their JSON. The test fails, naming the event, when
//
//   - two folds of the same events differ: a handler looks at a clock or at chance,
//     or remembers something.
//   - a fold and one event at a time differ.
//   - a state does not come back whole from JSON: an exported field is lost, or the
//     next event makes something else of what came back.
//   - two states share memory until they are stored.
//   - an event can be applied in one of these ways and not in another.
//   - a handler changes an event that it was given, or a related one.
//
// # States and their JSON
//
// A state is compared in the form in which it is stored: its JSON. So an empty slice
// and a nil one differ, which are [] and null to whoever reads the state, and two
// times are the same when they are written in the same way.
//
// # Caveats
//
// A failure policy does not count here: an event that cannot be applied is a
// failure, see [Case.ThenFails], whatever [projection.Definition.OnFailure] makes of it.
//
// Each event costs five calls of its handler and two steps of a runner. The kit is
// made for the handful of events that show a rule, not for thousands.
package projectiontest
