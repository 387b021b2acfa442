package projections_test

import (
	"errors"
	"sync"
	"sync/atomic"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/opossum-go/opossum/ports"
	"github.com/opossum-go/opossum/projection"
)

var _ = DescribeTableSubtree("Rebuilding a projection", func(open opener) {
	var w *world
	BeforeEach(func(ctx SpecContext) {
		w = open(ctx)
		w.record(ctx, defined{"c1", "art", 2}, joined{"c1", "ada"}, joined{"c2", "bob"}, joined{"c1", "cyd"})
	})

	It("replaces all of its states", func(ctx SpecContext) {
		d := projection.Define[string]("courses", 1, projection.ByTag("course")).With(
			projection.On(func(string, joined) string { return " by its predecessor" }),
			projection.On(func(string, defined) string { return " by its predecessor" }))
		w.record(ctx, joined{"c3", "dan"}, closed{"c3"})
		built(ctx, w, d)
		Expect(shown(ctx, w, d)).To(ContainSubstring("c3 by its predecessor"))
		r := w.run(ctx, courses(2))
		eventually(ctx, r.condition(courses(2))).Should(Equal(projection.Live))
		Expect(shown(ctx, w, courses(2))).To(Equal("c1[ADA CYD] c2[BOB]"))
		Expect(shown(ctx, w, courses(2), "full:true")).To(Equal("c1[ADA CYD]"))
	})

	It("happens by itself when the version is another one, and readers are shown the old states until it is done", func(ctx SpecContext) {
		built(ctx, w, courses(1))
		w.restart(ctx)
		reader := w.open(ctx)
		at, goOn := newPause(), newPause()
		r := w.run(ctx, watched(2, func(_, student string) error {
			if student == "cyd" {
				at.end()
				goOn.wait()
			}
			return nil
		}))
		Expect(at.wait()).To(BeTrue())
		eventually(ctx, r.condition(courses(2))).Should(Equal(projection.Rebuilding))
		for _, w := range []*world{w, reader} {
			Expect(w.about(ctx, courses(2))).To(Equal("live 4, shadow 3"))
			Expect(shown(ctx, w, courses(2))).To(Equal("c1[ada cyd] c2[bob]"))
			Expect(shown(ctx, w, courses(2), "full:true")).To(Equal("c1[ada cyd]"))
			state, _, err := courses(2).View(w.states).Get(ctx, "c1")
			Expect(err).NotTo(HaveOccurred())
			Expect(state.Value.Students).To(Equal([]string{"ada", "cyd"}))
		}
		goOn.end()
		eventually(ctx, r.condition(courses(2))).Should(Equal(projection.Live))
		for _, w := range []*world{w, reader} {
			Expect(shown(ctx, w, courses(2))).To(Equal("c1[ADA CYD] c2[BOB]"))
			Expect(w.about(ctx, courses(2))).To(Equal("live 4, shadow none"))
		}
	})

	It("holds new events back from its states, and has taken them into account when it is done", func(ctx SpecContext) {
		during := &atomic.Bool{}
		at, goOn := newPause(), newPause()
		d := watched(1, func(_, student string) error {
			if student == "ada" && during.CompareAndSwap(true, false) {
				at.end()
				goOn.wait()
			}
			return nil
		})
		r := w.run(ctx, d, tallies(nil))
		upToDate(ctx, w, d)
		during.Store(true)
		done := make(chan error, 1)
		go func() { done <- r.Rebuild(within(ctx), "courses") }()
		Expect(at.wait()).To(BeTrue())
		w.record(ctx, joined{"c2", "dan"})
		upToDate(ctx, w, tallies(nil))
		Expect(shown(ctx, w, d)).To(Equal("c1[ada cyd] c2[bob]"))
		goOn.end()
		Expect(<-done).NotTo(HaveOccurred())
		Expect(current(ctx, w, d)).To(Equal("c1[ada cyd] c2[bob dan]"))
		Expect(whole(ctx, w, d)).To(Equal(folded(ctx, w, d)))
	})

	It("never shows a part of the states while it puts the new ones in place", func(ctx SpecContext) {
		r := w.run(ctx, courses(1))
		upToDate(ctx, w, courses(1))
		stop, reads := make(chan struct{}), make(chan struct{})
		var reading sync.WaitGroup
		reader := w.open(ctx)
		var wrong []string
		reading.Go(func() {
			defer GinkgoRecover()
			for {
				if got := shown(ctx, reader, courses(1)) + " " + shown(ctx, reader, courses(1), "full:true"); got != "c1[ada cyd] c2[bob] c1[ada cyd]" {
					wrong = append(wrong, got)
				}
				select {
				case <-stop:
					return
				case reads <- struct{}{}:
				}
			}
		})
		for range 10 {
			<-reads // at least one read beside each rebuild
			Expect(r.Rebuild(within(ctx), "courses")).To(Succeed())
		}
		close(stop)
		reading.Wait()
		Expect(wrong).To(BeEmpty())
	})

	It("leaves nothing but the new states", func(ctx SpecContext) {
		built(ctx, w, courses(1))
		r := w.run(ctx, courses(2))
		eventually(ctx, r.condition(courses(2))).Should(Equal(projection.Live))
		infos, err := w.states.Projections(ctx)
		Expect(err).NotTo(HaveOccurred())
		Expect(infos).To(HaveLen(1))
		Expect(infos[0].Shadow).To(BeNil())
		Expect(whole(ctx, w, courses(2))).To(Equal(folded(ctx, w, courses(2))))
	})

	It("finds states by their last tags, not by those that they had on the way", func(ctx SpecContext) {
		w.record(ctx, moved{"cyd", "c1", "c2"}, defined{"c2", "art", 9}, joined{"c2", "dan"})
		r := w.run(ctx, courses(1))
		upToDate(ctx, w, courses(1))
		Expect(r.Rebuild(within(ctx), "courses")).To(Succeed())
		Expect(shown(ctx, w, courses(1), "full:true")).To(BeEmpty())
		Expect(shown(ctx, w, courses(1), "full:false")).To(Equal("c1[ada] c2[dan]"))
		Expect(shown(ctx, w, courses(1), "topic:art")).To(Equal("c1[ada] c2[dan]"))
		Expect(shown(ctx, w, courses(1), "topic:")).To(BeEmpty())
	})

	It("that fails leaves the old states, which go on with what happens", func(ctx SpecContext) {
		refusing := &atomic.Bool{}
		d := watched(1, strangers(refusing.Load))
		w.record(ctx, joined{"c2", "x"})
		r := w.run(ctx, d)
		upToDate(ctx, w, d)
		refusing.Store(true)
		Expect(r.Rebuild(within(ctx), "courses")).To(MatchError(errStrange))
		Expect(shown(ctx, w, d)).To(Equal("c1[ada cyd] c2[bob x]"))
		w.record(ctx, joined{"c2", "dan"})
		Expect(current(ctx, w, d)).To(Equal("c1[ada cyd] c2[bob x dan]"))
		Expect(w.about(ctx, d)).To(Equal("live 6, shadow none"))
		refusing.Store(false)
		Expect(r.Rebuild(within(ctx), "courses")).To(Succeed())
		Expect(whole(ctx, w, d)).To(Equal(folded(ctx, w, d)))
	})

	It("twice does so once after the other", func(ctx SpecContext) {
		during := &atomic.Bool{}
		var applied atomic.Int32
		met, goOn := make(chan string, 12), newPause()
		defer goOn.end()
		d := watched(1, func(_, student string) error {
			if during.Load() {
				applied.Add(1)
				met <- student
				goOn.wait()
			}
			return nil
		})
		r := w.run(ctx, d, tallies(nil))
		upToDate(ctx, w, d)
		upToDate(ctx, w, tallies(nil))
		during.Store(true)
		done := make(chan error, 2)
		for range 2 {
			go func() { done <- r.Rebuild(within(ctx), "courses") }()
		}
		eventually(ctx, met).Should(Receive(Equal("ada")))
		for range 10 { // the other one had time for as much, if it were not waiting for the first
			Expect(r.Rebuild(within(ctx), "tallies")).To(Succeed())
		}
		Expect(met).NotTo(Receive(), "the other one has begun beside the first")
		goOn.end()
		Expect(errors.Join(<-done, <-done)).To(Succeed())
		Expect(applied.Load()).To(Equal(int32(6)))
		during.Store(false)
		Expect(whole(ctx, w, d)).To(Equal(folded(ctx, w, d)))
	})

	It("goes on beside the rebuild of another projection", func(ctx SpecContext) {
		during := &atomic.Bool{}
		here, there := newPause(), newPause()
		meet := func(mine, theirs *pause) {
			if during.Load() {
				mine.end()
				theirs.wait()
			}
		}
		c := watched(1, func(_, _ string) error { meet(here, there); return nil })
		s := tallies(func(string) { meet(there, here) })
		r := w.run(ctx, c, s)
		upToDate(ctx, w, c)
		upToDate(ctx, w, s)
		during.Store(true)
		Expect(r.Rebuild(within(ctx))).To(Succeed())
		Expect(shown(ctx, w, c)).To(Equal("c1[ada cyd] c2[bob]"))
		Expect(shown(ctx, w, s)).To(Equal("ada1 bob1 cyd1"))
	})

	It("can be tried: a dry run tells what would change, and changes nothing", func(ctx SpecContext) {
		strict := &atomic.Bool{} // a handler that has forgotten to raise its version
		d := watched(1, strangers(strict.Load)).DropWhen(func(c course) bool { return strict.Load() && len(c.Students) > 1 })
		r := w.run(ctx, d)
		upToDate(ctx, w, d)
		Expect(r.DryRun(within(ctx), "courses")).To(ConsistOf(projection.Difference{Projection: "courses", Position: 4, States: 2}))
		strict.Store(true)
		Expect(r.DryRun(within(ctx), "courses")).To(ConsistOf(
			projection.Difference{Projection: "courses", Position: 4, States: 1, Removed: 1, Keys: []string{"c1"}}))
		Expect(shown(ctx, w, d)).To(Equal("c1[ada cyd] c2[bob]"))
		Expect(w.about(ctx, d)).To(Equal("live 4, shadow none"))
	})

	DescribeTable("at the start is",
		func(ctx SpecContext, mode projection.Rebuild, version int, want string) {
			built(ctx, w, courses(1))
			var builds atomic.Int32
			d := courses(version)
			r := w.runWith(ctx, projection.Options{Rebuild: mode, Progress: func(p ports.Progress) {
				if p.Done {
					builds.Add(1)
				}
			}}, d)
			eventually(ctx, r.condition(d)).Should(BeElementOf(projection.Live, projection.Outdated))
			Expect([]any{r.condition(d)(), builds.Load(), shown(ctx, w, d)}).To(HaveExactElements(
				map[string][]any{
					"left alone": {projection.Live, int32(0), "c1[ada cyd] c2[bob]"},
					"built":      {projection.Live, int32(1), map[int]string{1: "c1[ada cyd] c2[bob]", 2: "c1[ADA CYD] c2[BOB]"}[version]},
					"outdated":   {projection.Outdated, int32(0), "c1[ada cyd] c2[bob]"},
				}[want]...))
		},
		Entry("left out for what is built", projection.RebuildMissing, 1, "left alone"),
		Entry("done for what another version built", projection.RebuildMissing, 2, "built"),
		Entry("done for everything when that is wanted", projection.RebuildAll, 1, "built"),
		Entry("done for nothing when that is wanted, and shown as outdated", projection.RebuildNone, 2, "outdated"),
	)
}, adapters)
