// Package boundaries_test specifies the boundaries of the examples' decisions with the
// test kit for decisions, on every adapter: what each depends on, and that it
// keeps what the kit checks without being told.
package boundaries_test

import (
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/opossum-go/opossum/adapters/filesystem"
	"github.com/opossum-go/opossum/adapters/memory"
	"github.com/opossum-go/opossum/application/decisiontest"
	"github.com/opossum-go/opossum/decision"
	"github.com/opossum-go/opossum/ports"
)

func TestBoundaries(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "Boundaries")
}

func inMemory(_ testing.TB, clock ports.Clock) ports.EventStore {
	return memory.New(memory.Options{Clock: clock})
}

func inFolder(t testing.TB, clock ports.Clock) ports.EventStore {
	store, err := filesystem.Open(t.Context(), t.TempDir(), filesystem.Options{Clock: clock})
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(store.Close)
	return store
}

// past begins a test of the kit on one adapter.
type past func(events ...decision.Event) *decisiontest.Past

func on(open decisiontest.Opener) past {
	return func(events ...decision.Event) *decisiontest.Past {
		return decisiontest.Given(GinkgoTB(), events...).On(open)
	}
}
