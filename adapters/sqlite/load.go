package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"github.com/opossum-go/opossum/ports"
)

// Load returns the states that a copy has of the given keys.
func (w *writer) Load(ctx context.Context, which ports.Copy, keys []string) (map[string]ports.ProjectionState, error) {
	for i, key := range keys {
		if err := ports.ValidateStateKey(key); err != nil {
			return nil, fmt.Errorf("keys[%d]: %w", i, err)
		}
	}
	unlock, err := w.use(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	from := w.copies[which]
	if from == nil {
		return map[string]ports.ProjectionState{}, nil
	}
	states := make(map[string]ports.ProjectionState, len(keys))
	err = from.find(context.WithoutCancel(ctx), w.conn, keys, loadMany, loadOne, func(rows *sql.Rows) error {
		state, err := scanState(w.path, rows)
		states[state.Key] = state
		return err
	})
	if err != nil {
		return nil, w.store.explain(ctx, w.path, err)
	}
	return states, nil
}

// find selects the rows of many keys, in the order in which they lie in the file.
func (c *copyTables) find(ctx context.Context, conn *sql.Conn, keys []string, many, one string, found func(*sql.Rows) error) error {
	if !slices.IsSorted(keys) {
		keys = slices.Sorted(slices.Values(keys))
	}
	values := make([]any, 0, keysAtOnce)
	for len(keys) > 0 {
		n, text := 1, one
		if len(keys) >= keysAtOnce {
			n, text = keysAtOnce, many
		}
		values = values[:0]
		for _, key := range keys[:n] {
			values = append(values, key)
		}
		keys = keys[n:]
		statement, err := c.statement(ctx, conn, text)
		if err != nil {
			return err
		}
		if err := query(ctx, statement, values, found); err != nil {
			return err
		}
	}
	return nil
}

func query(ctx context.Context, statement *sql.Stmt, values []any, found func(*sql.Rows) error) (err error) {
	rows, err := statement.QueryContext(ctx, values...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		if err := found(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}
