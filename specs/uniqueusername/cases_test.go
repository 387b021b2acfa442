package uniqueusername_test

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/opossum-go/opossum/application"
	"github.com/opossum-go/opossum/domain"
	accounts "github.com/opossum-go/opossum/examples/uniqueusername"
	"github.com/opossum-go/opossum/specs/internal/published"
	"github.com/opossum-go/opossum/specs/internal/stage"
)

const (
	day = 24 * time.Hour
	// The site takes a username that was given up at an unknown time for released.
	longAgo = 365 * day
)

// command returns the command of a case.
func command(c published.Case) func(*application.Decision) error {
	GinkgoHelper()
	Expect(c.When.Name).To(Equal("registerAccount"))
	var register accounts.RegisterAccount
	Expect(c.When.Into(&register)).To(Succeed())
	return register.Decide
}

// noise is about other names, of other types, or not tagged at all.
func noise() []domain.Event {
	t := GinkgoTB()
	return []domain.Event{
		stage.Fact(t, accounts.AccountRegistered{Username: "u11"}, 0),
		stage.Fact(t, accounts.UsernameChanged{OldUsername: "u11", NewUsername: "U1"}, 0),
		stage.Fact(t, accounts.AccountClosed{Username: "U1"}, 0),
		{Type: "AccountRegistered", Data: []byte(`{"username":"u1"}`)},
		{Type: "LoggedIn", Tags: []domain.Tag{"username:u1", "username:u1changed"}},
	}
}

var _ = DescribeTableSubtree("A registration", func(open stage.Opener) {
	DescribeTable("is answered as published", Label(published.Label), func(ctx SpecContext, c published.Case) {
		store, _ := open(ctx, GinkgoTB())
		stage.Play(ctx, GinkgoTB(), store, c, c.Given(stage.Now, longAgo), command(c), refusal)
	}, cases())

	DescribeTable("is answered the same among events about something else", Label(published.Label), func(ctx SpecContext, c published.Case) {
		store, _ := open(ctx, GinkgoTB())
		stage.Play(ctx, GinkgoTB(), store, c, stage.Among(noise(), c.Given(stage.Now, longAgo)), command(c), refusal)
	}, cases())
}, adapters)
