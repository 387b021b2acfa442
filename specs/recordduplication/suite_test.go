// Package recordduplication_test specifies the example of forms that are sent twice, on every adapter:
// the cases that dcb.events publishes, the ones it leaves out, and what happens
// when two commands meet.
package recordduplication_test

import (
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	orders "github.com/opossum-go/opossum/examples/recordduplication"
	"github.com/opossum-go/opossum/specs/internal/published"
	"github.com/opossum-go/opossum/specs/internal/stage"
)

func TestRecordDuplication(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "Prevent record duplication")
}

// adapters are the stores that every spec is run on.
var adapters = stage.Adapters(Entry)

// cases makes one spec of each published case.
func cases() []TableEntry { return published.Entries(published.RecordDuplication, Entry) }

func refusal(text string) error { return orders.Refusal(text) }

var _ = ReportAfterSuite("no published case was left out", func(report Report) {
	Expect(published.LeftOut(published.RecordDuplication, 2*len(adapters), report)).To(Succeed(), "each case alone and among noise, on each adapter")
})
