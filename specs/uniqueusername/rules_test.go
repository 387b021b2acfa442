package uniqueusername_test

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/opossum-go/opossum/application"
	"github.com/opossum-go/opossum/decision"
	"github.com/opossum-go/opossum/domain"
	accounts "github.com/opossum-go/opossum/examples/uniqueusername"
	"github.com/opossum-go/opossum/ports"
	"github.com/opossum-go/opossum/specs/internal/stage"
)

// aged is an event and how long ago it happened.
type aged struct {
	event decision.Event
	ago   time.Duration
}

var (
	registered = func(name string, ago time.Duration) aged {
		return aged{accounts.AccountRegistered{Username: name}, ago}
	}
	closed  = func(name string, ago time.Duration) aged { return aged{accounts.AccountClosed{Username: name}, ago} }
	changed = func(from, to string, ago time.Duration) aged {
		return aged{accounts.UsernameChanged{OldUsername: from, NewUsername: to}, ago}
	}
)

var _ = DescribeTableSubtree("The username u1", func(open stage.Opener) {
	var store ports.EventStore
	BeforeEach(func(ctx SpecContext) { store, _ = open(ctx, GinkgoTB()) })

	register := func(ctx SpecContext, given []aged) error {
		GinkgoHelper()
		var facts []domain.Event
		for _, g := range given {
			facts = append(facts, stage.Fact(GinkgoTB(), g.event, g.ago))
		}
		stage.Store(ctx, GinkgoTB(), store, facts...)
		return stage.Decide(ctx, store, accounts.RegisterAccount{Username: "u1"}.Decide, stage.AtNow()).Err
	}

	DescribeTable("is claimed when it was", func(ctx SpecContext, given ...aged) {
		Expect(register(ctx, given)).To(Equal(accounts.Refusal(`Username "u1" is claimed`)))
	},
		Entry("given up with its account exactly three days ago", registered("u1", 9*day), closed("u1", 3*day)),
		Entry("changed into another exactly three days ago", registered("u1", 9*day), changed("u1", "u2", 3*day)),
		Entry("changed into itself, however long ago", registered("u1", 99*day), changed("u1", "u1", 90*day)),
		Entry("registered again after its release", registered("u1", 9*day), closed("u1", 8*day), registered("u1", 4*day)),
		Entry("registered again and given up again today", registered("u1", 9*day), closed("u1", 8*day), registered("u1", 4*day), closed("u1", 0)),
		Entry("changed into from another, which was closed", registered("u2", 9*day), changed("u2", "u1", 8*day), closed("u2", 7*day)),
	)

	DescribeTable("is free when it was", func(ctx SpecContext, given ...aged) {
		Expect(register(ctx, given)).To(Succeed())
	},
		Entry("given up with its account a moment more than three days ago", registered("u1", 9*day), closed("u1", 3*day+1)),
		Entry("given up with its account four days ago", registered("u1", 9*day), closed("u1", 4*day)),
		Entry("changed into another a moment more than three days ago", registered("u1", 9*day), changed("u1", "u2", 3*day+1)),
		Entry("registered again, and given up again four days ago",
			registered("u1", 99*day), closed("u1", 90*day), registered("u1", 80*day), closed("u1", 4*day)),
		Entry("reached by a change and given up four days ago", registered("u2", 9*day), changed("u2", "u1", 8*day), closed("u1", 4*day)),
		Entry("never heard of"),
	)

	It("is reserved and released as the clock goes on", func(ctx SpecContext) {
		stage.Store(ctx, GinkgoTB(), store,
			stage.Fact(GinkgoTB(), accounts.AccountRegistered{Username: "u1"}, day),
			stage.Fact(GinkgoTB(), accounts.AccountClosed{Username: "u1"}, 0))
		at := func(now time.Time) error {
			return stage.Decide(ctx, store, accounts.RegisterAccount{Username: "u1"}.Decide, stage.At(now)).Err
		}
		Expect(at(stage.Now.Add(accounts.Retention))).To(MatchError(accounts.Refusal(`Username "u1" is claimed`)))
		Expect(at(stage.Now.Add(accounts.Retention + 1))).To(Succeed())
		Expect(at(stage.Now.Add(accounts.Retention + 1))).To(MatchError(accounts.Refusal(`Username "u1" is claimed`)))
	})
}, adapters)

var _ = DescribeTableSubtree("Registrations that meet", func(open stage.Opener) {
	var here, there ports.EventStore
	BeforeEach(func(ctx SpecContext) { here, there = open(ctx, GinkgoTB()) })

	DescribeTable("of one username end with one account: the slower one decides again and is refused",
		func(ctx SpecContext, given ...aged) {
			var head domain.Position
			for _, g := range given {
				head = stage.Store(ctx, GinkgoTB(), here, stage.Fact(GinkgoTB(), g.event, g.ago))
			}
			register := accounts.RegisterAccount{Username: "u1"}.Decide

			winner, loser := stage.Race(ctx, here, there, register, register, stage.AtNow())

			Expect(winner.Err).NotTo(HaveOccurred())
			Expect(winner.Result.Attempts).To(Equal(1))
			Expect(winner.Result.Positions.First).To(Equal(head + 1))
			Expect(loser.Err).To(Equal(accounts.Refusal(`Username "u1" is claimed`)))
			Expect(loser.Result.Attempts).To(Equal(2))
			Expect(loser.Result.Conflicts).To(HaveExactElements(
				HaveValue(Equal(ports.ConflictError{After: head, Position: head + 1, Type: "AccountRegistered", Tags: []domain.Tag{"username:u1"}}))))
			Expect(stage.After(ctx, GinkgoTB(), here, head)).To(HaveLen(1))
		},
		Entry("that is new"),
		Entry("that was released", registered("u1", 9*day), closed("u1", 8*day)),
	)

	It("of two usernames are both stored at the first attempt", func(ctx SpecContext) {
		first, second := stage.Race(ctx, here, there,
			accounts.RegisterAccount{Username: "u1"}.Decide, accounts.RegisterAccount{Username: "u2"}.Decide, stage.AtNow())
		for _, answer := range []stage.Answer{first, second} {
			Expect(answer.Err).NotTo(HaveOccurred())
			Expect(answer.Result.Attempts).To(Equal(1))
		}
	})

	DescribeTable("with another event are", func(ctx SpecContext, between aged, attempts int, answer error) {
		head := stage.Store(ctx, GinkgoTB(), here, stage.Fact(GinkgoTB(), accounts.AccountRegistered{Username: "u2"}, day))
		store := stage.Interrupted(here, func() {
			stage.Store(ctx, GinkgoTB(), there, stage.Fact(GinkgoTB(), between.event, between.ago))
		})

		result, err := application.Decide(ctx, store, accounts.RegisterAccount{Username: "u1"}.Decide, stage.AtNow())

		if answer == nil {
			Expect(err).NotTo(HaveOccurred())
			Expect(result.Positions.First).To(Equal(head + 2))
		} else {
			Expect(err).To(Equal(answer))
		}
		Expect(result.Attempts).To(Equal(attempts))
	},
		Entry("not disturbed by another name that is registered", registered("u3", 0), 1, nil),
		Entry("not disturbed by another name that is given up", closed("u2", 0), 1, nil),
		Entry("not disturbed by another name that is changed into a third", changed("u2", "u3", 0), 1, nil),
		Entry("refused when another name is changed into this one", changed("u2", "u1", 0), 2, accounts.Refusal(`Username "u1" is claimed`)),
		Entry("decided again, and accepted, when the name turns out to have been given up long ago", closed("u1", 5*day), 2, nil),
	)
}, adapters)
