package published

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// Entries makes an entry of a table of each case of an example, with Ginkgo's Entry.
func Entries[E any](of Example, entry func(description any, args ...any) E) []E {
	var entries []E
	for _, c := range Of(of) {
		entries = append(entries, entry(c.Name(), c))
	}
	return entries
}

// suiteReport is what the JSON of a report of Ginkgo says about which specs ran.
type suiteReport struct {
	SuiteConfig struct {
		FocusStrings, SkipStrings, FocusFiles, SkipFiles []string
		LabelFilter                                      string
	}
	SpecReports []struct {
		ContainerHierarchyLabels [][]string
		LeafNodeLabels           []string
		State                    string
	}
}

// LeftOut returns an error unless a suite ran each case of its example the given
// number of times, in specs that carry [Label]. The report is the one that Ginkgo
// hands to ReportAfterSuite. When somebody chose to run a part of the suite,
// nothing is left out.
func LeftOut(of Example, times int, report any) error {
	text, err := json.Marshal(report)
	if err != nil {
		return fmt.Errorf("the report of the suite: %w", err)
	}
	var suite suiteReport
	if err := json.Unmarshal(text, &suite); err != nil {
		return fmt.Errorf("the report of the suite: %w", err)
	}
	if c := suite.SuiteConfig; len(c.FocusStrings)+len(c.SkipStrings)+len(c.FocusFiles)+len(c.SkipFiles) > 0 || c.LabelFilter != "" {
		return nil
	}
	ran := 0
	for _, spec := range suite.SpecReports {
		labels := slices.Concat(append(spec.ContainerHierarchyLabels, spec.LeafNodeLabels)...)
		if slices.Contains(labels, Label) && spec.State != "skipped" && spec.State != "pending" {
			ran++
		}
	}
	cases := len(Of(of))
	if cases == 0 {
		return errors.New("there are no cases of the example " + string(of))
	}
	if ran != cases*times {
		return fmt.Errorf("%d specs of published cases ran, want %d: each of the %d cases of %q %d times", ran, cases*times, cases, of, times)
	}
	return nil
}
