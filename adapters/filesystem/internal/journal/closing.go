package journal

import (
	"strings"

	"github.com/opossum-go/opossum/domain"
)

// MaxCommitBytes is more than any commit line has, its newline included.
const MaxCommitBytes = 256

// Closes reports whether text ends with the commit line of the batch whose last event
// is at position and behind which the chain is chain. Of the line, its beginning has to
// be in text too.
func Closes(text string, position domain.Position, chain Chain) bool {
	line, ok := strings.CutSuffix(text, `","chain":"`+chain.String()+"\"}}\n")
	if !ok {
		return false
	}
	p := parser{text: line[strings.LastIndexByte(line, '\n')+1:]}
	ok = p.literal(commitPrefix)
	_, first := p.uint()
	ok = ok && first && p.literal(`,"last":`)
	last, said := p.uint()
	return ok && said && domain.Position(last) == position
}
