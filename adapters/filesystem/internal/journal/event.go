package journal

import (
	"encoding/json"
	"time"
	"unsafe"

	"github.com/opossum-go/opossum/domain"
)

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

// Event returns the event; its strings and its data are still those of the line.
func (l *Line) Event() domain.SequencedEvent {
	return domain.SequencedEvent{
		Position: l.Position, RecordedAt: l.RecordedAt,
		Event: domain.Event{Type: l.Type, Tags: l.Tags, Data: json.RawMessage(bytesOf(l.Data)), Metadata: l.Metadata},
	}
}

// ParseEvent takes an event line apart, given without its newline. What AppendEvent
// writes is read without a detour; any other JSON object that says the same is
// understood too. reuse may hold a slice that Tags is built in.
func ParseEvent(text string, reuse []domain.Tag) (Line, error) {
	l := Line{Tags: reuse}
	err := l.parse(text)
	return l, err
}

// parse makes l what text says. It builds the tags in l.Tags.
func (l *Line) parse(text string) error {
	if l.parseCanonical(text) {
		return nil
	}
	return l.parseAny(text)
}

// Decode takes an event line apart, given without its newline. The event keeps
// line: its texts and its data are parts of it, so nobody may change line any more.
// Only the type is no part of it, when types is given. What it accepts is what
// [ParseEvent] accepts; whether the line is the one that was committed is for the
// caller to check.
func Decode(line []byte, types *Interner) (domain.SequencedEvent, error) {
	var l Line
	if err := l.parse(TextOf(line)); err != nil {
		return domain.SequencedEvent{}, err
	}
	if types != nil {
		l.Type = types.intern(l.Type)
	}
	return l.Event(), nil
}

// bytesOf returns the bytes of s without a copy. They must not be changed; there is
// no room behind them.
func bytesOf(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }

// TextOf returns b as a string without a copy. b must not be changed afterwards.
func TextOf(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
