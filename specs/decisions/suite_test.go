// Package decisions_test specifies decision models with those of the library example,
// on every adapter: what they read, what they fold, and the condition that protects
// it. The tests of package decision go into the corners.
package decisions_test

import (
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/opossum-go/opossum/specs/internal/stage"
)

func TestDecisions(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "Decisions")
}

// adapters are the stores that every spec is run on.
var adapters = stage.Adapters(Entry)
