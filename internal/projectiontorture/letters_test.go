package projectiontorture_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// judgeLetters holds what the outbox has written against the log. While it runs, it
// may have written more than it knows.
func (w *world) judgeLetters(ctx context.Context, states ports.ProjectionReader, quiet bool) error {
	info, err := states.Projection(ctx, mail) // before the file
	if err != nil {
		return err
	}
	var checkpoint domain.Position
	if info.Live != nil {
		checkpoint = info.Live.Checkpoint
	}
	text, err := os.ReadFile(letterFile(w.dir))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	var wanted []domain.Position
	for _, e := range w.log {
		if outbox(nil).Query().Matches(e.Event) {
			wanted = append(wanted, e.Position)
		}
	}
	key := func(p domain.Position) string { return fmt.Sprintf("%s/%d/%s", mail, p, w.log[p-1].Metadata.ID) }
	sent, repeated := 0, 0
	for line := range bytes.Lines(text) {
		var l letter
		if err := json.Unmarshal(line, &l); err != nil {
			return fmt.Errorf("letter %q: %w", line, err)
		}
		position := domain.Position(l.Position)
		switch {
		case sent > 0 && position == wanted[sent-1]:
			repeated++
		case sent < len(wanted) && position == wanted[sent]:
			sent++
		default:
			return &finding{ruleLetters, fmt.Sprintf("position %d is delivered after %s", position, behind(wanted[:sent]))}
		}
		if l.Key != key(position) {
			return &finding{ruleLetters, fmt.Sprintf("position %d is delivered with the key %q, want %q", position, l.Key, key(position))}
		}
	}
	acknowledged := 0 // as its checkpoint says
	for acknowledged < len(wanted) && wanted[acknowledged] <= checkpoint {
		acknowledged++
	}
	switch {
	case sent < acknowledged:
		return &finding{ruleLetters, fmt.Sprintf("the checkpoint is %d, and the last one that was delivered is %s", checkpoint, behind(wanted[:sent]))}
	case quiet && sent > acknowledged+1:
		return &finding{ruleLetters, fmt.Sprintf("%d are delivered ahead of the checkpoint %d", sent-acknowledged, checkpoint)}
	case repeated > w.deaths:
		return &finding{ruleLetters, fmt.Sprintf("%d were repeated, and %d processes were killed", repeated, w.deaths)}
	}
	w.repeated = repeated
	return nil
}

func behind(sent []domain.Position) string {
	if len(sent) == 0 {
		return "none"
	}
	return strings.TrimSpace(fmt.Sprint(sent[len(sent)-1]))
}
