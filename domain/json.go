package domain

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf16"
	"unicode/utf8"
)

// What may come next between the tokens of a JSON value. Nothing is allowed to
// come after the outermost value.
const (
	aValue = 1 << iota
	aKey
	aColon
	aComma
	aClosing // bracket
)

// Text is looked through eight bytes at a time.
const (
	wordSize = 8
	ones     = 0x0101010101010101
	highs    = 0x80 * ones
)

// looseSpace returns how many bytes of white space stand between the tokens of
// data, and whether data is one JSON value that an event may hold: text in UTF-8
// throughout, see [Event], nested no deeper than MaxDataDepth. It takes one pass
// and no memory.
func looseSpace(data []byte) (spaces int, ok bool) {
	var open [1 + MaxDataDepth]byte // the brackets that are open; open[depth] is the innermost
	depth, next := 0, aValue
	for i := 0; i < len(data); {
		switch c := data[i]; c {
		case '"':
			end := textEnd(data, i)
			if end < 0 || next&(aKey|aValue) == 0 {
				return 0, false
			}
			i = end
			if next&aKey != 0 {
				if next = aColon; i < len(data) && data[i] == ':' { // as it is nearly always
					next = aValue
					i++
				}
				continue
			}
		case ' ', '\t', '\n', '\r':
			spaces++
			i++
			continue
		case '{', '[':
			if next&aValue == 0 || depth == MaxDataDepth {
				return 0, false
			}
			depth++
			open[depth] = c
			next = afterOpening(c) | aClosing
			i++
			continue
		case ',':
			if next&aComma == 0 {
				return 0, false
			}
			next = afterOpening(open[depth])
			i++
			continue
		case ':':
			if next != aColon {
				return 0, false
			}
			next = aValue
			i++
			continue
		case '}', ']':
			const apart = '}' - '{' // as ']' and '['
			if next&aClosing == 0 || open[depth] != c-apart {
				return 0, false
			}
			depth--
			i++
		default:
			end := scalarEnd(data, i)
			if end < 0 || next&aValue == 0 {
				return 0, false
			}
			i = end
		}
		// A value ended.
		if depth == 0 {
			next = 0
		} else if next = aComma | aClosing; i < len(data) && data[i] == ',' {
			next = afterOpening(open[depth])
			i++
		}
	}
	return spaces, next == 0
}

// afterOpening returns what comes first in brackets that bracket opened, and
// again after each comma there.
func afterOpening(bracket byte) int {
	if bracket == '{' {
		return aKey
	}
	return aValue
}

// appendCompact appends data, which is valid JSON, without the given number of bytes
// of white space that stand between its tokens.
func appendCompact(out, data []byte, spaces int) []byte {
	if spaces == 0 {
		return append(out, data...)
	}
	for i := 0; i < len(data); {
		begin := i
		switch data[i] {
		case ' ', '\t', '\n', '\r':
			i++
			continue
		case '"':
			i = textEnd(data, i)
		default:
			i++
		}
		out = append(out, data[begin:i]...)
	}
	return out
}

// textEnd returns the end of the JSON string whose opening quote is at i, or -1
// when it is none or not text.
func textEnd(data []byte, i int) int {
	i++
	begin := i
	var seen uint64 // all bytes of the text, and perhaps some of what stands behind it
	for {
		for ; i+wordSize <= len(data); i += wordSize {
			// A byte leaves its high bit set when it is less than a space, or equal to a quote
			// or a backslash. Subtracting borrows from the bytes behind such a byte only, so
			// the first mark is right.
			w := binary.LittleEndian.Uint64(data[i:])
			seen |= w
			marks := ((w - ' '*ones) | ((w ^ '"'*ones) - ones) | ((w ^ '\\'*ones) - ones)) &^ w & highs
			if marks != 0 {
				i += bits.TrailingZeros64(marks) / 8
				break
			}
		}
		for ; i < len(data) && data[i] != '\\'; i++ {
			switch c := data[i]; {
			case c == '"' && (seen&highs == 0 || utf8.Valid(data[begin:i])):
				return i + 1
			case c < ' ' || c == '"':
				return -1
			default:
				seen |= uint64(c)
			}
		}
		n := escapeLen(data[i:])
		if n == 0 {
			return -1
		}
		i += n
	}
}

// escapeLen returns the length of the escape that data begins with: of both, when
// it takes two to stand for one letter. It is 0 when there is none or when it is
// half of a surrogate pair.
func escapeLen(data []byte) int {
	if len(data) < 2 {
		return 0
	}
	switch data[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	}
	unit := escaped(data)
	switch {
	case unit < 0:
		return 0
	case !utf16.IsSurrogate(unit):
		return escapeLength
	case utf16.DecodeRune(unit, escaped(data[escapeLength:])) == utf8.RuneError:
		return 0
	}
	return 2 * escapeLength
}

// escapeLength is the length of an escape such as \u00e9, in bytes.
const escapeLength = 6

// escaped returns the code unit of the \u escape that data begins with, or -1.
func escaped(data []byte) rune {
	if len(data) < escapeLength || data[0] != '\\' || data[1] != 'u' {
		return -1
	}
	unit := rune(0)
	for _, c := range data[2:escapeLength] {
		switch {
		case '0' <= c && c <= '9':
			unit = unit<<4 | rune(c-'0')
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			unit = unit<<4 | rune(c|0x20-'a'+10)
		default:
			return -1
		}
	}
	return unit
}

// scalarEnd returns the end of the number, true, false or null at i, or -1.
func scalarEnd(data []byte, i int) int {
	switch rest := data[i:]; {
	case rest[0] <= '9':
		return numberEnd(data, i)
	case len(rest) >= 4 && (string(rest[:4]) == "true" || string(rest[:4]) == "null"):
		return i + 4
	case len(rest) >= 5 && string(rest[:5]) == "false":
		return i + 5
	}
	return -1
}

func numberEnd(data []byte, i int) int {
	if data[i] == '-' {
		i++
	}
	if i < len(data) && data[i] == '0' {
		i++ // and no digit may follow
	} else if i = digitsEnd(data, i); i < 0 {
		return -1
	}
	if i < len(data) && data[i] == '.' {
		if i = digitsEnd(data, i+1); i < 0 {
			return -1
		}
	}
	if i < len(data) && (data[i] == 'e' || data[i] == 'E') {
		if i++; i < len(data) && (data[i] == '+' || data[i] == '-') {
			i++
		}
		return digitsEnd(data, i)
	}
	return i
}

// digitsEnd returns the end of the digits at i, or -1 when there are none.
func digitsEnd(data []byte, i int) int {
	begin := i
	for ; i+wordSize <= len(data); i += wordSize {
		// A byte leaves its high bit set when it is beyond ASCII, less than '0' or more
		// than '9', but for what a byte behind such a one borrows or carries.
		w := binary.LittleEndian.Uint64(data[i:])
		if marks := (w | (w - '0'*ones) | (w + (0x7f-'9')*ones)) & highs; marks != 0 {
			i += bits.TrailingZeros64(marks) / 8
			break
		}
	}
	for i < len(data) && '0' <= data[i] && data[i] <= '9' {
		i++
	}
	if i == begin {
		return -1
	}
	return i
}
