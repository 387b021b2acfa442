package filesystem

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/opossum-go/opossum/adapters/filesystem/internal/journal"
	"github.com/opossum-go/opossum/adapters/filesystem/internal/vfs"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

var _ ports.EventStore = (*Store)(nil)

// Store is an event store in a folder. Open it once in a process and share it;
// opening it more often is safe and only slower. Safe for concurrent use.
type Store struct {
	path     string
	dir      vfs.FS
	ledger   ledgerFile
	options  Options
	id       string
	readOnly bool

	// gate admits one commit of this process at a time. Lock order: sealing, gate, lock,
	// catching, mu.
	gate  chan struct{}
	queue queue  // appends that wait for their commit
	lock  locker // between processes; guarded by gate
	lease lease  // how long it is kept

	// spawn runs what is done in the background, never at once, as whoever calls it may
	// hold gate; Close waits for it.
	spawn func(func())
	tasks *tasks

	// writer is the segment that begins at writing, open for writing; nil when none
	// is. Another process may have begun a later one since. suspect says that a write
	// or sync failed and the tail must be settled before anything is written. looked
	// says that all that stands behind the head was looked at once. begun
	// says that the next segment has a file already, though no event. owing says that
	// the ledger could not be written after the last commit. residue is where an
	// append was that may come back. All guarded by gate and lock.
	writer  vfs.File
	writing domain.Position
	suspect bool
	residue residue
	looked  bool
	begun   bool
	owing   bool
	text    []byte // of the last commit, for the next one to write over
	filling filling
	// fillComing says that a fill is on its way.
	fillComing atomic.Bool

	fillPlan fillPlan

	catching sync.Mutex // one catch-up with other processes at a time
	sealing  sync.Mutex // one round of sealing at a time

	// maps is held for reading while mapped files are touched. Lock order: maps,
	// opening, mu.
	maps    sync.RWMutex
	opening sync.Mutex // one segment is mapped or indexed at a time
	retired []*sealed  // not in use any more, but perhaps still being read; guarded by opening
	types   journal.Interner
	opened  context.Context // ends the opening of the store; nil when it is open
	sealNow bool            // the store is being opened, without gate and lock: see sealLoaded
	readAll bool            // every segment is read when the store is opened, and its index file held against it
	audited int             // index files that say what they should
	// indexFaults are those that do not, after readAll.
	indexFaults []indexFault
	strays      []string                 // paths of what else is among the index files, after readAll
	distrusted  map[domain.Position]bool // segments whose index files are made anew

	mu       sync.RWMutex // guards the fields below
	head     journal.Mark // last committed and durable batch; Offset is in the last segment
	segments []*segment   // in order of position; elements are never replaced
	grown    bool         // segments were added that no head includes yet
	repairs  []Repair
	changed  chan struct{} // closed and replaced when head moves
	notifier notifier
	closed   bool

	done chan struct{} // closed by Close

	// unsettled says that an append failed and could not be undone: whether its
	// events are there is settled before the next read or append.
	unsettled atomic.Bool
}

// locker is the append lock between processes.
type locker interface {
	// acquire waits until ctx ends, or until stop is closed: then it returns ErrClosed.
	// since is when the caller began to wait, for its own process or another one. When it
	// is the next to have the lock, it calls meanwhile now and then. waited says that the
	// lock was not free at once.
	acquire(ctx context.Context, since time.Time, stop <-chan struct{}, meanwhile func()) (waited bool, err error)
	// try is acquire without waiting.
	try() (bool, error)
	// wanted reports whether another process waits for the lock. This one holds it.
	wanted() bool
	release() error
}

// Repair tells of an unfinished append that was cut off, or in a store that is
// open for reading only, passed over.
type Repair struct {
	File   string // path of the segment
	Offset int64  // bytes from the start of the file: where the unfinished append began
	Bytes  int64  // how much there was of it
	Reason string // what was missing
}

// Close ends subscriptions and frees files. Appends and reads that are under way
// finish or return [ports.ErrClosed]. Closing twice is no error.
func (s *Store) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	s.mu.Unlock()
	s.tasks.end()
	close(s.done)
	s.gate <- struct{}{} // waits for the append under way, and stays taken
	trimmed := s.trim()
	s.letGo()
	s.catching.Lock()
	defer s.catching.Unlock()
	s.maps.Lock()
	defer s.maps.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	err := errors.Join(trimmed, s.dropWriter(), s.ledger.close(), s.notifier.close())
	for _, seg := range s.segments {
		if seg.file != nil {
			err = errors.Join(err, seg.file.Close())
		}
		err = errors.Join(err, seg.open.release())
	}
	for _, x := range s.retired {
		err = errors.Join(err, x.release())
	}
	if err = errors.Join(err, s.dir.Close()); err != nil {
		return fmt.Errorf("opossum: close %s: %w", s.path, err)
	}
	return nil
}

// Repairs returns what recovery cut off since the store was opened.
func (s *Store) Repairs() []Repair {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return append([]Repair(nil), s.repairs...)
}

// Dir returns the absolute path of the store's directory.
func (s *Store) Dir() string { return s.path }

func (s *Store) file(name string) string { return filepath.Join(s.path, filepath.FromSlash(name)) }

func (s *Store) dropWriter() error {
	if s.writer == nil {
		return nil
	}
	err := s.writer.Close()
	s.writer = nil
	return err
}

// closedError returns ErrClosed when the store is closed.
func (s *Store) closedError() error {
	select {
	case <-s.done:
		return ports.ErrClosed
	default:
		return nil
	}
}

// usable returns an error when the store is closed or ctx has ended.
func (s *Store) usable(ctx context.Context) error {
	if err := s.closedError(); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("opossum: %w", err)
	}
	return nil
}
