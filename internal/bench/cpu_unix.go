//go:build unix

package bench

import (
	"syscall"
	"time"
)

// cpuTime returns the time that this process has kept cores busy so far.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
