package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"os"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// idleConnections is how many connections for reading a projection keeps when
// nobody reads.
const idleConnections = 4

// reader reads one projection. Its statements name the views of the live copy: each
// statement sees one moment, and after a swap SQLite compiles it anew by itself.
type reader struct {
	name, path string
	file       os.FileInfo // the file that is open
	db         *sql.DB
	state      *sql.Stmt // by key
	copies     *sql.Stmt
}

// reader returns nil when there is no file.
func (p *Projections) reader(ctx context.Context, name string) (*reader, error) {
	if err := ports.ValidateProjectionName(name); err != nil {
		return nil, err
	}
	p.mu.Lock()
	r, err := p.readerLocked(ctx, name)
	p.mu.Unlock()
	return r, p.explain(ctx, p.path(name), err)
}

func (p *Projections) readerLocked(ctx context.Context, name string) (*reader, error) {
	if err := p.usableLocked(ctx); err != nil {
		return nil, err
	}
	path := p.path(name)
	file, err := os.Stat(path)
	known := p.readers[name]
	if err == nil && known != nil && os.SameFile(file, known.file) {
		return known, nil
	}
	if known != nil { // it was deleted, and perhaps made anew
		delete(p.readers, name)
		if err := known.close(); err != nil {
			p.options.Logger.WarnContext(ctx, "opossum: close a projection that was deleted", "file", path, "error", err)
		}
	}
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	r, err := newReader(context.WithoutCancel(ctx), name, path, file)
	if err == nil {
		p.readers[name] = r
	}
	return r, err
}

func newReader(ctx context.Context, name, path string, file os.FileInfo) (_ *reader, err error) {
	r := &reader{name: name, path: path, file: file}
	r.db, err = sql.Open("sqlite", dataSource(path, "rw", "query_only(1)"))
	if err != nil {
		return nil, err
	}
	r.db.SetMaxIdleConns(idleConnections)
	err = recognize(ctx, r.db, path)
	if err == nil {
		r.state, err = r.db.PrepareContext(ctx, "SELECT "+stateColumns+" FROM states WHERE key = ?")
	}
	if err == nil {
		r.copies, err = r.db.PrepareContext(ctx, copiesStatement)
	}
	if err != nil {
		_ = r.close() // nothing was written
		return nil, err
	}
	return r, nil
}

// close frees the connections; one that is used goes when its user lets go of it.
func (r *reader) close() error {
	if r.db == nil {
		return nil
	}
	return r.db.Close()
}

// info tells about both copies, as of one moment.
func (r *reader) info(ctx context.Context) (info ports.ProjectionInfo, err error) {
	info = ports.ProjectionInfo{Name: r.name}
	rows, err := r.copies.QueryContext(context.WithoutCancel(ctx))
	if err != nil {
		return info, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var role string
		var checkpoint int64
		var failure, event sql.Null[string]
		found := &ports.CopyInfo{}
		if err := rows.Scan(&role, &found.Signature, &checkpoint, &found.Parked, &failure, &event); err != nil {
			return info, err
		}
		found.Checkpoint = domain.Position(checkpoint)
		found.EventID = eventID(event.V, found.Checkpoint)
		if failure.Valid {
			if err := json.Unmarshal([]byte(failure.V), &found.Failure); err != nil {
				return info, damaged(r.path, "a failure as JSON", err.Error())
			}
		}
		if role == ports.Live.String() {
			info.Live = found
		} else {
			info.Shadow = found
		}
	}
	return info, rows.Err()
}
