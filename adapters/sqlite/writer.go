package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"maps"
	"os"
	"slices"
	"sync"

	"github.com/gofrs/flock"

	"github.com/opossum-go/opossum/ports"
)

// writerPragmas are those of the connection that writes.
//
// The -wal file is synced before it is copied into the main file, and nowhere else:
// a power cut takes the last commits, each as a whole. It is copied every 16 MiB and
// gives the room of a long read back afterwards.
var writerPragmas = []string{
	"synchronous(normal)",
	"wal_autocheckpoint(4096)",
	"journal_size_limit(67108864)",
	"cache_size(-16384)",
}

// writer writes one projection, through one connection.
type writer struct {
	store      *Projections
	name, path string

	mu       sync.Mutex // guards what follows; taken before the mutex of the store
	lock     *flock.Flock
	file     os.FileInfo // the file that is open
	db       *sql.DB
	conn     *sql.Conn
	copies   map[ports.Copy]*copyTables
	released bool
}

// use locks the writer for a method, unless it cannot be used.
func (w *writer) use(ctx context.Context) (unlock func(), err error) {
	w.mu.Lock()
	switch err = w.store.usable(ctx); {
	case err != nil:
	case w.released:
		err = fmt.Errorf("%w: the writer of projection %s was released", ports.ErrClosed, w.name)
	default:
		err = w.sameFile()
	}
	if err != nil {
		w.mu.Unlock()
		return nil, err
	}
	return w.mu.Unlock, nil
}

// sameFile refuses to write where nobody would ever read.
func (w *writer) sameFile() error {
	file, err := os.Stat(w.path)
	if err == nil && !os.SameFile(file, w.file) {
		err = errors.New("another file has taken its place")
	}
	if err != nil {
		return fmt.Errorf("opossum: %s was deleted while the projection ran; release it and acquire it again: %w", w.path, err)
	}
	return nil
}

// transaction does something as one step. A context that ends meanwhile does not
// stop it: it takes milliseconds.
func (w *writer) transaction(ctx context.Context, do func(context.Context) error) error {
	ctx = context.WithoutCancel(ctx)
	if _, err := w.conn.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		return err
	}
	err := do(ctx)
	if err == nil {
		_, err = w.conn.ExecContext(ctx, "COMMIT")
	}
	if err != nil {
		_, _ = w.conn.ExecContext(ctx, "ROLLBACK") // it may be over already
	}
	return err
}

// look finds out which copies there are.
func (w *writer) look(ctx context.Context) (err error) {
	rows, err := w.conn.QueryContext(ctx, "SELECT role, generation FROM copies")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	found := map[ports.Copy]*copyTables{}
	for rows.Next() {
		var role string
		var generation int64
		if err := rows.Scan(&role, &generation); err != nil {
			return err
		}
		which := ports.Live
		if role == ports.Shadow.String() {
			which = ports.Shadow
		}
		found[which] = w.known(generation)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for _, old := range w.copies {
		if !slices.Contains(slices.Collect(maps.Values(found)), old) {
			err = errors.Join(err, old.close())
		}
	}
	w.copies = found
	return err
}

// known returns the tables of a copy, with their statements when there are some.
func (w *writer) known(generation int64) *copyTables {
	for _, c := range w.copies {
		if c.generation == generation {
			return c
		}
	}
	return &copyTables{generation: generation}
}

// Begin makes a new, empty shadow.
func (w *writer) Begin(ctx context.Context, signature string) error {
	unlock, err := w.use(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	return w.change(ctx, func(ctx context.Context) error {
		if _, err := w.conn.ExecContext(ctx, "DELETE FROM copies WHERE role = 'shadow'"); err != nil {
			return err
		}
		made, err := w.conn.ExecContext(ctx, "INSERT INTO copies (role, signature, checkpoint, parked) VALUES ('shadow', ?, 0, 0)", signature)
		if err != nil {
			return err
		}
		generation, err := made.LastInsertId()
		if err != nil {
			return err
		}
		_, err = w.conn.ExecContext(ctx, of(generation, copySchema))
		return err
	})
}

// Swap makes the shadow the live copy.
func (w *writer) Swap(ctx context.Context) error {
	unlock, err := w.use(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	shadow := w.copies[ports.Shadow]
	if shadow == nil {
		return fmt.Errorf("%w: %s has no shadow", ports.ErrCheckpoint, w.name)
	}
	return w.change(ctx, func(ctx context.Context) error {
		if _, err := w.conn.ExecContext(ctx, "DELETE FROM copies WHERE role = 'live'"); err != nil {
			return err
		}
		made, err := w.conn.ExecContext(ctx, "UPDATE copies SET role = 'live' WHERE generation = ?", shadow.generation)
		if err != nil {
			return err
		}
		if n, err := made.RowsAffected(); err != nil || n != 1 {
			return errors.Join(err, fmt.Errorf("%w: the shadow of %s is gone", ports.ErrCheckpoint, w.name))
		}
		_, err = w.conn.ExecContext(ctx, of(shadow.generation, liveSchema))
		return err
	})
}

// Drop removes the shadow.
func (w *writer) Drop(ctx context.Context) error {
	unlock, err := w.use(ctx)
	if err != nil || w.copies[ports.Shadow] == nil {
		if err == nil {
			unlock()
		}
		return err
	}
	defer unlock()
	return w.change(ctx, func(ctx context.Context) error {
		_, err := w.conn.ExecContext(ctx, "DELETE FROM copies WHERE role = 'shadow'")
		return err
	})
}

// change changes which copies there are, tells everybody, and then clears away what
// belongs to none, which takes a while and which nobody sees.
func (w *writer) change(ctx context.Context, do func(context.Context) error) error {
	ctx = context.WithoutCancel(ctx)
	err := w.transaction(ctx, do)
	if err == nil {
		err = w.look(ctx)
	}
	if err != nil {
		return w.store.explain(ctx, w.path, err)
	}
	w.store.wake(w.name)
	w.clean(ctx)
	return nil
}

// clean drops the tables that belong to no copy. What cannot be dropped now is
// dropped by whoever acquires the projection next.
func (w *writer) clean(ctx context.Context) {
	gone, err := w.abandoned(ctx)
	if err == nil && len(gone) > 0 {
		err = w.transaction(ctx, func(ctx context.Context) error {
			gone, err := w.abandoned(ctx) // as of now
			for _, generation := range gone {
				if err == nil {
					_, err = w.conn.ExecContext(ctx, of(generation, dropSchema))
				}
			}
			return err
		})
	}
	if err != nil {
		w.store.options.Logger.WarnContext(ctx, "opossum: drop the tables of an old copy", "file", w.path, "error", err)
	}
}

// abandoned returns the numbers of the copies that are none any more.
func (w *writer) abandoned(ctx context.Context) (gone []int64, err error) {
	rows, err := w.conn.QueryContext(ctx, `SELECT CAST(substr(name, 8) AS INTEGER) FROM sqlite_schema
		WHERE type = 'table' AND name GLOB 'states_[0-9]*' AND CAST(substr(name, 8) AS INTEGER) NOT IN (SELECT generation FROM copies)`)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var generation int64
		if err := rows.Scan(&generation); err != nil {
			return nil, err
		}
		gone = append(gone, generation)
	}
	return gone, rows.Err()
}

// States yields all states of a copy in the order of their keys.
func (w *writer) States(ctx context.Context, which ports.Copy) iter.Seq2[ports.ProjectionState, error] {
	return w.store.yield(ctx, w.name, func(*reader) (string, []any, error) {
		unlock, err := w.use(ctx)
		if err != nil {
			return "", nil, err
		}
		defer unlock()
		from := w.copies[which]
		if from == nil {
			return "", nil, nil
		}
		return of(from.generation, "SELECT "+stateColumns+" FROM states_% ORDER BY key"), nil, nil
	})
}
