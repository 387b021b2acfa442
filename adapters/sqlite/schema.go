package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// What SQLite's header says about a file of ours.
const (
	applicationID = 0x4f50534d // "OPSM"
	schemaVersion = 1
)

// busyTimeout is how long a connection waits for a lock that another one holds.
// Only the one writer and checkpoints of the -wal file ever hold one.
const busyTimeout = 10 * time.Second

// schema is what a new file holds. A copy has tables of its own, which its number
// distinguishes; see copySchema.
const schema = `
CREATE TABLE copies (
	generation INTEGER PRIMARY KEY AUTOINCREMENT,
	role       TEXT    NOT NULL UNIQUE CHECK (role IN ('live', 'shadow')),
	signature  TEXT    NOT NULL,
	checkpoint INTEGER NOT NULL,
	parked     INTEGER NOT NULL,
	failure    TEXT,
	event      TEXT
);
CREATE VIEW states AS SELECT '' AS key, '' AS data, NULL AS tags, 0 AS version, '' AS created_at, '' AS updated_at, 0 AS position WHERE 0;
CREATE VIEW tags AS SELECT '' AS tag, '' AS key WHERE 0;
CREATE VIEW parked AS SELECT 0 AS position, '' AS type, '' AS error, 0 AS attempts, '' AS at WHERE 0;
`

// copiesStatement reads what is known about the copies. Files of an earlier version
// have no column event until somebody acquires the projection: the name then means
// that of the table without rows of its own, which is NULL.
const copiesStatement = `
SELECT role, signature, checkpoint, parked, failure,
	(SELECT event FROM copies AS same WHERE same.generation = c.generation)
FROM (SELECT NULL AS event) CROSS JOIN copies AS c`

// addEvent gives a file of an earlier version the column that it lacks.
func addEvent(ctx context.Context, conn *sql.Conn) error {
	var there bool
	err := conn.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM pragma_table_info('copies') WHERE name = 'event')").Scan(&there)
	if err == nil && !there {
		_, err = conn.ExecContext(ctx, "ALTER TABLE copies ADD COLUMN event TEXT")
	}
	return err
}

// copySchema makes the tables of a copy. A state is found by its key and read in
// order of keys, never by anything else, so it lies in the tree of its keys.
const copySchema = `
CREATE TABLE states_% (
	key        TEXT    NOT NULL PRIMARY KEY,
	data       TEXT    NOT NULL,
	tags       TEXT,
	version    INTEGER NOT NULL,
	created_at TEXT    NOT NULL,
	updated_at TEXT    NOT NULL,
	position   INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE tags_% (
	tag TEXT NOT NULL,
	key TEXT NOT NULL,
	PRIMARY KEY (tag, key)
) WITHOUT ROWID;
CREATE TABLE parked_% (
	position INTEGER PRIMARY KEY,
	type     TEXT    NOT NULL,
	error    TEXT    NOT NULL,
	attempts INTEGER NOT NULL,
	at       TEXT    NOT NULL
);
`

// liveSchema makes the views of the live copy.
const liveSchema = `
DROP VIEW states;
DROP VIEW tags;
DROP VIEW parked;
CREATE VIEW states AS SELECT * FROM states_%;
CREATE VIEW tags AS SELECT * FROM tags_%;
CREATE VIEW parked AS SELECT * FROM parked_%;
`

// dropSchema drops the tables of a copy.
const dropSchema = `
DROP TABLE IF EXISTS states_%;
DROP TABLE IF EXISTS tags_%;
DROP TABLE IF EXISTS parked_%;
`

// of puts the number of a copy into a statement.
func of(generation int64, statement string) string {
	return strings.ReplaceAll(statement, "%", strconv.FormatInt(generation, 10))
}

// dataSource names a file for the driver, which runs the pragmas on every new
// connection. It never makes a file unless mode says so.
func dataSource(path, mode string, pragmas ...string) string {
	slashed := filepath.ToSlash(path)
	if !strings.HasPrefix(slashed, "/") {
		slashed = "/" + slashed // C:/…
	}
	query := url.Values{"mode": {mode}, "_pragma": append([]string{fmt.Sprintf("busy_timeout(%d)", busyTimeout.Milliseconds())}, pragmas...)}
	return (&url.URL{Scheme: "file", Path: slashed, RawQuery: query.Encode()}).String()
}

// create makes the file of a projection. It comes into being under another name,
// so that nobody ever sees half of it. The caller holds the projection's lock.
func create(ctx context.Context, path string) (err error) {
	unfinished := path + ".new"
	for _, old := range []string{unfinished, unfinished + "-journal", unfinished + "-wal", unfinished + "-shm", path + "-wal", path + "-shm"} {
		if err := os.Remove(old); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	db, err := sql.Open("sqlite", dataSource(unfinished, "rwc", "synchronous(full)"))
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(1)
	_, err = db.ExecContext(ctx, fmt.Sprintf("BEGIN IMMEDIATE; %s PRAGMA application_id = %d; PRAGMA user_version = %d; COMMIT; PRAGMA journal_mode = WAL;",
		schema, applicationID, schemaVersion))
	if err = errors.Join(err, db.Close()); err != nil {
		return err
	}
	if err := os.Chmod(unfinished, 0o600); err != nil { // and so are the files that SQLite makes beside it
		return err
	}
	return os.Rename(unfinished, path)
}

// recognize refuses a file that is not one of ours.
func recognize(ctx context.Context, db *sql.DB, path string) error {
	var application, version int
	err := db.QueryRowContext(ctx, "SELECT application_id, user_version FROM pragma_application_id, pragma_user_version").Scan(&application, &version)
	switch {
	case err != nil:
		return err
	case application != applicationID:
		return damaged(path, "a projection", fmt.Sprintf("a SQLite file of another program (application_id %d)", application))
	case version != schemaVersion:
		return fmt.Errorf("%w: %s has the format %d, this version of opossum knows %d; use the version that made it, or %s", ErrFormat, path, version, schemaVersion, remedy(path))
	}
	return nil
}
