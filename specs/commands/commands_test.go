package commands_test

import (
	"context"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/opossum-go/opossum/application"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/examples/library"
	"github.com/opossum-go/opossum/ports"
	"github.com/opossum-go/opossum/specs/internal/stage"
)

// branch is a library with two books, which were acquired up to the position opened.
type branch struct {
	here, there ports.EventStore
	opened      domain.Position
	app         *application.App // works here
}

func openBranch(ctx context.Context, open stage.Opener) *branch {
	GinkgoHelper()
	b := &branch{}
	b.here, b.there = open(ctx, GinkgoTB())
	b.opened = stage.Store(ctx, GinkgoTB(), b.here,
		stage.Fact(GinkgoTB(), library.BookAcquired{Book: "dune"}, time.Hour),
		stage.Fact(GinkgoTB(), library.BookAcquired{Book: "emma"}, time.Hour))
	b.app = application.New(b.here, application.WithRetry(application.Retry{InitialDelay: time.Microsecond, MaxDelay: time.Microsecond}))
	library.Register(b.app)
	return b
}

// stored returns what the commands stored.
func (b *branch) stored(ctx context.Context) []domain.SequencedEvent {
	GinkgoHelper()
	return stage.After(ctx, GinkgoTB(), b.there, b.opened)
}

func lend(book, member string) library.LendBook { return library.LendBook{Book: book, Member: member} }

var _ = DescribeTableSubtree("A command", func(open stage.Opener) {
	var b *branch
	BeforeEach(func(ctx SpecContext) { b = openBranch(ctx, open) })

	It("stores the events that its decision records, and returns their positions", func(ctx SpecContext) {
		result, err := b.app.Execute(ctx, lend("dune", "ada"))
		Expect(err).NotTo(HaveOccurred())
		Expect(result.Positions).To(Equal(domain.Positions{First: 3, Last: 3}))
		Expect(result.Attempts).To(Equal(1))
		Expect(b.stored(ctx)).To(HaveExactElements(And(
			HaveField("Event.Type", "BookLent"),
			HaveField("Event.Tags", []domain.Tag{"book:dune", "member:ada"}))))
	})

	It("stores nothing when its decision refuses, and returns the refusal as it is", func(ctx SpecContext) {
		_, err := b.app.Execute(ctx, lend("ulysses", "ada"))
		Expect(err).To(BeIdenticalTo(library.ErrNotOnShelf))
		Expect(b.stored(ctx)).To(BeEmpty())
	})

	It("is invalid before anything is read, with the fields that break a rule", func(ctx SpecContext) {
		_, err := b.app.Execute(ctx, library.LendBook{Member: "ada"})
		Expect(err).To(MatchError(domain.ErrInvalid))
		Expect(err).To(MatchError(ContainSubstring("Book")))
		Expect(b.stored(ctx)).To(BeEmpty())
	})

	It("is unknown when nobody said what to do about it", func(ctx SpecContext) {
		_, err := b.app.Execute(ctx, library.BookReturned{Book: "dune", Member: "ada"})
		Expect(err).To(MatchError(application.ErrUnknownCommand))
	})

	It("leaves who gave it, and what it belongs to, on each event", func(ctx SpecContext) {
		_, err := b.app.Execute(ctx, lend("dune", "ada"), application.By("ben"), application.Correlation("visit-7"), stage.AtNow())
		Expect(err).NotTo(HaveOccurred())
		metadata := b.stored(ctx)[0].Metadata
		Expect(metadata.UserID).To(Equal("ben"))
		Expect(metadata.CorrelationID).To(Equal("visit-7"))
		Expect(metadata.OccurredAt).To(BeTemporally("==", stage.Now))
		Expect(metadata.ID).NotTo(BeEmpty())
	})
}, adapters)

var _ = DescribeTableSubtree("A command that loses to a faster one", func(open stage.Opener) {
	var b *branch
	BeforeEach(func(ctx SpecContext) { b = openBranch(ctx, open) })

	It("is decided again on fresh facts, and refused when a rule says so now", func(ctx SpecContext) {
		first, second := stage.Race(ctx, b.here, b.there, lend("dune", "ada").Decide, lend("dune", "ben").Decide)
		Expect(first.Err).NotTo(HaveOccurred())
		Expect(second.Err).To(BeIdenticalTo(library.ErrNotOnShelf))
		Expect(second.Result.Attempts).To(Equal(2))
		Expect(b.stored(ctx)).To(HaveLen(1))
	})

	It("is decided again on fresh facts, and stored when it is still right", func(ctx SpecContext) {
		first, second := stage.Race(ctx, b.here, b.there, lend("dune", "ada").Decide, lend("emma", "ada").Decide)
		Expect(first.Err).NotTo(HaveOccurred())
		Expect(second.Err).NotTo(HaveOccurred())
		Expect(second.Result.Attempts).To(Equal(2))
		Expect(second.Result.Conflicts).To(HaveExactElements(HaveField("Position", domain.Position(3))))
		Expect(b.stored(ctx)).To(HaveLen(2))
	})

	It("is not disturbed by one about other things", func(ctx SpecContext) {
		first, second := stage.Race(ctx, b.here, b.there, lend("dune", "ada").Decide, lend("emma", "ben").Decide)
		Expect(first.Err).NotTo(HaveOccurred())
		Expect(second.Err).NotTo(HaveOccurred())
		Expect(second.Result.Attempts).To(Equal(1))
	})

	It("returns the last conflict once its attempts are used up", func(ctx SpecContext) {
		attempts := 0
		result, err := application.Decide(ctx, b.here, func(d *application.Decision) error {
			attempts++
			if err := d.Load(library.OnShelf("dune")); err != nil {
				return err
			}
			stage.Store(ctx, GinkgoTB(), b.there, stage.Fact(GinkgoTB(), library.BookReturned{Book: "dune", Member: "eve"}, 0))
			return d.Record(library.BookLent{Book: "dune", Member: "ada"})
		}, application.WithRetry(application.Retry{MaxAttempts: 3, InitialDelay: time.Microsecond, MaxDelay: time.Microsecond}))
		Expect(err).To(MatchError(ports.ErrConflict))
		Expect(attempts).To(Equal(3))
		Expect(result.Conflicts).To(HaveLen(3))
		Expect(b.stored(ctx)).To(HaveEach(HaveField("Event.Type", "BookReturned")))
	})
}, adapters)

var _ = DescribeTableSubtree("A command with an id", func(open stage.Opener) {
	var b *branch
	once := application.CommandID("visit-7/dune")
	BeforeEach(func(ctx SpecContext) { b = openBranch(ctx, open) })

	It("is carried out once: when it arrives again it gets the first answer", func(ctx SpecContext) {
		first, err := b.app.Execute(ctx, lend("dune", "ada"), once)
		Expect(err).NotTo(HaveOccurred())
		second, err := application.Decide(ctx, b.there, lend("dune", "ada").Decide, once)
		Expect(err).NotTo(HaveOccurred())
		Expect(second.Repeated).To(BeTrue())
		Expect(second.Attempts).To(BeZero())
		Expect(second.Positions).To(Equal(first.Positions))
		Expect(b.stored(ctx)).To(HaveLen(1))
	})

	It("is carried out once also when it arrives twice at the same time", func(ctx SpecContext) {
		observed := func(d *application.Decision) error {
			return d.Record(library.BookReturned{Book: "dune", Member: "eve"})
		}
		first, second := stage.Race(ctx, b.here, b.there, observed, observed, once)
		Expect(first.Err).NotTo(HaveOccurred())
		Expect(second.Err).NotTo(HaveOccurred())
		Expect(second.Result.Repeated).To(BeTrue())
		Expect(second.Result.Positions).To(Equal(first.Result.Positions))
		Expect(b.stored(ctx)).To(HaveLen(1))
	})

	It("is decided anew when it was refused: that leaves no trace", func(ctx SpecContext) {
		_, err := b.app.Execute(ctx, lend("ulysses", "ada"), once)
		Expect(err).To(BeIdenticalTo(library.ErrNotOnShelf))
		stage.Store(ctx, GinkgoTB(), b.here, stage.Fact(GinkgoTB(), library.BookAcquired{Book: "ulysses"}, 0))
		result, err := b.app.Execute(ctx, lend("ulysses", "ada"), once)
		Expect(err).NotTo(HaveOccurred())
		Expect(result.Repeated).To(BeFalse())
		Expect(result.Positions).To(Equal(domain.Positions{First: 4, Last: 4}))
	})
}, adapters)
