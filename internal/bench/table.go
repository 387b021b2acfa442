package bench

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// widths of the columns of the table, in characters.
const (
	nameWidth, figureWidth, unitWidth, ratioWidth = 26, 10, 13, 7
)

// Table writes results for people, a line each, as they come.
type Table struct {
	out   io.Writer
	begun bool
}

// NewTable returns a table on out.
func NewTable(out io.Writer) *Table { return &Table{out: out} }

// End writes what the columns mean below the lines, when there are any.
func (t *Table) End() error {
	if !t.begun {
		return nil
	}
	_, err := io.WriteString(t.out, "\n"+legend+"\n")
	return err
}

const legend = "ratio: the median of value / baseline of each round, not that of the two medians shown; below 1 is better for times, above 1 for events/s"

// Add writes a line, below the headings when it is the first one. The writer's
// first error ends the line and is returned.
func (t *Table) Add(r Result) error {
	var text strings.Builder
	if !t.begun {
		t.begun = true
		if r.Machine != nil {
			fmt.Fprintln(&text, r.Machine)
			fmt.Fprintln(&text)
		}
		row(&text, "scenario", "value", "unit", "baseline", "ratio", "p50 µs", "p99 µs", "p99.9 µs", "bar")
	}
	row(
		&text, r.Scenario, figureText(r.Value), r.Unit, figureText(r.Baseline), figureText(r.Ratio),
		spent(r.P50), spent(r.P99), spent(r.P999), r.shown(),
	)
	_, err := io.WriteString(t.out, text.String())
	return err
}

// shown is the bar as the table shows it, or why it is not judged.
func (r Result) shown() string {
	switch {
	case r.Met == nil && r.barred():
		return r.unjudged
	case r.Met == nil:
		return ""
	case *r.Met:
		return r.Bar + " met"
	default:
		return r.Bar + " MISSED"
	}
}

// spent writes a percentile, a dash where nothing was timed.
func spent(micros float64) string {
	if micros == 0 {
		return "-"
	}
	return figureText(micros)
}

func row(b *strings.Builder, name, value, unit, baseline, ratio, p50, p99, p999, verdict string) {
	left(b, name, nameWidth)
	right(b, value, figureWidth)
	b.WriteByte(' ')
	left(b, unit, unitWidth)
	right(b, baseline, figureWidth)
	right(b, ratio, ratioWidth+1)
	for _, p := range []string{p50, p99, p999} {
		right(b, p, figureWidth)
	}
	if verdict != "" {
		b.WriteString("  ")
		b.WriteString(verdict)
	}
	b.WriteByte('\n')
}

func left(b *strings.Builder, text string, width int) {
	b.WriteString(text)
	b.WriteString(strings.Repeat(" ", max(1, width-utf8.RuneCountInString(text))))
}

func right(b *strings.Builder, text string, width int) {
	b.WriteString(strings.Repeat(" ", max(1, width-utf8.RuneCountInString(text))))
	b.WriteString(text)
}
