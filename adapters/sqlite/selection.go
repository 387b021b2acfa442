package sqlite

import (
	"context"
	"strings"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// selectStates returns the statement for a selection. A selection by tags walks
// through the keys of the first tag, in order, and looks each up under the others.
func selectStates(selection ports.StateSelection, tags []domain.Tag) (statement string, values []any) {
	var b strings.Builder
	key := "s.key"
	if len(tags) == 0 {
		b.WriteString("SELECT " + stateColumns + " FROM states AS s WHERE TRUE")
	} else {
		key = "t.key"
		b.WriteString("SELECT s.key, s.data, s.tags, s.version, s.created_at, s.updated_at, s.position")
		values = writeTagged(&b, "tags AS t CROSS JOIN states AS s ON s.key = t.key", tags)
	}
	order := ""
	switch {
	case selection.Backwards:
		order = " DESC"
	case selection.After != "":
		b.WriteString(" AND " + key + " > ?")
	}
	if selection.Backwards && selection.After != "" {
		b.WriteString(" AND " + key + " < ?")
	}
	if selection.After != "" {
		values = append(values, selection.After)
	}
	b.WriteString(" ORDER BY " + key + order)
	if selection.Limit > 0 {
		b.WriteString(" LIMIT ?")
		values = append(values, selection.Limit)
	}
	return b.String(), values
}

// countStates returns the statement that counts the states with all tags.
func countStates(tags []domain.Tag) (statement string, values []any) {
	if len(tags) == 0 {
		return "SELECT count(*) FROM states", nil
	}
	var b strings.Builder
	b.WriteString("SELECT count(*)")
	values = writeTagged(&b, "tags AS t", tags)
	return b.String(), values
}

// writeTagged writes where the keys with all tags come from, and returns the values.
func writeTagged(b *strings.Builder, from string, tags []domain.Tag) []any {
	b.WriteString(" FROM " + from + " WHERE t.tag = ?")
	values := []any{string(tags[0])}
	for _, tag := range tags[1:] {
		b.WriteString(" AND EXISTS (SELECT 1 FROM tags AS o WHERE o.tag = ? AND o.key = t.key)")
		values = append(values, string(tag))
	}
	return values
}

// rarestFirst brings the tag with the fewest states to the front. It counts no
// further than the rarest goes, about: a few, then more until one runs out.
func (r *reader) rarestFirst(ctx context.Context, tags []domain.Tag) ([]domain.Tag, error) {
	tags, err := domain.PrepareTags(tags) // a copy
	if err != nil || len(tags) < 2 {
		return tags, err
	}
	const most = 1 << 20 // beyond that the order matters little
	for limit := 64; limit <= most; limit *= 16 {
		rarest, fewest := 0, limit
		for i, tag := range tags {
			var n int
			err := r.db.QueryRowContext(ctx, "SELECT count(*) FROM (SELECT 1 FROM tags WHERE tag = ? LIMIT ?)", string(tag), fewest).Scan(&n)
			if err != nil {
				return nil, err
			}
			if n < fewest {
				rarest, fewest = i, n
			}
		}
		if fewest < limit {
			tags[0], tags[rarest] = tags[rarest], tags[0]
			break
		}
	}
	return tags, nil
}
