//go:build !linux

package filesystem

import "time"

// shortPause waits for d, or for as long as the system's timer takes.
func shortPause(d time.Duration) { time.Sleep(d) }
