package journal

import (
	"unsafe"

	"github.com/opossum-go/opossum/domain"
)

// Decoder takes event lines apart, one after another. What AppendLine writes is
// read without a detour; any other JSON object that says the same is understood too. It
// belongs to one goroutine at a time.
type Decoder struct {
	types  *Interner
	memory memory
	known  [knownTypes]string // types of lines before
}

const (
	knownTypes = 64
	// mostRoom bounds the tags that memory is made for at once.
	mostRoom = 128
)

// NewDecoder returns a decoder whose events do not keep their lines for the type
// only, if types is given.
func NewDecoder(types *Interner) *Decoder { return &Decoder{types: types} }

// Together says that the next lines, so many of them, are kept or given up
// together, and so may their tags be.
func (d *Decoder) Together(lines int) {
	enough := 0
	if lines > 1 {
		enough = min(lines*d.memory.last, mostRoom)
	}
	d.memory.tags, d.memory.enough = nil, enough
}

// Decode makes e what a line says, given without its newline. The event keeps line:
// its texts and its data are parts of it, so nobody may change line any more. Whether
// the line is the one that was committed is for the caller to check. Only when it
// is, and a scan said that it is canonical, it may be proven; then what was found
// out by the scan is not found out again. After an error e is of no use.
func (d *Decoder) Decode(e *domain.SequencedEvent, line []byte, proven bool) error {
	text := TextOf(line)
	var ok bool
	if *e, ok = parseCanonical(text, &d.memory, proven); !ok {
		var err error
		if *e, err = parseAny(text); err != nil {
			return err
		}
	}
	if d.types != nil {
		e.Type = d.typ(e.Type)
	}
	return nil
}

// typ returns the copy of s that types has.
func (d *Decoder) typ(s string) string {
	if s == "" {
		return ""
	}
	at := int(s[len(s)-1]) // most types differ there, or before
	if len(s) > 1 {
		at += 10 * int(s[len(s)-2])
	}
	at %= knownTypes
	if d.known[at] != s {
		d.known[at] = d.types.intern(s)
	}
	return d.known[at]
}

// bytesOf returns the bytes of s without a copy. They must not be changed; there is
// no room behind them.
func bytesOf(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }

// TextOf returns b as a string without a copy. b must not be changed afterwards.
func TextOf(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
