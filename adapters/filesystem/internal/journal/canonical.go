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

// memory is what a parser knows from the lines before, which resemble the next one,
// and the memory that it builds tags in. The zero memory is ready.
type memory struct {
	recorded, occurred moment
	day                day
	// tags has the tags of the lines before. They are given out without room behind them.
	tags []domain.Tag
	// enough is how many tags new memory is made for, at least.
	enough int
	last   int  // number of tags of the line before
	nul    bool // a text of the line before holds NUL, which no store takes
}

// parseCanonical returns what text says if it is in canonical form: what
// AppendLine writes. Otherwise it returns false. With proven, text is known to be
// in canonical form, and only its parts are told apart: of other text the event is
// nonsense, or ok is false.
func parseCanonical(text string, m *memory, proven bool) (e domain.SequencedEvent, ok bool) {
	p := parser{text: text, proven: proven}
	if !p.literal(positionKey) {
		return e, false
	}
	position, ok := p.uint()
	e.Position = domain.Position(position)
	if !ok || position == 0 || !p.literal(recordedAtKey) {
		return e, false
	}
	if e.RecordedAt, ok = p.time(&m.recorded, &m.day); !ok || e.RecordedAt.Location() != time.UTC || !p.literal(typeKey) {
		return e, false
	}
	if e.Type, ok = p.string(); !ok || !p.literal(tagsKey) {
		return e, false
	}
	if e.Tags, ok = p.tags(m); !ok {
		return e, false
	}
	if p.literal(idKey) {
		if e.Metadata.ID, ok = p.string(); !ok || e.Metadata.ID == "" {
			return e, false
		}
	}
	if p.literal(occurredAtKey) {
		if e.Metadata.OccurredAt, ok = p.time(&m.occurred, &m.day); !ok {
			return e, false
		}
	}
	if !p.literal(dataKey) {
		if e.Metadata.CorrelationID, ok = p.optional(correlationIDKey); !ok {
			return e, false
		}
		if e.Metadata.CausationID, ok = p.optional(causationIDKey); !ok {
			return e, false
		}
		if e.Metadata.OperationID, ok = p.optional(operationIDKey); !ok {
			return e, false
		}
		if e.Metadata.UserID, ok = p.optional(userIDKey); !ok {
			return e, false
		}
		if e.Metadata.Values, ok = p.values(); !ok || !p.literal(dataKey) {
			return e, false
		}
	}
	if p.at >= len(text) || text[len(text)-1] != '}' {
		return e, false
	}
	m.nul = p.nul
	data := text[p.at : len(text)-1]
	e.Data = bytesOf(data)
	return e, proven || isCompact(data)
}

// parser reads canonical JSON from the start of text; at is how far it got. With
// proven, text is known to be valid.
type parser struct {
	text   string
	at     int
	proven bool
	nul    bool // a text so far holds NUL, which has to be escaped
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
func (p *parser) string() (string, bool) {
	if p.at >= len(p.text) || p.text[p.at] != '"' {
		return "", false
	}
	begin := p.at + 1
	end, ascii := plain(p.text, begin)
	if end >= len(p.text) {
		return "", false
	}
	if p.text[end] != '"' {
		return p.escaped()
	}
	s := p.text[begin:end]
	p.at = end + 1
	return s, ascii || p.proven || utf8.ValidString(s)
}

// escaped reads a string that needs escapes.
func (p *parser) escaped() (string, bool) {
	text, end, ok := unquote(p.text, p.at)
	if !ok || string(appendString(nil, text)) != p.text[p.at:end] {
		return "", false
	}
	p.at, p.nul = end, p.nul || strings.IndexByte(text, 0) >= 0
	return text, true
}

// tags reads the rest of the array of tags, a set in ascending order.
func (p *parser) tags(m *memory) ([]domain.Tag, bool) {
	begin := len(m.tags)
	for !p.literal(`]`) {
		if len(m.tags) > begin && !p.literal(`,`) {
			return nil, false
		}
		tag, ok := p.string()
		if !ok || !p.proven && len(m.tags) > begin && string(m.tags[len(m.tags)-1]) >= tag {
			return nil, false
		}
		if len(m.tags) == cap(m.tags) {
			// What was given out stays where it is.
			room := make([]domain.Tag, 0, max(m.enough, len(m.tags)-begin+p.countTexts()))
			m.tags, begin = append(room, m.tags[begin:]...), 0
		}
		m.tags = append(m.tags, domain.Tag(tag))
	}
	if m.last = len(m.tags) - begin; m.last == 0 {
		return nil, true
	}
	return m.tags[begin:len(m.tags):len(m.tags)], true
}

// countTexts guesses how many strings stand in the array that p is in, at the end of one, with that one: it is right
// unless they hold brackets or commas.
func (p *parser) countTexts() int {
	rest := p.text[p.at:]
	if end := strings.IndexByte(rest, ']'); end >= 0 {
		rest = rest[:end]
	}
	return min(1+strings.Count(rest, `,`), domain.MaxTags)
}

// optional reads a string behind key, if key is there.
func (p *parser) optional(key string) (string, bool) {
	if !p.literal(key) {
		return "", true
	}
	s, ok := p.string()
	return s, ok && s != ""
}

// time reads a time, which has no escapes and is no longer than a time can be. last
// is the one that stood there before.
func (p *parser) time(last *moment, d *day) (time.Time, bool) {
	rest := p.text[p.at:]
	if last.text != "" && strings.HasPrefix(rest, last.text) {
		p.at += len(last.text)
		return last.time, true
	}
	const quotes = len(`""`)
	if len(rest) < quotes || rest[0] != '"' {
		return time.Time{}, false
	}
	length := strings.IndexByte(rest[1:min(len(rest), len(time.RFC3339Nano)+quotes)], '"')
	if length < 0 {
		return time.Time{}, false
	}
	t, canonical, ok := parseTime(rest[1:1+length], d)
	if !ok || !canonical {
		return time.Time{}, false
	}
	*last = moment{text: rest[:length+quotes], time: t}
	p.at += length + quotes
	return t, true
}

func (p *parser) values() (map[string]string, bool) {
	if !p.literal(valuesKey) {
		return nil, true
	}
	all := map[string]string{}
	last := ""
	for first := true; !p.literal(`}`); first = false {
		if !first && !p.literal(`,`) {
			return nil, false
		}
		key, ok := p.string()
		if !ok || (!first && key <= last) || !p.literal(`:`) {
			return nil, false
		}
		if all[key], ok = p.string(); !ok {
			return nil, false
		}
		last = key
	}
	return all, len(all) > 0
}
