// Package projectiontorture kills processes that run projections and looks at what
// they leave behind. It consists of tests only.
//
// The parent appends events to a store of files. A child, which is the test binary
// again, runs projections and an outbox over them, and is killed with signal 9: while
// it catches up, while it is live, while it builds projections anew and while a
// finished build takes the place of the old copy. The child tells of each call to
// its projection store before and after, so the parent kills before, after or inside
// the call that it has chosen. After each kill every copy has to be the fold of the
// log up to its checkpoint, and after the next start that of the whole log; what
// the outbox has written has to be every event in order, repeated at most where a
// process died. Stores and outboxes that are wrong on purpose show that the
// harness notices.
//
// Now and then a process that runs alone ends by itself instead, in the middle of whatever it
// does. OPOSSUM_ROUNDS is the number of rounds; each of the others has at least one kill.
package projectiontorture
