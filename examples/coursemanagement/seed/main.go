// Command seed fills a folder with a term at the school of package
// coursemanagement.
//
//	go run ./examples/coursemanagement/seed --preset medium --dir school
//
// The presets are small (about 1.5 thousand events), medium (230 thousand) and
// large (2.3 million). The same seed gives the same events. They are written
// through the public API, in batches, each durable before the next one begins; what
// is stored can be read, verified and gone on with like any other store.
//
// The data comes from package term, which says why the rules of the school hold in
// it although nothing is decided.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/signal"
	"slices"
	"time"

	"github.com/alecthomas/kong"
	"github.com/samber/lo"

	"github.com/opossum-go/opossum/adapters/filesystem"
	"github.com/opossum-go/opossum/domain"
)

// cli is the command line.
type cli struct {
	Dir    string `required:"" placeholder:"FOLDER" help:"Folder that holds the store, or is to."`
	Preset string `enum:"small,medium,large" default:"small" help:"How much: small (1.5 K events), medium (230 K) or large (2.3 M). Default: ${default}."`
	Seed   uint64 `default:"1" help:"The same seed gives the same events. Default: ${default}."`
	Batch  int    `default:"5000" help:"Events in one append, 1 to ${batch}. Default: ${default}."`
	Append bool   `help:"Add a term to a folder that has events already."`
}

// Validate checks what the parser cannot.
func (c *cli) Validate() error {
	if c.Batch < 1 || c.Batch > domain.MaxBatchEvents {
		return fmt.Errorf("--batch must be 1 to %d, is %d", domain.MaxBatchEvents, c.Batch)
	}
	return nil
}

// The exit codes.
const (
	exitFailed = 1
	exitUsage  = 2
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run carries out one command line and returns the exit code.
func run(ctx context.Context, args []string, out, errs io.Writer) int {
	var c cli
	exited := -1
	parser, err := kong.New(&c, kong.Name("seed"), kong.Description("Fill a folder with a term at a school."),
		kong.Vars{"batch": fmt.Sprint(domain.MaxBatchEvents)},
		kong.Writers(out, errs), kong.Exit(func(code int) { exited = code }))
	if err != nil {
		fmt.Fprintln(errs, "seed:", err)
		return exitFailed
	}
	_, err = parser.Parse(args)
	switch {
	case exited >= 0:
		return exited // help was printed
	case err != nil:
		fmt.Fprintf(errs, "seed: %v; see seed --help\n", err)
		return exitUsage
	}
	if err := c.seed(ctx, out); err != nil {
		fmt.Fprintln(errs, "seed:", err)
		return exitFailed
	}
	return 0
}

// seed opens the store, writes the term and prints what there is now.
func (c *cli) seed(ctx context.Context, out io.Writer) (err error) {
	store, err := filesystem.Open(ctx, c.Dir, filesystem.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	t, head, err := c.plan(ctx, store)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%s term with seed %d: %d events into %s\n", c.Preset, c.Seed, t.Len(), store.Dir())
	progress := newProgress(out, t.Len(), time.Now)
	types, err := t.Write(ctx, store, head, c.Batch, progress.stored)
	progress.end()
	if err != nil {
		return fmt.Errorf("%w; %d of %d events are stored, and the others cannot be added later", err, lo.Sum(lo.Values(types)), t.Len())
	}
	for _, name := range slices.Sorted(maps.Keys(types)) {
		fmt.Fprintf(out, "%10d  %s\n", types[name], name)
	}
	return nil
}
