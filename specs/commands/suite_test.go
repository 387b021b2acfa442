// Package commands_test specifies what becomes of a command, with those of the
// library example, on every adapter. The tests of package application go into the
// corners.
package commands_test

import (
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/opossum-go/opossum/specs/internal/stage"
)

func TestCommands(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "Commands")
}

// adapters are the stores that every spec is run on.
var adapters = stage.Adapters(Entry)
