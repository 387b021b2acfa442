package pharmacy_test

import (
	"context"
	"fmt"
	"sync"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"

	"github.com/opossum-go/opossum/application"
	"github.com/opossum-go/opossum/decision"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/examples/pharmacy/dispensing"
	"github.com/opossum-go/opossum/ports"
)

const day = 24 * time.Hour

// clock is a clock that moves when a spec says so.
type clock struct {
	mu  sync.Mutex
	now time.Time // guarded by mu
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = t
}

func (c *clock) advance(d time.Duration) { c.set(c.Now().Add(d)) }

// pharmacy is a workstation on a store.
type pharmacy struct {
	*clock
	store  ports.EventStore
	app    *application.App
	opened time.Time // when the clock started
}

func newPharmacy(clock *clock, store ports.EventStore) *pharmacy {
	p := &pharmacy{clock: clock, store: store, opened: clock.Now()}
	p.follow(dispensing.Policy{})
	return p
}

// follow makes the pharmacy work under a policy.
func (p *pharmacy) follow(policy dispensing.Policy) {
	p.app = workstation(p.clock, p.store, policy)
}

func workstation(clock ports.Clock, store ports.EventStore, policy dispensing.Policy) *application.App {
	app := application.New(store, application.WithClock(clock),
		application.WithRetry(application.Retry{InitialDelay: time.Microsecond, MaxDelay: time.Microsecond}))
	dispensing.Register(app, store, policy)
	return app
}

// onDay moves the clock to the same time of day, n days after the pharmacy
// opened.
func (p *pharmacy) onDay(n int) { p.set(p.opened.AddDate(0, 0, n)) }

// does carries out commands that are to succeed and returns the result of the
// last one.
func (p *pharmacy) does(ctx context.Context, commands ...any) application.Result {
	GinkgoHelper()
	var result application.Result
	for _, command := range commands {
		var err error
		result, err = p.app.Execute(ctx, command)
		Expect(err).NotTo(HaveOccurred(), "%T", command)
	}
	return result
}

// tries carries out a command and returns how it ended.
func (p *pharmacy) tries(ctx context.Context, command any) error {
	_, err := p.app.Execute(ctx, command)
	return err
}

// events returns everything that is stored.
func (p *pharmacy) events(ctx context.Context) []decision.Event {
	GinkgoHelper()
	read, err := p.store.Read(ctx, domain.All(), ports.ReadOptions{})
	Expect(err).NotTo(HaveOccurred())
	var all []decision.Event
	for stored, err := range read.Events {
		Expect(err).NotTo(HaveOccurred())
		event, err := dispensing.Codec().Decode(stored.Event)
		Expect(err).NotTo(HaveOccurred())
		all = append(all, event)
	}
	return all
}

// newest returns the newest event, which is to be an E.
func newest[E decision.Event](ctx context.Context, p *pharmacy) E {
	GinkgoHelper()
	all := p.events(ctx)
	event, ok := all[len(all)-1].(E)
	Expect(ok).To(BeTrue(), "the newest event is a %T", all[len(all)-1])
	return event
}

// every returns all events of a type.
func every[E decision.Event](ctx context.Context, p *pharmacy) []E {
	GinkgoHelper()
	var all []E
	for _, event := range p.events(ctx) {
		if e, ok := event.(E); ok {
			all = append(all, e)
		}
	}
	return all
}

// beRefused matches a refusal by its rule and a part of its text.
func beRefused(rule, text string) types.GomegaMatcher {
	return And(
		MatchError(dispensing.ErrRefused),
		MatchError(ContainSubstring(text)),
		WithTransform(func(err error) (string, error) {
			refusal, ok := err.(*dispensing.Refusal) //nolint:errorlint // a command's refusal is returned as it is
			if !ok {
				return "", fmt.Errorf("%T is no *Refusal", err)
			}
			return refusal.Rule, nil
		}, Equal(rule)),
	)
}

// accept takes prescriptions in and returns the number of the last one.
func (p *pharmacy) accept(ctx context.Context, prescriptions ...dispensing.AcceptPrescription) int {
	GinkgoHelper()
	number := 0
	for _, rx := range prescriptions {
		result := p.does(ctx, rx)
		var err error
		number, err = dispensing.AcceptedRx(ctx, p.store, result.Positions)
		Expect(err).NotTo(HaveOccurred())
	}
	return number
}
