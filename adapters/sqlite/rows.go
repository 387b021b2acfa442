package sqlite

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// stateColumns are those that scanState reads and stateValues gives.
const stateColumns = "key, data, tags, version, created_at, updated_at, position"

// stateWidth is their number.
const stateWidth = 7

// appendState appends the values of a state.
func appendState(values []any, s taggedState) []any {
	tags := sql.Null[string]{V: s.tags, Valid: s.tags != ""}
	return append(values, s.Key, text(s.Data), tags, s.Version, timeText(s.CreatedAt), timeText(s.UpdatedAt), int64(s.Position))
}

// scanState reads a state from a row.
func scanState(path string, rows interface{ Scan(...any) error }) (ports.ProjectionState, error) {
	var s ports.ProjectionState
	var data []byte
	var tags sql.Null[string]
	var created, updated string
	var position int64
	if err := rows.Scan(&s.Key, &data, &tags, &s.Version, &created, &updated, &position); err != nil {
		return ports.ProjectionState{}, err
	}
	s.Data, s.Position = data, domain.Position(position)
	var err error
	if s.Tags, err = parseTags(tags.V); err == nil {
		s.CreatedAt, err = parseTime(created)
	}
	if err == nil {
		s.UpdatedAt, err = parseTime(updated)
	}
	if err != nil {
		return ports.ProjectionState{}, damaged(path, fmt.Sprintf("the state %q as it was written", s.Key), err.Error())
	}
	return s, nil
}

// text makes SQLite keep bytes as a text.
func text(b []byte) string { return string(b) }

// tagsText returns tags as a JSON array, "" for none.
func tagsText(tags []domain.Tag) (string, error) {
	if len(tags) == 0 {
		return "", nil
	}
	out, err := json.Marshal(tags)
	return string(out), err
}

func parseTags(text string) (tags []domain.Tag, err error) {
	if text != "" {
		err = json.Unmarshal([]byte(text), &tags)
	}
	return tags, err
}

// eventText names the event at the end of a batch, by position and id; NULL for none.
// An earlier version of this package moves the checkpoint and leaves this behind.
func eventText(batch ports.ProjectionBatch) sql.Null[string] {
	return sql.Null[string]{V: batch.UpTo.String() + " " + batch.EventID, Valid: batch.EventID != ""}
}

// eventID returns the id in such a text, "" when it is of another position.
func eventID(text string, checkpoint domain.Position) string {
	if position, id, _ := strings.Cut(text, " "); position == checkpoint.String() {
		return id
	}
	return ""
}

// timeText is a time as a person and the date functions of SQLite read it.
func timeText(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

func parseTime(text string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339Nano, text)
	return t.UTC(), err
}
