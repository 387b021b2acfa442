package projections_test

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/opossum-go/opossum/projection"
)

var _ = DescribeTableSubtree("A build that was interrupted", func(open opener) {
	var w *world
	BeforeEach(func(ctx SpecContext) {
		w = open(ctx)
		w.record(ctx, defined{"c1", "art", 2}, joined{"c1", "ada"}, joined{"c2", "bob"}, joined{"c1", "cyd"},
			closed{"c2"}, moved{"ada", "c1", "c2"}, joined{"c1", "dan"}, defined{"c3", "Latin", 1}, joined{"c3", "eve"})
	})
	// interrupt builds a version until a student is met. The process ends after the step
	// of three events in which that happens.
	interrupt := func(ctx SpecContext, version int, at string) {
		GinkgoHelper()
		met, left := newPause(), newPause()
		r := w.run(ctx, watched(version, func(_, student string) error {
			if student == at {
				met.end()
				left.wait()
			}
			return nil
		}))
		Expect(met.wait()).To(BeTrue())
		r.leave()
		left.end()
		r.end()
		w.restart(ctx)
	}
	// noting returns a version that notes which students it meets.
	noting := func(version int) (d *projection.Definition[course], met *[]string) {
		met = &[]string{}
		return watched(version, func(_, student string) error {
			*met = append(*met, student)
			return nil
		}), met
	}

	It("goes on where it was, and ends with the states of a full replay", func(ctx SpecContext) {
		interrupt(ctx, 1, "cyd")
		Expect(w.about(ctx, courses(1))).To(Equal("live none, shadow 6"))
		d, met := noting(1)
		built(ctx, w, d)
		Expect(*met).To(Equal([]string{"dan", "eve"}))
		Expect(whole(ctx, w, d)).To(Equal(folded(ctx, w, courses(1))))
		Expect(w.about(ctx, d)).To(Equal("live 9, shadow none"))
	})

	It("does so when it is interrupted time and again", func(ctx SpecContext) {
		for _, at := range []string{"bob", "cyd", "eve"} {
			interrupt(ctx, 1, at)
		}
		built(ctx, w, courses(1))
		Expect(whole(ctx, w, courses(1))).To(Equal(folded(ctx, w, courses(1))))
	})

	It("finds all of its states by their tags", func(ctx SpecContext) {
		interrupt(ctx, 1, "cyd")
		built(ctx, w, courses(1))
		Expect(shown(ctx, w, courses(1), "full:true")).To(Equal("c1[cyd dan] c3[eve]"))
		Expect(shown(ctx, w, courses(1), "topic:art")).To(Equal("c1[cyd dan]"))
		Expect(shown(ctx, w, courses(1), "full:false")).To(Equal("c2[ada]"))
	})

	It("goes on when the next start builds nothing else", func(ctx SpecContext) {
		built(ctx, w, courses(1))
		interrupt(ctx, 2, "dan")
		Expect(shown(ctx, w, courses(1))).To(Equal("c1[cyd dan] c2[ada] c3[eve]"))
		r := w.runWith(ctx, projection.Options{Rebuild: projection.RebuildNone}, courses(2))
		eventually(ctx, r.condition(courses(2))).Should(Equal(projection.Live))
		Expect(shown(ctx, w, courses(2))).To(Equal("c1[CYD DAN] c2[ADA] c3[EVE]"))
	})

	It("is dropped for another version, which is built from the first event", func(ctx SpecContext) {
		interrupt(ctx, 1, "eve")
		d, met := noting(2)
		built(ctx, w, d)
		Expect(*met).To(Equal([]string{"ada", "bob", "cyd", "ada", "dan", "eve"}))
		Expect(whole(ctx, w, d)).To(Equal(folded(ctx, w, courses(2))))
		Expect(w.about(ctx, d)).To(Equal("live 9, shadow none"))
	})

	It("is dropped when somebody asks for a rebuild", func(ctx SpecContext) {
		built(ctx, w, courses(1))
		interrupt(ctx, 2, "dan")
		d, met := noting(1)
		r := w.run(ctx, d)
		Expect(r.Rebuild(within(ctx), "courses")).To(Succeed())
		Expect(*met).To(HaveLen(6))
		Expect(w.about(ctx, d)).To(Equal("live 9, shadow none"))
		Expect(whole(ctx, w, d)).To(Equal(folded(ctx, w, courses(1))))
	})

	It("does not hold the version that is live when the program goes back to that", func(ctx SpecContext) {
		built(ctx, w, courses(1))
		interrupt(ctx, 2, "dan")
		w.run(ctx, courses(1))
		w.record(ctx, joined{"c3", "fay"})
		Expect(current(ctx, w, courses(1))).To(Equal("c1[cyd dan] c2[ada] c3[eve fay]"))
		Expect(whole(ctx, w, courses(1))).To(Equal(folded(ctx, w, courses(1))))
	})
}, adapters)
