package journal

import (
	"bytes"
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
	// No line is as long as mostLine: what a store writes has two million bytes at most,
	// and JSON in another form is longer, but not that much.
	mostLine = 16 << 20
	// No batch is as long as mostBatch: its texts have domain.MaxBatchBytes, and up to six
	// times as many where each byte needs an escape.
	mostBatch = 256 << 20
)

// Piece is a part of a text that ends where a batch ends, or with the text.
type Piece struct {
	Text   string
	chains []Chain // after each of its batches, nil when they are not known
}

// ScanPieces is Scan of a text that is not in memory as a whole: it begins at mark, has
// about length bytes and is read from source. scan is to call [Scanner.ScanPiece] with each
// piece. When it has returned the piece is overwritten, unless it was the last one. damage
// is what scan said of it, or what stands behind the newlines that follow it. What follows
// damage is not read: [JudgeRest] judges it. An error is that of source.
func ScanPieces(source io.Reader, length int64, mark Mark, scan func(piece Piece, mark Mark) (Mark, *Damage)) (end Mark, damage *Damage, err error) {
	return scanPieces(newPieces(source, length, mark.Chain, pieceBytes), mark, scan)
}

func scanPieces(p *pieces, mark Mark, scan func(piece Piece, mark Mark) (Mark, *Damage)) (Mark, *Damage, error) {
	for {
		piece, err := p.next()
		if err != nil {
			return mark, nil, err
		}
		var damage *Damage
		mark, damage = scan(piece, mark)
		switch {
		case p.last:
			return mark, damage, nil
		case damage != nil:
			if !p.cut {
				<-p.ahead // nobody reads any more
			}
			return mark, damage, nil
		case p.cut:
			damage, err = p.newlines(mark)
			return mark, damage, err
		}
	}
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
	linker              linker
	mostLine, mostBatch int
}

// filled is text that begins with a piece.
type filled struct {
	text   []byte
	piece  int // bytes of it
	chains []Chain
	cut    bool  // no batch follows the piece, but more may
	err    error // why there is no more text
}

func newPieces(source io.Reader, length int64, chain Chain, least int) *pieces {
	length = max(length+1, leastBytes) // one byte more shows that there is no more
	p := &pieces{
		source: source, least: least, linker: newLinker(chain), ahead: make(chan filled, 1),
		mostLine: mostLine, mostBatch: mostBatch,
	}
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
	if !p.last && !p.cut {
		spare.text = append(slices.Grow(spare.text[:0], cap(p.text)), p.text[p.piece:]...)
		spare.chains = spare.chains[:0]
		go func() { p.ahead <- p.fill(spare) }()
	}
	return Piece{TextOf(p.text[:p.piece]), p.chains}, nil
}

// fill reads on until f has a piece.
func (p *pieces) fill(f filled) filled {
	for {
		for f.err == nil && len(f.text) < cap(f.text) {
			var n int
			n, f.err = p.source.Read(f.text[len(f.text):cap(f.text)])
			f.text = f.text[:len(f.text)+n]
		}
		f.chains, _ = p.linker.more(f.chains, TextOf(f.text), math.MaxInt)
		if f.err != nil {
			f.piece = len(f.text)
			return f
		}
		l := &p.linker
		switch empty := l.line < len(f.text) && f.text[l.line] == '\n'; {
		case empty && l.line == l.batch: // nothing but newlines may follow
			f.piece, f.cut = l.line, true
			return f
		case empty, len(f.text)-l.line > p.mostLine, l.line-l.batch > p.mostBatch: // damage
			f.piece, f.cut = len(f.text), true
			return f
		case l.batch > 0 && cap(f.text) >= p.least:
			f.piece = l.batch
			l.batch, l.line = 0, l.line-f.piece
			return f
		}
		f.text = slices.Grow(f.text, cap(f.text))
	}
}

// newlines reads on from the newline behind the piece, which ends at mark. It returns
// the damage when anything but newlines follows.
func (p *pieces) newlines(mark Mark) (*Damage, error) {
	text, count := p.text[p.piece:], 0
	for {
		behind := text
		if Fill(TextOf(text)) {
			behind = nil
		}
		behind = bytes.TrimLeft(behind, "\n")
		count += len(text) - len(behind)
		if len(behind) > 0 {
			more, err := io.ReadAll(io.LimitReader(p.source, excerptBytes+1)) // to be told of
			if err != nil {
				return nil, err
			}
			return behindNewlines(mark, count, string(behind)+string(more)), nil
		}
		n, err := p.source.Read(p.text[:cap(p.text)])
		switch text = p.text[:n]; {
		case n > 0: // an error comes again
		case errors.Is(err, io.EOF):
			return nil, nil
		case err != nil:
			return nil, err
		}
	}
}
