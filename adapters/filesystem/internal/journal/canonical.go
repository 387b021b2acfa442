package journal

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/opossum-go/opossum/domain"
)

// What stands between the values of an event line in canonical form.
const (
	positionKey      = `{"position":`
	recordedAtKey    = `,"recordedAt":`
	typeKey          = `,"type":`
	tagsKey          = `,"tags":[`
	idKey            = `,"id":`
	occurredAtKey    = `,"occurredAt":`
	correlationIDKey = `,"correlationId":`
	causationIDKey   = `,"causationId":`
	operationIDKey   = `,"operationId":`
	userIDKey        = `,"userId":`
	valuesKey        = `,"values":{`
	dataKey          = `,"data":`
)

// parseCanonical makes e what text says if it is in canonical form: what
// AppendEvent writes. Otherwise it returns false, and e is of no use but for the
// memory of its tags.
func parseCanonical(e *domain.SequencedEvent, text string) bool {
	p := parser{text: text}
	if !p.literal(positionKey) {
		return false
	}
	position, ok := p.uint()
	e.Position = domain.Position(position)
	ok = ok && position > 0 && p.literal(recordedAtKey) && p.time(&e.RecordedAt) &&
		p.literal(typeKey) && p.string(&e.Type) && p.literal(tagsKey)
	e.Tags = e.Tags[:0]
	for ok && !p.literal(`]`) {
		if cap(e.Tags) == 0 {
			e.Tags = make([]domain.Tag, 0, p.countTexts())
		}
		var tag string
		ok = (len(e.Tags) == 0 || p.literal(`,`)) && p.string(&tag)
		e.Tags = append(e.Tags, domain.Tag(tag))
	}
	e.Metadata = domain.Metadata{}
	m := &e.Metadata
	ok = ok && p.optional(idKey, &m.ID)
	if ok && p.literal(occurredAtKey) {
		ok = p.time(&m.OccurredAt)
	}
	if ok && !p.literal(dataKey) {
		ok = p.optional(correlationIDKey, &m.CorrelationID) && p.optional(causationIDKey, &m.CausationID) &&
			p.optional(operationIDKey, &m.OperationID) && p.optional(userIDKey, &m.UserID) &&
			p.values(&m.Values) && p.literal(dataKey)
	}
	if !ok || !strings.HasSuffix(text, "}") {
		return false
	}
	data := text[p.at : len(text)-1]
	e.Data = bytesOf(data)
	return isCompact(data)
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
	var n uint64
	for end < len(p.text) && p.text[end]-'0' <= 9 {
		n = n*10 + uint64(p.text[end]-'0')
		end++
	}
	const safe = 19 // digits that never overflow
	if length := end - p.at; length == 0 || (p.text[p.at] == '0' && length > 1) {
		return 0, false
	} else if length > safe {
		var err error
		if n, err = strconv.ParseUint(p.text[p.at:end], 10, 64); err != nil {
			return 0, false
		}
	}
	p.at = end
	return n, true
}

// string reads a string that is escaped as appendString does it.
func (p *parser) string(s *string) bool {
	if p.at >= len(p.text) || p.text[p.at] != '"' {
		return false
	}
	begin := p.at + 1
	end, ascii := plain(p.text, begin)
	if end >= len(p.text) {
		return false
	}
	if p.text[end] != '"' {
		return p.escaped(s)
	}
	*s = p.text[begin:end]
	p.at = end + 1
	return ascii || utf8.ValidString(*s)
}

// escaped reads a string that needs escapes.
func (p *parser) escaped(s *string) bool {
	text, end, ok := unquote(p.text, p.at)
	if !ok || string(appendString(nil, text)) != p.text[p.at:end] {
		return false
	}
	*s, p.at = text, end
	return true
}

// countTexts guesses how many strings stand in the array that p is in: it is right
// unless they hold brackets or commas.
func (p *parser) countTexts() int {
	rest := p.text[p.at:]
	if end := strings.IndexByte(rest, ']'); end >= 0 {
		rest = rest[:end]
	}
	return min(1+strings.Count(rest, `,`), domain.MaxTags)
}

func (p *parser) optional(key string, s *string) bool {
	return !p.literal(key) || (p.string(s) && *s != "")
}

func (p *parser) values(values *map[string]string) bool {
	if !p.literal(valuesKey) {
		return true
	}
	all := map[string]string{}
	last := ""
	for first := true; !p.literal(`}`); first = false {
		var key, value string
		if (!first && !p.literal(`,`)) || !p.string(&key) || (!first && key <= last) || !p.literal(`:`) || !p.string(&value) {
			return false
		}
		all[key] = value
		last = key
	}
	*values = all
	return len(all) > 0
}

// time reads a time, which has no escapes and is no longer than a time can be.
func (p *parser) time(t *time.Time) bool {
	if p.at >= len(p.text) || p.text[p.at] != '"' {
		return false
	}
	rest := p.text[p.at+1:]
	length := strings.IndexByte(rest[:min(len(rest), len(time.RFC3339Nano)+1)], '"')
	if length < 0 {
		return false
	}
	parsed, canonical, ok := parseTime(rest[:length])
	*t = parsed
	p.at += length + 2
	return ok && canonical
}
