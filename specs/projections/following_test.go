package projections_test

import (
	"context"
	"fmt"
	"sync/atomic"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/opossum-go/opossum/decision"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
	"github.com/opossum-go/opossum/projection"
)

var _ = DescribeTableSubtree("A projection", func(open opener) {
	var w *world
	BeforeEach(func(ctx SpecContext) { w = open(ctx) })

	It("folds the events of each key, in their order, into a state", func(ctx SpecContext) {
		w.run(ctx, courses(1))
		w.record(ctx, joined{"c1", "too early"}, defined{"c1", "art", 9}, joined{"c1", "ada"}, defined{"c2", "art", 9}, joined{"c1", "bob"}, joined{"c2", "cyd"})
		Expect(current(ctx, w, courses(1))).To(Equal("c1[ada bob] c2[cyd]"))
	})

	It("does the same with what was stored before it began", func(ctx SpecContext) {
		w.record(ctx, defined{"c1", "art", 9}, joined{"c1", "ada"})
		w.run(ctx, courses(1))
		w.record(ctx, joined{"c1", "bob"})
		Expect(current(ctx, w, courses(1))).To(Equal("c1[ada bob]"))
	})

	It("removes a state, and begins it anew when it comes again", func(ctx SpecContext) {
		w.run(ctx, courses(1))
		w.record(ctx, defined{"c1", "art", 9}, joined{"c1", "ada"}, joined{"c2", "bob"}, closed{"c1"}, closed{"nothing to close"})
		Expect(current(ctx, w, courses(1))).To(Equal("c2[bob]"))
		w.record(ctx, joined{"c1", "cyd"})
		Expect(current(ctx, w, courses(1))).To(Equal("c1[cyd] c2[bob]"))
	})

	It("changes all states that an event touches, or none", func(ctx SpecContext) {
		refusing := &atomic.Bool{}
		refusing.Store(true)
		d := watched(1, strangers(refusing.Load))
		r := w.run(ctx, d)
		upToDate(ctx, w, d)
		w.record(ctx, joined{"c1", "ada"}, joined{"c2", "bob"}, moved{"ada", "c1", "c2"})
		Expect(current(ctx, w, d)).To(Equal("c1[] c2[bob ada]"))

		w.record(ctx, moved{"x", "c2", "c1"}, moved{"ada", "c2", "c1"})
		eventually(ctx, r.condition(d)).Should(Equal(projection.Stopped))
		Expect(shown(ctx, w, d)).To(Equal("c1[] c2[bob ada]"))
		refusing.Store(false)
		Expect(r.Resume(within(ctx), "courses")).To(Succeed())
		eventually(ctx, func() string { return shown(ctx, w, d) }).Should(Equal("c1[x ada] c2[bob]"))
	})

	It("takes more events than fit into a step, with states that go on across steps", func(ctx SpecContext) {
		for i := range 20 { // steps are of three events
			w.record(ctx, joined{fmt.Sprint("c", i%2), fmt.Sprint(i)})
		}
		w.run(ctx, courses(1))
		Expect(current(ctx, w, courses(1))).To(Equal("c0[0 2 4 6 8 10 12 14 16 18] c1[1 3 5 7 9 11 13 15 17 19]"))
		Expect(w.about(ctx, courses(1))).To(Equal("live 20, shadow none"))
	})

	It("is up to date with events that it has no handler for", func(ctx SpecContext) {
		w.record(ctx, defined{"c1", "art", 9}, named{"ada", "Ada"}, named{"bob", "Bob"})
		w.run(ctx, courses(1))
		upToDate(ctx, w, courses(1))
		Expect(w.about(ctx, courses(1))).To(Equal("live 3, shadow none"))
		w.record(ctx, named{"cyd", "Cyd"}, named{"dan", "Dan"})
		upToDate(ctx, w, courses(1))
		Expect(w.about(ctx, courses(1))).To(Equal("live 5, shadow none"))
	})

	It("tells who waits for a position when the states have it", func(ctx SpecContext) {
		w.run(ctx, courses(1))
		view := courses(1).View(w.states)
		for i := range 5 {
			last := w.record(ctx, joined{"c1", fmt.Sprint(i)})
			Expect(view.Wait(within(ctx), last)).To(Succeed())
			state, _, err := view.Get(ctx, "c1")
			Expect(err).NotTo(HaveOccurred())
			Expect(state.Value.Students).To(HaveLen(i + 1))
		}
		gone, cancel := context.WithCancel(ctx)
		cancel()
		Expect(view.Wait(gone, 6)).To(MatchError(context.Canceled))
	})

	When("nothing has happened yet", func() {
		It("is built and live at 0, without states, and is not built again at the next start", func(ctx SpecContext) {
			var builds atomic.Int32
			options := projection.Options{Progress: func(ports.Progress) { builds.Add(1) }}
			first := w.runWith(ctx, options, courses(1))
			eventually(ctx, first.condition(courses(1))).Should(Equal(projection.Live))
			Expect(current(ctx, w, courses(1))).To(BeEmpty())
			Expect(w.about(ctx, courses(1))).To(Equal("live 0, shadow none"))
			first.end()
			Expect(builds.Swap(0)).To(BeNumerically(">", 0))

			w.restart(ctx)
			second := w.runWith(ctx, options, courses(1))
			eventually(ctx, second.condition(courses(1))).Should(Equal(projection.Live))
			Expect(builds.Load()).To(BeZero())
			w.record(ctx, joined{"c1", "ada"})
			Expect(current(ctx, w, courses(1))).To(Equal("c1[ada]"))
		})
	})

	When("it was never run", func() {
		It("reads as one without states", func(ctx SpecContext) {
			w.record(ctx, joined{"c1", "ada"})
			view := courses(1).View(w.states)
			_, found, err := view.Get(ctx, "c1")
			Expect(err).NotTo(HaveOccurred())
			Expect(found).To(BeFalse())
			Expect(view.List(ctx, projection.Selection{})).To(BeEmpty())
			Expect(view.Count(ctx)).To(BeZero())
			Expect(w.about(ctx, courses(1))).To(Equal("live none, shadow none"))
		})
	})

	It("is refused beside another one of its name, and without anything to do", func() {
		_, err := projection.NewRunner(w.store, w.states, projection.Options{}, courses(1), tallies(nil), courses(2))
		Expect(err).To(MatchError(projection.ErrDefinition))
		Expect(err).To(MatchError(ContainSubstring(`"courses"`)))
		_, err = projection.NewRunner(w.store, w.states, projection.Options{}, projection.Define[int]("idle", 1, nil))
		Expect(err).To(MatchError(projection.ErrDefinition))
	})

	It("is not found by another name", func(ctx SpecContext) {
		r := w.run(ctx, courses(1))
		Expect(r.Rebuild(within(ctx), "students")).To(MatchError(projection.ErrUnknown))
		Expect(r.Resume(within(ctx), "students")).To(MatchError(projection.ErrUnknown))
	})
}, adapters)

var _ = DescribeTableSubtree("A process that dies", func(open opener) {
	It("costs a projection no event and applies none twice, at whichever step", func(ctx SpecContext) {
		w := open(ctx)
		history := []decision.Event{defined{"c1", "art", 2}, joined{"c1", "ada"}, joined{"c2", "bob"}, moved{"ada", "c1", "c2"}, closed{"c1"}}
		for range 4 {
			w.record(ctx, history...)
			head, err := w.store.Head(ctx)
			Expect(err).NotTo(HaveOccurred())
			deaths := 0
			for w.about(ctx, courses(1)) != fmt.Sprintf("live %d, shadow none", head) {
				Expect(deaths).To(BeNumerically("<", 50), "each second life writes one step")
				life := &world{store: w.store, states: mortal(w.states, deaths%2 == 1)}
				r := life.run(ctx, courses(1))
				eventually(ctx, life.states.(*mortalStates).dead).Should(BeClosed())
				r.end()
				w.restart(ctx)
				deaths++
			}
			Expect(deaths).To(BeNumerically(">", 2))
			Expect(whole(ctx, w, courses(1))).To(Equal(folded(ctx, w, courses(1))))
		}
		Expect(shown(ctx, w, courses(1))).To(HavePrefix("c2[bob ada bob ada"))
	})
}, adapters)

var _ = DescribeTableSubtree("A projection that cannot apply an event", func(open opener) {
	var w *world
	var refusing *atomic.Bool
	BeforeEach(func(ctx SpecContext) {
		w, refusing = open(ctx), &atomic.Bool{}
		refusing.Store(true)
	})
	failing := func(policy projection.Failure) *projection.Definition[course] {
		return watched(1, strangers(refusing.Load)).OnFailure(policy)
	}

	It("stops there, says why, and skips nothing", func(ctx SpecContext) {
		d := failing(projection.Failure{})
		r := w.run(ctx, d)
		upToDate(ctx, w, d)
		last := w.record(ctx, joined{"c1", "ada"}, joined{"c1", "x"}, joined{"c1", "bob"}, joined{"c2", "cyd"})
		Expect(d.View(w.states).Wait(within(ctx), last)).To(And(
			MatchError(ports.ErrProjectionStopped), MatchError(ContainSubstring("position 2 (StudentJoined)")), MatchError(ContainSubstring(errStrange.Error()))))
		for range 5 { // however much comes
			last = w.record(ctx, joined{"c2", "dan"}, joined{"c3", "eve"})
		}
		eventually(ctx, func() domain.Position { return r.status(d).Head }).Should(Equal(last))
		Expect(r.status(d).Condition).To(Equal(projection.Stopped))
		Expect(r.status(d).Err).To(MatchError(errStrange))
		Expect(r.status(d).Lag).To(Equal(int(last) - 1))
		Expect(shown(ctx, w, d)).To(Equal("c1[ada]"))

		refusing.Store(false)
		Expect(r.Resume(within(ctx), "courses")).To(Succeed())
		eventually(ctx, func() string { return shown(ctx, w, d) }).Should(Equal("c1[ada x bob] c2[cyd dan dan dan dan dan] c3[eve eve eve eve eve]"))
		Expect(whole(ctx, w, d)).To(Equal(folded(ctx, w, d)))
	})

	It("tries it again at the next start", func(ctx SpecContext) {
		d := failing(projection.Failure{})
		first := w.run(ctx, d)
		upToDate(ctx, w, d)
		w.record(ctx, joined{"c1", "ada"}, joined{"c1", "x"})
		eventually(ctx, first.condition(d)).Should(Equal(projection.Stopped))
		first.end()
		refusing.Store(false)
		w.restart(ctx)
		r := w.run(ctx, d)
		eventually(ctx, func() string { return shown(ctx, w, d) }).Should(Equal("c1[ada x]"))
		eventually(ctx, r.condition(d)).Should(Equal(projection.Live))
	})

	It("holds no other projection, and costs it no read of what it has seen", func(ctx SpecContext) {
		d := failing(projection.Failure{})
		counted := &countedReads{EventStore: w.store}
		w.store = counted
		r := w.run(ctx, d, tallies(nil))
		upToDate(ctx, w, tallies(nil))
		upToDate(ctx, w, d)
		w.record(ctx, joined{"c1", "x"})
		eventually(ctx, r.condition(d)).Should(Equal(projection.Stopped))
		upToDate(ctx, w, tallies(nil))
		before := counted.reads.Load()
		for range 10 {
			w.record(ctx, joined{"c1", "ada"})
			upToDate(ctx, w, tallies(nil))
		}
		Expect(counted.reads.Load()).To(Equal(before))
		Expect(shown(ctx, w, tallies(nil))).To(Equal("ada10 x1"))
	})

	It("tries it again for as long as its policy says", func(ctx SpecContext) {
		d := failing(projection.Failure{Retries: projection.Forever, MinDelay: 1, MaxDelay: 1})
		r := w.run(ctx, d)
		w.record(ctx, joined{"c1", "x"}, joined{"c1", "ada"})
		eventually(ctx, r.condition(d)).Should(Equal(projection.Retrying))
		refusing.Store(false)
		Expect(current(ctx, w, d)).To(Equal("c1[x ada]"))
	})

	It("skips it when its policy says so", func(ctx SpecContext) {
		d := failing(projection.Failure{Then: projection.Skip})
		w.record(ctx, joined{"c1", "ada"}, joined{"c1", "x"}, joined{"c1", "bob"})
		w.run(ctx, d)
		w.record(ctx, joined{"c2", "x"}, joined{"c2", "cyd"})
		Expect(current(ctx, w, d)).To(Equal("c1[ada bob] c2[cyd]"))
	})

	It("sets it aside when its policy says so, and applies it when it is asked to", func(ctx SpecContext) {
		d := failing(projection.Failure{Retries: 1, MinDelay: 1, Then: projection.Park})
		first := w.run(ctx, d)
		w.record(ctx, joined{"c1", "ada"}, joined{"c1", "x"}, joined{"c1", "bob"})
		Expect(current(ctx, w, d)).To(Equal("c1[ada bob]"))
		first.end()

		w.restart(ctx)
		parked, err := w.states.Parked(ctx, "courses")
		Expect(err).NotTo(HaveOccurred())
		Expect(parked).To(HaveLen(1))
		Expect(parked[0]).To(And(HaveField("Position", domain.Position(2)), HaveField("Type", "StudentJoined"),
			HaveField("Error", ContainSubstring(errStrange.Error())), HaveField("Attempts", 2)))

		r := w.run(ctx, d)
		_, err = r.RetryParked(within(ctx), "courses")
		Expect(err).To(MatchError(errStrange))
		refusing.Store(false)
		Expect(r.RetryParked(within(ctx), "courses")).To(Equal(1))
		Expect(shown(ctx, w, d)).To(Equal("c1[ada bob x]"))
		Expect(w.states.Parked(ctx, "courses")).To(BeEmpty())
	})
}, adapters)
