package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// Commit changes a copy in one step.
func (w *writer) Commit(ctx context.Context, which ports.Copy, batch ports.ProjectionBatch) error {
	if err := batch.Validate(); err != nil {
		return err
	}
	unlock, err := w.use(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	to := w.copies[which]
	if to == nil {
		return fmt.Errorf("%w: %s has no %v copy", ports.ErrCheckpoint, w.name, which)
	}
	step := commit{conn: w.conn, path: w.path, to: to, batch: batch}
	if err := w.transaction(ctx, step.run); err != nil {
		return w.store.explain(ctx, w.path, err)
	}
	w.store.wake(w.name)
	return nil
}

// commit writes a batch, inside of a transaction.
type commit struct {
	conn  *sql.Conn
	path  string
	to    *copyTables
	batch ports.ProjectionBatch
}

// taggedState is a state to write and the text of its tags, "" for none.
type taggedState struct {
	*ports.ProjectionState
	tags string
}

// run moves the checkpoint first: that decides.
func (c *commit) run(ctx context.Context) error {
	if err := c.move(ctx); err != nil {
		return err
	}
	put := make([]taggedState, len(c.batch.Put))
	for i := range c.batch.Put {
		tags, err := tagsText(c.batch.Put[i].Tags)
		if err != nil {
			return err
		}
		put[i] = taggedState{&c.batch.Put[i], tags}
	}
	byKey := func(a, b taggedState) int { return strings.Compare(a.Key, b.Key) }
	if !slices.IsSortedFunc(put, byKey) {
		slices.SortFunc(put, byKey) // as they lie in the file
	}
	if err := c.retag(ctx, put); err != nil {
		return err
	}
	if err := c.put(ctx, put); err != nil {
		return err
	}
	for _, key := range c.batch.Delete {
		if _, err := c.to.exec(ctx, c.conn, deleteStatement, key); err != nil {
			return err
		}
	}
	return c.park(ctx)
}

func (c *commit) move(ctx context.Context) error {
	var failure any
	if c.batch.Failure != nil {
		own := *c.batch.Failure
		own.At = own.At.UTC()
		text, err := json.Marshal(own)
		if err != nil {
			return err
		}
		failure = string(text)
	}
	moved, err := c.to.exec(ctx, c.conn, moveStatement, int64(c.batch.UpTo), eventText(c.batch), failure, int64(c.batch.After))
	if err != nil {
		return err
	}
	n, err := moved.RowsAffected()
	if err == nil && n != 1 {
		err = fmt.Errorf("%w: it is not at %d, or the copy in %s is gone", ports.ErrCheckpoint, c.batch.After, c.path)
	}
	return err
}

func (c *commit) put(ctx context.Context, put []taggedState) error {
	values := make([]any, 0, rowsAtOnce*stateWidth)
	for len(put) > 0 {
		n, statement := 1, putOne
		if len(put) >= rowsAtOnce {
			n, statement = rowsAtOnce, putMany
		}
		values = values[:0]
		for _, state := range put[:n] {
			values = appendState(values, state)
		}
		put = put[n:]
		if _, err := c.to.exec(ctx, c.conn, statement, values...); err != nil {
			return err
		}
	}
	return nil
}

// retag files the states under the tags that they have now. It reads those that they
// had, unless no state of the copy ever had one.
func (c *commit) retag(ctx context.Context, put []taggedState) error {
	if !c.to.looked {
		statement, err := c.to.statement(ctx, c.conn, anyTagStatement)
		if err != nil {
			return err
		}
		if err := statement.QueryRowContext(ctx).Scan(&c.to.tagged); err != nil {
			return err
		}
		c.to.looked = true
	}
	if !c.to.tagged && !slices.ContainsFunc(put, func(s taggedState) bool { return s.tags != "" }) {
		return nil
	}
	c.to.tagged = true
	now := make(map[string]taggedState, len(put))
	keys := make([]string, 0, len(put)+len(c.batch.Delete))
	for _, state := range put {
		keys = append(keys, state.Key)
		now[state.Key] = state
	}
	keys = append(keys, c.batch.Delete...)
	before := make(map[string]string, len(keys))
	err := c.to.find(ctx, c.conn, keys, tagsMany, tagsOne, func(rows *sql.Rows) error {
		var key string
		var tags sql.Null[string]
		err := rows.Scan(&key, &tags)
		before[key] = tags.V
		return err
	})
	for _, key := range keys {
		if err == nil && before[key] != now[key].tags {
			err = c.refile(ctx, key, before[key], now[key].ProjectionState)
		}
	}
	return err
}

// refile files a state under tags that it did not have before, and no longer under
// those that it has lost. The state is nil when it goes.
func (c *commit) refile(ctx context.Context, key, before string, now *ports.ProjectionState) error {
	lost, err := parseTags(before)
	if err != nil {
		return damaged(c.path, fmt.Sprintf("the tags of the state %q", key), err.Error())
	}
	var tags []domain.Tag
	if now != nil {
		tags = now.Tags
	}
	if err := c.file(ctx, untagStatement, key, lost, tags); err != nil {
		return err
	}
	return c.file(ctx, tagStatement, key, tags, lost)
}

// file runs a statement for those tags of a key that are not among the others.
func (c *commit) file(ctx context.Context, statement, key string, tags, others []domain.Tag) error {
	for _, tag := range tags {
		if slices.Contains(others, tag) {
			continue
		}
		if _, err := c.to.exec(ctx, c.conn, statement, string(tag), key); err != nil {
			return err
		}
	}
	return nil
}

func (c *commit) park(ctx context.Context) error {
	if len(c.batch.Park)+len(c.batch.Unpark) == 0 {
		return nil
	}
	for _, e := range c.batch.Park {
		if _, err := c.to.exec(ctx, c.conn, parkStatement, int64(e.Position), e.Type, e.Error, e.Attempts, timeText(e.At)); err != nil {
			return err
		}
	}
	for _, position := range c.batch.Unpark {
		if _, err := c.to.exec(ctx, c.conn, unparkStatement, int64(position)); err != nil {
			return err
		}
	}
	_, err := c.to.exec(ctx, c.conn, countStatement)
	return err
}
