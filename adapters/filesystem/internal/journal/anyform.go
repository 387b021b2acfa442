package journal

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/opossum-go/opossum/domain"
)

// parseAny returns what text says if it is a JSON object with the keys of an event
// line, in any order and with white space and escapes as JSON allows them. It
// refuses what encoding/json would let pass: keys that are unknown or stand twice,
// text that is not valid UTF-8 or half of a surrogate pair, null.
func parseAny(text string) (domain.SequencedEvent, error) {
	var e domain.SequencedEvent
	p := anyParser{text: text}
	err := p.event(&e)
	if err == nil && p.token() != 0 {
		err = errors.New("something behind the end of the object")
	}
	if err != nil {
		return e, fmt.Errorf("not an event line: %w, at byte %d of the line", err, p.at)
	}
	return e, nil
}

// anyParser reads JSON from the start of text; at is how far it got.
type anyParser struct {
	text string
	at   int
}

func (p *anyParser) event(e *domain.SequencedEvent) error {
	if !utf8.ValidString(p.text) {
		return errors.New("text that is not valid UTF-8")
	}
	m := &e.Metadata
	seen := map[string]bool{}
	err := p.object(func(key string) error {
		if seen[key] {
			return fmt.Errorf("key %q twice", key)
		}
		seen[key] = true
		switch key {
		case "position":
			return p.position(&e.Position)
		case "recordedAt":
			return p.instant(&e.RecordedAt)
		case "type":
			return p.string(&e.Type)
		case "tags":
			return p.tags(&e.Tags)
		case "id":
			return p.string(&m.ID)
		case "occurredAt":
			return p.time(&m.OccurredAt)
		case "correlationId":
			return p.string(&m.CorrelationID)
		case "causationId":
			return p.string(&m.CausationID)
		case "operationId":
			return p.string(&m.OperationID)
		case "userId":
			return p.string(&m.UserID)
		case "values":
			return p.values(&m.Values)
		case "data":
			return p.data(&e.Data)
		}
		return fmt.Errorf("unknown key %q", key)
	})
	if err != nil {
		return err
	}
	for _, key := range []string{"position", "recordedAt", "type", "tags", "data"} {
		if !seen[key] {
			return fmt.Errorf("no key %q", key)
		}
	}
	return nil
}

// token goes to the next byte that is no white space and returns it, 0 at the end.
func (p *anyParser) token() byte {
	rest := strings.TrimLeft(p.text[p.at:], " \t\r\n")
	p.at = len(p.text) - len(rest)
	if rest == "" {
		return 0
	}
	return rest[0]
}

// take reads the punctuation mark c.
func (p *anyParser) take(c byte) bool {
	if p.token() != c {
		return false
	}
	p.at++
	return true
}

// object reads an object; member reads the value of the key that it is called with.
func (p *anyParser) object(member func(key string) error) error {
	if !p.take('{') {
		return errors.New("no object")
	}
	for first := true; !p.take('}'); first = false {
		if !first && !p.take(',') {
			return errors.New("no comma between members")
		}
		var key string
		if err := p.string(&key); err != nil {
			return err
		}
		if !p.take(':') {
			return fmt.Errorf("no colon behind key %q", key)
		}
		if err := member(key); err != nil {
			return err
		}
	}
	return nil
}

func (p *anyParser) string(s *string) error {
	p.token()
	said, end, ok := unquote(p.text, p.at)
	if !ok {
		return errors.New("no string")
	}
	*s, p.at = said, end
	return nil
}

func (p *anyParser) tags(tags *[]domain.Tag) error {
	if !p.take('[') {
		return errors.New("no array of tags")
	}
	for !p.take(']') {
		if len(*tags) > 0 && !p.take(',') {
			return errors.New("no comma between tags")
		}
		var tag string
		if err := p.string(&tag); err != nil {
			return err
		}
		*tags = append(*tags, domain.Tag(tag))
	}
	// A set, whatever the order, and however often one is told.
	slices.Sort(*tags)
	*tags = slices.Compact(*tags)
	return nil
}

func (p *anyParser) values(values *map[string]string) error {
	all := map[string]string{}
	err := p.object(func(key string) error {
		if _, twice := all[key]; twice {
			return fmt.Errorf("key %q twice", key)
		}
		var value string
		err := p.string(&value)
		all[key] = value
		return err
	})
	if len(all) > 0 {
		*values = all
	}
	return err
}

func (p *anyParser) position(position *domain.Position) error {
	p.token()
	digits := parser{text: p.text, at: p.at}
	n, ok := digits.uint()
	if !ok || n == 0 {
		return errors.New("no position, a whole number from 1")
	}
	*position, p.at = domain.Position(n), digits.at
	return nil
}

func (p *anyParser) time(t *time.Time) error {
	var text string
	if err := p.string(&text); err != nil {
		return err
	}
	parsed, _, ok := parseTime(text, &day{})
	if !ok {
		return fmt.Errorf("no time of RFC 3339: %s", excerpt(text))
	}
	*t = parsed
	return nil
}

// instant reads a time of which nothing but the instant counts: it is told in UTC.
func (p *anyParser) instant(t *time.Time) error {
	var said time.Time
	if err := p.time(&said); err != nil {
		return err
	}
	*t = said.UTC()
	if y := t.Year(); y < 1 || y > 9999 {
		return fmt.Errorf("recordedAt: want a time in the years 1 to 9999 of UTC, got %s", said.Format(time.RFC3339Nano))
	}
	return nil
}

// data reads any value and makes it compact.
func (p *anyParser) data(data *json.RawMessage) error {
	p.token()
	decoder := json.NewDecoder(strings.NewReader(p.text[p.at:]))
	var raw json.RawMessage
	if err := decoder.Decode(&raw); err != nil {
		return fmt.Errorf("no data: %w", err)
	}
	compact, ok := compactData(string(raw))
	if !ok {
		return errors.New("data that no store keeps")
	}
	*data = bytesOf(compact)
	p.at += int(decoder.InputOffset())
	return nil
}
