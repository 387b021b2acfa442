package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"github.com/opossum-go/opossum/adapters/filesystem"
	"github.com/opossum-go/opossum/adapters/memory"
	"github.com/opossum-go/opossum/adapters/sqlite"
	"github.com/opossum-go/opossum/internal/bench"
)

// benchCommand measures a directory's disk and the store on it.
type benchCommand struct {
	Dir    string         `arg:"" optional:"" default:"." help:"Directory on the disk to measure; everything is made in a new directory below it, which is removed."`
	Quick  bool           `xor:"extent" help:"End within 40 s: fewer and shorter rounds, main scenarios only."`
	Full   bool           `xor:"extent" help:"Also stores of 10 and 100 million events; takes hours and 60 GB."`
	Only   []string       `placeholder:"GLOB" help:"Run only the scenarios that match, such as append/* or W1; may be repeated, or split by commas."`
	Rounds *int           `placeholder:"N" help:"Rounds of each scenario; 9, or 3 with --quick."`
	Slice  *time.Duration `placeholder:"TIME" help:"How long each probe works in a round; 300ms, or 50ms with --quick."`
	List   bool           `help:"List the scenarios and what they measure."`
	JSON   bool           `help:"Print one JSON object per line and scenario."`
	SVG    string         `name:"svg" placeholder:"DIR" type:"path" help:"Also draw ratios.svg and latency.svg into this directory, which is made when it is not there."`
}

// Help says more than fits the list of commands.
func (benchCommand) Help() string {
	return `Each scenario runs in rounds: a slice of the raw disk, then a slice of the store, in turns. ` +
		`A ratio is the median of the ratios of the rounds, so that a busy machine disturbs both alike.`
}

// Validate refuses numbers that would mean something else than they say: to
// [bench.Config], zero is the default.
func (b benchCommand) Validate() error {
	switch {
	case b.Rounds != nil && *b.Rounds < 1:
		return wrongUsage("--rounds must be at least 1, not %d", *b.Rounds)
	case b.Slice != nil && *b.Slice <= 0:
		return wrongUsage("--slice must be more than 0s, not %v", *b.Slice)
	}
	return nil
}

// Run measures.
func (b benchCommand) Run(ctx context.Context, c *console) error {
	config := storesForBench
	config.Only = b.Only
	if b.Rounds != nil {
		config.Rounds = *b.Rounds
	}
	if b.Slice != nil {
		config.Slice = *b.Slice
	}
	config.Version, config.Commit = built()
	switch {
	case b.Quick:
		config.Extent = bench.Quick
	case b.Full:
		config.Extent = bench.Full
	}
	if self, err := os.Executable(); err == nil {
		config.Worker = []string{self, "bench-worker"}
	}
	if b.List {
		for _, s := range bench.Scenarios(config) {
			if _, err := fmt.Fprintf(c.stdout, "%-26s %s\n", s.Name, s.About); err != nil {
				return err
			}
		}
		return nil
	}
	err := isDirectory(b.Dir)
	if err == nil {
		config.Dir, err = filepath.Abs(b.Dir)
	}
	if err != nil {
		return err
	}
	if b.SVG != "" {
		if err := os.MkdirAll(b.SVG, 0o755); err != nil { //nolint:gosec // pictures are for everybody
			return fmt.Errorf("make the directory for pictures: %w", err)
		}
	}
	ctx, unread := untilUnread(ctx)
	progress := newBenchProgress(c.stderr)
	defer progress.end()
	config.Progress = progress
	table, lines := bench.NewTable(c.stdout), json.NewEncoder(c.stdout)
	lines.SetEscapeHTML(false)
	config.Report = func(r bench.Result) {
		progress.clear()
		if b.JSON {
			unread(lines.Encode(r))
		} else {
			unread(table.Add(r))
		}
	}
	results, err := bench.Run(ctx, config)
	if !b.JSON {
		progress.clear()
		unread(table.End())
	}
	if errors.Is(err, bench.ErrConfig) {
		return usageError{text: err.Error(), see: "opossum bench --list"}
	}
	if cause := context.Cause(ctx); errors.Is(cause, errUnread) {
		err = cause
	}
	if b.SVG != "" && len(results) > 0 {
		progress.clear()
		err = errors.Join(err, draw(b.SVG, results, c.stderr))
	}
	return err
}

// draw writes the charts of the results into the directory dir, and says to notes
// which of them there is not enough for.
func draw(dir string, results []bench.Result, notes io.Writer) error {
	for name, picture := range map[string]string{"ratios.svg": bench.RatioChart(results), "latency.svg": bench.LatencyChart(results)} {
		if picture == "" {
			fmt.Fprintf(notes, "%s is not drawn: it needs two numbers of clients, as with --only 'append/clients=*'\n", name)
			continue
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(picture), 0o644); err != nil { //nolint:gosec // a picture is for everybody
			return err
		}
	}
	return nil
}

// storesForBench are the stores that are measured.
var storesForBench = bench.Config{
	Open: func(ctx context.Context, dir string, segmentSize int64) (bench.Store, error) {
		return filesystem.Open(ctx, dir, filesystem.Options{SegmentSize: segmentSize})
	},
	OpenProjections: func(dir string) (bench.Projections, error) { return sqlite.Open(dir, sqlite.Options{}) },
	InMemory: func() (bench.Store, bench.Projections) {
		return memory.New(memory.Options{}), memory.NewProjections()
	},
}

// built returns version and commit of this program, as far as Go noted them.
func built() (version, commit string) {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "", ""
	}
	for _, setting := range info.Settings {
		switch {
		case setting.Key == "vcs.revision":
			commit = setting.Value[:min(12, len(setting.Value))] + commit
		case setting.Key == "vcs.modified" && setting.Value == "true":
			commit += "+changes"
		}
	}
	return info.Main.Version, commit
}
