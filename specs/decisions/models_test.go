package decisions_test

import (
	"context"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/opossum-go/opossum/decision"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/examples/library"
	"github.com/opossum-go/opossum/ports"
	"github.com/opossum-go/opossum/specs/internal/stage"
)

// store appends facts of the library.
func store(ctx context.Context, to ports.EventStore, events ...decision.Event) {
	GinkgoHelper()
	for _, e := range events {
		stage.Store(ctx, GinkgoTB(), to, stage.Fact(GinkgoTB(), e, 0))
	}
}

var _ = DescribeTableSubtree("A decision model", func(open stage.Opener) {
	var here ports.EventStore
	BeforeEach(func(ctx SpecContext) { here, _ = open(ctx, GinkgoTB()) })

	It("asks for the types of event that it folds, with its tags, and for nothing else", func() {
		Expect(library.Loans("ada").Query()).To(Equal(domain.NewQuery(domain.OfTypes("BookLent", "BookReturned").Tagged("member:ada"))))
	})

	It("is in its initial state when nothing of that is stored", func(ctx SpecContext) {
		store(ctx, here, library.BookAcquired{Book: "emma"})
		dune := library.OnShelf("dune")
		_, err := decision.Load(ctx, here, dune)
		Expect(err).NotTo(HaveOccurred())
		Expect(dune.State()).To(BeFalse())
	})

	It("folds its events from the oldest to the newest", func(ctx SpecContext) {
		store(ctx, here,
			library.BookAcquired{Book: "dune"},
			library.BookLent{Book: "dune", Member: "ada"},
			library.BookReturned{Book: "dune", Member: "ada"},
			library.BookLent{Book: "emma", Member: "ada"})
		dune, ada := library.OnShelf("dune"), library.Loans("ada")
		_, err := decision.Load(ctx, here, dune, ada)
		Expect(err).NotTo(HaveOccurred())
		Expect(dune.State()).To(BeTrue())
		Expect(ada.State()).To(And(HaveLen(1), HaveKey("emma")))
	})

	It("folds only the newest of its events when that is all it needs", func(ctx SpecContext) {
		store(ctx, here,
			library.BookAcquired{Book: "dune"},
			library.BookLent{Book: "dune", Member: "ada"},
			library.BookLent{Book: "emma", Member: "ben"})
		folded := 0
		lender := decision.New("nobody", "book:dune").With(
			decision.On(func(_ string, e library.BookLent) string { folded++; return e.Member }),
			decision.On(func(string, library.BookReturned) string { folded++; return "nobody" })).Latest()
		store(ctx, here, library.BookReturned{Book: "dune", Member: "ada"})
		_, err := decision.Load(ctx, here, lender)
		Expect(err).NotTo(HaveOccurred())
		Expect(lender.State()).To(Equal("nobody"))
		Expect(folded).To(Equal(1))
	})

	It("is loaded once: a second time is refused, because its state would be old", func(ctx SpecContext) {
		dune := library.OnShelf("dune")
		_, err := decision.Load(ctx, here, dune)
		Expect(err).NotTo(HaveOccurred())
		_, err = decision.Load(ctx, here, dune)
		Expect(err).To(MatchError(decision.ErrModelUsed))
	})

	It("names the event that it cannot decode", func(ctx SpecContext) {
		stage.Store(ctx, GinkgoTB(), here, domain.Event{Type: "BookLent", Tags: []domain.Tag{"member:ada"}, Data: []byte(`{"book":7}`)})
		_, err := decision.Load(ctx, here, library.Loans("ada"))
		Expect(err).To(MatchError(ContainSubstring(`event "BookLent" at position 1`)))
	})
}, adapters)

var _ = DescribeTableSubtree("The condition of a load", func(open stage.Opener) {
	var here, there ports.EventStore
	var condition domain.AppendCondition
	BeforeEach(func(ctx SpecContext) {
		here, there = open(ctx, GinkgoTB())
		store(ctx, here, library.BookAcquired{Book: "dune"}, library.BookAcquired{Book: "emma"})
		var err error
		condition, err = decision.Load(ctx, here, library.OnShelf("dune"), library.Loans("ada"))
		Expect(err).NotTo(HaveOccurred())
	})
	appended := func(ctx context.Context) error {
		_, err := here.Append(ctx, []domain.Event{stage.Fact(GinkgoTB(), library.BookLent{Book: "dune", Member: "ada"}, 0)}, condition)
		return err
	}

	It("is about everything that the models asked for, from the head of the store on", func() {
		Expect(condition.After).To(Equal(domain.Position(2)))
		Expect(condition.FailIfEventsMatch).To(Equal(library.OnShelf("dune").Query().Union(library.Loans("ada").Query())))
	})

	DescribeTable("refuses an append after",
		func(ctx SpecContext, meanwhile decision.Event) {
			store(ctx, there, meanwhile)
			Expect(appended(ctx)).To(MatchError(ports.ErrConflict))
		},
		Entry("an event that the first model would fold", library.BookLent{Book: "dune", Member: "ben"}),
		Entry("an event that the second model would fold", library.BookLent{Book: "emma", Member: "ada"}),
	)

	DescribeTable("accepts an append after",
		func(ctx SpecContext, meanwhile decision.Event) {
			store(ctx, there, meanwhile)
			Expect(appended(ctx)).To(Succeed())
		},
		Entry("an event about others", library.BookLent{Book: "emma", Member: "ben"}),
		Entry("an event of a type that no model folds", noteOnDune{}),
	)
}, adapters)

// noteOnDune is about a book and concerns no model.
type noteOnDune struct{}

func (noteOnDune) EventType() string  { return "NoteTaken" }
func (noteOnDune) Tags() []domain.Tag { return []domain.Tag{"book:dune"} }
