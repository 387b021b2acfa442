package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"

	"github.com/opossum-go/opossum/ports"
)

// Acquire makes the caller the only one who writes the projection; see
// [ports.ProjectionStore]. The file of the projection is made when it is not there.
func (p *Projections) Acquire(ctx context.Context, name string) (ports.ProjectionWriter, error) {
	if err := ports.ValidateProjectionName(name); err != nil {
		return nil, err
	}
	w := &writer{store: p, name: name, path: p.path(name)}
	w.mu.Lock() // Close waits until it knows whether there is something to release
	defer w.mu.Unlock()
	if err := p.enter(ctx, w); err != nil {
		return nil, err
	}
	if err := w.open(context.WithoutCancel(ctx)); err != nil {
		if again := w.end(); again != nil && !errors.Is(err, ports.ErrProjectionBusy) {
			err = errors.Join(err, again)
		}
		return nil, p.explain(ctx, w.path, err)
	}
	return w, nil
}

// enter notes down the writer, unless this handle has one already.
func (p *Projections) enter(ctx context.Context, w *writer) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.usableLocked(ctx); err != nil {
		return err
	}
	if p.writers[w.name] != nil {
		return fmt.Errorf("%w: %s", ports.ErrProjectionBusy, w.name)
	}
	p.writers[w.name] = w
	return nil
}

// leave forgets the writer.
func (p *Projections) leave(w *writer) {
	p.mu.Lock()
	if p.writers[w.name] == w {
		delete(p.writers, w.name)
	}
	p.mu.Unlock()
	p.wake(w.name) // from now on others may run it: look yourself
}

// open takes the lock and opens the file, which it makes when it is not there. The
// lock belongs to the open file, not to the process: two handles of one process keep
// each other out, too.
func (w *writer) open(ctx context.Context) error {
	w.lock = flock.New(filepath.Join(w.store.dir, w.name+lockSuffix), flock.SetFlag(os.O_CREATE|os.O_RDWR), flock.SetPermissions(0o600))
	free, err := w.lock.TryLock()
	if err != nil {
		return fmt.Errorf("take the lock %s: %w", w.lock.Path(), err)
	}
	if !free {
		return fmt.Errorf("%w: %s is held by another process or handle", ports.ErrProjectionBusy, w.lock.Path())
	}
	w.file, err = os.Stat(w.path)
	if errors.Is(err, os.ErrNotExist) {
		if err := create(ctx, w.path); err != nil {
			return err
		}
		w.file, err = os.Stat(w.path)
	}
	if err != nil {
		return err
	}
	w.db, err = sql.Open("sqlite", dataSource(w.path, "rw", writerPragmas...))
	if err != nil {
		return err
	}
	w.db.SetMaxOpenConns(1)
	if err := recognize(ctx, w.db, w.path); err != nil {
		return err
	}
	if w.conn, err = w.db.Conn(ctx); err != nil {
		return err
	}
	if err := addEvent(ctx, w.conn); err != nil {
		return err
	}
	if err := w.look(ctx); err != nil {
		return err
	}
	w.clean(ctx)
	return nil
}

// Release lets others run the projection.
func (w *writer) Release() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.released {
		return nil
	}
	if err := w.end(); err != nil {
		return fmt.Errorf("opossum: release %s: %w", w.path, err)
	}
	return nil
}

// end frees everything, the lock last.
func (w *writer) end() error {
	w.released = true
	var errs []error
	for _, c := range w.copies {
		errs = append(errs, c.close())
	}
	if w.conn != nil {
		errs = append(errs, w.conn.Close())
	}
	if w.db != nil {
		errs = append(errs, w.db.Close())
	}
	if w.lock != nil {
		errs = append(errs, w.lock.Close())
	}
	w.store.leave(w)
	return errors.Join(errs...)
}
