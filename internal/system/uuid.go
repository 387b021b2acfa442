package system

import (
	"crypto/rand"
	"encoding/binary"
	"sync"
	"time"

	"github.com/google/uuid"
)

// UUIDs makes UUIDs of version 7, which sort by the time they were made: each is
// greater than those that this process made before.
type UUIDs struct{}

// source is what UUIDs are made from.
var source = struct {
	mu     sync.Mutex
	last   uint64 // the time of the last UUID: milliseconds, and stampBits for parts of one
	random [randomPool]byte
	used   int // so many bytes of random
}{used: randomPool}

const (
	stampBits   = 12
	randomBytes = 8
	randomPool  = 512 * randomBytes
)

// NewID returns a new UUID. It panics when the machine has no randomness left to
// give, as crypto/rand itself does.
func (UUIDs) NewID() string {
	now := time.Now()
	millis := uint64(now.UnixMilli())
	stamp := millis<<stampBits | uint64(now.Nanosecond())%1e6>>8

	var id uuid.UUID
	source.mu.Lock()
	if source.used == randomPool {
		rand.Read(source.random[:]) // asked for many at once; never fails
		source.used = 0
	}
	copy(id[8:], source.random[source.used:source.used+randomBytes])
	source.used += randomBytes
	stamp = max(stamp, source.last+1)
	source.last = stamp
	source.mu.Unlock()

	binary.BigEndian.PutUint64(id[:], stamp>>stampBits<<16|7<<stampBits|stamp&(1<<stampBits-1))
	id[8] = id[8]&0x3f | 0x80 // the variant of RFC 9562
	return id.String()
}
