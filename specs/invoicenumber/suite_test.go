// Package invoicenumber_test specifies the example of gapless invoice numbers, on
// every adapter: the cases that dcb.events publishes, and what happens when two
// commands meet.
package invoicenumber_test

import (
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/opossum-go/opossum/specs/internal/published"
	"github.com/opossum-go/opossum/specs/internal/stage"
)

func TestInvoiceNumber(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "Invoice number")
}

// adapters are the stores that every spec is run on.
var adapters = stage.Adapters(Entry)

// cases makes one spec of each published case.
func cases() []TableEntry { return published.Entries(published.InvoiceNumber, Entry) }

var _ = ReportAfterSuite("no published case was left out", func(report Report) {
	Expect(published.LeftOut(published.InvoiceNumber, 2*len(adapters), report)).To(Succeed(), "each case alone and among noise, on each adapter")
})
