package filesystem

import (
	"errors"
	"fmt"
	"io/fs"
)

// LedgerState says how the ledger stands to the segments. A ledger is derived from
// them: no event is lost with it.
type LedgerState string

const (
	// LedgerCurrent is a ledger that names the last whole append.
	LedgerCurrent LedgerState = "current"
	// LedgerStale is a ledger behind the segments: the machine stopped before it was on
	// disk, or the process between its sync and the write of it, or that write failed.
	LedgerStale LedgerState = "stale"
	// LedgerMissing is a ledger that is not there.
	LedgerMissing LedgerState = "missing"
	// LedgerNotWhole is a ledger that is there and cannot be read: it was cut or changed.
	LedgerNotWhole LedgerState = "not whole"
)

// LedgerFinding says how [Verify] found the ledger.
type LedgerFinding struct {
	State LedgerState
	File  string // its path, also when it is missing
	// Want and Got say what was expected of a ledger that is stale or not whole, and
	// what was found. They are empty otherwise.
	Want, Got string
}

// ledgerFinding compares the ledger with what the store has read.
func (s *Store) ledgerFinding() (LedgerFinding, error) {
	f := LedgerFinding{State: LedgerCurrent, File: s.file(ledgerName)}
	l, ok, err := s.ledger.read()
	if err == nil && !ok {
		var text []byte
		var size int64
		if text, size, err = s.ledger.raw(); errors.Is(err, fs.ErrNotExist) {
			f.State = LedgerMissing
			return f, nil
		}
		if l, ok = parseLedger(text); err == nil && !ok {
			f.State, f.Want = LedgerNotWhole, fmt.Sprintf("one line of %d bytes that fits its own checksum", ledgerSize)
			f.Got = fmt.Sprintf("%d bytes: %s", size, short(text))
			return f, nil
		}
	}
	if err != nil {
		return LedgerFinding{}, fmt.Errorf("opossum: read %s: %w", f.File, regular(err, s.path))
	}
	if head := s.visible(); l.Position < head {
		f.State, f.Want, f.Got = LedgerStale, fmt.Sprintf("one that says position %d", head), fmt.Sprintf("position %d", l.Position)
	}
	return f, nil
}
