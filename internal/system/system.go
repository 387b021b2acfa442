// Package system holds the clock and the source of ids that are used where the
// caller gives none.
package system

import (
	"bufio"
	"crypto/rand"
	"sync"
	"time"

	"github.com/google/uuid"
)

// Clock is the machine's clock.
type Clock struct{}

// Now returns the machine's time.
func (Clock) Now() time.Time { return time.Now() }

// UUIDs makes UUIDs of version 7, which sort by the time they were made.
type UUIDs struct{}

// randomness is asked of the system for many UUIDs at once.
var randomness = struct {
	mu     sync.Mutex
	reader *bufio.Reader
}{reader: bufio.NewReader(rand.Reader)}

// NewID returns a new UUID. It panics when the machine has no randomness left to
// give, as crypto/rand itself does.
func (UUIDs) NewID() string {
	randomness.mu.Lock()
	defer randomness.mu.Unlock()
	return uuid.Must(uuid.NewV7FromReader(randomness.reader)).String()
}
