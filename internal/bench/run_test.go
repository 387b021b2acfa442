package bench_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/opossum-go/opossum/internal/bench"
)

// tiny measures so little that only the shape of the results says anything.
func tiny(t *testing.T, extent bench.Extent) bench.Config {
	t.Helper()
	c := stores
	c.Dir, c.Worker, c.Extent = t.TempDir(), worker(t), extent
	c.Events, c.Rounds, c.Slice, c.SegmentSize = 2000, 1, time.Millisecond, 64<<10
	return c
}

func TestEachScenarioYieldsOneLineOfTheDocumentedShape(t *testing.T) {
	c := tiny(t, bench.Usual)
	for _, s := range bench.Scenarios(c) {
		// The largest ones write 65,000 events however short the slice is.
		if !strings.HasSuffix(s.Name, "/events=512") {
			c.Only = append(c.Only, s.Name)
		}
	}
	var out bytes.Buffer
	lines := json.NewEncoder(&out)
	c.Report = func(r bench.Result) {
		if err := lines.Encode(r); err != nil {
			t.Error(err)
		}
	}
	if _, err := bench.Run(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	var names []string
	for line := range strings.Lines(out.String()) {
		names = append(names, checkLine(t, line))
	}
	var want []string
	for _, s := range bench.Scenarios(c) {
		want = append(want, s.Name)
	}
	if !slices.Equal(names, want) {
		t.Errorf("lines for %q, want %q", names, want)
	}
	left, err := os.ReadDir(c.Dir)
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// checkLine compares a line with docs/commands-bench.md and returns its scenario.
func checkLine(t *testing.T, line string) string {
	t.Helper()
	var fields map[string]any
	if err := json.Unmarshal([]byte(line), &fields); err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	name, _ := fields["scenario"].(string)
	for _, text := range []string{"scenario", "unit", "note"} {
		if value, ok := fields[text].(string); !ok || value == "" {
			t.Errorf("%s: %s = %v, want a text", name, text, fields[text])
		}
	}
	for _, number := range []string{"value", "baseline", "ratio", "rounds", "p50", "p99", "p999"} {
		value, ok := fields[number].(float64)
		if !ok || math.IsNaN(value) || math.IsInf(value, 0) {
			t.Errorf("%s: %s = %v, want a number", name, number, fields[number])
		}
		if slices.Contains([]string{"baseline", "rounds"}, number) && value <= 0 {
			t.Errorf("%s: %s = %v, want more than 0", name, number, value)
		}
	}
	if _, barred := fields["bar"]; barred != (fields["met"] != nil) {
		t.Errorf("%s: bar %v, met %v: want both or neither", name, fields["bar"], fields["met"])
	}
	if _, first := fields["machine"]; first != (name == "disk") {
		t.Errorf("%s: machine %v, want it in the first line", name, fields["machine"])
	}
	if machine, ok := fields["machine"].(map[string]any); ok {
		for field := range machine {
			if !slices.Contains([]string{"cpu", "cores", "system", "fileSystem", "syncCall", "sync", "syncHint", "go", "version", "commit"}, field) {
				t.Errorf("field %s of machine is not documented", field)
			}
		}
	}
	documented := []string{"scenario", "unit", "value", "baseline", "ratio", "rounds", "p50", "p99", "p999", "note", "bar", "met", "machine"}
	for field := range fields {
		if !slices.Contains(documented, field) {
			t.Errorf("%s: field %s is not documented", name, field)
		}
	}
	return name
}

func TestTheListHasEachScenarioThatIsPromisedOnce(t *testing.T) {
	usual := stores
	usual.Worker, usual.Events = []string{"opossum"}, 1_000_000
	quick, full := usual, usual
	quick.Extent, full.Extent = bench.Quick, bench.Full
	for _, tt := range []struct {
		name string
		in   bench.Config
		has  []string
	}{
		{"quick", quick, []string{
			"append/clients=1", "append/clients=16", "append/clients=64", "append/clients=256", "conditional", "check",
			"batch/events=1", "batch/events=10", "batch/events=100", "batch/events=1000",
			"append/processes=1", "append/processes=2", "append/processes=4", "append/processes=8", "subscribe/latency",
			"query/hits=100", "query/type", "query/hot-tag", "query/type+hot-tag", "scan", "open/events=1000000", "open/after-crash",
			"memory", "roll",
			"project/memory", "project/files", "project/latency", "project/latency/processes", "project/rebuild-memory",
		}},
		{"usual", usual, []string{
			"W1/clients=1", "W1/clients=64", "W1/lockstep/clients=64", "W2/events=10", "W2/events=1000", "W3/clients=64", "W4", "W5", "W6/appends", "W6/reads",
			"W7/events=10000", "W7/events=1000000", "W8/writers=128/events=512", "W9/warm", "W10", "W11", "W12/writers=16",
		}},
		{"full", full, []string{
			"W1/clients=1", "W1/clients=2", "W1/clients=512", "W1/clients=1024", "W1/lockstep/clients=1", "W1/lockstep/clients=2", "W1/lockstep/clients=1024",
			"W3/clients=2", "W3/clients=32", "W3/clients=1024", "W7/events=10000000", "W7/events=100000000", "open/events=10000000",
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var names []string
			for _, s := range bench.Scenarios(tt.in) {
				if s.About == "" || slices.Contains(names, s.Name) {
					t.Errorf("%s is there twice or without a word about it: %q", s.Name, s.About)
				}
				names = append(names, s.Name)
			}
			for _, want := range tt.has {
				if !slices.Contains(names, want) {
					t.Errorf("%s is missing from %q", want, names)
				}
			}
		})
	}
}

func TestPatternsPickScenariosAndEverythingBelowThem(t *testing.T) {
	for pattern, want := range map[string][]string{
		"scan":         {"scan"},
		"append/*=4":   {"append/processes=4"},
		"W12":          {"W12/writers=4", "W12/writers=16", "W12/writers=64"},
		"query/h*":     {"query/hits=100", "query/hot-tag"},
		"nothing":      nil,
		"W1/lockstep/": {"W1/lockstep/clients=64"},
	} {
		t.Run(pattern, func(t *testing.T) {
			var names []string
			for _, s := range bench.Scenarios(bench.Config{Worker: []string{"opossum"}, Only: []string{pattern}}) {
				names = append(names, s.Name)
			}
			if !slices.Equal(names, want) {
				t.Errorf("picks %q, want %q", names, want)
			}
		})
	}
}

func TestAPatternThatPicksNothingIsAnError(t *testing.T) {
	for _, pattern := range []string{"nothing", "["} {
		c := tiny(t, bench.Quick)
		c.Only = []string{pattern}
		if r, err := bench.Run(t.Context(), c); !errors.Is(err, bench.ErrConfig) || !strings.Contains(err.Error(), pattern) {
			t.Errorf("%q: %v, %v; want ErrConfig that names the pattern", pattern, r, err)
		}
	}
}

func TestWhatWasMeasuredBeforeTheContextEndedIsReturnedAndNothingIsLeft(t *testing.T) {
	c := tiny(t, bench.Quick)
	ctx, stop := context.WithCancel(t.Context())
	c.Report = func(bench.Result) { stop() }
	results, err := bench.Run(ctx, c)
	if !errors.Is(err, context.Canceled) || len(results) != 1 {
		t.Errorf("Run = %d results, %v; want one and the context's error", len(results), err)
	}
	left, err := os.ReadDir(c.Dir)
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestTheSyncOfTheDirectoryIsMeasuredWhateverIsPicked(t *testing.T) {
	c := tiny(t, bench.Usual)
	c.Only = []string{"W10"}
	results, err := bench.Run(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	machine := results[0].Machine
	if machine.Sync <= 0 || machine.SyncCall == "" || !strings.Contains(machine.String(), machine.SyncCall) {
		t.Errorf("the machine is %+v, want the time of a sync and its call", machine)
	}
}

func TestARollIsARound(t *testing.T) {
	c := tiny(t, bench.Usual)
	c.Only, c.Rounds = []string{"roll"}, 11
	results, err := bench.Run(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if r := results[0]; r.Rounds != c.Rounds || r.Ratio <= 0 {
		t.Errorf("got %+v, want a ratio of %d rounds", r, c.Rounds)
	}
}

func TestATableWithoutLinesSaysNothing(t *testing.T) {
	var out bytes.Buffer
	if err := bench.NewTable(&out).End(); err != nil || out.Len() > 0 {
		t.Errorf("End = %v after %q, want nothing", err, out.String())
	}
}

func TestTheTableShowsMachineHeadingsAndVerdicts(t *testing.T) {
	yes := true
	var out bytes.Buffer
	table := bench.NewTable(&out)
	for _, r := range []bench.Result{
		{Scenario: "disk", Unit: "µs", Value: 130, Baseline: 100, Ratio: 1.3, P50: 120, Machine: &bench.Machine{CPU: "a processor", Cores: 3, SyncCall: "fsync", Sync: 7, SyncHint: "a guess"}},
		{Scenario: "append/clients=1", Unit: "µs", Value: 105, Baseline: 100, Ratio: 1.05, P50: 105, Bar: "ratio <= 1.15", Met: &yes},
	} {
		if err := table.Add(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := table.End(); err != nil {
		t.Fatal(err)
	}
	if last := strings.Split(strings.TrimSpace(out.String()), "\n"); !strings.HasPrefix(last[len(last)-1], "ratio: the median of value / baseline of each round") {
		t.Errorf("the last line is %q, want what a ratio is", last[len(last)-1])
	}
	for _, want := range []string{"a processor, 3 cores", "fsync 7 µs", "\nnote: a guess\n", "p99.9", "ratio <= 1.15 met"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the table does not say %q:\n%s", want, out.String())
		}
	}
}
