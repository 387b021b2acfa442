// Package torture races real processes on one store and judges what comes of it.
//
// A run is a number of rounds. In each round some processes append under
// conditions, others read and subscribe, and the parent kills them with signal 9,
// stops them for a while, or has a process that holds the append lock and hangs.
// Every process tells the parent of each call before it begins and after it ended,
// with the time of a clock that all of them share. When the round is over and all
// is quiet, a fresh process verifies the store, recovers it, appends once more and
// reads everything, and package history judges every call by that log.
//
// The random numbers of a run come from its seed: they decide who does what and
// who is killed when. The machine decides how the processes interleave, so a seed
// repeats the plan of a run and not its outcome.
//
// Nothing here knows how a store works inside. The only file it touches beside the
// store's interface is the append lock.
package torture
