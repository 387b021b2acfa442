package published_test

import (
	"testing"

	"github.com/onsi/ginkgo/v2/types"

	"github.com/opossum-go/opossum/specs/internal/published"
)

func TestEachCaseBecomesAnEntryWithItsName(t *testing.T) {
	t.Parallel()
	type entry struct {
		name any
		args []any
	}
	entries := published.Entries(published.UniqueUsername, func(name any, args ...any) entry { return entry{name, args} })
	cases := published.Of(published.UniqueUsername)
	if len(entries) != len(cases) || len(cases) == 0 {
		t.Fatalf("%d entries, want one of each of the %d cases", len(entries), len(cases))
	}
	for i, c := range cases {
		e := entries[i]
		if len(e.args) != 1 {
			t.Fatalf("%v has %d arguments, want the case", e.name, len(e.args))
		}
		if got, ok := e.args[0].(published.Case); !ok || got.ID != c.ID || e.name != c.Name() {
			t.Errorf("entry %d is %v with %v, want %q with the case %s", i, e.name, e.args[0], c.Name(), c.ID)
		}
	}
}

func TestACaseThatDidNotRunIsLeftOut(t *testing.T) {
	t.Parallel()
	const times = 4
	all := times * len(published.Of(published.UniqueUsername))
	spec := func(state types.SpecState, label string) types.SpecReport {
		return types.SpecReport{LeafNodeType: types.NodeTypeIt, ContainerHierarchyLabels: [][]string{nil, {label}}, State: state}
	}
	// one returns a report in which one spec ended in a state and all others passed.
	one := func(of int, state types.SpecState, label string) types.Report {
		report := types.Report{SpecReports: types.SpecReports{spec(types.SpecStatePassed, "ours"), spec(state, label)}}
		for range of - 1 {
			report.SpecReports = append(report.SpecReports, spec(types.SpecStatePassed, published.Label))
		}
		return report
	}
	part := func(choose func(*types.SuiteConfig)) types.Report {
		report := one(all, types.SpecStateSkipped, published.Label)
		choose(&report.SuiteConfig)
		return report
	}
	leaf := one(all-1, types.SpecStatePassed, published.Label)
	leaf.SpecReports = append(leaf.SpecReports, types.SpecReport{LeafNodeLabels: []string{published.Label}, State: types.SpecStatePassed})
	tests := []struct {
		name    string
		report  types.Report
		leftOut bool
	}{
		{"all passed", one(all, types.SpecStatePassed, published.Label), false},
		{"one failed", one(all, types.SpecStateFailed, published.Label), false},
		{"one panicked", one(all, types.SpecStatePanicked, published.Label), false},
		{"one has the label itself", leaf, false},
		{"one was skipped", one(all, types.SpecStateSkipped, published.Label), true},
		{"one is pending", one(all, types.SpecStatePending, published.Label), true},
		{"one has another label", one(all, types.SpecStatePassed, "other"), true},
		{"one is missing", one(all-1, types.SpecStatePassed, published.Label), true},
		{"one ran too often", one(all+1, types.SpecStatePassed, published.Label), true},
		{"a focus was chosen", part(func(c *types.SuiteConfig) { c.FocusStrings = []string{"a"} }), false},
		{"something to skip was chosen", part(func(c *types.SuiteConfig) { c.SkipStrings = []string{"a"} }), false},
		{"a file was chosen", part(func(c *types.SuiteConfig) { c.FocusFiles = []string{"a"} }), false},
		{"a file to skip was chosen", part(func(c *types.SuiteConfig) { c.SkipFiles = []string{"a"} }), false},
		{"a label was chosen", part(func(c *types.SuiteConfig) { c.LabelFilter = "a" }), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if err := published.LeftOut(published.UniqueUsername, times, tt.report); (err != nil) != tt.leftOut {
				t.Errorf("LeftOut() = %v, want an error: %v", err, tt.leftOut)
			}
		})
	}
	if err := published.LeftOut(published.EventSourcedAggregate, times, types.Report{}); err == nil {
		t.Error("an example without cases has all of them run")
	}
}
