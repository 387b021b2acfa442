package projections_test

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/projection"
)

var _ = DescribeTableSubtree("What is known about a state", func(open opener) {
	var w *world
	var view *projection.View[course]
	BeforeEach(func(ctx SpecContext) {
		w = open(ctx)
		view = courses(1).View(w.states)
	})
	// c1 returns the state and the events of the store.
	c1 := func(ctx SpecContext) (projection.State[course], []domain.SequencedEvent) {
		GinkgoHelper()
		upToDate(ctx, w, courses(1))
		state, found, err := view.Get(ctx, "c1")
		Expect(err).NotTo(HaveOccurred())
		Expect(found).To(BeTrue())
		return state, w.events(ctx)
	}

	It("is how many events made it, which was the last, and when the first and the last were recorded", func(ctx SpecContext) {
		w.run(ctx, courses(1))
		w.record(ctx, defined{"c1", "art", 9})
		state, events := c1(ctx)
		Expect(state.Version).To(Equal(1))
		Expect(state.Position).To(Equal(domain.Position(1)))
		Expect(state.CreatedAt).To(BeTemporally("==", events[0].RecordedAt))
		Expect(state.UpdatedAt).To(BeTemporally("==", events[0].RecordedAt))

		w.record(ctx, joined{"c2", "bob"}, joined{"c1", "ada"}, joined{"c2", "cyd"})
		state, events = c1(ctx)
		Expect(state.Version).To(Equal(2))
		Expect(state.Position).To(Equal(domain.Position(3)))
		Expect(state.CreatedAt).To(BeTemporally("==", events[0].RecordedAt))
		Expect(state.UpdatedAt).To(BeTemporally("==", events[2].RecordedAt))
	})

	It("is the same after a restart and after a rebuild", func(ctx SpecContext) {
		first := w.run(ctx, courses(1))
		w.record(ctx, defined{"c1", "art", 9}, joined{"c1", "ada"}, joined{"c2", "bob"}, moved{"ada", "c1", "c2"})
		upToDate(ctx, w, courses(1))
		before := whole(ctx, w, courses(1))
		Expect(before).To(ContainSubstring(`"Version": 3`))
		first.end()

		w.restart(ctx)
		r := w.run(ctx, courses(1))
		upToDate(ctx, w, courses(1))
		Expect(whole(ctx, w, courses(1))).To(Equal(before))
		Expect(r.Rebuild(within(ctx), "courses")).To(Succeed())
		Expect(whole(ctx, w, courses(1))).To(Equal(before))
	})

	It("begins anew when the state was removed and comes again", func(ctx SpecContext) {
		w.run(ctx, courses(1))
		w.record(ctx, defined{"c1", "art", 9}, joined{"c1", "ada"}, closed{"c1"}, defined{"c1", "art", 9})
		state, events := c1(ctx)
		Expect(state.Version).To(Equal(1))
		Expect(state.CreatedAt).To(BeTemporally("==", events[3].RecordedAt))
	})
}, adapters)

var _ = DescribeTableSubtree("A query of states", func(open opener) {
	var w *world
	var view *projection.View[course]
	var r *running
	BeforeEach(func(ctx SpecContext) {
		w = open(ctx)
		view = courses(1).View(w.states)
		r = w.run(ctx, courses(1))
		w.record(ctx, defined{"c1", "art", 2}, defined{"c2", "art", 1}, defined{"c3", "Latin", 1}, joined{"c2", "ada"}, joined{"c3", "bob"})
		upToDate(ctx, w, courses(1))
	})

	It("finds the states that carry a tag", func(ctx SpecContext) {
		Expect(shown(ctx, w, courses(1), "topic:art")).To(Equal("c1[] c2[ada]"))
		Expect(shown(ctx, w, courses(1), "topic:Greek")).To(BeEmpty())
	})

	It("finds the states that carry all of several tags, in whichever order these are given", func(ctx SpecContext) {
		Expect(shown(ctx, w, courses(1), "topic:art", "full:true")).To(Equal("c2[ada]"))
		Expect(shown(ctx, w, courses(1), "full:true", "topic:art")).To(Equal("c2[ada]"))
	})

	It("tells capitals from small letters", func(ctx SpecContext) {
		Expect(shown(ctx, w, courses(1), "topic:Latin")).To(Equal("c3[bob]"))
		Expect(shown(ctx, w, courses(1), "topic:latin")).To(BeEmpty())
		Expect(shown(ctx, w, courses(1), "Topic:Latin")).To(BeEmpty())
	})

	It("finds a state by the tags that it has now", func(ctx SpecContext) {
		w.record(ctx, joined{"c1", "cyd"}, joined{"c1", "dan"}, moved{"ada", "c2", "c3"})
		Expect(current(ctx, w, courses(1), "full:true")).To(Equal("c1[cyd dan] c3[bob ada]"))
		Expect(current(ctx, w, courses(1), "full:false")).To(Equal("c2[]"))
	})

	It("does so after a restart", func(ctx SpecContext) {
		r.end()
		w.restart(ctx)
		Expect(shown(ctx, w, courses(1), "full:true")).To(Equal("c2[ada] c3[bob]"))
		w.run(ctx, courses(1))
		w.record(ctx, moved{"ada", "c2", "c3"})
		Expect(current(ctx, w, courses(1), "full:true")).To(Equal("c3[bob ada]"))
	})

	It("does not find a state that was removed", func(ctx SpecContext) {
		w.record(ctx, closed{"c2"})
		Expect(current(ctx, w, courses(1), "full:true")).To(Equal("c3[bob]"))
		Expect(view.Count(ctx, "topic:art")).To(Equal(1))
	})

	It("finds nothing by tags when the projection sets none", func(ctx SpecContext) {
		w.run(ctx, tallies(nil))
		Expect(current(ctx, w, tallies(nil))).To(Equal("ada1 bob1"))
		Expect(shown(ctx, w, tallies(nil), "full:true")).To(BeEmpty())
	})

	It("counts without listing", func(ctx SpecContext) {
		Expect(view.Count(ctx)).To(Equal(3))
		Expect(view.Count(ctx, "topic:art")).To(Equal(2))
		Expect(view.Count(ctx, "topic:art", "full:true")).To(Equal(1))
	})

	It("lists in pages, in either direction", func(ctx SpecContext) {
		keys := func(selection projection.Selection) (keys []string) {
			GinkgoHelper()
			selection.Limit = 2
			for {
				page, err := view.List(ctx, selection)
				Expect(err).NotTo(HaveOccurred())
				for _, state := range page {
					keys = append(keys, state.Key)
				}
				if len(page) < selection.Limit {
					return keys
				}
				keys = append(keys, "|")
				selection.After = page[len(page)-1].Key
			}
		}
		Expect(keys(projection.Selection{})).To(Equal([]string{"c1", "c2", "|", "c3"}))
		Expect(keys(projection.Selection{Backwards: true})).To(Equal([]string{"c3", "c2", "|", "c1"}))
		Expect(keys(projection.Selection{Tags: []domain.Tag{"full:true"}})).To(Equal([]string{"c2", "c3", "|"}))
	})
}, adapters)

var _ = DescribeTableSubtree("A handler that asks for related events", func(open opener) {
	var w *world
	BeforeEach(func(ctx SpecContext) { w = open(ctx) })

	It("is given them, oldest first, and none where there are none", func(ctx SpecContext) {
		w.run(ctx, rosters())
		w.record(ctx, named{"s1", "Ada"}, named{"s1", "Ada Lovelace"}, joined{"c1", "s1"}, joined{"c1", "s2"})
		Expect(current(ctx, w, rosters())).To(Equal("c1[Ada Lovelace somebody]"))
	})

	It("is not given what happened later, so that a rebuild shows what there was before", func(ctx SpecContext) {
		r := w.run(ctx, rosters())
		w.record(ctx, named{"s1", "Ada"}, joined{"c1", "s1"}, joined{"c1", "s2"})
		upToDate(ctx, w, rosters()) // each was applied when nothing later was there
		w.record(ctx, named{"s1", "Lady Lovelace"}, named{"s2", "Bob"}, joined{"c2", "s2"})
		upToDate(ctx, w, rosters())
		before := whole(ctx, w, rosters())
		Expect(shown(ctx, w, rosters())).To(Equal("c1[Ada somebody] c2[Bob]"))
		Expect(r.Rebuild(within(ctx))).To(Succeed())
		Expect(whole(ctx, w, rosters())).To(Equal(before))
	})
}, adapters)
