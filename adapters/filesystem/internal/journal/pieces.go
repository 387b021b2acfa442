package journal

import (
	"errors"
	"io"
	"math"
	"slices"

	"github.com/opossum-go/opossum/domain"
)

const (
	// pieceBytes is how much text is looked at together: it is still at hand when its turn
	// comes to be hashed, taken apart and entered.
	pieceBytes = 256 << 10
	leastBytes = 512
)

// Piece is a part of a text that ends where a batch ends, or with the text.
type Piece struct {
	Text   string
	chains []Chain // after each of its batches, nil when they are not known
}

// ScanPieces is Scan of a text that is not in memory as a whole: it begins at mark, has
// about length bytes and is read from source. scan is to call [Scanner.ScanPiece] with each
// piece. When it has returned the piece is overwritten, unless it was the last one. rest is
// what that one has behind end, and damage is what scan said of it. An error is that of source.
func ScanPieces(source io.Reader, length int64, mark Mark, scan func(piece Piece, mark Mark) (Mark, *Damage)) (end Mark, rest string, damage *Damage, err error) {
	return scanPieces(newPieces(source, length, mark.Chain, pieceBytes), mark, scan)
}

func scanPieces(p *pieces, mark Mark, scan func(piece Piece, mark Mark) (Mark, *Damage)) (_ Mark, rest string, damage *Damage, err error) {
	for !p.last {
		piece, err := p.next()
		if err != nil {
			return mark, "", nil, err
		}
		start := mark.Offset
		mark, damage = scan(piece, mark)
		if rest = piece.Text[mark.Offset-start:]; rest != "" && !p.last {
			p.rest(len(rest)) // what is to be said of it depends on all that follows
		}
	}
	return mark, rest, damage, nil
}

// ScanPiece is [Scanner.Scan] of a piece, which begins at mark.
func (s *Scanner) ScanPiece(piece Piece, mark Mark, visit func(batch Span, entry Entry, event *domain.SequencedEvent)) (Mark, *Damage) {
	if piece.chains == nil {
		return s.Scan(piece.Text, mark, visit)
	}
	return s.scan(piece.Text, mark, visit, &links{known: piece.chains})
}

// pieces cuts a text behind batches. It belongs to one goroutine.
type pieces struct {
	source io.Reader
	least  int // bytes of a piece that is not the last, or as many more as a batch has

	filled             // begins with the piece
	last   bool        // nothing follows the piece
	ahead  chan filled // gets what follows the piece, which is read meanwhile

	// Of who reads ahead.
	linker linker
	whole  bool // the next one is the last, however long it gets
}

// filled is text that begins with a piece.
type filled struct {
	text   []byte
	piece  int // bytes of it
	chains []Chain
	err    error // why there is no more text
}

func newPieces(source io.Reader, length int64, chain Chain, least int) *pieces {
	length = max(length+1, leastBytes) // one byte more shows that there is no more
	p := &pieces{source: source, least: least, linker: newLinker(chain), ahead: make(chan filled, 1)}
	p.ahead <- p.fill(filled{text: make([]byte, 0, min(length, int64(least)))})
	return p
}

// next returns the next piece and overwrites the one before.
func (p *pieces) next() (Piece, error) {
	spare := p.filled
	p.filled = <-p.ahead
	if p.last = errors.Is(p.err, io.EOF); p.err != nil && !p.last {
		return Piece{}, p.err
	}
	if !p.last {
		spare.text = append(slices.Grow(spare.text[:0], cap(p.text)), p.text[p.piece:]...)
		spare.chains = spare.chains[:0]
		go func() { p.ahead <- p.fill(spare) }()
	}
	return Piece{TextOf(p.text[:p.piece]), p.chains}, nil
}

// rest makes the last bytes of the piece, and all that follows, the next one.
func (p *pieces) rest(bytes int) {
	f := <-p.ahead
	f.text = slices.Concat(p.text[p.piece-bytes:p.piece], f.text)
	p.whole = true
	p.ahead <- p.fill(f)
}

// fill reads on until f has a piece.
func (p *pieces) fill(f filled) filled {
	for {
		for f.err == nil && len(f.text) < cap(f.text) {
			var n int
			n, f.err = p.source.Read(f.text[len(f.text):cap(f.text)])
			f.text = f.text[:len(f.text)+n]
		}
		if p.whole {
			f.chains = nil
		} else {
			f.chains, _ = p.linker.more(f.chains, TextOf(f.text), math.MaxInt)
		}
		if f.err != nil {
			f.piece = len(f.text)
			return f
		}
		if f.piece = p.linker.batch; f.piece > 0 && cap(f.text) >= p.least && !p.whole {
			p.linker.batch, p.linker.line = 0, p.linker.line-f.piece
			return f
		}
		f.text = slices.Grow(f.text, cap(f.text))
	}
}
