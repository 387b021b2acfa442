package filesystem

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"

	"github.com/opossum-go/opossum/adapters/filesystem/internal/index"
	"github.com/opossum-go/opossum/adapters/filesystem/internal/vfs"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// Report is what Verify found in a store whose segments and ledger are whole.
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
	// Indexes counts the index files, each of which says exactly what its segment says.
	// There is one for each segment but the last, unless it was deleted or could not
	// be written: the next Open makes it anew.
	Indexes int
	// Unindexed are the paths of index files that are not there. That is no damage.
	Unindexed []string
	// Strays are the paths of what stands in indexes/ and is no index file of a sealed
	// segment, nor one that is just being made. That is no damage: nothing reads it.
	Strays []string
	// Ledger says how the ledger was found. One that is missing or not whole loses no
	// event: the next Open for writing makes it anew. But until then nothing but the
	// segments says how many events there were.
	Ledger LedgerFinding
	// Unfinished tells of an append at the end that never got its commit line: no
	// damage, the next Open for writing cuts it off.
	Unfinished []Repair
	// Unread is how many bytes behind the last event were not looked at: a process held
	// the append lock and may have been writing them, or LockFault says why nobody knows.
	Unread int64
	// LockFault says why the append lock could not be asked for, nil when it could. When
	// something else stands in its place, no process can open the store for writing.
	LockFault error
}

// Verify reads the whole store in the directory dir and checks every line, batch
// checksum, position and chain value, the order of the segments, the ledger, and every
// index file against its segment. It
// changes nothing and may run beside writers: it then checks what was committed
// when it began.
//
// What is wrong is returned as a [*ports.CorruptError], which names
// file, offset and the first position that is affected: the event itself when it
// was appended alone, otherwise the first one of its batch. When nothing but index
// files is damaged, the Report says the rest. When more is wrong, the
// errors are joined, one for each file and no more than [MostFindings]: behind damage
// Verify goes on with the next segment, judged by the chain value in its header. A
// ledger that contradicts segments which are whole is damage too: the error names
// both. Other errors are those of [OpenReadOnly].
func Verify(ctx context.Context, dir string) (Report, error) {
	s, err := openReadOnly(ctx, dir, Options{}, true)
	if first, ok := errors.AsType[*ports.CorruptError](err); ok {
		more, surveyErr := surveyDir(ctx, dir, first)
		return Report{}, errors.Join(slices.Concat([]error{err}, more, []error{surveyErr})...)
	}
	if err != nil {
		return Report{}, err
	}
	var unindexed []string
	var damaged []error
	for _, fault := range s.indexFaults {
		switch {
		case fault.damage == nil:
			unindexed = append(unindexed, s.file(indexName(fault.first)))
		case len(damaged) < MostFindings:
			damaged = append(damaged, fmt.Errorf("opossum: verify %s: %w", s.path, fault.damage))
		}
	}
	found, err := s.ledgerFinding()
	unread, unreadErr := s.unread()
	if err = errors.Join(err, unreadErr); err != nil {
		return Report{}, errors.Join(err, s.Close())
	}
	r := Report{
		Store: s.id, Events: s.head.Position, Segments: len(s.segments), Bytes: s.head.Offset, Chain: s.head.Chain.String(),
		Indexes: s.audited, Unindexed: unindexed, Strays: s.strays,
		Ledger: found, Unfinished: s.repairs, Unread: unread,
	}
	release, err := probeLock(s.file(lockName))
	release()
	if !errors.Is(err, errHeld) {
		r.LockFault = err
	}
	for _, seg := range s.segments[:max(0, len(s.segments)-1)] {
		r.Bytes += seg.end.Offset
	}
	return r, errors.Join(append(damaged, s.Close())...)
}

// indexFault is an index file that does not say what its segment says.
type indexFault struct {
	first  domain.Position // of the segment
	damage error           // nil when there is no such file
}

// audit compares the index file of seg with seg itself, which has been read and is
// not the last, and gives up the index in memory.
func (s *Store) audit(seg *segment) error {
	file, err := s.dir.Open(indexName(seg.first), os.O_RDONLY)
	if errors.Is(err, fs.ErrNotExist) || err != nil && s.noFolder(indexesDir) {
		s.indexFaults = append(s.indexFaults, indexFault{first: seg.first})
		return s.forget(seg)
	}
	if other, ok := errors.AsType[*ports.CorruptError](regular(err, s.path)); ok {
		s.indexFaults = append(s.indexFaults, indexFault{first: seg.first, damage: other})
		return s.forget(seg)
	}
	if err != nil {
		return fmt.Errorf("opossum: verify: %w", err)
	}
	text, err := vfs.ReadFrom(file, 0)
	if err = errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("opossum: verify: read %s: %w", s.file(indexName(seg.first)), err)
	}
	sidecar, err := index.OpenSidecar(text)
	if err == nil {
		err = sidecar.Check(s.infoOf(seg), seg.memory)
	}
	if err != nil {
		corrupt := &ports.CorruptError{
			File: s.file(indexName(seg.first)), Position: seg.first, Want: "an index that says what its segment says", Got: err.Error(),
		}
		if damage, ok := errors.AsType[*index.DamageError](err); ok {
			corrupt.Offset, corrupt.Want, corrupt.Got = damage.Offset, damage.Want, damage.Got
		}
		s.indexFaults = append(s.indexFaults, indexFault{first: seg.first, damage: corrupt})
		return s.forget(seg)
	}
	s.audited++
	return s.forget(seg)
}

// forget gives up what is in memory of a segment that is not to be read again.
func (s *Store) forget(seg *segment) error {
	err := seg.file.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	seg.memory, seg.file, seg.info = nil, nil, s.infoOf(seg)
	return err
}
