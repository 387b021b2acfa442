// Package uniqueusername_test specifies the example of unique usernames, on every adapter:
// the cases that dcb.events publishes, the ones it leaves out, and what happens
// when two commands meet.
package uniqueusername_test

import (
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	accounts "github.com/opossum-go/opossum/examples/uniqueusername"
	"github.com/opossum-go/opossum/specs/internal/published"
	"github.com/opossum-go/opossum/specs/internal/stage"
)

func TestUniqueUsername(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "Unique username")
}

// adapters are the stores that every spec is run on.
var adapters = stage.Adapters(Entry)

// cases makes one spec of each published case.
func cases() []TableEntry { return published.Entries(published.UniqueUsername, Entry) }

func refusal(text string) error { return accounts.Refusal(text) }

var _ = ReportAfterSuite("no published case was left out", func(report Report) {
	Expect(published.LeftOut(published.UniqueUsername, 2*len(adapters), report)).To(Succeed(), "each case alone and among noise, on each adapter")
})
