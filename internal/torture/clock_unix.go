//go:build unix

package torture

import "golang.org/x/sys/unix"

// moment is a time on a clock that all processes of the machine share and that
// never goes backwards, in nanoseconds.
type moment int64

// now reads the clock.
func now() moment {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &t); err != nil {
		panic(err) // every system has this clock
	}
	return moment(t.Nano())
}
