package segments

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"
)

// Fields are the parts of an event's line that say what it takes up.
type Fields struct {
	RecordedAt time.Time
	Type       string
	Tags       []string
	DataBytes  int // length of the event's data, as JSON
}

// ParseFields takes an event's line apart. The keys of a line that a store wrote have
// a fixed order, so the data, which is most of it, need not be looked into. reuse may
// hold a slice that Tags is built in.
func ParseFields(line []byte, reuse []string) (Fields, error) {
	f := Fields{Tags: reuse[:0]}
	p := fieldParser{rest: line}
	p.until(`,"recordedAt":`)
	at := p.text()
	p.expect(`,"type":`)
	f.Type = p.text()
	p.expect(`,"tags":[`)
	for !p.failed && !p.has(`]`) {
		if len(f.Tags) > 0 {
			p.expect(`,`)
		}
		f.Tags = append(f.Tags, p.text())
	}
	for !p.failed && !p.has(`,"data":`) { // the metadata, whose values are text or, at the end, an object of text
		p.expect(`,`)
		p.quoted()
		p.expect(`:`)
		if !p.has(`{`) {
			p.quoted()
			continue
		}
		for !p.failed && !p.has(`}`) {
			p.has(`,`)
			p.quoted()
			p.expect(`:`)
			p.quoted()
		}
	}
	f.DataBytes = len(p.rest) - len(`}`)
	var err error
	f.RecordedAt, err = time.Parse(time.RFC3339Nano, at)
	if !p.failed && err == nil && f.whole() && bytes.HasSuffix(p.rest, []byte(`}`)) {
		return f, nil
	}
	if f = anyFields(line); f.whole() {
		return f, nil
	}
	return Fields{}, fmt.Errorf("not the line of an event: %q", line[:min(len(line), 60)])
}

// whole reports whether f says when an event was recorded, and that it has data.
func (f Fields) whole() bool { return f.DataBytes > 0 && !f.RecordedAt.IsZero() }

// anyFields takes a line apart that is in another form of JSON.
func anyFields(line []byte) Fields {
	var event struct {
		RecordedAt time.Time       `json:"recordedAt"`
		Type       string          `json:"type"`
		Tags       []string        `json:"tags"`
		Data       json.RawMessage `json:"data"`
	}
	if json.Unmarshal(line, &event) != nil {
		return Fields{}
	}
	return Fields{RecordedAt: event.RecordedAt, Type: event.Type, Tags: event.Tags, DataBytes: len(event.Data)}
}

// fieldParser reads JSON without white space; once failed, it stays failed.
type fieldParser struct {
	rest   []byte
	failed bool
}

func (p *fieldParser) has(literal string) bool {
	if len(p.rest) < len(literal) || string(p.rest[:len(literal)]) != literal {
		return false
	}
	p.rest = p.rest[len(literal):]
	return true
}

func (p *fieldParser) expect(literal string) {
	if !p.has(literal) {
		p.failed = true
	}
}

func (p *fieldParser) until(literal string) {
	at := bytes.Index(p.rest, []byte(literal))
	if p.failed = p.failed || at < 0; !p.failed {
		p.rest = p.rest[at+len(literal):]
	}
}

// quoted reads a string and returns what stands between its quotes.
func (p *fieldParser) quoted() []byte {
	p.expect(`"`)
	for i := 0; i < len(p.rest) && !p.failed; i++ {
		switch p.rest[i] {
		case '\\':
			i++
		case '"':
			text := p.rest[:i]
			p.rest = p.rest[i+1:]
			return text
		}
	}
	p.failed = true
	return nil
}

// text reads a string and returns what it says.
func (p *fieldParser) text() string {
	quoted := p.quoted()
	if bytes.IndexByte(quoted, '\\') < 0 {
		return string(quoted)
	}
	var text string
	if json.Unmarshal(fmt.Appendf(nil, `"%s"`, quoted), &text) != nil {
		p.failed = true
	}
	return text
}

// ChainOf returns the chain value of a commit line, in hexadecimal.
func ChainOf(commit []byte) string {
	_, chain, _ := bytes.Cut(commit, []byte(`,"chain":"`))
	chain, _, _ = bytes.Cut(chain, []byte(`"`))
	return string(chain)
}
