// Package pharmacy_test says what the pharmacy example does, as a specification
// that runs: 41 scenarios, each against the store in memory and the store on the
// file system.
package pharmacy_test

import (
	"context"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/opossum-go/opossum/adapters/filesystem"
	"github.com/opossum-go/opossum/adapters/memory"
	"github.com/opossum-go/opossum/ports"
)

func TestPharmacy(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "A pharmacy's dispensing")
}

// opener opens an empty store whose time comes from the clock.
type opener func(ctx context.Context, clock ports.Clock) ports.EventStore

// onEveryStore describes a subject for each adapter. It makes a new pharmacy for
// each spec, on a Monday morning.
func onEveryStore(subject string, body func(p *pharmacy)) bool {
	return DescribeTableSubtree(subject, func(open opener) {
		p := &pharmacy{}
		BeforeEach(func(ctx SpecContext) {
			clock := &clock{now: time.Date(2025, time.March, 3, 9, 0, 0, 0, time.UTC)}
			*p = *newPharmacy(clock, open(ctx, clock))
			p.hireStaff(ctx)
		})
		body(p)
	},
		Entry("in memory", opener(inMemory)),
		Entry("on the file system", opener(onFilesystem)),
	)
}

func inMemory(_ context.Context, clock ports.Clock) ports.EventStore {
	store := memory.New(memory.Options{Clock: clock})
	DeferCleanup(store.Close)
	return store
}

func onFilesystem(ctx context.Context, clock ports.Clock) ports.EventStore {
	store, err := filesystem.Open(ctx, GinkgoT().TempDir(), filesystem.Options{Clock: clock})
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(store.Close)
	return store
}
