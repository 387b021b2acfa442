package bench

import (
	"fmt"
	"slices"
	"time"
)

// bar is what a scenario has to reach.
type bar struct {
	scenario string
	ratio    bool // of the ratio, otherwise of the value
	atLeast  bool // otherwise at most
	limit    float64
}

// bars is the promise of this project, in one place.
var bars = []bar{
	{scenario: "append/clients=1", ratio: true, limit: 1.15},
	{scenario: "append/clients=64", ratio: true, atLeast: true, limit: 0.8},
	{scenario: "append/processes=4", ratio: true, atLeast: true, limit: 1.0},
	{scenario: "batch/events=1000", ratio: true, atLeast: true, limit: 0.7},
	{scenario: "conditional", ratio: true, limit: 1.05},
	{scenario: "check", limit: 2},
	{scenario: "query/hits=100", limit: 60},
	{scenario: "scan", atLeast: true, limit: 2e6},
	{scenario: "open/events=1000000", limit: 10},
	{scenario: "open/events=10000000", limit: 25},
	{scenario: "memory", limit: 1},
	{scenario: "project/memory", ratio: true, atLeast: true, limit: 0.5},
	{scenario: "project/files", atLeast: true, limit: 1e5},
	{scenario: "project/latency", limit: 5000},
	{scenario: "project/latency/processes", limit: 25_000},
}

// verdict returns the bar of the result's scenario and whether it is met; "" and
// nil when there is none, or too little was measured to judge.
func verdict(r Result) (text string, met *bool) {
	for _, b := range bars {
		if b.scenario == r.Scenario && r.unjudged == "" {
			return b.judge(r)
		}
	}
	return "", nil
}

// barred reports whether the result's scenario has a bar, judged or not.
func (r Result) barred() bool {
	return slices.ContainsFunc(bars, func(b bar) bool { return b.scenario == r.Scenario })
}

// Why a bar is not judged.
const (
	tooShort = "too short to judge"
	tooFew   = "too few events to judge"
)

// judgedTime is how long the slices of a probe must be in all, so that a bar is judged.
// The usual ones are 2.7 s, those of a quick run 150 ms.
const judgedTime = 500 * time.Millisecond

func (b bar) judge(r Result) (string, *bool) {
	what, figure, limit := "value", r.Value, b.limit+r.allowance
	if b.ratio {
		what, figure, limit = "ratio", r.Ratio, b.limit
	}
	sign, met := "<=", figure <= limit
	if b.atLeast {
		sign, met = ">=", figure >= limit
	}
	return fmt.Sprintf("%s %s %s", what, sign, figureText(limit)), &met
}

// limitRatio is the limit of the result's bar as a ratio to the baseline, 0 without
// a bar.
func (r Result) limitRatio() float64 {
	for _, b := range bars {
		switch {
		case b.scenario != r.Scenario || r.Met == nil:
		case b.ratio:
			return b.limit
		default:
			return (b.limit + r.allowance) / r.Baseline
		}
	}
	return 0
}
