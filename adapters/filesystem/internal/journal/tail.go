package journal

import (
	"encoding/hex"
	"strings"
)

// Fill reports whether text is nothing but newlines, what a segment may be filled
// with behind its last commit line. Nothing at all is fill too.
func Fill(text string) bool {
	// All bytes are the same when each is the same as the next.
	return text == "" || (text[0] == '\n' && text[1:] == text[:len(text)-1])
}

// Torn reports whether rest, the bytes from where Scan stopped, can be what an
// interrupted append left behind. It cannot when a batch that is whole by its own
// commit line stands in it: then something before that batch was damaged later,
// and cutting would lose committed events.
//
// Only a whole line of its own is a commit line. Event data may hold any text, but
// no newline; and where sectors around it were lost and are newlines now, it holds
// no line that begins and ends with a sector, as a commit line is shorter than one.
func Torn(rest string) bool {
	for from := 0; ; {
		i := strings.Index(rest[from:], "\n"+commitPrefix)
		if i < 0 {
			return true
		}
		at := from + i + 1
		from = at
		line, _, whole := strings.Cut(rest[at:], "\n")
		if bytes, crc, ok := commitClaim(line); whole && ok && 0 < bytes && bytes <= uint64(at) &&
			crc == checksumText(Checksum(rest[at-int(bytes):at])) {
			return false
		}
	}
}

// commitClaim returns what a line with the shape of a commit line says about the
// length and the checksum of its batch. The chain is not looked at.
func commitClaim(line string) (bytes uint64, crc string, ok bool) {
	p := parser{text: line}
	ok = p.literal(commitPrefix)
	_, ok1 := p.uint()
	ok = ok && ok1 && p.literal(`,"last":`)
	_, ok1 = p.uint()
	ok = ok && ok1 && p.literal(`,"bytes":`)
	bytes, ok1 = p.uint()
	const before, between, behind, digits = `,"crc32c":"`, `","chain":"`, `"}}`, 8
	ok = ok && ok1 && p.literal(before)
	rest := p.text[p.at:]
	if !ok || len(rest) != digits+len(between)+hex.EncodedLen(len(Chain{}))+len(behind) ||
		!strings.HasPrefix(rest[digits:], between) || !strings.HasSuffix(rest, behind) {
		return 0, "", false
	}
	return bytes, rest[:digits], true
}

func checksumText(sum uint32) string {
	return hex.EncodeToString([]byte{byte(sum >> 24), byte(sum >> 16), byte(sum >> 8), byte(sum)})
}

// Begun reports whether text, a segment without a whole batch, can be what an
// interrupted creation of the segment with this header left behind: as much of the
// header as there is, and newlines or zero bytes where the rest of it never got to
// the disk. What stands behind the header is not looked at.
func Begun(text, header string) bool {
	text = text[:min(len(text), len(header))]
	common := 0
	for common < len(text) && text[common] == header[common] {
		common++
	}
	return strings.Trim(text[common:], "\n\x00") == ""
}
