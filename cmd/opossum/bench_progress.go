package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"github.com/opossum-go/opossum/internal/bench"
)

var _ bench.Progress = (*benchProgress)(nil)

// benchProgress shows how far a measurement is: a bar on a terminal, otherwise a
// line for each scenario and for what has to be made first.
type benchProgress struct {
	out      io.Writer
	bar      *progressbar.ProgressBar // nil when nobody watches
	scenario string
}

const benchSteps = 1000 // of the bar for each scenario

func newBenchProgress(out io.Writer) *benchProgress {
	p := &benchProgress{out: out}
	if file, ok := out.(*os.File); ok && term.IsTerminal(int(file.Fd())) {
		p.bar = progressbar.NewOptions(1, progressbar.OptionSetWriter(out), progressbar.OptionSetWidth(20),
			progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish(),
			progressbar.OptionSetPredictTime(true), progressbar.OptionSetElapsedTime(true))
	}
	return p
}

// Begin tells the next scenario.
func (p *benchProgress) Begin(scenario string, number, of int) {
	p.scenario = scenario
	if p.bar == nil {
		fmt.Fprintf(p.out, "%d of %d: %s\n", number, of, scenario)
		return
	}
	p.bar.ChangeMax(of * benchSteps)
	p.bar.Describe(fmt.Sprintf("%-26s", scenario))
	_ = p.bar.Set((number - 1) * benchSteps)
}

// Step tells how far the scenario is.
func (p *benchProgress) Step(done, total int) {
	if p.bar != nil && total > 0 {
		at := int(p.bar.State().CurrentNum) / benchSteps * benchSteps
		_ = p.bar.Set(at + min(done*benchSteps/total, benchSteps-1))
	}
}

// Preparing tells what is made before the scenario begins.
func (p *benchProgress) Preparing(what string) {
	if p.bar == nil {
		fmt.Fprintf(p.out, "  preparing: %s\n", what)
		return
	}
	p.bar.Describe(fmt.Sprintf("%-26s", "preparing "+what))
}

// LeftOut tells what a quick run had no time for.
func (p *benchProgress) LeftOut(scenarios []bench.Scenario) {
	p.clear()
	names := make([]string, len(scenarios))
	for i, s := range scenarios {
		names[i] = s.Name
	}
	fmt.Fprintf(p.out, "no time was left for %s; see --only and --rounds\n", strings.Join(names, ", "))
}

// clear makes room for a line of results.
func (p *benchProgress) clear() {
	if p.bar != nil {
		_ = p.bar.Clear()
	}
}

// end leaves nothing of the bar behind.
func (p *benchProgress) end() {
	if p.bar != nil {
		_ = p.bar.Finish()
	}
}
