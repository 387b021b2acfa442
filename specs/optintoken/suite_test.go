// Package optintoken_test specifies the example of opt-in tokens, on every adapter:
// the cases that dcb.events publishes, the ones it leaves out, and what happens
// when two commands meet.
package optintoken_test

import (
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	signups "github.com/opossum-go/opossum/examples/optintoken"
	"github.com/opossum-go/opossum/specs/internal/published"
	"github.com/opossum-go/opossum/specs/internal/stage"
)

func TestOptInToken(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "Opt-in token")
}

// adapters are the stores that every spec is run on.
var adapters = stage.Adapters(Entry)

// cases makes one spec of each published case.
func cases() []TableEntry { return published.Entries(published.OptInToken, Entry) }

func refusal(text string) error { return signups.Refusal(text) }

var _ = ReportAfterSuite("no published case was left out", func(report Report) {
	Expect(published.LeftOut(published.OptInToken, 2*len(adapters), report)).To(Succeed(), "each case alone and among noise, on each adapter")
})
