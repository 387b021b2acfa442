package store_test

import (
	"encoding/json"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

var _ = DescribeTableSubtree("Appending", func(open opener) {
	var store ports.EventStore
	BeforeEach(func(ctx SpecContext) { store, _ = open(ctx) })

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
}, adapters)
