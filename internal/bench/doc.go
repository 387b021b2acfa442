// Package bench measures an event store and, in the same rounds, the bare disk
// below it.
//
// Disks and machines differ, and a shared machine differs from minute to minute.
// So each scenario runs in rounds: a short slice of a raw baseline (such as one
// write and one sync of the same bytes), then a short slice of the store, in turns
// first one and then the other. The ratio of a scenario is the median of the
// ratios of its rounds, which moves far less than either figure.
//
// The package knows no adapter: whoever runs it says how a store is opened.
package bench
