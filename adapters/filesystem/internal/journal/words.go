package journal

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

// Text is looked through eight bytes at a time.
const (
	wordSize = 8
	ones     = 0x0101010101010101
	highs    = 0x80 * ones
)

// plain returns the end of the run of bytes from i on that a JSON string holds
// without an escape: where a quote, a backslash or a control character stands, or
// len(text). ascii is false when the run has bytes beyond ASCII.
func plain(text string, i int) (end int, ascii bool) {
	b := bytesOf(text)
	var seen uint64
	for ; i <= len(b)-wordSize; i += wordSize {
		w := binary.LittleEndian.Uint64(b[i : i+wordSize])
		// A byte borrows from the high bit of its sum when it is less than what is taken
		// away, and so does the byte behind it: only the first that is marked counts.
		special := (w - ones*' ') | ((w ^ ones*'"') - ones) | ((w ^ ones*'\\') - ones)
		if special = special &^ w & highs; special != 0 {
			n := bits.TrailingZeros64(special) // the mark is the high bit of its byte
			seen |= w & (1<<n - 1)
			return i + n/8, seen&highs == 0
		}
		seen |= w
	}
	var last byte
	for ; i < len(b) && b[i] >= ' ' && b[i] != '"' && b[i] != '\\'; i++ {
		last |= b[i]
	}
	return i, seen&highs == 0 && last < utf8.RuneSelf
}
