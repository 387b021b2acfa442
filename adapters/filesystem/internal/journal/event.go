package journal

import (
	"unsafe"

	"github.com/opossum-go/opossum/domain"
)

// Decode takes an event line apart, given without its newline. What AppendEvent
// writes is read without a detour; any other JSON object that says the same is
// understood too. The event keeps line: its texts and its data are parts of it, so
// nobody may change line any more. Only the type is no part of it, when types is
// given. Whether the line is the one that was committed is for the caller to check.
func Decode(line []byte, types *Interner) (domain.SequencedEvent, error) {
	var e domain.SequencedEvent
	if err := parse(&e, TextOf(line)); err != nil {
		return domain.SequencedEvent{}, err
	}
	if types != nil {
		e.Type = types.intern(e.Type)
	}
	return e, nil
}

// parse makes e what text says. It builds the tags in the memory of those of e.
func parse(e *domain.SequencedEvent, text string) error {
	if parseCanonical(e, text) {
		return nil
	}
	return parseAny(e, text)
}

// bytesOf returns the bytes of s without a copy. They must not be changed; there is
// no room behind them.
func bytesOf(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }

// TextOf returns b as a string without a copy. b must not be changed afterwards.
func TextOf(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
