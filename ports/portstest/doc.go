// Package portstest holds the contract of [ports.EventStore] as tests. An adapter
// runs all of it with one call:
//
//	func TestConformance(t *testing.T) {
//		portstest.Run(t, portstest.Fixture{
//			Open: func(t testing.TB, clock ports.Clock) ports.EventStore {
//				return memory.New(memory.Options{Clock: clock})
//			},
//		})
//	}
//
// The contract is a table of rules, one behaviour each; the title of a rule is a
// sentence, and becomes the name of a subtest. A rule that needs an ability which
// the fixture does not offer is reported as skipped, with the reason.
//
// The rules see a store through its port only. Time comes from the clock that the
// fixture is given; nothing depends on how fast a store is. The machine's clock is
// used for one thing: to give up on something that must happen and does not, see
// [Fixture.Patience].
package portstest
