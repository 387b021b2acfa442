package journal

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unsafe"

	"github.com/opossum-go/opossum/domain"
)

// AppendEvent appends the line of e to dst. The event must be prepared: tags
// sorted, data compact and valid.
func AppendEvent(dst []byte, e *domain.SequencedEvent) []byte {
	dst = append(dst, `{"position":`...)
	dst = strconv.AppendUint(dst, uint64(e.Position), 10)
	dst = append(dst, `,"recordedAt":"`...)
	dst = e.RecordedAt.AppendFormat(dst, time.RFC3339Nano)
	dst = append(dst, `","type":`...)
	dst = appendString(dst, e.Type)
	dst = append(dst, `,"tags":[`...)
	for i, tag := range e.Tags {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendString(dst, string(tag))
	}
	dst = append(dst, ']')
	m := &e.Metadata
	dst = appendOptional(dst, `,"id":`, m.ID)
	if !m.OccurredAt.IsZero() {
		dst = append(dst, `,"occurredAt":"`...)
		dst = m.OccurredAt.AppendFormat(dst, time.RFC3339Nano)
		dst = append(dst, '"')
	}
	dst = appendOptional(dst, `,"correlationId":`, m.CorrelationID)
	dst = appendOptional(dst, `,"causationId":`, m.CausationID)
	dst = appendOptional(dst, `,"operationId":`, m.OperationID)
	dst = appendOptional(dst, `,"userId":`, m.UserID)
	if len(m.Values) > 0 {
		dst = append(dst, `,"values":{`...)
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
	dst = append(dst, `,"data":`...)
	dst = append(dst, e.Data...)
	return append(dst, "}\n"...)
}

// Line is an event line taken apart. Its strings are parts of the line where it
// holds no escape.
type Line struct {
	Position   domain.Position
	RecordedAt time.Time
	Type       string
	Tags       []domain.Tag
	Metadata   domain.Metadata
	Data       string
}

// Event returns the event with data of its own; its strings are still those of
// the line.
func (l *Line) Event() domain.SequencedEvent {
	return domain.SequencedEvent{
		Position: l.Position, RecordedAt: l.RecordedAt,
		Event: domain.Event{Type: l.Type, Tags: l.Tags, Data: json.RawMessage(l.Data), Metadata: l.Metadata},
	}
}

// ParseEvent takes an event line apart, given without its newline. It accepts the
// canonical form only: what AppendEvent writes. reuse may hold a slice that Tags
// is built in.
func ParseEvent(text string, reuse []domain.Tag) (Line, error) {
	var l Line
	p := parser{text: text}
	ok := p.literal(`{"position":`)
	position, ok1 := p.uint()
	l.Position = domain.Position(position)
	ok = ok && ok1 && p.literal(`,"recordedAt":`) && p.time(&l.RecordedAt) &&
		p.literal(`,"type":`) && p.string(&l.Type) && p.literal(`,"tags":[`)
	l.Tags = reuse[:0]
	for ok && !p.literal(`]`) {
		var tag string
		ok = (len(l.Tags) == 0 || p.literal(`,`)) && p.string(&tag)
		l.Tags = append(l.Tags, domain.Tag(tag))
	}
	m := &l.Metadata
	ok = ok && p.optional(`,"id":`, &m.ID)
	if ok && p.literal(`,"occurredAt":`) {
		ok = p.time(&m.OccurredAt)
	}
	ok = ok && p.optional(`,"correlationId":`, &m.CorrelationID) && p.optional(`,"causationId":`, &m.CausationID) &&
		p.optional(`,"operationId":`, &m.OperationID) && p.optional(`,"userId":`, &m.UserID)
	if ok && p.literal(`,"values":{`) {
		m.Values = map[string]string{}
		var last string
		for ok && !p.literal(`}`) {
			var key, value string
			first := len(m.Values) == 0
			ok = (first || p.literal(`,`)) && p.string(&key) && (first || key > last) && p.literal(`:`) && p.string(&value)
			m.Values[key] = value
			last = key
		}
		ok = ok && len(m.Values) > 0
	}
	ok = ok && p.literal(`,"data":`)
	if rest := p.text[p.at:]; ok && len(rest) > 1 && rest[len(rest)-1] == '}' {
		l.Data = rest[:len(rest)-1]
		return l, nil
	}
	return Line{}, fmt.Errorf("not an event line in canonical form at byte %d of the line", p.at)
}

// parser reads canonical JSON from the start of text; at is how far it got.
type parser struct {
	text string
	at   int
}

func (p *parser) literal(s string) bool {
	if strings.HasPrefix(p.text[p.at:], s) {
		p.at += len(s)
		return true
	}
	return false
}

func (p *parser) uint() (uint64, bool) {
	end := p.at
	for end < len(p.text) && p.text[end]-'0' <= 9 {
		end++
	}
	n, err := strconv.ParseUint(p.text[p.at:end], 10, 64)
	if err != nil || (p.text[p.at] == '0' && end > p.at+1) {
		return 0, false
	}
	p.at = end
	return n, true
}

func (p *parser) string(s *string) bool {
	if p.at >= len(p.text) || p.text[p.at] != '"' {
		return false
	}
	escaped := false
	for i := p.at + 1; i < len(p.text); i++ {
		switch c := p.text[i]; {
		case c < ' ':
			return false
		case c == '\\':
			escaped = true
			i++
		case c == '"':
			quoted := p.text[p.at : i+1]
			if escaped {
				if json.Unmarshal([]byte(quoted), s) != nil || string(appendString(nil, *s)) != quoted {
					return false
				}
			} else {
				*s = quoted[1 : len(quoted)-1]
			}
			p.at = i + 1
			return true
		}
	}
	return false
}

func (p *parser) optional(key string, s *string) bool {
	return !p.literal(key) || (p.string(s) && *s != "")
}

func (p *parser) time(t *time.Time) bool {
	var text string
	if !p.string(&text) {
		return false
	}
	parsed, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return false
	}
	// Parse gives +00:00 and the machine's own offset a name; a time that was
	// stored must not depend on who reads it.
	if _, offset := parsed.Zone(); offset == 0 {
		parsed = parsed.UTC()
	} else {
		parsed = parsed.In(time.FixedZone("", offset))
	}
	*t = parsed
	var again [len(time.RFC3339Nano) + 8]byte
	return string(parsed.AppendFormat(again[:0], time.RFC3339Nano)) == text
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
	from := 0
	for i := range len(s) {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		dst = append(dst, s[from:i]...)
		switch c {
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
		from = i + 1
	}
	dst = append(dst, s[from:]...)
	return append(dst, '"')
}

// bytesOf returns the bytes of s without a copy. They must not be changed.
func bytesOf(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }

// TextOf returns b as a string without a copy. b must not be changed afterwards.
func TextOf(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
