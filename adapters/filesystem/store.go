package filesystem

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"

	"github.com/opossum-go/opossum/adapters/filesystem/internal/index"
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

	// gate admits one commit of this process at a time. Lock order: gate, lock,
	// catching, mu.
	gate  chan struct{}
	queue queue  // appends that wait for their commit
	lock  locker // between processes; guarded by gate
	lease lease  // how long it is kept

	// writer is the segment that begins at writing, open for writing; nil when none
	// is. Another process may have begun a later one since. suspect says that a write
	// or sync failed and the tail must be settled before anything is written. begun
	// says that the next segment has a file already, though no event. All guarded by
	// gate and lock.
	writer  vfs.File
	writing domain.Position
	suspect bool
	begun   bool

	catching sync.Mutex // one catch-up with other processes at a time

	mu       sync.RWMutex // guards the fields below
	head     journal.Mark // last committed and durable batch; Offset is in the last segment
	segments []*segment   // in order of position; elements are never replaced
	index    index.Index  // may run ahead of head while the tail is settled
	repairs  []Repair
	changed  chan struct{} // closed and replaced when head moves
	closed   bool

	done chan struct{} // closed by Close

	// unsettled says that an append failed and could not be undone: whether its
	// events are there is settled before the next read or append.
	unsettled atomic.Bool
}

// locker is the append lock between processes.
type locker interface {
	// acquire waits until ctx ends, or until stop is closed: then it returns ErrClosed.
	// waited says that the lock was not free at once.
	acquire(ctx context.Context, stop <-chan struct{}) (waited bool, err error)
	release() error
}

// segment is one file of events.
type segment struct {
	first   domain.Position
	header  string          // first line, with its newline
	file    vfs.File        // open for reading
	entries []journal.Entry // entries[i] is position first+i; guarded by Store.mu
}

// Repair tells of an unfinished append that was cut off, or in a store that is
// open for reading only, passed over.
type Repair struct {
	File   string // path of the segment
	Offset int64  // bytes from the start of the file: where the unfinished append began
	Bytes  int64  // how much there was of it
	Reason string // what was missing
}

// Open opens the store in the directory dir and creates it when dir does not
// exist or is empty. It reads all segments beside writers, then waits for the
// append lock and recovers what a crash left behind.
//
// Errors: [ErrFormat] when dir is something else or of a newer format,
// [ports.ErrCorrupt] when stored data is damaged, [ports.ErrLockTimeout],
// [domain.ErrInvalid] for options, the context's error, and what the file system
// says. After an error nothing is open.
func Open(ctx context.Context, dir string, options Options) (*Store, error) {
	path, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("opossum: open %s: %w", dir, err)
	}
	if options, err = options.withDefaults(); err != nil {
		return nil, err
	}
	if err := makeDir(path); err != nil {
		return nil, fmt.Errorf("opossum: open %s: %w", path, err)
	}
	// A link to the directory may point elsewhere tomorrow.
	if path, err = filepath.EvalSymlinks(path); err != nil {
		return nil, fmt.Errorf("opossum: open %s: %w", dir, err)
	}
	root, err := vfs.OS(path)
	if err != nil {
		return nil, fmt.Errorf("opossum: open %s: %w", path, err)
	}
	if kind, err := vfs.Remote(path); err != nil || (kind != "" && !options.UnsafeNetworkDrive) {
		if err == nil {
			err = fmt.Errorf("%w: the directory is on a network file system (%s), where no lock keeps a store safe; use a local disk, or see Options.UnsafeNetworkDrive", ErrFormat, kind)
		}
		return nil, errors.Join(fmt.Errorf("opossum: open %s: %w", path, err), root.Close())
	}
	lockPath := filepath.Join(path, lockName)
	if info, err := os.Lstat(lockPath); err == nil && !info.Mode().IsRegular() {
		return nil, errors.Join(regular(&vfs.NotRegularError{Name: lockName, Mode: info.Mode()}, path), root.Close())
	}
	s := newStore(path, root, newProcessLock(root, path, options.LockTimeout), options)
	s.lease.slice, s.lease.idle = leaseSlice, leaseIdle
	return s.open(ctx)
}

// OpenReadOnly opens the store in the directory dir for inspection. It changes no
// file, and where nobody is writing it shows whole appends behind the ledger's head
// too, which a power cut could still take back: Append returns [ports.ErrReadOnly], and an unfinished append at the end is
// passed over and told by Repairs. It follows what other processes commit.
//
// Errors: fs.ErrNotExist when dir holds no store, otherwise as [Open].
func OpenReadOnly(ctx context.Context, dir string, options Options) (*Store, error) {
	path, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("opossum: open %s: %w", dir, err)
	}
	if options, err = options.withDefaults(); err != nil {
		return nil, err
	}
	if path, err = filepath.EvalSymlinks(path); err != nil {
		return nil, fmt.Errorf("opossum: open %s: %w", dir, err)
	}
	root, err := vfs.OS(path)
	if err != nil {
		return nil, fmt.Errorf("opossum: open %s: %w", path, err)
	}
	s := newStore(path, root, nil, options)
	s.readOnly = true
	if err := s.loadReadOnly(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("opossum: open %s: %w", path, err), s.Close())
	}
	return s, nil
}

func newStore(path string, dir vfs.FS, lock locker, options Options) *Store {
	return &Store{
		path: path, dir: dir, ledger: ledgerFile{dir: dir}, lock: lock, options: options,
		gate: make(chan struct{}, 1), changed: make(chan struct{}), done: make(chan struct{}),
	}
}

// open is Open on any file system and lock. It owns dir.
func open(ctx context.Context, path string, dir vfs.FS, lock locker, options Options) (*Store, error) {
	return newStore(path, dir, lock, options).open(ctx)
}

func (s *Store) open(ctx context.Context) (*Store, error) {
	if err := s.load(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("opossum: open %s: %w", s.path, err), s.Close())
	}
	return s, nil
}

func (s *Store) load(ctx context.Context) (err error) {
	// Before the lock, whose file would be left in a directory of something else.
	if err := refuseForeign(s.dir, s.path); err != nil {
		return err
	}
	// What is committed is read beside writers; the lock is for what stands behind it.
	if _, _, err := s.readCommitted(); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if _, err := s.lock.acquire(ctx, s.done); err != nil {
		return err
	}
	defer func() {
		s.lease.current = false
		err = errors.Join(err, s.lock.release())
	}()
	if s.id == "" {
		m, err := readManifest(s.dir, s.path)
		if errors.Is(err, fs.ErrNotExist) {
			m, err = createManifest(s.dir, s.path, s.options)
		}
		if err != nil {
			return err
		}
		s.begin(m)
	}
	firsts, err := listSegments(s.dir, s.path)
	if err != nil {
		return err
	}
	if err := s.checkNotEmptied(firsts); err != nil {
		return err
	}
	// Whoever made the store may have died before these names were on disk.
	if err := errors.Join(s.dir.Mkdir(eventsDir), s.dir.SyncDir(".")); err != nil {
		return err
	}
	if err := s.catchUpExclusive(); err != nil {
		return err
	}
	return s.checkSegments(firsts, true)
}

func (s *Store) begin(m manifest) {
	s.id = m.ID
	s.head.Chain = journal.Genesis(m.ID)
}

// readCommitted reads the manifest and everything up to the ledger's head. ok is
// false when there is no ledger to say where that is. firsts are the segments that
// there were before the ledger was read, so that none is missed which a writer
// begins meanwhile.
func (s *Store) readCommitted() (firsts []domain.Position, ok bool, err error) {
	m, err := readManifest(s.dir, s.path)
	if err != nil {
		return nil, false, err
	}
	s.begin(m)
	if firsts, err = listSegments(s.dir, s.path); err != nil {
		return nil, false, err
	}
	l, ok, err := s.ledger.read()
	if err != nil {
		return nil, false, regular(err, s.path)
	}
	if ok {
		err = s.follow(l)
	}
	return firsts, ok, err
}

// loadReadOnly reads what is committed. Without a writer the whole tail counts;
// beside one, the ledger says what does.
func (s *Store) loadReadOnly(ctx context.Context) error {
	firsts, ok, err := s.readCommitted()
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("the directory holds no store, see whether it is the right one: %w", err)
	}
	if err != nil {
		return err
	}
	free, release := probeLock(filepath.Join(s.path, lockName))
	defer release()
	whole := free || !ok
	if whole {
		tail, err := s.forward(nil)
		if err != nil {
			return err
		}
		if err := s.checkTail(tail); err != nil {
			return err
		}
		if tail.damage != nil {
			s.report(tail, "unfinished append passed over")
		}
		s.publish(tail.mark)
	}
	return errors.Join(ctx.Err(), s.checkSegments(firsts, whole))
}

// checkSegments compares the names in the directory with the segments that were
// read: a file that no walk along the positions reaches means that one before it
// is missing. Unless the whole tail was read, events may go on behind the head.
func (s *Store) checkSegments(firsts []domain.Position, whole bool) error {
	known := make(map[domain.Position]bool, len(s.segments))
	for _, seg := range s.segments {
		known[seg.first] = true
	}
	for _, first := range firsts {
		switch {
		case known[first] || first == s.head.Position+1 || (first > s.head.Position && !whole):
		case first <= s.head.Position:
			return s.corrupt(segmentName(first), &journal.Damage{
				Position: first, Want: "no such file, for another segment holds that position", Got: "a segment",
			})
		default:
			return s.missing(s.head.Position+1, segmentName(first)+" exists")
		}
	}
	return nil
}

// checkNotEmptied refuses a store whose segments are all gone, before anything is
// created in it.
func (s *Store) checkNotEmptied(firsts []domain.Position) error {
	if len(firsts) > 0 {
		return nil
	}
	l, ok, err := s.ledger.read()
	if err != nil {
		return regular(err, s.path)
	}
	if ok && l.Position > 0 {
		return s.missing(1, l.says())
	}
	return nil
}

// missing reports that the segment with the event at position is not there.
func (s *Store) missing(position domain.Position, although string) error {
	return s.corrupt(segmentName(position), &journal.Damage{
		Position: position, Want: fmt.Sprintf("the segment with position %d, as %s", position, although),
		Got: "no such file, or an empty one; it was removed, or the segment before it was cut",
	})
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
	close(s.done)
	s.mu.Unlock()

	s.gate <- struct{}{} // waits for the append under way, and stays taken
	s.letGo()
	s.catching.Lock()
	defer s.catching.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	err := errors.Join(s.dropWriter(), s.ledger.close())
	for _, seg := range s.segments {
		err = errors.Join(err, seg.file.Close())
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

// usable returns an error when the store is closed or ctx has ended.
func (s *Store) usable(ctx context.Context) error {
	select {
	case <-s.done:
		return ports.ErrClosed
	default:
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("opossum: %w", err)
	}
	return nil
}

// makeDir creates the directory path for its owner and makes its name durable.
func makeDir(path string) error {
	if _, err := os.Stat(path); err == nil {
		return nil // vfs.OS says so when it is not a directory
	}
	if err := os.MkdirAll(path, 0o700); err != nil {
		return err
	}
	parent, err := vfs.OS(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(parent.SyncDir("."), parent.Close())
}
