package journal

// ParseCanonical reads a line in canonical form only.
func ParseCanonical(text string) (Line, bool) {
	var l Line
	ok := l.parseCanonical(text)
	return l, ok
}

// ParseAny reads a line in any form, the canonical one too.
func ParseAny(text string) (Line, error) {
	var l Line
	err := l.parseAny(text)
	return l, err
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
