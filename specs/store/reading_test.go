package store_test

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

var _ = DescribeTableSubtree("Reading", func(open opener) {
	var store ports.EventStore
	BeforeEach(func(ctx SpecContext) { store, _ = open(ctx) })

	BeforeEach(func(ctx SpecContext) {
		put(ctx, store, event("CourseDefined", "course:c1"))
		put(ctx, store, event("StudentSubscribed", "course:c1", "student:s1"))
		put(ctx, store, event("StudentSubscribed", "course:c2", "student:s1"))
		put(ctx, store, event("NoteTaken"))
	})

	It("yields events in the order of their positions, which have no holes", func(ctx SpecContext) {
		Expect(everything(ctx, store)).To(Equal("1 CourseDefined, 2 StudentSubscribed, 3 StudentSubscribed, 4 NoteTaken"))
	})

	DescribeTable("selects by type and tag",
		func(ctx SpecContext, query domain.Query, want string) {
			Expect(found(ctx, store, query, ports.ReadOptions{})).To(Equal(want))
		},
		Entry("any of the types", domain.NewQuery(domain.OfTypes("CourseDefined", "NoteTaken")), "1 CourseDefined, 4 NoteTaken"),
		Entry("all of the tags", tagged("course:c1", "student:s1"), "2 StudentSubscribed"),
		Entry("type and tag", domain.NewQuery(domain.OfTypes("StudentSubscribed").Tagged("course:c2")), "3 StudentSubscribed"),
		Entry("one item or the other",
			domain.NewQuery(domain.OfTypes("NoteTaken"), domain.Tagged("course:c1")), "1 CourseDefined, 2 StudentSubscribed, 4 NoteTaken"),
		Entry("nothing, when nothing matches", tagged("course:c3"), ""),
	)

	It("covers everything only when that is said: the zero query is refused", func(ctx SpecContext) {
		_, err := store.Read(ctx, domain.Query{}, ports.ReadOptions{})
		Expect(err).To(MatchError(domain.ErrInvalid))
	})

	DescribeTable("is narrowed",
		func(ctx SpecContext, options ports.ReadOptions, want string) {
			Expect(found(ctx, store, tagged("student:s1").Union(domain.NewQuery(domain.OfTypes("CourseDefined"))), options)).To(Equal(want))
		},
		Entry("to what comes after a position", ports.ReadOptions{After: 2}, "3 StudentSubscribed"),
		Entry("to what comes before a position", ports.ReadOptions{Before: 2}, "1 CourseDefined"),
		Entry("to the oldest few", ports.ReadOptions{Limit: 2}, "1 CourseDefined, 2 StudentSubscribed"),
		Entry("to the newest few", ports.ReadOptions{Limit: 2, Backwards: true}, "3 StudentSubscribed, 2 StudentSubscribed"),
	)

	It("gives the head of the store as well, even when nothing matches", func(ctx SpecContext) {
		result, err := store.Read(ctx, tagged("course:c3"), ports.ReadOptions{})
		Expect(err).NotTo(HaveOccurred())
		Expect(result.Head).To(Equal(domain.Position(4)))
		Expect(drain(result)).To(BeEmpty())
	})

	It("shows the store as it was when the read began", func(ctx SpecContext) {
		result, err := store.Read(ctx, domain.All(), ports.ReadOptions{})
		Expect(err).NotTo(HaveOccurred())
		put(ctx, store, event("TooLate"))
		Expect(drain(result)).To(HaveLen(4))
	})
}, adapters)

var _ = DescribeTableSubtree("Following", func(open opener) {
	var store, sameStore ports.EventStore
	BeforeEach(func(ctx SpecContext) { store, sameStore = open(ctx) })

	It("yields what is stored, and then what is appended, by whichever handle", func(ctx SpecContext) {
		put(ctx, store, event("A", "x"))
		put(ctx, store, event("Other"))
		var followed []domain.Position
		for e, err := range store.Subscribe(ctx, tagged("x"), 0) {
			Expect(err).NotTo(HaveOccurred())
			followed = append(followed, e.Position)
			switch e.Position {
			case 1:
				put(ctx, store, event("B", "x"))
			case 3:
				put(ctx, sameStore, event("C", "x"))
			}
			if e.Position == 4 {
				break
			}
		}
		Expect(followed).To(Equal([]domain.Position{1, 3, 4}))
	}, SpecTimeout(time.Minute))
}, adapters)
