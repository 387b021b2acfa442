package main

import (
	"fmt"
	"io"
	"os"
	"time"
)

// progress prints how far the writing is and how fast it goes: one line that is
// written again and again on a terminal, otherwise a line for each tenth.
type progress struct {
	out      io.Writer
	total    int
	now      func() time.Time
	began    time.Time
	terminal bool
	tenths   int // that were printed
}

func newProgress(out io.Writer, total int, now func() time.Time) *progress {
	return &progress{out: out, total: total, now: now, began: now(), terminal: isTerminal(out)}
}

// isTerminal reports whether out is a device that somebody looks at.
func isTerminal(out io.Writer) bool {
	file, ok := out.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// stored is told how many events are stored by now.
func (p *progress) stored(done int) {
	percent := done * 100 / p.total
	rate := float64(done) / max(p.now().Sub(p.began).Seconds(), 0.001)
	line := fmt.Sprintf("%3d %%  %*d of %d events  %8.0f events/s", percent, len(fmt.Sprint(p.total)), done, p.total, rate)
	switch {
	case p.terminal:
		fmt.Fprint(p.out, "\r", line)
	case percent/10 > p.tenths:
		p.tenths = percent / 10
		fmt.Fprintln(p.out, line)
	}
}

// end leaves the line on a terminal.
func (p *progress) end() {
	if p.terminal {
		fmt.Fprintln(p.out)
	}
}
