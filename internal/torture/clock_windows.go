package torture

import "golang.org/x/sys/windows"

// moment is a time on a clock that all processes of the machine share and that
// never goes backwards, in nanoseconds. It moves in steps of some milliseconds:
// calls within one step count as simultaneous.
type moment int64

// now reads the clock.
func now() moment { return moment(windows.DurationSinceBoot()) }
