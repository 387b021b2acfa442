//go:build !linux

package filesystem

import "time"

// shortPause waits for d, or for as long as the system's timer takes, between two
// tries to take a lock that another process holds: nothing tells when it is free.
func shortPause(d time.Duration) { time.Sleep(d) }
