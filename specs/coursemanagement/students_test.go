package coursemanagement_test

import (
	"fmt"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/opossum-go/opossum/domain"
	courses "github.com/opossum-go/opossum/examples/coursemanagement"
)

var _ = onEveryStore("Registering a student", func(s *school) {
	BeforeEach(func(ctx SpecContext) { s.does(ctx, register("ada")) })

	It("records the student", func(ctx SpecContext) {
		Expect(s.events(ctx)).To(HaveExactElements(
			courses.StudentRegistered{Student: "ada", Name: "Student ada", Email: "ada@school.example"}))
	})

	It("keeps the address out of the tags", func(ctx SpecContext) {
		Expect(s.stored(ctx)[0].Tags).To(ConsistOf(domain.Tag("student:ada"), HavePrefix("email:")))
		Expect(s.stored(ctx)[0].Tags).NotTo(ContainElement(ContainSubstring("@")))
	})

	DescribeTable("refuses an address that is taken",
		func(ctx SpecContext, email string) {
			s.refuses(ctx, courses.RegisterStudent{Student: "eva", Name: "Eva", Email: email},
				fmt.Sprintf("A student with the e-mail address %s is registered already", email))
		},
		Entry("as it is", "ada@school.example"),
		Entry("in another case", "Ada@School.Example"),
	)

	It("refuses an id that is taken", func(ctx SpecContext) {
		s.refuses(ctx, courses.RegisterStudent{Student: "ada", Name: "Ada", Email: "ada@home.example"}, `Student "ada" is registered already`)
	})

	It("takes another student with another address", func(ctx SpecContext) {
		s.does(ctx, register("eva"))
		Expect(s.events(ctx)).To(HaveLen(2))
	})

	DescribeTable("finds commands invalid before anything is read",
		func(ctx SpecContext, command courses.RegisterStudent, field string) {
			err := s.tries(ctx, command)
			Expect(err).To(MatchError(domain.ErrInvalid))
			Expect(err).To(MatchError(ContainSubstring(field)))
		},
		Entry("without an id", courses.RegisterStudent{Name: "Eva", Email: "eva@school.example"}, "studentId"),
		Entry("without a name", courses.RegisterStudent{Student: "eva", Email: "eva@school.example"}, "name"),
		Entry("without an address", courses.RegisterStudent{Student: "eva", Name: "Eva"}, "email"),
		Entry("with an address that is none", courses.RegisterStudent{Student: "eva", Name: "Eva", Email: "eva"}, "email"),
	)
})

var _ = onEveryStore("Subscription tiers", func(s *school) {
	BeforeEach(func(ctx SpecContext) {
		s.does(ctx, register("ada"))
		for n := range 26 {
			s.does(ctx, create(fmt.Sprintf("c%d", n), 30))
		}
	})

	subscribe := func(ctx SpecContext, tier courses.Tier) {
		GinkgoHelper()
		if tier != courses.Basic {
			s.does(ctx, courses.ChangeSubscriptionTier{Student: "ada", Tier: tier})
		}
	}
	take := func(ctx SpecContext, n int) {
		GinkgoHelper()
		for c := range n {
			s.does(ctx, enrol(fmt.Sprintf("c%d", c), "ada"))
		}
	}

	DescribeTable("allow a number of courses, and not one more",
		func(ctx SpecContext, tier courses.Tier, limit int) {
			subscribe(ctx, tier)
			take(ctx, limit)
			s.refuses(ctx, enrol(fmt.Sprintf("c%d", limit), "ada"),
				fmt.Sprintf(`Student "ada" takes %d courses, more are not part of %s`, limit, tier))
		},
		Entry("Basic 2, which is what a new student is on", courses.Basic, 2),
		Entry("Standard 5", courses.Standard, 5),
		Entry("Professional 10", courses.Professional, 10),
		Entry("Master 25", courses.Master, 25),
	)

	It("allow more courses as soon as a larger one is paid for", func(ctx SpecContext) {
		take(ctx, 2)
		subscribe(ctx, courses.Standard)
		s.does(ctx, enrol("c2", "ada"))
	})

	It("can be lowered to what is used, and no further", func(ctx SpecContext) {
		subscribe(ctx, courses.Professional)
		take(ctx, 5)
		s.refuses(ctx, courses.ChangeSubscriptionTier{Student: "ada", Tier: courses.Basic}, `Student "ada" takes 5 courses, Basic allows 2`)
		subscribe(ctx, courses.Standard)
		s.refuses(ctx, enrol("c5", "ada"), `Student "ada" takes 5 courses, more are not part of Standard`)
	})

	It("are changed to another one, of a student who exists", func(ctx SpecContext) {
		s.refuses(ctx, courses.ChangeSubscriptionTier{Student: "ada", Tier: courses.Basic}, `Student "ada" is on Basic already`)
		s.refuses(ctx, courses.ChangeSubscriptionTier{Student: "eva", Tier: courses.Master}, `There is no student "eva"`)
		Expect(s.tries(ctx, courses.ChangeSubscriptionTier{Student: "ada", Tier: "Gold"})).To(MatchError(domain.ErrInvalid))
	})
})
