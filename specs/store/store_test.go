package store_test

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

var _ = DescribeTableSubtree("A store", func(open opener) {
	var store ports.EventStore
	BeforeEach(func(ctx SpecContext) { store, _ = open(ctx) })

	When("it is new", func() {
		It("has nothing to read, and its head is 0", func(ctx SpecContext) {
			Expect(everything(ctx, store)).To(BeEmpty())
			Expect(store.Head(ctx)).To(BeZero())
		})
	})

	When("it was closed", func() {
		It("says so to whoever goes on using it", func(ctx SpecContext) {
			closer, ok := store.(interface{ Close() error })
			Expect(ok).To(BeTrue())
			Expect(closer.Close()).To(Succeed())
			_, err := store.Append(ctx, []domain.Event{event("A")})
			Expect(err).To(MatchError(ports.ErrClosed))
			_, err = store.Head(ctx)
			Expect(err).To(MatchError(ports.ErrClosed))
		})
	})
}, adapters)
