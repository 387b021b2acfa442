package journal

import (
	"encoding/binary"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/opossum-go/opossum/domain"
)

// AppendLine appends the line of the event at position to dst: recorded is the time
// of the append as AppendTime writes it, body what AppendBody wrote.
func AppendLine(dst []byte, position domain.Position, recorded, body []byte) []byte {
	dst = appendPosition(dst, position)
	dst = append(dst, recorded...)
	return append(dst, body...)
}

// AppendTime appends t as it stands in a line.
func AppendTime(dst []byte, t time.Time) []byte { return appendTime(dst, t) }

func appendPosition(dst []byte, position domain.Position) []byte {
	dst = append(dst, positionKey...)
	dst = strconv.AppendUint(dst, uint64(position), 10)
	return append(dst, recordedAtKey...)
}

// AppendBodies appends the bodies of a batch to dst, see [Encoder.AppendBody]. It
// takes the memory for all of them at once.
func AppendBodies(dst []byte, batch []domain.Event) []byte {
	room := 0
	for i := range batch {
		room += bodyRoom(&batch[i])
	}
	dst = slices.Grow(dst, room)
	var bodies Encoder
	for i := range batch {
		dst = bodies.AppendBody(dst, &batch[i])
	}
	return dst
}

// bodyRoom returns how long the body of e is at most, unless it has many tags, free
// values or escapes.
func bodyRoom(e *domain.Event) int {
	return 192 + len(e.Type) + len(e.Data) + len(e.Metadata.ID)
}

// Encoder writes what is known of lines before their events have a place. The zero
// Encoder is ready. Not safe for concurrent use.
type Encoder struct {
	// Events of one batch often have the same time.
	time time.Time
	text [len(zeroTime) + len(`+00:00"`)]byte
	size int
}

// AppendBody appends the line of e to dst, newline included, but for its beginning:
// the position and the time of the append. The event must be prepared.
func (n *Encoder) AppendBody(dst []byte, e *domain.Event) []byte {
	m := &e.Metadata
	dst = slices.Grow(dst, bodyRoom(e)) // one look for memory instead of one at each step
	dst = append(dst, typeKey...)
	dst = appendString(dst, e.Type)
	dst = append(dst, tagsKey...)
	for i, tag := range e.Tags {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendString(dst, string(tag))
	}
	dst = append(dst, ']')
	dst = appendOptional(dst, idKey, m.ID)
	if !m.OccurredAt.IsZero() {
		dst = append(dst, occurredAtKey...)
		dst = n.appendTime(dst, m.OccurredAt)
	}
	dst = appendOptional(dst, correlationIDKey, m.CorrelationID)
	dst = appendOptional(dst, causationIDKey, m.CausationID)
	dst = appendOptional(dst, operationIDKey, m.OperationID)
	dst = appendOptional(dst, userIDKey, m.UserID)
	if len(m.Values) > 0 {
		dst = append(dst, valuesKey...)
		for i, key := range slices.Sorted(maps.Keys(m.Values)) {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendString(dst, key)
			dst = append(dst, ':')
			dst = appendString(dst, m.Values[key])
		}
		dst = append(dst, '}')
	}
	dst = append(dst, dataKey...)
	dst = append(dst, e.Data...)
	return append(dst, "}\n"...)
}

func (n *Encoder) appendTime(dst []byte, t time.Time) []byte {
	if n.size == 0 || t != n.time {
		n.time, n.size = t, len(appendTime(n.text[:0], t))
	}
	return append(dst, n.text[:n.size]...)
}

func appendOptional(dst []byte, key, s string) []byte {
	if s == "" {
		return dst
	}
	return appendString(append(dst, key...), s)
}

// appendString appends s as a JSON string with the fewest escapes: quote,
// backslash and control characters.
func appendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	if needsEscapes(s) {
		dst = appendEscaped(dst, s)
	} else {
		dst = append(dst, s...)
	}
	return append(dst, '"')
}

// needsEscapes reports whether s holds a quote, a backslash or a control character.
func needsEscapes(s string) bool {
	b := bytesOf(s)
	if len(b) < wordSize {
		for _, c := range b {
			if c < ' ' || c == '"' || c == '\\' {
				return true
			}
		}
		return false
	}
	// As in plain, but for which byte it is. The last word begins where it fits.
	var special uint64
	for i := 0; i < len(b); i += wordSize {
		w := binary.LittleEndian.Uint64(b[min(i, len(b)-wordSize):])
		special |= ((w - ones*' ') | ((w ^ ones*'"') - ones) | ((w ^ ones*'\\') - ones)) &^ w
	}
	return special&highs != 0
}

func appendEscaped(dst []byte, s string) []byte {
	const hexDigits = "0123456789abcdef"
	for from := 0; ; {
		end, _ := plain(s, from)
		dst = append(dst, s[from:end]...)
		if end == len(s) {
			return dst
		}
		switch c := s[end]; c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		case '\t':
			dst = append(dst, '\\', 't')
		default:
			dst = append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
		from = end + 1
	}
}
