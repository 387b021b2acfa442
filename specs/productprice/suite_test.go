// Package productprice_test specifies the example of prices that change, on every adapter:
// the cases that dcb.events publishes, the ones it leaves out, and what happens
// when two commands meet.
package productprice_test

import (
	"testing"

	. "github.com/onsi/ginkgo/v2"
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
var adapters = stage.Adapters(Entry)

// cases makes one spec of each published case.
func cases() []TableEntry { return published.Entries(published.ProductPrice, Entry) }

func refusal(text string) error { return shop.Refusal(text) }

var _ = ReportAfterSuite("no published case was left out", func(report Report) {
	Expect(published.LeftOut(published.ProductPrice, 2*len(adapters), report)).To(Succeed(), "each case alone and among noise, on each adapter")
})
