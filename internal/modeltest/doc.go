// Package modeltest holds stores against a model of the log. It consists of tests
// only.
//
// Random programs, which one client runs on one or several handles, have to give
// exactly the answers that the definition of the contract gives. In memory the
// handles are one store, and none is closed and opened again: the events of a
// memory that was closed are gone. Random clients that work at the same time have
// to leave a history behind that package history accepts. Stores that are wrong on
// purpose show that both notice.
//
// OPOSSUM_ROUNDS multiplies the work. A failing program is cut down to the few
// steps that fail and printed; -rapid.seed repeats it.
package modeltest
