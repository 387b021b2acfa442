package bench

import "time"

// Result is one line of the outcome. Value and Baseline are medians over the
// rounds and Ratio is the median of their ratios, so Ratio is close to Value
// divided by Baseline and seldom equal to it.
type Result struct {
	// Scenario is its name, such as append/clients=64.
	Scenario string `json:"scenario"`
	// Unit is that of Value and Baseline.
	Unit     string  `json:"unit"`
	Value    float64 `json:"value"`
	Baseline float64 `json:"baseline"`
	Ratio    float64 `json:"ratio"`
	// Rounds is how many rounds the medians are taken over.
	Rounds int `json:"rounds"`
	// P50, P99 and P999 are the 50th, 99th and 99.9th percentile of the time of one
	// operation over all rounds, in microseconds; 0 where no operation was timed.
	P50  float64 `json:"p50"`
	P99  float64 `json:"p99"`
	P999 float64 `json:"p999"`
	// Note says what the baseline is and what else there is to know.
	Note string `json:"note"`
	// Bar is what the figure has to reach, such as "ratio <= 1.15"; empty for a
	// scenario without one, and where too little was measured to judge. Met says whether
	// it does, and is nil without a bar.
	Bar string `json:"bar,omitempty"`
	Met *bool  `json:"met,omitempty"`
	// Machine is set in the first result only.
	Machine *Machine `json:"machine,omitempty"`

	// allowance is added to the limit of a bar on Value: time for work that the bar
	// does not count.
	allowance float64
	// unjudged says why the bar does not count; "" when it does.
	unjudged string
}

// timed returns the result with the percentiles of all times. It sorts them.
func (r Result) timed(all []time.Duration) Result {
	r.P50, r.P99, r.P999 = micros(percentile(all, 50)), micros(percentile(all, 99)), micros(percentile(all, 99.9))
	return r
}
