package journal

import (
	"encoding/json"
	"strings"
	"unicode/utf8"

	"github.com/opossum-go/opossum/domain"
)

// compactData returns data as stores keep it, see [domain.Event], or false when
// none keeps it.
func compactData(data string) (string, bool) {
	if isCompact(data) {
		return data, true
	}
	prepared, err := domain.PrepareEvents([]domain.Event{{Type: "data", Data: json.RawMessage(data)}})
	if err != nil || data == "" {
		return "", false
	}
	return TextOf(prepared[0].Data), true
}

// isCompact reports whether data is one JSON value as stores keep it, and so
// whether the line that it ends ends with it. It looks at each byte once.
func isCompact(data string) bool {
	if len(data) > domain.MaxDataBytes {
		return false
	}
	var open [domain.MaxDataDepth]byte // the brackets that are open
	depth := 0
	for i := 0; ; {
		// A value begins at i.
		if i >= len(data) {
			return false
		}
		switch c := data[i]; c {
		case '{', '[':
			if depth == len(open) {
				return false
			}
			open[depth] = c
			depth++
			if i++; i < len(data) && data[i] == c+2 { // the bracket that closes c
				break
			}
			if c == '[' {
				continue
			}
			if i = afterKey(data, i); i < 0 {
				return false
			}
			continue
		case '"':
			if i = afterText(data, i); i < 0 {
				return false
			}
		default:
			if i = afterScalar(data, i); i < 0 {
				return false
			}
		}
		// A value ended before i, or begins to end there.
		for {
			if depth == 0 {
				return i == len(data)
			}
			if i >= len(data) {
				return false
			}
			c, bracket := data[i], open[depth-1]
			i++
			if c == bracket+2 {
				depth--
				continue
			}
			if c != ',' {
				return false
			}
			if bracket == '{' {
				if i = afterKey(data, i); i < 0 {
					return false
				}
			}
			break
		}
	}
}

// afterKey returns where the value of the key at i begins, or -1.
func afterKey(data string, i int) int {
	if i = afterText(data, i); i < 0 || i >= len(data) || data[i] != ':' {
		return -1
	}
	return i + 1
}

// afterText returns the end of the JSON string at i, or -1 when there is none that
// is text, see [unquote].
func afterText(data string, i int) int {
	if i >= len(data) || data[i] != '"' {
		return -1
	}
	begin, onlyASCII := i, true
	if end, ascii := plain(data, i+1); ascii && end < len(data) && data[end] == '"' {
		return end + 1
	}
	for i++; ; {
		end, ascii := plain(data, i)
		onlyASCII = onlyASCII && ascii
		if i = end; i >= len(data) || data[i] < ' ' {
			return -1
		}
		if data[i] == '"' {
			if !onlyASCII && !utf8.ValidString(data[begin:i]) {
				return -1
			}
			return i + 1
		}
		if i+1 >= len(data) {
			return -1
		}
		switch data[i+1] {
		case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
			i += 2
		default:
			_, size := escapedRune(data, i)
			if size == 0 {
				return -1
			}
			i += size
		}
	}
}

// afterScalar returns the end of the number or the name at i, or -1.
func afterScalar(data string, i int) int {
	var name string
	switch data[i] {
	case 't':
		name = "true"
	case 'f':
		name = "false"
	case 'n':
		name = "null"
	default:
		return afterNumber(data, i)
	}
	if !strings.HasPrefix(data[i:], name) {
		return -1
	}
	return i + len(name)
}

func afterNumber(data string, i int) int {
	if data[i] == '-' {
		i++
	}
	whole := i
	if i = afterDigits(data, i); i < 0 || (data[whole] == '0' && i > whole+1) {
		return -1
	}
	if i < len(data) && data[i] == '.' {
		if i = afterDigits(data, i+1); i < 0 {
			return -1
		}
	}
	if i < len(data) && data[i]|0x20 == 'e' {
		if i++; i < len(data) && (data[i] == '+' || data[i] == '-') {
			i++
		}
		i = afterDigits(data, i)
	}
	return i
}

// afterDigits returns the end of the digits at i, or -1 when there are none.
func afterDigits(data string, i int) int {
	begin := i
	for i < len(data) && data[i]-'0' <= 9 {
		i++
	}
	if i == begin {
		return -1
	}
	return i
}
