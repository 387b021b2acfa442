package main

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"sync"

	_ "modernc.org/sqlite"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/internal/bench"
)

// sqlite keeps events and tags in two tables, durable on power loss: write-ahead
// log, synchronous=FULL. One connection writes, as SQLite allows no more.
type sqlite struct {
	db     *sql.DB
	mu     sync.Mutex // one transaction at a time; without it clients would poll
	writer *sql.Conn

	insertEvent, insertTag, matching, tagged *sql.Stmt
}

const schema = `
CREATE TABLE IF NOT EXISTS events (position INTEGER PRIMARY KEY, type TEXT NOT NULL, event BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS tags (tag TEXT NOT NULL, position INTEGER NOT NULL, type TEXT NOT NULL, PRIMARY KEY (tag, position)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS events_of_type ON events (type, position);`

func openSQLite(ctx context.Context, dir string) (bench.Rival, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "events.db")+
		"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=busy_timeout(10000)")
	if err != nil {
		return nil, err
	}
	s := &sqlite{db: db}
	if _, err := db.ExecContext(ctx, schema); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	if s.writer, err = db.Conn(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	for _, p := range []struct {
		into **sql.Stmt
		text string
	}{
		{&s.insertEvent, `INSERT INTO events (type, event) VALUES (?, ?)`},
		{&s.insertTag, `INSERT INTO tags (tag, position, type) VALUES (?, ?, ?)`},
		{&s.matching, `SELECT position FROM tags WHERE tag = ? AND position > ? AND type = ? LIMIT 1`},
	} {
		if *p.into, err = s.writer.PrepareContext(ctx, p.text); err != nil {
			return nil, errors.Join(err, db.Close())
		}
	}
	s.tagged, err = db.PrepareContext(ctx, `SELECT e.event FROM tags t JOIN events e USING (position) WHERE t.tag = ? ORDER BY t.position`)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return s, nil
}

func (s *sqlite) Append(ctx context.Context, events []domain.Event, conditions ...domain.AppendCondition) (domain.Positions, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.writer.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		return domain.Positions{}, err
	}
	last, err := s.insert(ctx, events, conditions)
	if err != nil {
		_, undo := s.writer.ExecContext(ctx, "ROLLBACK")
		return domain.Positions{}, errors.Join(err, undo)
	}
	if _, err := s.writer.ExecContext(ctx, "COMMIT"); err != nil {
		return domain.Positions{}, err
	}
	return block(last, events), nil
}

func (s *sqlite) insert(ctx context.Context, events []domain.Event, conditions []domain.AppendCondition) (last domain.Position, err error) {
	for _, c := range conditions {
		eventType, tag, err := boundary(c)
		if err != nil {
			return 0, err
		}
		var at int64
		err = s.matching.QueryRowContext(ctx, string(tag), int64(c.After), eventType).Scan(&at)
		if err == nil {
			return 0, conflict(c, domain.Position(at))
		}
		if !errors.Is(err, sql.ErrNoRows) {
			return 0, err
		}
	}
	for _, e := range events {
		r, err := s.insertEvent.ExecContext(ctx, e.Type, encode(e))
		if err != nil {
			return 0, err
		}
		position, err := r.LastInsertId()
		if err != nil {
			return 0, err
		}
		for _, tag := range e.Tags {
			if _, err := s.insertTag.ExecContext(ctx, string(tag), position, e.Type); err != nil {
				return 0, err
			}
		}
		last = domain.Position(position)
	}
	return last, nil
}

func (s *sqlite) ReadTag(ctx context.Context, tag domain.Tag) (found int, err error) {
	rows, err := s.tagged.QueryContext(ctx, string(tag))
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	var text sql.RawBytes
	for ; rows.Next(); found++ {
		if err := rows.Scan(&text); err != nil {
			return 0, err
		}
		if _, err := decode(text); err != nil {
			return 0, err
		}
	}
	return found, rows.Err()
}

func (s *sqlite) Close() error { return errors.Join(s.writer.Close(), s.db.Close()) }
