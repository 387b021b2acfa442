package bench

import (
	"context"
	"path"
	"strings"
)

// Scenario is one thing that is measured.
type Scenario struct {
	// Name is its place in the results, such as append/clients=64.
	Name string
	// About says what is measured against what, in a sentence.
	About string

	extents extents
	run     func(ctx context.Context, l *lab) (Result, error)
}

// extents says in which runs a scenario takes part.
type extents int

const (
	always    extents = iota
	notQuick          // only with time
	onlyFull          // only with much time and disk
	processes         // always, where there is a worker
)

// Scenarios returns what a run with this configuration measures, in order.
func Scenarios(c Config) []Scenario {
	if c.Events == 0 {
		c.Events = usualEvents
	}
	var chosen []Scenario
	for _, s := range all(c) {
		if s.takesPart(c) && picked(s.Name, c.Only) {
			chosen = append(chosen, s)
		}
	}
	return chosen
}

func (s Scenario) takesPart(c Config) bool {
	switch s.extents {
	case notQuick:
		return c.Extent != Quick
	case onlyFull:
		return c.Extent == Full
	case processes:
		return len(c.Worker) > 0
	default:
		return true
	}
}

// picked reports whether a pattern matches the name or something that it is below.
func picked(name string, patterns []string) bool {
	if len(patterns) == 0 {
		return true
	}
	for _, pattern := range patterns {
		for at := name; at != "."; at = path.Dir(at) {
			if ok, err := path.Match(strings.TrimSuffix(pattern, "/"), at); err == nil && ok {
				return true
			}
		}
	}
	return false
}

// all returns every scenario there is. The order matters where one leaves the
// large store changed for the next.
func all(c Config) []Scenario {
	return concat(
		machineScenarios(),
		appendScenarios(),
		processScenarios(),
		subscribeScenarios(),
		rollScenarios(),
		queryScenarios(),
		conditionScenarios(),
		openScenarios(c),
		memoryScenarios(),
		projectScenarios(c),
		workloadScenarios(c),
	)
}

func concat(groups ...[]Scenario) []Scenario {
	var all []Scenario
	for _, g := range groups {
		all = append(all, g...)
	}
	return all
}
