package journal

import (
	"time"

	"github.com/opossum-go/opossum/domain"
)

// ScanOfMuch is Scan as it goes over much text, in pieces of one batch each.
func ScanOfMuch(text string, mark Mark, visit func(batch Span, entry Entry, event *domain.SequencedEvent)) (Mark, *Damage) {
	links := newLinksAhead(text, mark.Chain, 1)
	defer links.end()
	return scan(text, mark, visit, links)
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
