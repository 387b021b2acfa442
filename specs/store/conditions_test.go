package store_test

import (
	"errors"
	"sync"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

var _ = DescribeTableSubtree("An append under a condition", func(open opener) {
	var store, sameStore ports.EventStore
	BeforeEach(func(ctx SpecContext) { store, sameStore = open(ctx) })

	BeforeEach(func(ctx SpecContext) {
		put(ctx, store, event("CourseDefined", "course:c1"))
		put(ctx, store, event("StudentSubscribed", "course:c1", "student:s1"))
	})
	attempt := func(ctx SpecContext, conditions ...domain.AppendCondition) error {
		_, err := store.Append(ctx, []domain.Event{event("StudentSubscribed", "course:c1", "student:s2")}, conditions...)
		return err
	}

	DescribeTable("stores its events when",
		func(ctx SpecContext, condition domain.AppendCondition) {
			Expect(attempt(ctx, condition)).To(Succeed())
			Expect(store.Head(ctx)).To(Equal(domain.Position(3)))
		},
		Entry("nothing matches the query", domain.AppendCondition{FailIfEventsMatch: tagged("course:c2")}),
		Entry("all that matches was seen: After is its position", domain.AppendCondition{FailIfEventsMatch: tagged("course:c1"), After: 2}),
		Entry("what was not seen does not match", domain.AppendCondition{FailIfEventsMatch: domain.NewQuery(domain.OfTypes("CourseDefined")), After: 1}),
		Entry("only the events themselves would match", domain.AppendCondition{FailIfEventsMatch: tagged("student:s2")}),
	)

	It("conflicts when a matching event was not seen, names that event, and stores nothing", func(ctx SpecContext) {
		err := attempt(ctx, domain.AppendCondition{FailIfEventsMatch: tagged("course:c1"), After: 1})
		Expect(err).To(MatchError(ports.ErrConflict))
		var conflict *ports.ConflictError
		Expect(errors.As(err, &conflict)).To(BeTrue())
		Expect(*conflict).To(Equal(ports.ConflictError{
			Condition: 0, After: 1, Position: 2, Type: "StudentSubscribed", Tags: []domain.Tag{"course:c1", "student:s1"},
		}))
		Expect(store.Head(ctx)).To(Equal(domain.Position(2)))
	})

	It("checks several conditions, each with an After of its own, and says which one failed", func(ctx SpecContext) {
		seen := domain.AppendCondition{FailIfEventsMatch: tagged("course:c1"), After: 2}
		never := domain.AppendCondition{FailIfEventsMatch: domain.NewQuery(domain.OfTypes("StudentSubscribed").Tagged("student:s1"))}
		var conflict *ports.ConflictError
		Expect(errors.As(attempt(ctx, seen, never), &conflict)).To(BeTrue())
		Expect(conflict.Condition).To(Equal(1))
		Expect(conflict.Position).To(Equal(domain.Position(2)))
	})

	It("goes through for exactly one of many that saw the same", func(ctx SpecContext) {
		const many = 16
		var racing sync.WaitGroup
		errs := make([]error, many)
		for i := range many {
			handle := []ports.EventStore{store, sameStore}[i%2]
			racing.Go(func() {
				_, errs[i] = handle.Append(ctx, []domain.Event{event("SeatTaken", "course:c1")},
					domain.AppendCondition{FailIfEventsMatch: domain.NewQuery(domain.OfTypes("SeatTaken").Tagged("course:c1")), After: 2})
			})
		}
		racing.Wait()
		Expect(errs).To(ContainElement(BeNil()))
		Expect(errs).To(HaveEach(Or(BeNil(), MatchError(ports.ErrConflict))))
		Expect(store.Head(ctx)).To(Equal(domain.Position(3)))
	})
}, adapters)
