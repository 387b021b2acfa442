package system

import (
	"crypto/rand"
	"encoding/binary"
	"sync"
	"time"
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
	textSize    = len("00000000-0000-0000-0000-000000000000")
	sharing     = 64 // so many ids share memory: as long as one is in use, all are kept
)

// NewID returns a new UUID. It panics when the machine has no randomness left to
// give, as crypto/rand itself does.
func (UUIDs) NewID() string {
	now := stampOf(time.Now())

	source.mu.Lock()
	if source.used == randomPool {
		rand.Read(source.random[:]) // asked for many at once; never fails
		source.used = 0
	}
	random := binary.BigEndian.Uint64(source.random[source.used:])
	source.used += randomBytes
	stamp := max(now, source.last+1)
	source.last = stamp
	source.mu.Unlock()

	var text [textSize]byte
	write(text[:], stamp, random)
	return string(text[:])
}

// NewIDs returns n new UUIDs, as so many calls of NewID do, with one look at the
// clock. Some of them share memory.
func (UUIDs) NewIDs(n int) []string {
	now := stampOf(time.Now())

	source.mu.Lock()
	stamp := max(now, source.last+1)
	source.last = stamp + uint64(n) - 1
	source.mu.Unlock()

	ids := make([]string, 0, n)
	var random [sharing * randomBytes]byte
	var texts [sharing * textSize]byte
	for len(ids) < n {
		some := min(n-len(ids), sharing)
		rand.Read(random[:some*randomBytes])
		for i := range some {
			write(texts[i*textSize:], stamp, binary.BigEndian.Uint64(random[i*randomBytes:]))
			stamp++
		}
		for all := string(texts[:some*textSize]); all != ""; all = all[textSize:] {
			ids = append(ids, all[:textSize])
		}
	}
	return ids
}

// stampOf returns now in the unit of stamps.
func stampOf(now time.Time) uint64 {
	return uint64(now.UnixMilli())<<stampBits | uint64(now.Nanosecond())%1e6>>8
}

// write writes the UUID of a stamp and a random number as text.
func write(text []byte, stamp, random uint64) {
	const version, variant = 7, 2 // of RFC 9562
	high := stamp>>stampBits<<16 | version<<stampBits | stamp&(1<<stampBits-1)
	low := uint64(variant)<<62 | random>>2
	text = text[:textSize]
	put := func(at int, digits uint64) { binary.BigEndian.PutUint64(text[at:], digits) }
	// The later ones cover what is too much of those before.
	put(0, hex(high>>32))
	put(9, hex(high))
	put(14, hex(high)<<32)
	put(19, hex(low>>32))
	put(24, hex(low>>16))
	put(28, hex(low))
	text[8], text[13], text[18], text[23] = '-', '-', '-', '-'
}

// hex returns the last 32 bits of n as eight hexadecimal digits, the first in the
// highest byte.
func hex(n uint64) uint64 {
	const ones = 0x0101010101010101
	// Halves move apart until each byte holds four bits.
	n &= 0xffff_ffff
	n = (n | n<<16) & 0x0000_ffff_0000_ffff
	n = (n | n<<8) & (0x00ff * 0x0001_0001_0001_0001)
	n = (n | n<<4) & (0x0f * ones)
	letters := (n + 6*ones) >> 4 & ones // 1 where the digit is more than 9
	return n + '0'*ones + ('a'-'9'-1)*letters
}
