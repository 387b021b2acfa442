package journal

import (
	"maps"
	"slices"
	"strconv"

	"github.com/opossum-go/opossum/domain"
)

// AppendEvent appends the line of e to dst. The event must be prepared: tags
// sorted, data compact and valid.
func AppendEvent(dst []byte, e *domain.SequencedEvent) []byte {
	m := &e.Metadata
	// One look for memory instead of one at each step; escapes may need more.
	dst = slices.Grow(dst, 192+len(e.Type)+len(e.Data)+len(m.ID))
	dst = append(dst, positionKey...)
	dst = strconv.AppendUint(dst, uint64(e.Position), 10)
	dst = append(dst, recordedAtKey...)
	dst = appendTime(dst, e.RecordedAt)
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
		dst = appendTime(dst, m.OccurredAt)
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

func appendOptional(dst []byte, key, s string) []byte {
	if s == "" {
		return dst
	}
	return appendString(append(dst, key...), s)
}

// appendString appends s as a JSON string with the fewest escapes: quote,
// backslash and control characters.
func appendString(dst []byte, s string) []byte {
	const hexDigits = "0123456789abcdef"
	dst = append(dst, '"')
	for from := 0; ; {
		end, _ := plain(s, from)
		dst = append(dst, s[from:end]...)
		if end == len(s) {
			return append(dst, '"')
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
