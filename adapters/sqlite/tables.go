package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"strings"
)

// How many rows one statement is about. Each costs the driver less the more there
// are, but the driver looks for a value by going through all of them.
const (
	rowsAtOnce = 8
	keysAtOnce = 32
)

// copyTables are the tables of a copy, with the statements about them that were
// needed so far. They belong to the connection of the writer.
type copyTables struct {
	generation int64
	tagged     bool // there may be states with tags
	looked     bool // tagged was looked up
	prepared   map[string]*sql.Stmt
}

// Statements about one copy.
const (
	moveStatement   = "UPDATE copies SET checkpoint = ?, event = ?, failure = ? WHERE generation = % AND checkpoint = ?"
	deleteStatement = "DELETE FROM states_% WHERE key = ?"
	tagStatement    = "INSERT OR IGNORE INTO tags_% VALUES (?, ?)"
	untagStatement  = "DELETE FROM tags_% WHERE tag = ? AND key = ?"
	parkStatement   = "INSERT OR REPLACE INTO parked_% VALUES (?, ?, ?, ?, ?)"
	unparkStatement = "DELETE FROM parked_% WHERE position = ?"
	countStatement  = "UPDATE copies SET parked = (SELECT count(*) FROM parked_%) WHERE generation = %"
	anyTagStatement = "SELECT EXISTS (SELECT 1 FROM tags_%)"
	loadStatement   = "SELECT " + stateColumns + " FROM states_% WHERE key IN "
	tagsStatement   = "SELECT key, tags FROM states_% WHERE key IN "
	putStatement    = "INSERT OR REPLACE INTO states_% VALUES "
)

// statement returns a prepared statement.
func (c *copyTables) statement(ctx context.Context, conn *sql.Conn, text string) (*sql.Stmt, error) {
	if found := c.prepared[text]; found != nil {
		return found, nil
	}
	made, err := conn.PrepareContext(ctx, of(c.generation, text))
	if err != nil {
		return nil, err
	}
	if c.prepared == nil {
		c.prepared = map[string]*sql.Stmt{}
	}
	c.prepared[text] = made
	return made, nil
}

// exec runs a prepared statement.
func (c *copyTables) exec(ctx context.Context, conn *sql.Conn, text string, values ...any) (sql.Result, error) {
	statement, err := c.statement(ctx, conn, text)
	if err != nil {
		return nil, err
	}
	return statement.ExecContext(ctx, values...)
}

func (c *copyTables) close() error {
	var errs []error
	for _, statement := range c.prepared {
		errs = append(errs, statement.Close())
	}
	c.prepared = nil
	return errors.Join(errs...)
}

// manyStatements are those for the largest number of rows, made once.
var (
	putMany  = putStatement + list(tuple(stateWidth), rowsAtOnce)
	putOne   = putStatement + tuple(stateWidth)
	loadMany = loadStatement + tuple(keysAtOnce)
	loadOne  = loadStatement + tuple(1)
	tagsMany = tagsStatement + tuple(keysAtOnce)
	tagsOne  = tagsStatement + tuple(1)
)

// tuple is (?, ?, …).
func tuple(n int) string { return "(" + list("?", n) + ")" }

func list(of string, n int) string { return strings.TrimSuffix(strings.Repeat(of+", ", n), ", ") }
