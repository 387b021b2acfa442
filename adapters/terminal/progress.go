// Package terminal shows people what is going on, on a terminal or in a log.
package terminal

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"github.com/opossum-go/opossum/ports"
)

// linesEvery is how often a build writes a line where there is no bar.
const linesEvery = 2 * time.Second

// Progress returns a function that shows how far builds of projections are, for the
// Progress option of a runner: one bar for all of them when out is a terminal, and
// otherwise a plain line for the beginning and the end of each, and one every two seconds in
// between. The function may be called by several goroutines.
func Progress(out io.Writer) func(ports.Progress) {
	if file, ok := out.(*os.File); ok && term.IsTerminal(int(file.Fd())) {
		return asBar(out)
	}
	return asLines(out, time.Now)
}

func asBar(out io.Writer) func(ports.Progress) {
	var mu sync.Mutex
	var bar *progressbar.ProgressBar
	builds := &builds{}
	return func(p ports.Progress) {
		mu.Lock()
		defer mu.Unlock()
		done, total, running := builds.note(p)
		if bar == nil {
			bar = progressbar.NewOptions64(total, progressbar.OptionSetWriter(out), progressbar.OptionSetWidth(20),
				progressbar.OptionClearOnFinish(), progressbar.OptionSetPredictTime(true),
				progressbar.OptionShowIts(), progressbar.OptionSetItsString("events"))
		}
		bar.ChangeMax64(total)
		bar.Describe("building " + running)
		_ = bar.Set64(done) // what cannot be shown is not worth an error
		if running == "" {
			_ = bar.Clear()
			bar = nil
		}
	}
}

func asLines(out io.Writer, now func() time.Time) func(ports.Progress) {
	var mu sync.Mutex
	told := make(map[string]time.Time)
	return func(p ports.Progress) {
		mu.Lock()
		defer mu.Unlock()
		last, begun := told[p.Projection]
		if begun && !p.Done && now().Sub(last) < linesEvery {
			return
		}
		told[p.Projection] = now()
		if p.Done {
			delete(told, p.Projection)
		}
		_, _ = fmt.Fprintln(out, line(p)) // who cannot write here is not told either
	}
}

// line writes progress as text.
func line(p ports.Progress) string {
	var b strings.Builder
	fmt.Fprintf(&b, "building %s: ", p.Projection)
	if p.Done && p.Position >= p.Target {
		fmt.Fprintf(&b, "done, up to position %d", p.Position)
		return b.String()
	}
	if p.Done {
		fmt.Fprintf(&b, "ended at position %d of %d", p.Position, p.Target)
		return b.String()
	}
	fmt.Fprintf(&b, "position %d of %d", p.Position, p.Target)
	if p.Target > 0 {
		fmt.Fprintf(&b, " (%d %%)", uint64(p.Position)*100/uint64(p.Target))
	}
	if p.Rate > 0 {
		fmt.Fprintf(&b, ", %.0f/s", p.Rate)
	}
	if p.Left > 0 {
		fmt.Fprintf(&b, ", %v left", p.Left.Round(time.Second))
	}
	return b.String()
}

// builds adds up the builds that belong to one bar: those since none was going on.
type builds struct{ all []ports.Progress }

// note takes news of a build and returns what all of them have done and have to do,
// and the names of those that are going on.
func (b *builds) note(p ports.Progress) (done, total int64, running string) {
	found := false
	for i := range b.all {
		if b.all[i].Projection == p.Projection {
			b.all[i], found = p, true
		}
	}
	if !found {
		b.all = append(b.all, p)
	}
	var names []string
	for _, p := range b.all {
		done += int64(p.Position)
		total += int64(max(p.Target, p.Position))
		if !p.Done {
			names = append(names, p.Projection)
		}
	}
	if len(names) == 0 {
		b.all = nil
	}
	return done, max(total, 1), strings.Join(names, ", ")
}
