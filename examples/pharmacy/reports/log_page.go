package reports

import (
	"context"
	"iter"
	"slices"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/examples/pharmacy/dispensing"
	"github.com/opossum-go/opossum/ports"
	"github.com/opossum-go/opossum/projection"
)

// LogLine is a line of the running log with the balance after it.
type LogLine struct {
	Line

	Balance int `json:"balance"` // of the product
}

// Newest yields the lines among the entries, with their balances, the newest first.
// The entries come in the order of a backwards selection of [LogEntries], the books
// of all products before the lines.
func Newest(entries iter.Seq2[projection.State[Entry], error]) iter.Seq2[LogLine, error] {
	return func(yield func(LogLine, error) bool) {
		balances := make(map[string]int)
		for state, err := range entries {
			if err != nil {
				yield(LogLine{}, err)
				return
			}
			if book := state.Value.Book; book != nil {
				balances[book.NDC] = book.OnHand
				continue
			}
			line := LogLine{Line: *state.Value.Line}
			line.Balance = balances[line.NDC]
			balances[line.NDC] += line.Out - line.In
			if !yield(line, nil) {
				return
			}
		}
	}
}

// Page returns up to most lines before a position, oldest first. Zero means all of
// them, and no position.
func Page(lines iter.Seq2[LogLine, error], before domain.Position, most int) ([]LogLine, error) {
	var page []LogLine
	for line, err := range lines {
		if err != nil {
			return nil, err
		}
		if before > 0 && line.Position >= before {
			continue
		}
		page = append(page, line)
		if len(page) == most {
			break
		}
	}
	slices.Reverse(page)
	return page, nil
}

// Log folds [LogEntries] of a schedule from all events of a store, oldest first. An
// empty schedule means all of them.
func Log(ctx context.Context, store ports.Reader, schedule dispensing.Schedule) ([]LogLine, error) {
	states, err := folded(ctx, store, LogEntries())
	if err != nil {
		return nil, err
	}
	states = carrying(states, ScheduleTag(schedule))
	return Page(Newest(func(yield func(projection.State[Entry], error) bool) {
		for _, state := range slices.Backward(states) {
			if !yield(state, nil) {
				return
			}
		}
	}), 0, 0)
}
