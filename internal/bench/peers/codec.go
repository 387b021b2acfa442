package main

import (
	"encoding/binary"
	"errors"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// encode writes an event as length and text of type, data and each tag: less than
// any format that keeps more, so no store is held up by it.
func encode(e domain.Event) []byte {
	out := appendText(nil, e.Type)
	out = appendText(out, string(e.Data))
	for _, tag := range e.Tags {
		out = appendText(out, string(tag))
	}
	return out
}

func appendText(out []byte, text string) []byte {
	return append(binary.AppendUvarint(out, uint64(len(text))), text...)
}

// decode is the reverse of encode. The event owns its bytes.
func decode(in []byte) (domain.Event, error) {
	var texts []string
	for len(in) > 0 {
		length, used := binary.Uvarint(in)
		if used <= 0 || uint64(len(in)-used) < length {
			return domain.Event{}, errors.New("a stored event is damaged")
		}
		texts = append(texts, string(in[used:used+int(length)]))
		in = in[used+int(length):]
	}
	if len(texts) < 2 {
		return domain.Event{}, errors.New("a stored event is damaged")
	}
	e := domain.Event{Type: texts[0], Data: []byte(texts[1])}
	for _, tag := range texts[2:] {
		e.Tags = append(e.Tags, domain.Tag(tag))
	}
	return e, nil
}

// key is where position stands below a name: the name, a zero byte, the position.
func key(kind byte, name string, position domain.Position) []byte {
	k := append(append([]byte{kind}, name...), 0)
	return binary.BigEndian.AppendUint64(k, uint64(position))
}

func positionOf(key []byte) domain.Position {
	return domain.Position(binary.BigEndian.Uint64(key[len(key)-8:]))
}

// boundary takes the one type and the one tag out of the condition of the job; there is no
// other condition in a contest.
func boundary(c domain.AppendCondition) (eventType string, tag domain.Tag, err error) {
	items := c.FailIfEventsMatch.Items()
	if len(items) != 1 || len(items[0].Types) != 1 || len(items[0].Tags) != 1 {
		return "", "", errors.New("only conditions on one type and one tag are known here")
	}
	return items[0].Types[0], items[0].Tags[0], nil
}

func block(last domain.Position, events []domain.Event) domain.Positions {
	return domain.Positions{First: last - domain.Position(len(events)) + 1, Last: last}
}

func conflict(c domain.AppendCondition, at domain.Position) error {
	return &ports.ConflictError{After: c.After, Position: at}
}
