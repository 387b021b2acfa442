// Package ports declares what the core needs from the outside world: an event
// store, a store of projections, a clock and a source of ids, together with the
// errors of those contracts. "Ports" means interfaces here; everything that talks to a technology
// (files, HTTP, a database) is an adapter, inbound or outbound, and lives below
// adapters.
//
// The comments on the interfaces are the contract. Package portstest holds the
// same contracts as tests, which any adapter can run:
//
//	func TestConformance(t *testing.T) {
//		portstest.Run(t, portstest.Fixture{Open: openMyStore})
//	}
//
//	func TestConformanceOfProjections(t *testing.T) {
//		portstest.RunProjections(t, portstest.ProjectionFixture{Open: openMyProjections})
//	}
//
// # Outcomes of an append
//
//	nil                              durable, positions returned
//	ErrConflict                      nothing written; read again, decide again
//	domain.ErrInvalid (and ErrLimit) nothing written; the input is at fault
//	ErrLockTimeout, ErrClosed,
//	ErrReadOnly, context errors      nothing written
//	ErrUnknownOutcome, anything else the events may or may not be there
//
// A conditional append whose events match its own condition is safe to repeat
// after an unknown outcome: if the first try was written, the second one
// conflicts with it.
package ports
