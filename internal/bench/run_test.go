package bench_test

import (
	"bytes"
	"encoding/json"
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
	return bench.Config{
		Dir: t.TempDir(), Open: open, Worker: worker(t), Extent: extent,
		Events: 2000, Rounds: 1, Slice: time.Millisecond, SegmentSize: 64 << 10,
	}
}

func TestEachScenarioYieldsOneLineOfTheDocumentedShape(t *testing.T) {
	c := tiny(t, bench.Usual)
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
	documented := []string{"scenario", "unit", "value", "baseline", "ratio", "rounds", "p50", "p99", "p999", "note", "bar", "met", "machine"}
	for field := range fields {
		if !slices.Contains(documented, field) {
			t.Errorf("%s: field %s is not documented", name, field)
		}
	}
	return name
}
