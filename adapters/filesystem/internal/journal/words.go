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

// below, equals mark with its high bit the first byte of w that is less than n, up
// to 128, or equal to c. Bytes behind the first one that is marked may be marked
// too, so only the first counts.
func below(w uint64, n byte) uint64 { return (w - ones*uint64(n)) &^ w & highs }

func equals(w uint64, c byte) uint64 { return below(w^ones*uint64(c), 1) }

// plain returns the end of the run of bytes from i on that a JSON string holds
// without an escape: where a quote, a backslash or a control character stands, or
// len(text). ascii is false when the run has bytes beyond ASCII.
func plain(text string, i int) (end int, ascii bool) {
	b := bytesOf(text)
	var seen uint64
	for ; i+wordSize <= len(b); i += wordSize {
		w := binary.LittleEndian.Uint64(b[i:])
		if special := below(w, ' ') | equals(w, '"') | equals(w, '\\'); special != 0 {
			n := bits.TrailingZeros64(special) // of the mark, the high bit of its byte
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
