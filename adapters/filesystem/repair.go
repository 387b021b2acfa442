package filesystem

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// RepairOptions tunes [RepairDir]. The zero RepairOptions repairs.
type RepairOptions struct {
	// DryRun reports what there is to repair and changes no byte.
	DryRun bool
}

// RepairReport says what [RepairDir] found and did.
type RepairReport struct {
	// Store is the id of the store.
	Store string
	// Events is the number of events; no repair changes it.
	Events domain.Position
	// Torn tells of an append that never got its commit line: an event of it was never
	// acknowledged. There is at most one. It is cut off, unless DryRun.
	Torn []Repair
	// Ledger says how the ledger was found.
	Ledger LedgerState
	// LedgerRewritten is true when the ledger was written anew.
	LedgerRewritten bool
	// Indexes tells of index files that are missing or damaged. They are made anew,
	// unless DryRun.
	Indexes []IndexRepair
	// Strays are the paths of what stands in indexes/ and is no index file of a sealed
	// segment. Nothing reads it, and it is left there.
	Strays []string
}

// IndexRepair tells of an index file that is missing or damaged.
type IndexRepair struct {
	File   string // its path
	Reason string // what is wrong with it
}

// Nothing reports whether there was nothing to repair. Strays are nothing to repair.
func (r RepairReport) Nothing() bool {
	return len(r.Torn) == 0 && r.Ledger == LedgerCurrent && len(r.Indexes) == 0
}

// RepairDir mends in the directory dir what a crash can leave behind: it cuts off
// an unfinished append at the end, writes the ledger anew when it is missing or
// stale, and index files that are missing or damaged. It reads the whole store for
// that. [Open] for writing does the same as it comes across; RepairDir says what it
// did. It never changes a committed event and may be repeated. It may run beside
// writers, but needs the append lock, with DryRun too: it waits until they let go of it.
//
// Errors: fs.ErrNotExist when dir holds nothing of a store, [ports.ErrCorrupt] for damage
// that a crash does not explain: then nothing was changed, and only a backup helps.
// [ports.ErrLockTimeout] when another process holds the append lock for longer than
// 5 s: what it is writing looks like an unfinished append and is none. Otherwise as
// [Open].
func RepairDir(ctx context.Context, dir string, options RepairOptions) (RepairReport, error) {
	path, err := absolute(dir)
	if err != nil {
		return RepairReport{}, err
	}
	if options.DryRun {
		if err := waitForWriters(ctx, filepath.Join(path, lockName)); err != nil {
			return RepairReport{}, err
		}
	}
	// Looking first keeps Open from making a store where there is none, and from
	// starting on one that is damaged.
	found, faults, err := findRepairs(ctx, dir)
	if err != nil || options.DryRun {
		return found, err
	}
	s, err := openDistrusting(ctx, dir, Options{}, faults)
	if err != nil {
		return RepairReport{}, err
	}
	found.Events, found.Torn = s.visible(), s.Repairs()
	after, err := s.ledgerFinding()
	s.sealAll()
	if err = errors.Join(err, s.checkIndexed(faults), s.Close()); err != nil {
		return RepairReport{}, err
	}
	if after.State != LedgerCurrent {
		return RepairReport{}, fmt.Errorf("opossum: repair: %s is %s after it was written anew; see whether the disk is full or the file is protected", after.File, after.State)
	}
	found.LedgerRewritten = found.Ledger != LedgerCurrent
	return found, nil
}

// checkIndexed returns an error when one of the segments that begin there still has no
// index file.
func (s *Store) checkIndexed(firsts map[domain.Position]bool) error {
	for _, seg := range s.snapshot().segments {
		if firsts[seg.first] && !s.isSealed(seg) {
			return fmt.Errorf("opossum: repair: %s was not made anew; see whether the disk is full, the folder is protected or is none, or something else has that name, and repair it again",
				s.file(indexName(seg.first)))
		}
	}
	return nil
}

// findRepairs looks for what RepairDir can mend and changes nothing. faults are the
// segments whose index files are missing or damaged.
func findRepairs(ctx context.Context, dir string) (r RepairReport, faults map[domain.Position]bool, err error) {
	s, err := openReadOnly(ctx, dir, Options{}, true)
	if err != nil {
		return RepairReport{}, nil, err
	}
	r = RepairReport{Store: s.id, Events: s.visible(), Torn: s.Repairs(), Strays: s.strays}
	faults = map[domain.Position]bool{}
	for _, fault := range s.indexFaults {
		reason := "missing"
		if fault.damage != nil {
			reason = fault.damage.Error()
		}
		r.Indexes = append(r.Indexes, IndexRepair{File: s.file(indexName(fault.first)), Reason: reason})
		faults[fault.first] = true
	}
	found, err := s.ledgerFinding()
	r.Ledger = found.State
	if err = errors.Join(err, s.Close()); err != nil {
		return RepairReport{}, nil, err
	}
	return r, faults, nil
}

// waitForWriters returns nil when nobody holds the append lock at path. It takes part
// in no queue and creates no lock.
func waitForWriters(ctx context.Context, path string) error {
	again := time.NewTicker(longestLockPause)
	defer again.Stop()
	deadline := time.NewTimer(defaultLockTimeout)
	defer deadline.Stop()
	for {
		release, err := probeLock(path)
		release()
		if !errors.Is(err, errHeld) {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("opossum: wait for the append lock %s: %w", path, ctx.Err())
		case <-deadline.C:
			return fmt.Errorf("%w: %s is held by another process for more than %v; see whether one hangs; do not delete the file",
				ports.ErrLockTimeout, path, defaultLockTimeout)
		case <-again.C:
		}
	}
}
