package journal

import "github.com/opossum-go/opossum/domain"

// ParseCanonical reads a line in canonical form only.
func ParseCanonical(text string) (domain.SequencedEvent, bool) {
	var e domain.SequencedEvent
	ok := parseCanonical(&e, text)
	return e, ok
}

// ParseAny reads a line in any form, the canonical one too.
func ParseAny(text string) (domain.SequencedEvent, error) {
	var e domain.SequencedEvent
	err := parseAny(&e, text)
	return e, err
}

var (
	ParseTime   = parseTime
	CompactData = compactData
	IsCompact   = isCompact
	Unquote     = unquote
	Plain       = plain
)

// Intern returns the copy that in keeps of s.
func (in *Interner) Intern(s string) string { return in.intern(s) }

// MostInterned is how many texts an Interner keeps.
const MostInterned = mostInterned
