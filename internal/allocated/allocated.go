// Package allocated tells tests how much memory something takes.
package allocated

import "runtime"

// By returns how many bytes of the heap were given out while do ran, to whomever; what
// was freed again counts too. A test that asks does not run beside others.
func By(do func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	do()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}
