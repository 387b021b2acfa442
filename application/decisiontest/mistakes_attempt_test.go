package decisiontest_test

import (
	"context"
	"crypto/rand"
	"testing"
	"time"

	"github.com/opossum-go/opossum/application"
	"github.com/opossum-go/opossum/application/decisiontest"
	"github.com/opossum-go/opossum/decision"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// attemptMistakes are in what happens when a command is run more than once.
var attemptMistakes = []mistake{
	{
		name: "a model is made outside of the function",
		test: func(t testing.TB) {
			seats := SeatsLeft("c1")
			decisiontest.Given(t, CourseDefined{"c1", 1}).
				When(func(d *application.Decision) error {
					if err := d.Load(seats); err != nil {
						return err
					}
					return d.Record(StudentSubscribed{"s1", "c1"})
				}).
				Then(StudentSubscribed{"s1", "c1"})
		},
		says: []string{"a model is made outside of the function that decides"},
	},
	{
		name: "a model is made outside of the function, anew for each command",
		test: func(t testing.TB) {
			decisiontest.Given(t, CourseDefined{"c1", 1}).
				WhenRunning(func(ctx context.Context, store ports.EventStore) error {
					seats := SeatsLeft("c1")
					_, err := application.Decide(ctx, store, func(d *application.Decision) error {
						if err := d.Load(seats); err != nil {
							return err
						}
						return d.Record(StudentSubscribed{"s1", "c1"})
					})
					return err
				}).
				Then(StudentSubscribed{"s1", "c1"})
		},
		says: []string{"a model is made outside of the function that decides"},
	},
	{
		name: "state is kept from one attempt to the next",
		test: func(t testing.TB) {
			decisiontest.Given(t, CourseDefined{"c1", 9}).
				WhenRunning(func(ctx context.Context, store ports.EventStore) error {
					var events []decision.Event
					_, err := application.Decide(ctx, store, func(d *application.Decision) error {
						if err := d.Load(SeatsLeft("c1")); err != nil {
							return err
						}
						events = append(events, StudentSubscribed{"s1", "c1"}) // once more in each attempt
						return d.Record(events...)
					})
					return err
				}).
				Then(StudentSubscribed{"s1", "c1"})
		},
		says: []string{"the command decides otherwise after a lost append although no fact has changed: it keeps something outside of its function"},
	},
	{
		name: "state is kept from one command to the next",
		test: func(t testing.TB) {
			taken := 0
			decisiontest.Given(t).
				When(func(d *application.Decision) error {
					d.RequireNone(domain.NewQuery(domain.Tagged("course:c1")))
					taken++
					return d.Record(CourseDefined{"c1", taken})
				}).
				Then(CourseDefined{"c1", 1})
		},
		says: []string{"two runs on the same past at the same time differ", "keeps outside of its function", `{"course":"c1","capacity":2}`},
	},
	{
		name: "facts are kept from one attempt to the next",
		test: func(t testing.TB) {
			decisiontest.Given(t, CourseDefined{"c1", 9}).
				WhenRunning(func(ctx context.Context, store ports.EventStore) error {
					known := -1
					_, err := application.Decide(ctx, store, func(d *application.Decision) error {
						if known < 0 {
							seats := SeatsLeft("c1")
							if err := d.Load(seats); err != nil {
								return err
							}
							known = seats.State()
						}
						return d.Record(StudentSubscribed{"s1", "c1"})
					})
					return err
				}).
				Then(StudentSubscribed{"s1", "c1"})
		},
		says: []string{"the second attempt decides on stale facts: it does not read CourseDefined{course:c1} and StudentSubscribed{course:c1} again"},
	},
	{
		name: "the time in an event comes from the machine's clock",
		test: func(t testing.TB) {
			decisiontest.Given(t, VoucherIssued{"v1"}).
				When(func(d *application.Decision) error {
					if err := d.Load(IssuedAt("v1")); err != nil {
						return err
					}
					return d.Record(VoucherRedeemed{Voucher: "v1", At: time.Now()})
				}).
				Then(VoucherRedeemed{Voucher: "v1", At: decisiontest.Noon})
		},
		says: []string{"wanted", "two runs on the same past at the same time differ: the decision depends on the machine's clock"},
	},
	{
		name: "the time in a rule comes from the machine's clock",
		test: func(t testing.TB) {
			decisiontest.Given(t, decisiontest.Ago(time.Minute, VoucherIssued{"v1"})).
				When(func(d *application.Decision) error { return Redeem{"v1"}.decideAt(d, time.Now()) }).
				Then(VoucherRedeemed{Voucher: "v1"})
		},
		says: []string{"the command failed: the voucher has expired", "it depends on the machine's clock"},
	},
	{
		name: "an id in an event comes from chance",
		test: func(t testing.TB) {
			decisiontest.Given(t).
				When(func(d *application.Decision) error { return d.Record(VoucherIssued{rand.Text()}) }).
				TwinsBothWin().
				Then(VoucherIssued{"v1"})
		},
		says: []string{"two runs on the same past at the same time differ", "on chance", "make ids part of the command"},
	},
	{
		name: "a retry is not idempotent",
		test: func(t testing.TB) {
			decisiontest.Given(t, CourseDefined{"c1", 9}).
				When(func(d *application.Decision) error {
					seats := SeatsLeft("c1")
					if err := d.Load(seats); err != nil {
						return err
					}
					return d.Record(StudentSubscribed{"s1", "c1"})
				}).
				Idempotent().
				Then(StudentSubscribed{"s1", "c1"})
		},
		says: []string{"it is not idempotent: sent twice it recorded 2 events, once it records 1", "whose answer was lost, it recorded 2 events"},
	},
	{
		name: "an append can be repeated",
		test: func(t testing.TB) {
			decisiontest.Given(t).
				When(func(d *application.Decision) error { return d.Record(VoucherIssued{"v1"}) }).
				TwinsBothWin().
				Idempotent().
				Then(VoucherIssued{"v1"})
		},
		says: []string{"its append could be repeated"},
	},
	{
		name: "a conflict is swallowed",
		test: func(t testing.TB) {
			decisiontest.Given(t, CourseDefined{"c1", 9}).
				WhenRunning(func(ctx context.Context, store ports.EventStore) error {
					condition, err := decision.Load(ctx, store, SeatsLeft("c1"))
					if err != nil {
						return err
					}
					_ = appendOne(ctx, store, StudentSubscribed{"s1", "c1"}, condition)
					return nil
				}).
				Then(StudentSubscribed{"s1", "c1"})
		},
		says: []string{"the append lost and nobody noticed"},
	},
	{
		name: "everything is the boundary",
		test: func(t testing.TB) {
			decisiontest.Given(t, CourseDefined{"c1", 9}).
				WhenRunning(func(ctx context.Context, store ports.EventStore) error {
					condition, err := decision.Load(ctx, store, SeatsLeft("c1"))
					if err != nil {
						return err
					}
					condition.FailIfEventsMatch = domain.All()
					return appendOne(ctx, store, StudentSubscribed{"s1", "c1"}, condition)
				}).
				Then(StudentSubscribed{"s1", "c1"})
		},
		says: []string{"an event outside of the boundary makes the decision lose: decisiontest.Unrelated"},
	},
	{
		name: "what is recorded depends on who else uses the store",
		test: func(t testing.TB) {
			decisiontest.Given(t, InvoiceCreated{1}).
				WhenRunning(func(ctx context.Context, store ports.EventStore) error {
					_, err := application.Decide(ctx, store, func(d *application.Decision) error {
						if err := d.Load(nextInvoice()); err != nil {
							return err
						}
						head, err := store.Head(d.Context()) // positions are no invoice numbers
						if err != nil {
							return err
						}
						return d.Record(InvoiceCreated{int(head) + 1})
					})
					return err
				}).
				Then(InvoiceCreated{2})
		},
		says: []string{"the decision is another one when unrelated events are stored meanwhile", `{"number":2}`, `{"number":3}`},
	},
	{
		name: "twins are said to win and do not",
		test: func(t testing.TB) {
			decisiontest.Given(t, CourseDefined{"c1", 9}).
				When(Subscribe{"s1", "c1"}.Decide).
				TwinsBothWin().
				Then(StudentSubscribed{"s1", "c1"})
		},
		says: []string{"TwinsBothWin is declared and does not hold", "StudentSubscribed [course:c1 student:s1]"},
	},
	{
		name: "a rival is not stopped",
		test: func(t testing.TB) {
			decisiontest.Given(t, CourseDefined{"c1", 1}).
				When(func(d *application.Decision) error {
					before := Subscribed("s1", "c1")
					if err := d.Load(before, decision.New(0, course("c1")).With(
						decision.On(func(_ int, e CourseDefined) int { return e.Capacity }))); err != nil {
						return err
					}
					return d.Record(StudentSubscribed{"s1", "c1"})
				}).
				Against(Subscribe{"s2", "c1"}.Decide).
				Then(StudentSubscribed{"s1", "c1"})
		},
		says: []string{"both won: the command and the rival", "it lacks the tag student:s1"},
	},
}
