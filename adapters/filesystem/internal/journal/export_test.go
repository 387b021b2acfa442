package journal

import (
	"io"
	"time"

	"github.com/opossum-go/opossum/domain"
)

// AppendEvent appends the line of e to dst, as the store puts it together from the
// three parts that it knows at different times. The event must be prepared.
func AppendEvent(dst []byte, e *domain.SequencedEvent) []byte {
	body := new(Encoder).AppendBody(nil, &e.Event)
	return AppendLine(dst, e.Position, AppendTime(nil, e.RecordedAt), body)
}

// Decode is [Decoder.Decode] for a single line of which nothing is known.
func Decode(line []byte, types *Interner) (domain.SequencedEvent, error) {
	d := Decoder{types: types}
	var e domain.SequencedEvent
	if err := d.Decode(&e, line, false); err != nil {
		return domain.SequencedEvent{}, err
	}
	return e, nil
}

// ScanOfMuch is Scan as it goes over much text, in pieces of one batch each.
func ScanOfMuch(text string, mark Mark, visit func(batch Span, entry Entry, event *domain.SequencedEvent)) (Mark, *Damage) {
	links := newLinksAhead(text, mark.Chain, 1)
	defer links.end()
	return new(Scanner).scan(text, mark, visit, links)
}

// ScanInPieces is ScanPieces with pieces of so many bytes.
func ScanInPieces(source io.Reader, length int64, bytes int, mark Mark, scan func(piece Piece, mark Mark) (Mark, *Damage)) (end Mark, damage *Damage, err error) {
	return scanPieces(newPieces(source, length, mark.Chain, bytes), mark, scan)
}

// ParseCanonical reads a line in canonical form only.
func ParseCanonical(text string) (domain.SequencedEvent, bool) {
	return parseCanonical(text, &memory{}, false)
}

// ParseProven reads a line that is in canonical form.
func ParseProven(text string) (domain.SequencedEvent, bool) {
	return parseCanonical(text, &memory{}, true)
}

// ParseAny reads a line in any form, the canonical one too.
func ParseAny(text string) (domain.SequencedEvent, error) {
	return parseAny(text)
}

// ParseTime reads a time of which nothing is known.
func ParseTime(text string) (t time.Time, canonical, ok bool) { return parseTime(text, &day{}) }

var (
	CompactData = compactData
	IsCompact   = isCompact
	Unquote     = unquote
	Plain       = plain
)

// Intern returns the copy that in keeps of s.
func (in *Interner) Intern(s string) string { return in.intern(s) }

// MostInterned is how many texts an Interner keeps.
const MostInterned = mostInterned
