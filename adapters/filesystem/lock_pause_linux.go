package filesystem

import (
	"time"

	"golang.org/x/sys/unix"
)

// shortPause waits for d, which is less than a millisecond: a timer of the runtime
// may take more than one when the process has nothing else to do.
func shortPause(d time.Duration) {
	ts := unix.NsecToTimespec(int64(d))
	_ = unix.Nanosleep(&ts, nil) // woken early is as good
}
