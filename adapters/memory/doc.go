// Package memory holds events in the memory of one process. It is the reference
// for the contract of [ports.EventStore]: simple, strict, and as short as it can
// be. Use it in tests, in examples and wherever events need not outlive the
// process.
//
// Reads and conditions scan the events one after the other, so their cost grows
// with the number of events in the range they look at. A condition looks only at
// positions greater than its After.
//
// "Durable", where the contract says it, means here: visible to everybody who
// holds the [Store], until the process ends.
package memory
