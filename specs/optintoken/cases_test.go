package optintoken_test

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/opossum-go/opossum/application"
	"github.com/opossum-go/opossum/domain"
	signups "github.com/opossum-go/opossum/examples/optintoken"
	"github.com/opossum-go/opossum/ports"
	"github.com/opossum-go/opossum/specs/internal/published"
	"github.com/opossum-go/opossum/specs/internal/stage"
)

// justNow is the age of the events that the site gives none: its OTPs did not
// expire yet when these cases were written.
const justNow = 0

const (
	john = "john.doe@example.com"
	jane = "jane.doe@example.com"
)

// command returns the command of a case.
func command(c published.Case) func(*application.Decision) error {
	GinkgoHelper()
	Expect(c.When.Name).To(Equal("confirmSignUp"))
	var confirm signups.ConfirmSignUp
	Expect(c.When.Into(&confirm)).To(Succeed())
	return confirm.Decide
}

// noise is about other addresses and OTPs, and events of other types.
func noise() []domain.Event {
	t := GinkgoTB()
	return []domain.Event{
		stage.Fact(t, signups.SignUpInitiated{EmailAddress: john, OTP: "999999", Name: "Another John"}, 0),
		stage.Fact(t, signups.SignUpConfirmed{EmailAddress: john, OTP: "999999", Name: "Another John"}, 0),
		stage.Fact(t, signups.SignUpInitiated{EmailAddress: "jim.doe@example.com", OTP: "444444", Name: "Jim"}, 0),
		stage.Fact(t, signups.SignUpConfirmed{EmailAddress: "jim.doe@example.com", OTP: "444444", Name: "Jim"}, 0),
		{Type: "MailSent", Tags: []domain.Tag{"email:" + john, "otp:444444", "otp:000000", "otp:111111"}},
	}
}

var _ = DescribeTableSubtree("A confirmation", func(open stage.Opener) {
	// The published case for an expired OTP sends a wrong one, 000000, and expects
	// to hear that there is no such sign-up. The spec of the expired one is ours,
	// below.
	DescribeTable("is answered as published", Label(published.Label), func(ctx SpecContext, c published.Case) {
		store, _ := open(ctx, GinkgoTB())
		stage.Play(ctx, GinkgoTB(), store, c, c.Given(stage.Now, justNow), command(c), refusal)
	}, cases())

	DescribeTable("is answered the same among events about something else", Label(published.Label), func(ctx SpecContext, c published.Case) {
		store, _ := open(ctx, GinkgoTB())
		stage.Play(ctx, GinkgoTB(), store, c, stage.Among(noise(), c.Given(stage.Now, justNow)), command(c), refusal)
	}, cases())

	DescribeTable("of the right OTP", func(ctx SpecContext, age time.Duration, used bool, want error) {
		store, _ := open(ctx, GinkgoTB())
		facts := []domain.Event{stage.Fact(GinkgoTB(), signups.SignUpInitiated{EmailAddress: john, OTP: "333333", Name: "John Doe"}, age)}
		if used {
			facts = append(facts, stage.Fact(GinkgoTB(), signups.SignUpConfirmed{EmailAddress: john, OTP: "333333", Name: "John Doe"}, 0))
		}
		head := stage.Store(ctx, GinkgoTB(), store, facts...)
		err := stage.Decide(ctx, store, signups.ConfirmSignUp{EmailAddress: john, OTP: "333333"}.Decide, stage.AtNow()).Err
		happened := stage.After(ctx, GinkgoTB(), store, head)
		if want != nil {
			Expect(err).To(Equal(want))
			Expect(happened).To(BeEmpty())
			return
		}
		Expect(err).NotTo(HaveOccurred())
		Expect(happened).To(HaveLen(1))
		Expect(happened[0].Data).To(MatchJSON(`{"emailAddress":"john.doe@example.com","otp":"333333","name":"John Doe"}`))
	},
		Entry("is refused 61 minutes after the sign-up", 61*time.Minute, false, signups.OTPExpired),
		Entry("is refused a moment more than 60 minutes after the sign-up", 60*time.Minute+1, false, signups.OTPExpired),
		Entry("is accepted 60 minutes after the sign-up", 60*time.Minute, false, nil),
		Entry("is called used, not expired, when it is both", 61*time.Minute, true, signups.OTPUsed),
	)
}, adapters)

var _ = DescribeTableSubtree("Two confirmations that meet", func(open stage.Opener) {
	var here, there ports.EventStore
	BeforeEach(func(ctx SpecContext) {
		here, there = open(ctx, GinkgoTB())
		stage.Store(ctx, GinkgoTB(), here,
			stage.Fact(GinkgoTB(), signups.SignUpInitiated{EmailAddress: john, OTP: "444444", Name: "John Doe"}, time.Minute),
			stage.Fact(GinkgoTB(), signups.SignUpInitiated{EmailAddress: jane, OTP: "444444", Name: "Jane Doe"}, time.Minute))
	})
	confirm := func(address string) func(*application.Decision) error {
		return signups.ConfirmSignUp{EmailAddress: address, OTP: "444444"}.Decide
	}

	It("with one OTP end with one confirmation: the slower one decides again and is refused", func(ctx SpecContext) {
		winner, loser := stage.Race(ctx, here, there, confirm(john), confirm(john), stage.AtNow())

		Expect(winner.Err).NotTo(HaveOccurred())
		Expect(winner.Result.Attempts).To(Equal(1))
		Expect(loser.Err).To(Equal(signups.OTPUsed))
		Expect(loser.Result.Attempts).To(Equal(2))
		Expect(loser.Result.Conflicts).To(HaveExactElements(HaveValue(Equal(ports.ConflictError{
			After: 2, Position: 3, Type: "SignUpConfirmed", Tags: []domain.Tag{"email:" + john, "otp:444444"},
		}))))
		Expect(stage.After(ctx, GinkgoTB(), here, 2)).To(HaveLen(1))
	})

	It("with one OTP of two addresses are both stored at the first attempt", func(ctx SpecContext) {
		first, second := stage.Race(ctx, here, there, confirm(john), confirm(jane), stage.AtNow())
		for _, answer := range []stage.Answer{first, second} {
			Expect(answer.Err).NotTo(HaveOccurred())
			Expect(answer.Result.Attempts).To(Equal(1))
		}
	})

	It("do not mind another sign-up with the same address", func(ctx SpecContext) {
		store := stage.Interrupted(here, func() {
			stage.Store(ctx, GinkgoTB(), there,
				stage.Fact(GinkgoTB(), signups.SignUpInitiated{EmailAddress: john, OTP: "555555", Name: "John Doe"}, 0))
		})
		answer := stage.Decide(ctx, store, confirm(john), stage.AtNow())
		Expect(answer.Err).NotTo(HaveOccurred())
		Expect(answer.Result.Attempts).To(Equal(1))
		Expect(answer.Result.Positions.First).To(Equal(domain.Position(4)))
	})
}, adapters)
