//go:build race

package filesystem

// A simulated world is one goroutine: under the race detector, which makes it ten
// times slower, a part of the work is enough.
const underRace = true
