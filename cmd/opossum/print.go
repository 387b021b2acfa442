package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/opossum-go/opossum/domain"
)

// printer prints events; end prints what it still holds back.
type printer interface {
	print(domain.SequencedEvent) error
	end() error
}

// table prints an aligned line per event. Columns grow with what they hold; rows
// is how many events it looks at before it prints them.
type table struct {
	out    io.Writer
	width  int // columns to cut lines at, 0 for none
	rows   int
	digits int // of a position

	held        []row
	types, tags int // columns so far
}

type row struct {
	position         domain.Position
	time             string
	typ, tags, value string
}

const (
	tableTime  = "2006-01-02 15:04:05.000Z"
	widestType = 40
	widestTags = 60
)

func (t *table) print(e domain.SequencedEvent) error {
	tags := make([]string, len(e.Tags))
	for i, tag := range e.Tags {
		tags[i] = printable(string(tag))
	}
	t.held = append(t.held, row{e.Position, e.RecordedAt.UTC().Format(tableTime), printable(e.Type), strings.Join(tags, " "), printable(string(e.Data))})
	if len(t.held) < t.rows {
		return nil
	}
	return t.end()
}

func (t *table) end() error {
	for _, r := range t.held {
		t.types = min(max(t.types, utf8.RuneCountInString(r.typ)), widestType)
		t.tags = min(max(t.tags, utf8.RuneCountInString(r.tags)), widestTags)
	}
	for _, r := range t.held {
		line := fmt.Sprintf("%*d  %s  %-*s  %-*s  %s", t.digits, r.position, r.time, t.types, r.typ, t.tags, r.tags, r.value)
		if _, err := fmt.Fprintln(t.out, cut(line, t.width)); err != nil {
			return err
		}
	}
	t.held = t.held[:0]
	return nil
}

// cut returns text in at most width characters; 0 means as long as it is.
func cut(text string, width int) string {
	if width <= 0 || utf8.RuneCountInString(text) <= width {
		return text
	}
	return string([]rune(text)[:width-1]) + "…"
}

// jsonLines prints a line of JSON per event: keys and their order as in a segment.
type jsonLines struct {
	out    io.Writer
	escape bool // what a terminal could take for a command
}

type jsonEvent struct {
	Position      domain.Position   `json:"position"`
	RecordedAt    time.Time         `json:"recordedAt"`
	Type          string            `json:"type"`
	Tags          []domain.Tag      `json:"tags"`
	ID            string            `json:"id,omitempty"`
	OccurredAt    time.Time         `json:"occurredAt,omitzero"`
	CorrelationID string            `json:"correlationId,omitempty"`
	CausationID   string            `json:"causationId,omitempty"`
	OperationID   string            `json:"operationId,omitempty"`
	UserID        string            `json:"userId,omitempty"`
	Values        map[string]string `json:"values,omitempty"`
	Data          json.RawMessage   `json:"data"`
}

func (j jsonLines) print(e domain.SequencedEvent) error {
	m := e.Metadata
	line := jsonEvent{
		Position: e.Position, RecordedAt: e.RecordedAt, Type: e.Type, Tags: e.Tags, ID: m.ID, OccurredAt: m.OccurredAt,
		CorrelationID: m.CorrelationID, CausationID: m.CausationID, OperationID: m.OperationID, UserID: m.UserID,
		Values: m.Values, Data: e.Data,
	}
	if line.Tags == nil {
		line.Tags = []domain.Tag{}
	}
	return printJSON(j.out, j.escape, line)
}

func (j jsonLines) end() error { return nil }

// printJSON prints value as a line of JSON. Escaped, it is the same JSON.
func printJSON(out io.Writer, escape bool, value any) error {
	var text strings.Builder
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return err
	}
	line := strings.TrimSuffix(text.String(), "\n")
	if escape {
		line = printable(line)
	}
	_, err := fmt.Fprintln(out, line)
	return err
}

// counted returns "1 event", "2 events".
func counted[N ~int | ~int64 | ~uint64](n N, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
