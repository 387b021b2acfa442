// Command peers gives the same work to several embedded stores, in turns on the
// same disk: appends of one client and of 64, appends under a condition, and the
// events of a tag that a hundred scattered events have. It is a module of its own,
// so that nobody who uses the store inherits what this compares it with.
//
//	go run -C internal/bench/peers . /absolute/path/on/the/disk
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/opossum-go/opossum/adapters/filesystem"
	"github.com/opossum-go/opossum/internal/bench"
)

// contenders begins with the store that the others are compared with.
var contenders = []bench.Contender{
	{Name: "opossum", Open: func(ctx context.Context, dir string) (bench.Rival, error) {
		s, err := filesystem.Open(ctx, dir, filesystem.Options{})
		if err != nil {
			return nil, err
		}
		return bench.AsRival(s), nil
	}},
	{Name: "sqlite", Open: openSQLite},
	{Name: "bbolt", Open: openBolt},
	{Name: "pebble", Open: openPebble},
	{Name: "file-per-event", Open: openFiles, Load: 10_000},
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "peers:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	asJSON := flag.Bool("json", false, "print one JSON object per line")
	events := flag.Int("events", 200_000, "events in each store before the work begins")
	rounds := flag.Int("rounds", 0, "rounds of each job; 0 means 9")
	only := flag.String("only", "", "names of contenders beside opossum, with commas between them; empty means all")
	flag.Parse()
	dir := flag.Arg(0)
	if dir == "" {
		dir = "."
	}
	out := json.NewEncoder(os.Stdout)
	began := false
	_, err := bench.Contest(ctx, bench.Config{Dir: dir, Events: *events, Rounds: *rounds, Progress: progress{}}, chosen(*only), func(s bench.Standing) {
		if *asJSON {
			_ = out.Encode(s)
			return
		}
		if !began {
			began = true
			fmt.Printf("%s\n\n%-34s %12s %-9s %9s %9s %11s %11s\n", s.Machine, "job and store", "value", "unit", "to disk", "to ours", "p50 µs", "p99 µs")
		}
		fmt.Printf("%-34s %12.1f %-9s %9.3f %9.3f %11.1f %11.1f\n", s.Scenario, s.Value, s.Unit, s.Ratio, s.ToFirst, s.P50, s.P99)
	})
	return err
}

// chosen returns the first contender and those that are named.
func chosen(names string) []bench.Contender {
	if names == "" {
		return contenders
	}
	list := contenders[:1:1]
	for _, c := range contenders[1:] {
		if strings.Contains(","+names+",", ","+c.Name+",") {
			list = append(list, c)
		}
	}
	return list
}

// progress says on standard error what goes on.
type progress struct{}

func (progress) Begin(job string, number, of int) {
	fmt.Fprintf(os.Stderr, "%d of %d: %s\n", number, of, job)
}
func (progress) Step(int, int)                      {}
func (progress) Preparing(what string)              { fmt.Fprintln(os.Stderr, "preparing:", what) }
func (progress) LeftOut(scenarios []bench.Scenario) {}
