// Package invoicenumber_test specifies the example of gapless invoice numbers, on
// every adapter: the cases that dcb.events publishes, and what happens when two
// commands meet.
package invoicenumber_test

import (
	"slices"
	"testing"

	. "github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/types"
	. "github.com/onsi/gomega"

	"github.com/opossum-go/opossum/specs/internal/published"
	"github.com/opossum-go/opossum/specs/internal/stage"
)

func TestInvoiceNumber(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "Invoice number")
}

// adapters are the stores that every spec is run on.
var adapters = []TableEntry{
	Entry("in memory", stage.InMemory),
	Entry("on the file system", stage.InFolder),
}

// cases makes one spec of each published case.
func cases() []TableEntry {
	var entries []TableEntry
	for _, c := range published.Of(published.InvoiceNumber) {
		entries = append(entries, Entry(c.Name(), c))
	}
	return entries
}

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
	Expect(ran).To(Equal(len(published.Of(published.InvoiceNumber))*2*len(adapters)), "each case alone and among noise, on each adapter")
})
