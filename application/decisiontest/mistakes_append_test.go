package decisiontest_test

import (
	"context"
	"errors"
	"testing"

	"github.com/opossum-go/opossum/application"
	"github.com/opossum-go/opossum/application/decisiontest"
	"github.com/opossum-go/opossum/decision"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// appendMistakes are in an append that follows another one.
var appendMistakes = []mistake{
	{
		name: "the second attempt appends without a condition",
		test: func(t testing.TB) {
			decisiontest.Given(t, CourseDefined{"c1", 1}).
				WhenRunning(func(ctx context.Context, store ports.EventStore) error {
					err := subscribeByHand(ctx, store, "c1", guarded)
					if errors.Is(err, ports.ErrConflict) {
						return subscribeByHand(ctx, store, "c1", unguarded)
					}
					return err
				}).
				Then(StudentSubscribed{"s1", "c1"})
		},
		says: []string{"after a lost append, the append is unconditional although the decision has read CourseDefined{course:c1}"},
	},
	{
		name: "the second attempt loads past the decision",
		test: func(t testing.TB) {
			decisiontest.Given(t, CourseDefined{"c1", 1}).
				WhenRunning(func(ctx context.Context, store ports.EventStore) error {
					_, err := application.Decide(ctx, store, func(d *application.Decision) error {
						seats := SeatsLeft("c1")
						load := d.Load
						if d.Attempt() > 1 {
							load = func(models ...decision.Loadable) error {
								_, err := decision.Load(d.Context(), store, models...)
								return err
							}
						}
						if err := load(seats); err != nil {
							return err
						}
						if seats.State() <= 0 {
							return errFull
						}
						return d.Record(StudentSubscribed{"s1", "c1"})
					})
					return err
				}).
				Then(StudentSubscribed{"s1", "c1"})
		},
		says: []string{"after a lost append, the append is unconditional although the decision has read CourseDefined{course:c1}"},
	},
	{
		name: "what is done only when another one was faster has no condition",
		test: func(t testing.TB) {
			decisiontest.Given(t, CourseDefined{"c1", 2}).
				WhenRunning(func(ctx context.Context, store ports.EventStore) error {
					_, err := application.Decide(ctx, store, func(d *application.Decision) error {
						seats := SeatsLeft("c1")
						if err := d.Load(seats); err != nil {
							return err
						}
						if seats.State() == 1 {
							if _, err := decision.Load(d.Context(), store, IssuedAt("v1")); err != nil { // not d.Load
								return err
							}
						}
						return d.Record(StudentSubscribed{"s1", "c1"})
					})
					return err
				}).
				Then(StudentSubscribed{"s1", "c1"})
		},
		says: []string{"after a lost append, a condition is narrower than what was read: no condition protects VoucherIssued{voucher:v1}"},
	},
	{
		name: "the second append of a command has no condition",
		test: func(t testing.TB) {
			decisiontest.Given(t, CourseDefined{"c1", 1}, CourseDefined{"c2", 1}).
				WhenRunning(func(ctx context.Context, store ports.EventStore) error {
					if err := subscribeByHand(ctx, store, "c1", guarded); err != nil {
						return err
					}
					return subscribeByHand(ctx, store, "c2", unguarded)
				}).
				Then(StudentSubscribed{"s1", "c1"}, StudentSubscribed{"s1", "c2"})
		},
		says: []string{"in append 2, the append is unconditional although the decision has read CourseDefined{course:c2}"},
	},
	{
		name: "the condition of the second append begins too late",
		test: func(t testing.TB) {
			decisiontest.Given(t, CourseDefined{"c1", 1}, CourseDefined{"c2", 1}).
				WhenRunning(func(ctx context.Context, store ports.EventStore) error {
					if err := subscribeByHand(ctx, store, "c1", guarded); err != nil {
						return err
					}
					return subscribeByHand(ctx, store, "c2", guardedLate)
				}).
				Then(StudentSubscribed{"s1", "c1"}, StudentSubscribed{"s1", "c2"})
		},
		says: []string{"in append 2, a condition begins too late"},
	},
	{
		name: "the second append of a command is guarded against everything",
		test: func(t testing.TB) {
			decisiontest.Given(t, CourseDefined{"c1", 1}, CourseDefined{"c2", 1}).
				WhenRunning(func(ctx context.Context, store ports.EventStore) error {
					if err := subscribeByHand(ctx, store, "c1", guarded); err != nil {
						return err
					}
					for {
						err := subscribeByHand(ctx, store, "c2", guardedByAll)
						if !errors.Is(err, ports.ErrConflict) {
							return err
						}
					}
				}).
				Then(StudentSubscribed{"s1", "c1"}, StudentSubscribed{"s1", "c2"})
		},
		says: []string{"an event outside of the boundary makes the decision lose: decisiontest.Unrelated"},
	},
	{
		name: "a conflict becomes an error of the command's own",
		test: func(t testing.TB) {
			decisiontest.Given(t, CourseDefined{"c1", 1}).
				WhenRunning(func(ctx context.Context, store ports.EventStore) error {
					err := subscribeByHand(ctx, store, "c1", guarded)
					if errors.Is(err, ports.ErrConflict) {
						return errors.New("busy, try again")
					}
					return err
				}).
				Then(StudentSubscribed{"s1", "c1"})
		},
		says: []string{"makes an error of its own of a lost append", "busy, try again", "errors.Is finds ports.ErrConflict"},
	},
}

// guard makes the conditions of an append of that of a load.
type guard func(ctx context.Context, store ports.EventStore, loaded domain.AppendCondition) ([]domain.AppendCondition, error)

func guarded(_ context.Context, _ ports.EventStore, loaded domain.AppendCondition) ([]domain.AppendCondition, error) {
	return []domain.AppendCondition{loaded}, nil
}

func unguarded(context.Context, ports.EventStore, domain.AppendCondition) ([]domain.AppendCondition, error) {
	return nil, nil
}

func guardedLate(ctx context.Context, store ports.EventStore, loaded domain.AppendCondition) ([]domain.AppendCondition, error) {
	head, err := store.Head(ctx)
	loaded.After = head
	return []domain.AppendCondition{loaded}, err
}

func guardedByAll(_ context.Context, _ ports.EventStore, loaded domain.AppendCondition) ([]domain.AppendCondition, error) {
	loaded.FailIfEventsMatch = domain.All()
	return []domain.AppendCondition{loaded}, nil
}

// subscribeByHand subscribes s1 without package application.
func subscribeByHand(ctx context.Context, store ports.EventStore, course string, by guard) error {
	seats := SeatsLeft(course)
	loaded, err := decision.Load(ctx, store, seats)
	if err != nil {
		return err
	}
	if seats.State() <= 0 {
		return errFull
	}
	event, err := decision.Encode(StudentSubscribed{"s1", course})
	if err != nil {
		return err
	}
	conditions, err := by(ctx, store, loaded)
	if err != nil {
		return err
	}
	_, err = store.Append(ctx, []domain.Event{event}, conditions...)
	return err
}
