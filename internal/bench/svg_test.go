package bench_test

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/opossum-go/opossum/internal/bench"
)

func TestChartsAreWellFormedAndNameWhatTheyShow(t *testing.T) {
	no := false
	results := []bench.Result{
		{Scenario: "append/clients=1", Unit: "µs", Value: 130, Baseline: 100, Ratio: 1.3, P50: 120, P99: 300, P999: 900, Bar: "ratio <= 1.15", Met: &no},
		{Scenario: "append/clients=64", Unit: "events/s", Value: 40_000, Baseline: 50_000, Ratio: 0.8, P50: 1500, P99: 3000, P999: 9000},
		{Scenario: `odd<&">`, Unit: "µs", Value: 1, Baseline: 10, Ratio: 0.1},
		{Scenario: "without a ratio", Unit: "µs", Value: 1},
	}
	for name, chart := range map[string]struct {
		picture string
		shows   []string
		hides   string
	}{
		"ratios":  {bench.RatioChart(results), []string{"append/clients=1", "1.3", "limit missed", "40,000 events/s", `odd<&">`}, "without a ratio"},
		"latency": {bench.LatencyChart(results), []string{"64", "median", "99.9 %", "1,000 µs"}, "odd"},
	} {
		t.Run(name, func(t *testing.T) {
			text := textOf(t, chart.picture)
			for _, want := range chart.shows {
				if !strings.Contains(text, want) {
					t.Errorf("the picture does not say %q, only %q", want, text)
				}
			}
			if strings.Contains(text, chart.hides) {
				t.Errorf("the picture says %q", chart.hides)
			}
		})
	}
}

func TestThereIsNoCurveOfOnePoint(t *testing.T) {
	if got := bench.LatencyChart([]bench.Result{{Scenario: "append/clients=1", P50: 1, P99: 2, P999: 3}}); got != "" {
		t.Errorf("LatencyChart of one result = %q, want nothing", got)
	}
}

// textOf parses a picture and returns the text in it.
func textOf(t *testing.T, picture string) string {
	t.Helper()
	var text strings.Builder
	for d := xml.NewDecoder(strings.NewReader(picture)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return text.String()
		}
		if err != nil {
			t.Fatalf("%v in %s", err, picture)
		}
		if chars, ok := token.(xml.CharData); ok {
			text.Write(chars)
			text.WriteByte('\n')
		}
		if e, ok := token.(xml.StartElement); ok {
			for _, a := range e.Attr {
				if strings.Contains(a.Value, "NaN") || strings.Contains(a.Value, "Inf") {
					t.Errorf("%s: %s=%q", e.Name.Local, a.Name.Local, a.Value)
				}
			}
		}
	}
}
