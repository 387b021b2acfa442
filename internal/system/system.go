// Package system holds the clock and the source of ids that are used where the
// caller gives none.
package system

import "time"

// Clock is the machine's clock.
type Clock struct{}

// Now returns the machine's time.
func (Clock) Now() time.Time { return time.Now() }
