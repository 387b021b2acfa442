// Package productprice_test specifies the example of prices that change, on every adapter:
// the cases that dcb.events publishes, the ones it leaves out, and what happens
// when two commands meet.
package productprice_test

import (
	"slices"
	"testing"

	. "github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/types"
	. "github.com/onsi/gomega"

	shop "github.com/opossum-go/opossum/examples/productprice"
	"github.com/opossum-go/opossum/specs/internal/published"
	"github.com/opossum-go/opossum/specs/internal/stage"
)

func TestProductPrice(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "Dynamic product price")
}

// adapters are the stores that every spec is run on.
var adapters = []TableEntry{
	Entry("in memory", stage.InMemory),
	Entry("on the file system", stage.InFolder),
}

// cases makes one spec of each published case.
func cases() []TableEntry {
	var entries []TableEntry
	for _, c := range published.Of(published.ProductPrice) {
		entries = append(entries, Entry(c.Name(), c))
	}
	return entries
}

func refusal(text string) error { return shop.Refusal(text) }

var _ = ReportAfterSuite("no published case was left out", func(report Report) {
	c := report.SuiteConfig
	if len(c.FocusStrings)+len(c.SkipStrings)+len(c.FocusFiles)+len(c.SkipFiles) > 0 || c.LabelFilter != "" {
		return // somebody chose to run a part
	}
	ran := 0
	for _, spec := range report.SpecReports {
		if slices.Contains(spec.Labels(), published.Label) && spec.State.Is(types.SpecStatePassed|types.SpecStateFailureStates) {
			ran++
		}
	}
	Expect(ran).To(Equal(len(published.Of(published.ProductPrice))*2*len(adapters)), "each case alone and among noise, on each adapter")
})
