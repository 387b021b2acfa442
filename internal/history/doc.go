// Package history judges what several clients did with an event store at the same
// time. A [Recorder] writes down each call with the moments at which it began and
// ended; [History.Check] compares the calls with the log that the store holds in
// the end.
//
// The log is the order of the appends, so nothing has to be guessed: there is one
// candidate for the order, and each answer can be checked against it. A history
// passes if and only if every call can be given one instant between its beginning
// and its end such that all answers are those of a store that does one thing at a
// time. That takes n log n steps for n calls and events, so that histories of a
// million calls can be checked.
//
// It is for tests, and for the torture of a directory that a user asks for.
package history
