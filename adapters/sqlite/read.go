package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"iter"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// State returns the state with the given key; see [ports.ProjectionReader].
func (p *Projections) State(ctx context.Context, name, key string) (state ports.ProjectionState, found bool, err error) {
	if err := ports.ValidateStateKey(key); err != nil {
		return ports.ProjectionState{}, false, err
	}
	r, err := p.reader(ctx, name)
	if r == nil || err != nil {
		return ports.ProjectionState{}, false, err
	}
	state, err = scanState(r.path, r.state.QueryRowContext(context.WithoutCancel(ctx), key))
	if errors.Is(err, sql.ErrNoRows) {
		return ports.ProjectionState{}, false, nil
	}
	return state, err == nil, p.explain(ctx, r.path, err)
}

// States yields the selected states in the order of their keys, of the moment at
// which it is ranged over; see [ports.ProjectionReader]. States come from the file
// one after the other. The sequence looks at ctx while it is ranged over.
func (p *Projections) States(ctx context.Context, name string, selection ports.StateSelection) iter.Seq2[ports.ProjectionState, error] {
	return p.yield(ctx, name, func(r *reader) (string, []any, error) {
		if err := selection.Validate(); err != nil {
			return "", nil, err
		}
		if r == nil {
			return "", nil, nil
		}
		tags, err := r.rarestFirst(ctx, selection.Tags)
		if err != nil {
			return "", nil, err
		}
		statement, values := selectStates(selection, tags)
		return statement, values, nil
	})
}

// CountStates returns the number of states that carry all tags; see
// [ports.ProjectionReader].
func (p *Projections) CountStates(ctx context.Context, name string, tags ...domain.Tag) (int, error) {
	tags, err := domain.PrepareTags(tags)
	if err != nil {
		return 0, err
	}
	r, err := p.reader(ctx, name)
	if r == nil || err != nil {
		return 0, err
	}
	var n int
	tags, err = r.rarestFirst(ctx, tags)
	if err == nil {
		statement, values := countStates(tags)
		err = r.db.QueryRowContext(ctx, statement, values...).Scan(&n)
	}
	return n, p.explain(ctx, r.path, err)
}

// Parked returns the events that the live copy has set aside, by position.
func (p *Projections) Parked(ctx context.Context, name string) ([]ports.ParkedEvent, error) {
	r, err := p.reader(ctx, name)
	if r == nil || err != nil {
		return nil, err
	}
	parked, err := r.parked(ctx)
	return parked, p.explain(ctx, r.path, err)
}

func (r *reader) parked(ctx context.Context) (out []ports.ParkedEvent, err error) {
	rows, err := r.db.QueryContext(ctx, "SELECT position, type, error, attempts, at FROM parked ORDER BY position")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var e ports.ParkedEvent
		var position int64
		var at string
		if err := rows.Scan(&position, &e.Type, &e.Error, &e.Attempts, &at); err != nil {
			return nil, err
		}
		e.Position = domain.Position(position)
		if e.At, err = parseTime(at); err != nil {
			return nil, damaged(r.path, "the time of a parked event", err.Error())
		}
		out = append(out, e)
	}
	return out, rows.Err()
}

// yield ranges over the states that a statement selects. What makes the statement
// gets nil when there is no file, and returns "" when there is nothing to select.
func (p *Projections) yield(ctx context.Context, name string, choose func(*reader) (string, []any, error)) iter.Seq2[ports.ProjectionState, error] {
	return func(yield func(ports.ProjectionState, error) bool) {
		r, err := p.reader(ctx, name)
		path := p.path(name)
		var statement string
		var values []any
		if err == nil {
			statement, values, err = choose(r)
		}
		if err != nil {
			yield(ports.ProjectionState{}, p.explain(ctx, path, err))
			return
		}
		if statement == "" {
			return
		}
		rows, err := r.db.QueryContext(context.WithoutCancel(ctx), statement, values...)
		if err != nil {
			yield(ports.ProjectionState{}, p.explain(ctx, path, err))
			return
		}
		defer func() { _ = rows.Close() }() // nothing was written
		for rows.Next() {
			state, err := scanState(path, rows)
			if err == nil {
				err = p.usable(ctx)
			}
			if err != nil {
				yield(ports.ProjectionState{}, p.explain(ctx, path, err))
				return
			}
			if !yield(state, nil) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(ports.ProjectionState{}, p.explain(ctx, path, err))
		}
	}
}
