package filesystem

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"time"

	"github.com/opossum-go/opossum/adapters/filesystem/internal/journal"
	"github.com/opossum-go/opossum/adapters/filesystem/internal/vfs"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/internal/drive"
	"github.com/opossum-go/opossum/ports"
)

// Open opens the store in the directory dir and creates it when dir does not
// exist or is empty. Beside writers it reads the headers of the index files, the
// last segment, and every segment that has no index file; then it waits for the
// append lock and recovers what a crash left behind.
//
// An empty dir is refused, so that a setting which is not set does not become a
// store in whatever directory is the current one: "." is that one.
//
// Errors: [ErrFormat] when dir is something else or of a newer format,
// [ports.ErrCorrupt] when stored data is damaged or store.json is gone,
// [ports.ErrLockTimeout], [domain.ErrInvalid] for an empty dir and for options, the
// context's error, and what the file system says. After an error nothing is open.
func Open(ctx context.Context, dir string, options Options) (*Store, error) {
	return openDistrusting(ctx, dir, options, nil)
}

// openDistrusting is Open, and makes the index files of some segments anew.
func openDistrusting(ctx context.Context, dir string, options Options, distrusted map[domain.Position]bool) (*Store, error) {
	path, err := absolute(dir)
	if err != nil {
		return nil, err
	}
	if options, err = options.withDefaults(); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(path, 0o700); err != nil {
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
	if kind, err := drive.Remote(path); err != nil || (kind != "" && !options.UnsafeNetworkDrive) {
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
	s.distrusted = distrusted
	s.lendLock(leaseSlice, leaseIdle)
	if s, err = s.open(ctx); err != nil {
		return nil, err
	}
	if s.visible() == 0 { // nothing was ever appended, perhaps the folder is new
		if err := syncAbove(path, syncDir); err != nil {
			return nil, errors.Join(fmt.Errorf("opossum: open %s: %w", path, err), s.Close())
		}
	}
	return s, nil
}

// absolute returns dir as an absolute path.
func absolute(dir string) (string, error) {
	if dir == "" {
		return "", &domain.ValidationError{Field: "dir", Value: `""`, Rule: `name the directory of the store; for the current one say "."`}
	}
	path, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("opossum: open %s: %w", dir, err)
	}
	return path, nil
}

// OpenReadOnly opens the store in the directory dir for inspection. It changes no
// file: Append returns [ports.ErrReadOnly], and an unfinished append at the end is
// passed over and told by Repairs. Behind the ledger's head it shows segments that
// another one follows and, where nobody is writing, whole appends in the last one too,
// which a power cut could still take back. It follows what other processes commit.
//
// Errors: fs.ErrNotExist when dir holds nothing of a store, otherwise as [Open].
func OpenReadOnly(ctx context.Context, dir string, options Options) (*Store, error) {
	return openReadOnly(ctx, dir, options, false)
}

func openReadOnly(ctx context.Context, dir string, options Options, readAll bool) (*Store, error) {
	path, err := absolute(dir)
	if err != nil {
		return nil, err
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
	s.readOnly, s.readAll = true, readAll
	if err := s.loadReadOnly(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("opossum: open %s: %w", path, s.disputeID(err)), s.Close())
	}
	return s, nil
}

func newStore(path string, dir vfs.FS, lock locker, options Options) *Store {
	s := &Store{
		path: path, dir: dir, ledger: ledgerFile{dir: dir}, lock: lock, options: options, fillPlan: usualFill, tasks: newTasks(),
		gate: make(chan struct{}, 1), changed: make(chan struct{}), done: make(chan struct{}),
	}
	s.spawn = s.tasks.run
	return s
}

// open reads and recovers the store. After an error it is closed.
func (s *Store) open(ctx context.Context) (*Store, error) {
	if err := s.load(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("opossum: open %s: %w", s.path, s.disputeID(err)), s.Close())
	}
	return s, nil
}

func (s *Store) load(ctx context.Context) (err error) {
	// Before the lock, whose file would be left in a directory of something else.
	if err := refuseForeign(s.dir, s.path); err != nil {
		return err
	}
	s.opened = ctx
	// What is committed is read beside writers; the lock is for what stands behind it.
	s.sealNow = true
	_, _, err = s.readCommitted()
	s.sealNow = false
	if s.unnamed(err) {
		err = refuseRemains(s.dir, s.path)
	}
	if err != nil {
		return err
	}
	s.gate <- struct{}{} // what is begun in the background waits
	defer func() { <-s.gate }()
	defer func() { s.opened = nil }()
	if _, err := s.lock.acquire(ctx, time.Now(), s.done, func() {}); err != nil {
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
	if err := s.checkNotCut(firsts); err != nil {
		return err
	}
	// Whoever made the store may have died before these names were on disk.
	if err := errors.Join(s.dir.Mkdir(eventsDir), s.dir.SyncDir(".")); err != nil {
		return err
	}
	// What this store is about to show must be what a power cut leaves, also when the
	// last who appended could neither sync nor undo it.
	s.suspect = true
	if err := s.catchUpExclusive(); err != nil {
		return err
	}
	if err := s.checkSegments(firsts, true); err != nil {
		return err
	}
	if err := s.checkEnd(nil, s.lastFirst(), s.head, true); err != nil {
		return err
	}
	s.mu.Lock()
	for _, seg := range s.segments[:max(0, len(s.segments)-1)] {
		seg.rolled = true
	}
	s.mu.Unlock()
	s.spawn(s.sealAll)
	return nil
}

func (s *Store) begin(m manifest) {
	s.id = m.ID
	s.head.Chain = journal.Genesis(m.ID)
}

// readCommitted reads the manifest and everything up to the ledger's head, and every
// segment that another one follows. ok is false when there is no ledger. firsts are the segments that
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
		if err = s.follow(l); err != nil {
			err = s.dispute(l, err)
		}
	}
	if n := len(firsts); n > 1 && err == nil {
		err = s.followTo(firsts[n-1] - 1)
	}
	return firsts, ok, err
}

// followTo makes visible everything up to the event at last, with which a segment ends
// that another one follows. All of that is committed, whatever the ledger says: it is
// settled and synced before another segment is begun.
func (s *Store) followTo(last domain.Position) error {
	if last <= s.head.Position {
		return nil
	}
	t, err := s.forward(&ledger{Position: last})
	if err == nil && t.damage != nil {
		err = s.corrupt(t.name, t.damage)
	}
	if err != nil {
		s.rewind()
		return err
	}
	s.publish(t.mark)
	return nil
}

// unnamed reports whether err of readCommitted says that there is no manifest.
func (s *Store) unnamed(err error) bool { return s.id == "" && errors.Is(err, fs.ErrNotExist) }

// loadReadOnly reads what is committed. Without a writer the whole tail counts;
// beside one, the ledger says what does.
func (s *Store) loadReadOnly(ctx context.Context) error {
	s.opened = ctx
	defer func() {
		if s.opened = nil; !s.readAll {
			s.spawn(s.sealAll)
		}
	}()
	// Listed before the segments are, so that none is missed which gets its index
	// meanwhile.
	among, err := s.listIndexes()
	if err != nil {
		return err
	}
	firsts, ok, err := s.readCommitted()
	if s.unnamed(err) {
		if err := refuseRemains(s.dir, s.path); err != nil {
			return err
		}
		// Unless somebody has made it meanwhile.
		if firsts, ok, err = s.readCommitted(); s.unnamed(err) {
			return fmt.Errorf("the directory holds no store, see whether it is the right one: %s: %w", manifestName, fs.ErrNotExist)
		}
	}
	if err != nil {
		return err
	}
	release, ok, err := s.probeOrFollow(ctx, ok)
	if err != nil && !ok {
		return err
	}
	defer release()
	free := err == nil
	if free {
		tail, err := s.takeAll()
		if err != nil {
			return err
		}
		if tail.damage != nil {
			s.report(tail, "unfinished append passed over")
		}
	}
	s.strays = s.straysAmong(among, firsts)
	if err := errors.Join(ctx.Err(), s.checkSegments(firsts, free)); err != nil {
		return err
	}
	return s.checkEnd(among, s.lastFirst(), s.head, free)
}

// takeAll makes all whole batches visible. Nobody writes. The caller holds catching, or
// owns the store alone.
func (s *Store) takeAll() (tail, error) {
	t, err := s.forward(nil)
	if err == nil {
		err = s.checkTail(t)
	}
	if err != nil {
		s.rewind()
		return tail{}, err
	}
	s.publish(t.mark)
	return t, nil
}

// probeOrFollow returns no error when nobody is writing, and keeps it so until release.
// Otherwise the store must know from the ledger what is committed: without one, known
// false, it waits for the ledger or the end of the writing, and says when that was in vain.
func (s *Store) probeOrFollow(ctx context.Context, known bool) (release func(), nowKnown bool, err error) {
	again := time.NewTicker(longestLockPause)
	defer again.Stop()
	deadline := time.NewTimer(s.options.LockTimeout)
	defer deadline.Stop()
	for {
		if release, err = probeLock(s.file(lockName)); err == nil || known {
			return release, known, err
		}
		release()
		l, ok, readErr := s.ledger.read()
		if readErr == nil && ok {
			s.catching.Lock()
			known, readErr = true, s.follow(l)
			s.catching.Unlock()
		}
		if readErr != nil {
			return nil, false, regular(readErr, s.path)
		}
		if known {
			continue
		}
		if !errors.Is(err, errHeld) {
			return nil, false, fmt.Errorf("without a ledger that says what is committed, the append lock must say whether a process writes: %w", err)
		}
		select {
		case <-ctx.Done():
			return nil, false, fmt.Errorf("opossum: %w", ctx.Err())
		case <-deadline.C:
			return nil, false, fmt.Errorf("%w: %s is held by a process that writes, and there is no ledger that says what is committed",
				ports.ErrLockTimeout, s.file(lockName))
		case <-again.C:
		}
	}
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

// checkNotCut refuses a store that has lost its last segments, what the last one held,
// or all of them, before anything is changed in it. The caller holds lock.
func (s *Store) checkNotCut(firsts []domain.Position) error {
	if n := len(firsts); n > 0 {
		last := firsts[n-1]
		err := s.checkEnd(nil, last, journal.Mark{Position: math.MaxUint64}, true)
		if err == nil && s.head.Position < last {
			err = s.checkHolds(last)
		}
		return err
	}
	l, ok, err := s.ledger.read()
	if err != nil {
		return regular(err, s.path)
	}
	if ok && l.Position > 0 {
		return s.missing(1, l.says())
	}
	return s.checkEnd(nil, 1, journal.Mark{}, true)
}

// checkHolds refuses a store whose last segment, which begins at last behind the head,
// holds no whole append although it must.
func (s *Store) checkHolds(last domain.Position) error {
	if s.head.Position+1 == last && s.checkEnd(nil, s.lastFirst(), s.head, true) == nil {
		return nil
	}
	// Others may have gone on since the head was read.
	s.looked = true // nothing is made anew in a store that is refused: the log says nothing of that
	t, err := s.forward(nil)
	s.looked = false
	defer s.rewind()
	if err != nil || t.mark.Position >= last {
		return err
	}
	return s.checkEnd(nil, s.lastFirst(), t.mark, true)
}

// lastFirst returns where the last segment with events begins.
func (s *Store) lastFirst() domain.Position {
	if seg := s.active(); seg != nil {
		return seg.first
	}
	return 1
}

// missing reports that the segment with the event at position is not there.
func (s *Store) missing(position domain.Position, although string) error {
	return s.corrupt(segmentName(position), &journal.Damage{
		Position: position, Want: fmt.Sprintf("the segment with position %d, as %s", position, although),
		Got: "no such file, or an empty one; it was removed, or the segment before it was cut",
	})
}
