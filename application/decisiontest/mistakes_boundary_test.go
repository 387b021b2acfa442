package decisiontest_test

import (
	"context"
	"testing"

	"github.com/opossum-go/opossum/adapters/memory"
	"github.com/opossum-go/opossum/application"
	"github.com/opossum-go/opossum/application/decisiontest"
	"github.com/opossum-go/opossum/decision"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// boundaryMistakes are in what is read, guarded and tagged.
var boundaryMistakes = []mistake{
	{
		name: "a handler is forgotten",
		test: func(t testing.TB) {
			decisiontest.Given(t, CourseDefined{"c1", 1}, CapacityChanged{"c1", 9}, StudentSubscribed{"s1", "c1"}).
				When(Subscribe{"s2", "c1"}.Decide). // SeatsLeft knows nothing of CapacityChanged
				ThenError(errFull)
		},
		says: []string{
			"a given event lies outside of the boundary: 2 CapacityChanged [course:c1]", "A handler is missing",
			"state before: 0", "folded 1 CourseDefined [course:c1]", "folded 3 StudentSubscribed [course:c1 student:s1]", "state after:  0",
		},
	},
	{
		name: "a model is forgotten when the others are loaded",
		test: func(t testing.TB) {
			decisiontest.Given(t, CourseDefined{"c1", 9}, StudentSubscribed{"s1", "c1"}, VoucherIssued{"v1"}).
				When(func(d *application.Decision) error {
					seats, issued := SeatsLeft("c1"), IssuedAt("v1")
					if err := d.Load(seats); err != nil {
						return err
					}
					if issued.State().IsZero() {
						return errGone
					}
					return d.Record(StudentSubscribed{"s2", "c1"})
				}).
				ThenError(errGone)
		},
		says: []string{"outside of the boundary: 3 VoucherIssued [voucher:v1]", "A handler is missing: nothing that the decision loads or requires is about the type VoucherIssued"},
	},
	{
		name: "a decision loads nothing",
		test: func(t testing.TB) {
			decisiontest.Given(t, CourseDefined{"c1", 9}).
				When(func(d *application.Decision) error { return d.Record(StudentSubscribed{"s2", "c1"}) }).
				TwinsBothWin().
				Then(StudentSubscribed{"s2", "c1"})
		},
		says: []string{"outside of the boundary: 1 CourseDefined [course:c1]", "The decision reads nothing"},
	},
	{
		name: "a tag is missing on an event of the past",
		test: func(t testing.TB) {
			decisiontest.Given(t, CourseDefined{"c1", 1}, decisiontest.Stored(domain.Event{Type: "StudentSubscribed", Tags: []domain.Tag{"student:s1"}, Data: []byte(`{}`)})).
				When(Subscribe{"s2", "c1"}.Decide).
				Then(StudentSubscribed{"s2", "c1"})
		},
		says: []string{"outside of the boundary: 2 StudentSubscribed [student:s1]", "A tag is missing", "demands the tag course:c1"},
	},
	{
		name: "a tag is missing on the recorded event",
		test: func(t testing.TB) {
			decisiontest.Given(t, CourseDefined{"c1", 1}).
				When(func(d *application.Decision) error {
					seats := SeatsLeft("c1")
					if err := d.Load(seats); err != nil {
						return err
					}
					if seats.State() <= 0 {
						return errFull
					}
					return d.Record(untagged{"s1", "c1"})
				}).
				Then(untagged{"s1", "c1"})
		},
		says: []string{
			"two deciders on the same facts both won", "No condition matches the recorded StudentSubscribed [student:s1]: it lacks the tag course:c1",
			"condition 0: none of CourseDefined|StudentSubscribed{course:c1} after position 1",
			"would it have conflicted?", "no  StudentSubscribed [student:s1]", "yes, condition 0: CourseDefined [course:c1]",
		},
	},
	{
		name: "a command id hides that a tag is missing on the recorded event",
		test: func(t testing.TB) {
			decisiontest.Given(t, CourseDefined{"c1", 1}).
				When(func(d *application.Decision) error {
					if err := d.Load(SeatsLeft("c1")); err != nil {
						return err
					}
					return d.Record(untagged{"s1", "c1"})
				}, application.CommandID("k1")).
				Then(untagged{"s1", "c1"})
		},
		says: []string{"two deciders on the same facts both won", "it lacks the tag course:c1"},
	},
	{
		name: "a tag is missing in a model",
		test: func(t testing.TB) {
			decisiontest.Given(t, CourseDefined{"c1", 3}).
				Noise(CourseDefined{"c2", 3}).
				When(func(d *application.Decision) error {
					seats := decision.New(0).With(
						decision.On(func(_ int, e CourseDefined) int { return e.Capacity }),
						decision.On(func(n int, _ StudentSubscribed) int { return n - 1 }))
					if err := d.Load(seats); err != nil {
						return err
					}
					return d.Record(StudentSubscribed{"s1", "c1"})
				}).
				Then(StudentSubscribed{"s1", "c1"})
		},
		says: []string{
			"noise lies inside of the boundary: CourseDefined [course:c2]",
			"an event outside of the boundary makes the decision lose: CourseDefined [course:c2]", "wider than the decision",
		},
	},
	{
		name: "a condition begins too late",
		test: func(t testing.TB) {
			decisiontest.Given(t, CourseDefined{"c1", 1}).
				WhenRunning(func(ctx context.Context, store ports.EventStore) error {
					seats := SeatsLeft("c1")
					condition, err := decision.Load(ctx, store, seats)
					if err != nil {
						return err
					}
					if condition.After, err = store.Head(ctx); err != nil { // not what was read
						return err
					}
					return appendOne(ctx, store, StudentSubscribed{"s1", "c1"}, condition)
				}).
				Then(StudentSubscribed{"s1", "c1"})
		},
		says: []string{"a condition begins too late", "CourseDefined{course:c1} was read up to position 1, and is guarded after position 2 only"},
	},
	{
		name: "a condition begins too early",
		test: func(t testing.TB) {
			decisiontest.Given(t, CourseDefined{"c1", 1}).
				WhenRunning(func(ctx context.Context, store ports.EventStore) error {
					condition, err := decision.Load(ctx, store, SeatsLeft("c1"))
					if err != nil {
						return err
					}
					condition.After = 0
					return appendOne(ctx, store, StudentSubscribed{"s1", "c1"}, condition)
				}).
				Then(StudentSubscribed{"s1", "c1"})
		},
		says: []string{"the command failed", "a condition begins too early: condition 0 guards after position 0", "because of 1 CourseDefined [course:c1]"},
	},
	{
		name: "a second read guards what a stale one has decided",
		test: func(t testing.TB) {
			decisiontest.Given(t, CourseDefined{"c1", 1}).
				WhenRunning(func(ctx context.Context, store ports.EventStore) error {
					seats := SeatsLeft("c1")
					if _, err := decision.Load(ctx, store, seats); err != nil {
						return err
					}
					_, err := application.Decide(ctx, store, func(d *application.Decision) error {
						if seats.State() <= 0 {
							return errFull
						}
						if err := d.Load(SeatsLeft("c1")); err != nil {
							return err
						}
						return d.Record(StudentSubscribed{"s1", "c1"})
					})
					return err
				}).
				Then(StudentSubscribed{"s1", "c1"})
		},
		says: []string{"a read is stale", "was read up to position 1, and is guarded after position 2 only"},
	},
	{
		name: "a condition is narrower than the read",
		test: func(t testing.TB) {
			decisiontest.Given(t, CourseDefined{"c1", 1}).
				WhenRunning(func(ctx context.Context, store ports.EventStore) error {
					condition, err := decision.Load(ctx, store, SeatsLeft("c1"))
					if err != nil {
						return err
					}
					condition.FailIfEventsMatch = domain.NewQuery(domain.OfTypes("StudentSubscribed").Tagged("course:c1"))
					return appendOne(ctx, store, StudentSubscribed{"s1", "c1"}, condition)
				}).
				Then(StudentSubscribed{"s1", "c1"})
		},
		says: []string{"a condition is narrower than what was read: no condition protects CourseDefined{course:c1}", "model of int", "it used 1 CourseDefined [course:c1]"},
	},
	{
		name: "a condition demands a tag that the read did not",
		test: func(t testing.TB) {
			decisiontest.Given(t, CourseDefined{"c1", 1}).
				WhenRunning(func(ctx context.Context, store ports.EventStore) error {
					condition, err := decision.Load(ctx, store, SeatsLeft("c1"))
					if err != nil {
						return err
					}
					condition.FailIfEventsMatch = domain.NewQuery(
						domain.OfTypes("CourseDefined").Tagged("course:c1"), domain.OfTypes("StudentSubscribed").Tagged("course:c1", "student:s1"))
					return appendOne(ctx, store, StudentSubscribed{"s1", "c1"}, condition)
				}).
				Then(StudentSubscribed{"s1", "c1"})
		},
		says: []string{"no condition protects StudentSubscribed{course:c1}"},
	},
	{
		name: "a read has no condition at all",
		test: func(t testing.TB) {
			decisiontest.Given(t, CourseDefined{"c1", 1}, StudentSubscribed{"s1", "c9"}).
				WhenRunning(func(ctx context.Context, store ports.EventStore) error {
					_, err := application.Decide(ctx, store, func(d *application.Decision) error {
						mine, err := store.Read(d.Context(), domain.NewQuery(domain.Tagged("student:s1")), ports.ReadOptions{})
						if err != nil {
							return err
						}
						for _, err := range mine.Events {
							if err != nil {
								return err
							}
						}
						if err := d.Load(SeatsLeft("c1")); err != nil {
							return err
						}
						return d.Record(StudentSubscribed{"s1", "c1"})
					})
					return err
				}).
				Then(StudentSubscribed{"s1", "c1"})
		},
		says: []string{"no condition protects {student:s1}", "without a model", "it used 2 StudentSubscribed [course:c9 student:s1]"},
	},
	{
		name: "an append is unconditional after a load",
		test: func(t testing.TB) {
			decisiontest.Given(t, CourseDefined{"c1", 1}).
				WhenRunning(func(ctx context.Context, store ports.EventStore) error {
					_, err := application.Decide(ctx, store, func(d *application.Decision) error {
						seats := SeatsLeft("c1")
						if _, err := decision.Load(d.Context(), store, seats); err != nil { // not d.Load
							return err
						}
						return d.Record(StudentSubscribed{"s1", "c1"})
					})
					return err
				}).
				Then(StudentSubscribed{"s1", "c1"})
		},
		says: []string{"the append is unconditional although the decision has read CourseDefined{course:c1} and StudentSubscribed{course:c1}", "two deciders on the same facts both won", "The append has no condition"},
	},
	{
		name: "models are loaded from a store of the function's own",
		test: func(t testing.TB) {
			another := &memory.Store{}
			decisiontest.Given(t).
				When(func(d *application.Decision) error {
					seats := SeatsLeft("c1")
					if _, err := decision.Load(d.Context(), another, seats); err != nil {
						return err
					}
					return d.Record(StudentSubscribed{"s1", "c1"})
				}).
				TwinsBothWin().
				Then(StudentSubscribed{"s1", "c1"})
		},
		says: []string{"models are loaded from another store"},
	},
}
