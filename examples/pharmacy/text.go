package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"unicode"
)

const disclaimer = "A demonstration: paper prescriptions, or electronic ones that another system has verified. " +
	"Not certified for electronic prescriptions of controlled substances (EPCS). Not legal advice."

// printer writes reports. The first error of its writer is kept and stops it.
type printer struct {
	w   io.Writer
	err error
}

func newPrinter(w io.Writer) *printer { return &printer{w: w} }

func (p *printer) failed() error {
	if p.err == nil {
		return nil
	}
	return fmt.Errorf("write the output: %w", p.err)
}

// line writes one line.
func (p *printer) line(format string, args ...any) {
	p.write(clean(fmt.Sprintf(format, args...)) + "\n")
}

// heading writes an empty line and a title.
func (p *printer) heading(format string, args ...any) {
	p.write("\n== " + clean(fmt.Sprintf(format, args...)) + " ==\n")
}

func (p *printer) write(text string) {
	if p.err == nil {
		_, p.err = io.WriteString(p.w, text)
	}
}

// table writes rows in columns. With most above zero, further rows are counted
// and not shown, and more says where to see them.
func (p *printer) table(rows [][]string, most int, more string) {
	left := 0
	if most > 0 && len(rows) > most+1 {
		left = len(rows) - most
		rows = rows[:most]
	}
	var b strings.Builder
	t := tabwriter.NewWriter(&b, 0, 8, 2, ' ', 0)
	var errs []error
	for _, row := range rows {
		cells := make([]string, len(row))
		for i, cell := range row {
			cells[i] = clean(cell)
		}
		_, err := fmt.Fprintln(t, "  "+strings.Join(cells, "\t"))
		errs = append(errs, err)
	}
	p.err = errors.Join(append(errs, p.err, t.Flush())...)
	for text := range strings.Lines(b.String()) {
		p.write(strings.TrimRight(text, " \n") + "\n")
	}
	if left > 0 {
		p.line("  … and %d more, see %s", left, more)
	}
}

// clean returns text that stays on one line and cannot steer a terminal: control
// characters, among them those that change the direction of writing, become their
// escapes.
func clean(text string) string {
	var b strings.Builder
	for _, r := range text {
		switch {
		case unicode.IsControl(r) || unicode.In(r, unicode.Bidi_Control, unicode.Zl, unicode.Zp):
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// short cuts text to so many characters.
func short(text string, most int) string {
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return text
}

// number right-aligns a number, and leaves zero out.
func number(n, width int) string {
	if n == 0 {
		return strings.Repeat(" ", width-1) + "·"
	}
	return fmt.Sprintf("%*d", width, n)
}

func plural(n int, one, many string) string {
	if n == 1 {
		return fmt.Sprintf("%d %s", n, one)
	}
	return fmt.Sprintf("%d %s", n, many)
}
