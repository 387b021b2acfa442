// Package term makes up the data of a term at the school of package
// coursemanagement: the same events for the same seed, in the order of their time,
// as many as a [Preset] asks for.
//
// # What holds
//
// These are facts, not commands: nothing is decided here. That the rules of the
// school hold all the same is by construction. Causes are drawn before effects,
// nobody enrols in more courses than the tier allows that was reached before, a
// course is given no more students than the smaller of its capacities, a book is
// paid at a price that was valid or within grace, and invoices are numbered in the
// order of their time. The tests execute a term as commands, and the school accepts
// every one and records the same events.
package term
