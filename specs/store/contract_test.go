package store_test

import (
	"encoding/json"
	"errors"
	"sync"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

var _ = DescribeTableSubtree("An event store", func(open opener) {
	var store, sameStore ports.EventStore
	BeforeEach(func(ctx SpecContext) { store, sameStore = open(ctx) })

	When("it is new", func() {
		It("has nothing to read, and its head is 0", func(ctx SpecContext) {
			Expect(everything(ctx, store)).To(BeEmpty())
			Expect(store.Head(ctx)).To(BeZero())
		})
	})

	Describe("reading", func() {
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

		It("reads everything only when that is said: the zero query is refused", func(ctx SpecContext) {
			_, err := store.Read(ctx, domain.Query{}, ports.ReadOptions{})
			Expect(err).To(MatchError(domain.ErrInvalid))
		})

		DescribeTable("can be narrowed",
			func(ctx SpecContext, options ports.ReadOptions, want string) {
				Expect(found(ctx, store, tagged("student:s1").Union(domain.NewQuery(domain.OfTypes("CourseDefined"))), options)).To(Equal(want))
			},
			Entry("to what comes after a position", ports.ReadOptions{After: 2}, "3 StudentSubscribed"),
			Entry("to what comes before a position", ports.ReadOptions{Before: 2}, "1 CourseDefined"),
			Entry("to the oldest few", ports.ReadOptions{Limit: 2}, "1 CourseDefined, 2 StudentSubscribed"),
			Entry("to the newest few", ports.ReadOptions{Limit: 2, Backwards: true}, "3 StudentSubscribed, 2 StudentSubscribed"),
		)

		It("tells the head of the store even when nothing matches", func(ctx SpecContext) {
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
	})

	Describe("appending", func() {
		It("gives the events of one append consecutive positions, in the order given", func(ctx SpecContext) {
			Expect(put(ctx, store, event("A"))).To(Equal(domain.Positions{First: 1, Last: 1}))
			Expect(put(ctx, store, event("B"), event("C"))).To(Equal(domain.Positions{First: 2, Last: 3}))
			Expect(everything(ctx, store)).To(Equal("1 A, 2 B, 3 C"))
		})

		It("keeps data as it is, apart from white space between values", func(ctx SpecContext) {
			put(ctx, store, domain.Event{Type: "A", Data: json.RawMessage(`{ "b": 1.50, "a": "\u00e9 é", "b": 1e2 }`)})
			Expect(string(read(ctx, store, domain.All(), ports.ReadOptions{})[0].Data)).To(Equal(`{"b":1.50,"a":"\u00e9 é","b":1e2}`))
		})

		It("keeps tags as a set, and gives each event an id and the times it happened and was stored", func(ctx SpecContext) {
			happened := time.Date(2026, 11, 2, 9, 30, 0, 0, time.UTC)
			put(ctx, store,
				event("A", "b", "a", "b"),
				domain.Event{Type: "B", Metadata: domain.Metadata{ID: "my-id", OccurredAt: happened, UserID: "ada"}})
			events := read(ctx, store, domain.All(), ports.ReadOptions{})
			Expect(events[0].Tags).To(Equal([]domain.Tag{"a", "b"}))
			Expect(events[0].RecordedAt).NotTo(BeZero())
			Expect(events[0].Metadata.ID).NotTo(BeEmpty())
			Expect(events[0].Metadata.OccurredAt).NotTo(BeZero())
			Expect(events[1].Metadata.ID).To(Equal("my-id"))
			Expect(events[1].Metadata.OccurredAt).To(BeTemporally("==", happened))
			Expect(events[1].Metadata.UserID).To(Equal("ada"))
		})

		It("stores all events of an append or none", func(ctx SpecContext) {
			_, err := store.Append(ctx, []domain.Event{event("A"), event("")})
			Expect(err).To(MatchError(domain.ErrInvalid))
			Expect(err).To(MatchError(ContainSubstring("events[1].type")))
			Expect(everything(ctx, store)).To(BeEmpty())
		})

		It("refuses an append of nothing", func(ctx SpecContext) {
			_, err := store.Append(ctx, nil)
			Expect(err).To(MatchError(domain.ErrInvalid))
		})
	})

	Describe("appending under a condition", func() {
		BeforeEach(func(ctx SpecContext) {
			put(ctx, store, event("CourseDefined", "course:c1"))
			put(ctx, store, event("StudentSubscribed", "course:c1", "student:s1"))
		})
		attempt := func(ctx SpecContext, conditions ...domain.AppendCondition) error {
			_, err := store.Append(ctx, []domain.Event{event("StudentSubscribed", "course:c1", "student:s2")}, conditions...)
			return err
		}

		DescribeTable("stores the events when",
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

		It("holds several conditions, each with an After of its own, and says which one failed", func(ctx SpecContext) {
			seen := domain.AppendCondition{FailIfEventsMatch: tagged("course:c1"), After: 2}
			never := domain.AppendCondition{FailIfEventsMatch: domain.NewQuery(domain.OfTypes("StudentSubscribed").Tagged("student:s1"))}
			var conflict *ports.ConflictError
			Expect(errors.As(attempt(ctx, seen, never), &conflict)).To(BeTrue())
			Expect(conflict.Condition).To(Equal(1))
			Expect(conflict.Position).To(Equal(domain.Position(2)))
		})

		It("lets exactly one of many through that all saw the same", func(ctx SpecContext) {
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
	})

	Describe("following", func() {
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
	})

	When("it is used through two handles", func() {
		It("shows through each what was appended through the other", func(ctx SpecContext) {
			put(ctx, store, event("A"))
			Expect(everything(ctx, sameStore)).To(Equal("1 A"))
			put(ctx, sameStore, event("B"))
			Expect(everything(ctx, store)).To(Equal("1 A, 2 B"))
		})

		It("holds a condition against what was appended through the other", func(ctx SpecContext) {
			head, err := store.Head(ctx)
			Expect(err).NotTo(HaveOccurred())
			put(ctx, sameStore, event("A", "x"))
			_, err = store.Append(ctx, []domain.Event{event("B", "x")}, domain.AppendCondition{FailIfEventsMatch: tagged("x"), After: head})
			Expect(err).To(MatchError(ports.ErrConflict))
		})
	})

	When("it was closed", func() {
		It("says so", func(ctx SpecContext) {
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
