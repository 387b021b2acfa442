package filesystem

import (
	"context"
	"errors"
	"fmt"

	"github.com/opossum-go/opossum/domain"
)

// Report is what Verify found in a store that is whole.
type Report struct {
	// Store is the id of the store.
	Store string
	// Events is the number of events, which is also the position of the last one.
	Events domain.Position
	// Segments and Bytes count the files below events/ and what is committed in them.
	Segments int
	Bytes    int64
	// Chain is the end of the hash chain, in hexadecimal. Noted down elsewhere, it
	// proves later that nothing before it was changed.
	Chain string
	// Ledger is false when the ledger is missing or cannot be read. That loses no
	// event: the next append writes it anew. But until then nothing but the segments
	// says how many events there were.
	Ledger bool
	// Unfinished tells of an append at the end that never got its commit line: no
	// damage, the next Open for writing cuts it off.
	Unfinished []Repair
}

// Verify reads the whole store in the directory dir and checks every line, batch
// checksum, position and chain value, the order of the segments and the ledger. It
// changes nothing and may run beside writers: it then checks what was committed
// when it began.
//
// The first thing that is wrong is returned as a [*ports.CorruptError], which names
// file, offset and the first position that is affected: the event itself when it
// was appended alone, otherwise the first one of its batch. Other errors are those
// of [OpenReadOnly].
func Verify(ctx context.Context, dir string) (Report, error) {
	s, err := OpenReadOnly(ctx, dir, Options{})
	if err != nil {
		return Report{}, err
	}
	_, ledgerWhole, err := s.ledger.read()
	if err != nil {
		return Report{}, errors.Join(fmt.Errorf("opossum: verify: %w", err), s.Close())
	}
	r := Report{
		Ledger: ledgerWhole, Store: s.id, Events: s.head.Position, Segments: len(s.segments),
		Chain: s.head.Chain.String(), Unfinished: s.repairs,
	}
	for _, seg := range s.segments[:max(0, len(s.segments)-1)] {
		size, err := seg.file.Size()
		if err != nil {
			return Report{}, err
		}
		r.Bytes += size
	}
	r.Bytes += s.head.Offset
	return r, s.Close()
}
