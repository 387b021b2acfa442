package decisiontest_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/opossum-go/opossum/adapters/filesystem"
	"github.com/opossum-go/opossum/application"
	"github.com/opossum-go/opossum/application/decisiontest"
	"github.com/opossum-go/opossum/decision"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// Invoices are numbered from 1 without gaps: the last one says what the next one is.
type InvoiceCreated struct {
	Number int `json:"number"`
}

func (InvoiceCreated) EventType() string    { return "InvoiceCreated" }
func (e InvoiceCreated) Tags() []domain.Tag { return nil }

func nextInvoice() *decision.Model[int] {
	return decision.New(1).With(decision.On(func(_ int, e InvoiceCreated) int { return e.Number + 1 })).Latest()
}

func createInvoice(d *application.Decision) error {
	next := nextInvoice()
	if err := d.Load(next); err != nil {
		return err
	}
	return d.Record(InvoiceCreated{next.State()})
}

// redeemInTwoSteps reads the course that a voucher is for only after it knows that
// there is a voucher.
func redeemInTwoSteps(d *application.Decision) error {
	issued := IssuedAt("v1")
	if err := d.Load(issued); err != nil {
		return err
	}
	if issued.State().IsZero() {
		return errGone
	}
	seats := SeatsLeft("c1")
	if err := d.Load(seats); err != nil {
		return err
	}
	return d.Record(VoucherRedeemed{Voucher: "v1"}, StudentSubscribed{"s1", "c1"})
}

func defineOnce(d *application.Decision) error {
	d.RequireNone(domain.NewQuery(domain.OfTypes("CourseDefined").Tagged("course:c1")))
	return d.Record(CourseDefined{"c1", 3})
}

func ensureDefined(d *application.Decision) error {
	defined := decision.New(false, course("c1")).With(decision.On(func(bool, CourseDefined) bool { return true }))
	if err := d.Load(defined); err != nil || defined.State() {
		return err
	}
	return d.Record(CourseDefined{"c1", 3})
}

func TestACommandThatIsRightPasses(t *testing.T) {
	t.Parallel()
	onDisk := func(t testing.TB, clock ports.Clock) ports.EventStore {
		store, err := filesystem.Open(t.Context(), t.TempDir(), filesystem.Options{Clock: clock})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = store.Close() })
		return store
	}
	tests := []struct {
		name string
		test func(past func(events ...decision.Event) *decisiontest.Past)
	}{
		{"and records an event", func(given func(...decision.Event) *decisiontest.Past) {
			given(CourseDefined{"c1", 2}, StudentSubscribed{"s1", "c1"}).
				Noise(CourseDefined{"c2", 9}, StudentSubscribed{"s2", "c2"}).
				When(Subscribe{"s2", "c1"}.Decide).
				Then(StudentSubscribed{"s2", "c1"}).
				Boundary(domain.OfTypes("CourseDefined", "StudentSubscribed").Tagged("course:c1"))
		}},
		{"and refuses", func(given func(...decision.Event) *decisiontest.Past) {
			given(CourseDefined{"c1", 1}, StudentSubscribed{"s1", "c1"}).
				When(Subscribe{"s2", "c1"}.Decide).
				ThenError(errFull)
		}},
		{"and has nothing to record", func(given func(...decision.Event) *decisiontest.Past) {
			given(CourseDefined{"c1", 1}).When(ensureDefined).Idempotent().ThenNothing()
		}},
		{"and is idempotent by what it reads", func(given func(...decision.Event) *decisiontest.Past) {
			given().When(ensureDefined).Idempotent().Then(CourseDefined{"c1", 3})
		}},
		{"and is idempotent by a command id", func(given func(...decision.Event) *decisiontest.Past) {
			given().When(createInvoice, application.CommandID("k1")).Idempotent().Then(InvoiceCreated{1})
		}},
		{"and goes on from a command with an id", func(given func(...decision.Event) *decisiontest.Past) {
			given(decisiontest.Stored(domain.Event{Type: "InvoiceCreated", Tags: []domain.Tag{application.CommandTag("k1")}, Data: []byte(`{"number":1}`)})).
				WhenRunning(func(ctx context.Context, store ports.EventStore) error {
					_, err := application.Decide(ctx, store, createInvoice)
					return err
				}).
				Then(InvoiceCreated{2})
		}},
		{"and an App executes it", func(given func(...decision.Event) *decisiontest.Past) {
			given(CourseDefined{"c1", 2}).
				WhenExecuting(register, Subscribe{"s1", "c1"}, application.CommandID("k1")).
				Idempotent().
				Then(StudentSubscribed{"s1", "c1"})
		}},
		{"and an App finds it invalid", func(given func(...decision.Event) *decisiontest.Past) {
			given().WhenExecuting(register, Subscribe{Student: "s1"}).ThenError(domain.ErrInvalid)
		}},
		{"and requires an absence", func(given func(...decision.Event) *decisiontest.Past) {
			given().When(defineOnce).Idempotent().Then(CourseDefined{"c1", 3})
		}},
		{"and requires an absence in vain", func(given func(...decision.Event) *decisiontest.Past) {
			given(CourseDefined{"c1", 1}).When(defineOnce).ThenError(ports.ErrConflict)
		}},
		{"and reads in two steps", func(given func(...decision.Event) *decisiontest.Past) {
			given(VoucherIssued{"v1"}, CourseDefined{"c1", 1}).
				When(redeemInTwoSteps).
				Then(VoucherRedeemed{Voucher: "v1"}, StudentSubscribed{"s1", "c1"})
		}},
		{"and is a mere observation", func(given func(...decision.Event) *decisiontest.Past) {
			given().
				When(func(d *application.Decision) error { return d.Record(VoucherIssued{"v1"}) }).
				TwinsBothWin().
				Then(VoucherIssued{"v1"})
		}},
		{"and meets a rival", func(given func(...decision.Event) *decisiontest.Past) {
			given(CourseDefined{"c1", 1}).
				When(Subscribe{"s1", "c1"}.Decide).
				Against(Subscribe{"s2", "c1"}.Decide).
				Then(StudentSubscribed{"s1", "c1"})
		}},
		{"and gives up after its first attempt", func(given func(...decision.Event) *decisiontest.Past) {
			given(CourseDefined{"c1", 1}).
				When(Subscribe{"s1", "c1"}.Decide, application.WithRetry(application.Retry{MaxAttempts: 1})).
				Then(StudentSubscribed{"s1", "c1"})
		}},
		{"and works on a store directly", func(given func(...decision.Event) *decisiontest.Past) {
			given(CourseDefined{"c1", 1}).
				WhenRunning(func(ctx context.Context, store ports.EventStore) error {
					seats := SeatsLeft("c1")
					condition, err := decision.Load(ctx, store, seats)
					if err != nil {
						return err
					}
					if seats.State() < 1 {
						return errFull
					}
					return appendOne(ctx, store, StudentSubscribed{"s1", "c1"}, condition)
				}).
				Then(StudentSubscribed{"s1", "c1"})
		}},
		{"and reads all events and guards them", func(given func(...decision.Event) *decisiontest.Past) {
			given(CourseDefined{"c1", 1}).
				WhenRunning(func(ctx context.Context, store ports.EventStore) error {
					read, err := store.Read(ctx, domain.All(), ports.ReadOptions{})
					if err != nil {
						return err
					}
					for _, err := range read.Events {
						if err != nil {
							return err
						}
					}
					return appendOne(ctx, store, StudentSubscribed{"s1", "c1"}, domain.AppendCondition{FailIfEventsMatch: domain.All(), After: read.Head})
				}).
				Then(StudentSubscribed{"s1", "c1"})
		}},
		{"and requires that there is no event at all", func(given func(...decision.Event) *decisiontest.Past) {
			given().
				When(func(d *application.Decision) error {
					if err := d.Load(SeatsLeft("c1")); err != nil {
						return err
					}
					d.RequireNone(domain.All())
					return d.Record(CourseDefined{"c1", 3})
				}).
				Then(CourseDefined{"c1", 3})
		}},
		{"and appends twice", func(given func(...decision.Event) *decisiontest.Past) {
			given(CourseDefined{"c1", 1}, CourseDefined{"c2", 1}).
				WhenRunning(func(ctx context.Context, store ports.EventStore) error {
					for _, course := range []string{"c1", "c2"} {
						if _, err := application.Decide(ctx, store, Subscribe{"s1", course}.Decide); err != nil {
							return err
						}
					}
					return nil
				}).
				Then(StudentSubscribed{"s1", "c1"}, StudentSubscribed{"s1", "c2"})
		}},
		{"and reads the latest event only", func(given func(...decision.Event) *decisiontest.Past) {
			given(InvoiceCreated{1}, InvoiceCreated{2}).When(createInvoice).Then(InvoiceCreated{3}).Boundary(domain.OfTypes("InvoiceCreated"))
		}},
		{"and reads the latest event beside others", func(given func(...decision.Event) *decisiontest.Past) {
			given(CourseDefined{"c1", 1}, InvoiceCreated{1}, InvoiceCreated{2}).
				When(func(d *application.Decision) error {
					next, seats := nextInvoice(), SeatsLeft("c1")
					if err := d.Load(next, seats); err != nil {
						return err
					}
					return d.Record(StudentSubscribed{"s1", "c1"}, InvoiceCreated{next.State()})
				}).
				Then(StudentSubscribed{"s1", "c1"}, InvoiceCreated{3})
		}},
		{"a little before the end of the hour", func(given func(...decision.Event) *decisiontest.Past) {
			given(decisiontest.Ago(time.Hour, VoucherIssued{"v1"})).
				When(Redeem{"v1"}.Decide).
				Then(VoucherRedeemed{Voucher: "v1"})
		}},
		{"a little after the end of the hour", func(given func(...decision.Event) *decisiontest.Past) {
			given(VoucherIssued{"v1"}, decisiontest.Ago(time.Hour+1, VoucherIssued{"v1"})).
				At(time.Date(2040, time.February, 29, 0, 0, 0, 0, time.UTC)).
				When(Redeem{"v1"}.Decide).
				ThenError(errExpired)
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			t.Run("in memory", func(t *testing.T) {
				t.Parallel()
				tt.test(func(events ...decision.Event) *decisiontest.Past { return decisiontest.Given(t, events...) })
			})
			t.Run("on disk", func(t *testing.T) {
				t.Parallel()
				tt.test(func(events ...decision.Event) *decisiontest.Past {
					return decisiontest.Given(t, events...).On(onDisk)
				})
			})
		})
	}
}

func TestAnotherOutcomeThanTheWantedFails(t *testing.T) {
	t.Parallel()
	full := func(t testing.TB) *decisiontest.Case {
		return decisiontest.Given(t, CourseDefined{"c1", 1}, StudentSubscribed{"s1", "c1"}).When(Subscribe{"s2", "c1"}.Decide)
	}
	free := func(t testing.TB) *decisiontest.Case {
		return decisiontest.Given(t, CourseDefined{"c1", 2}, StudentSubscribed{"s1", "c1"}).When(Subscribe{"s2", "c1"}.Decide)
	}
	tests := []struct {
		name string
		test func(t testing.TB)
		says string
	}{
		{"a refusal instead of an event", func(t testing.TB) { full(t).Then(StudentSubscribed{"s2", "c1"}) }, "the command failed: the course is full\nwanted it to record:\n  StudentSubscribed [course:c1 student:s2]"},
		{"a refusal instead of nothing", func(t testing.TB) { full(t).ThenNothing() }, "the command failed: the course is full\nwanted it to succeed"},
		{"another refusal", func(t testing.TB) { full(t).ThenError(errTwice) }, "the command failed: the course is full\nwanted the error: the student has subscribed before"},
		{"an event instead of a refusal", func(t testing.TB) { free(t).ThenError(errFull) }, "recorded:\n  StudentSubscribed [course:c1 student:s2] {\"student\":\"s2\",\"course\":\"c1\"}\nwanted the error"},
		{"an event instead of nothing", func(t testing.TB) { free(t).ThenNothing() }, "wanted nothing"},
		{"another event", func(t testing.TB) { free(t).Then(StudentSubscribed{"s3", "c1"}) }, "wanted:\n  StudentSubscribed [course:c1 student:s3]"},
		{"one event too few", func(t testing.TB) { free(t).Then(StudentSubscribed{"s2", "c1"}, CourseDefined{"c1", 1}) }, "wanted:\n  StudentSubscribed"},
		{"nothing instead of a refusal", func(t testing.TB) {
			decisiontest.Given(t, CourseDefined{"c1", 1}).When(ensureDefined).ThenError(errTwice)
		}, "recorded nothing and did not fail"},
		{"a refusal that records", func(t testing.TB) {
			decisiontest.Given(t).WhenRunning(func(ctx context.Context, store ports.EventStore) error {
				if err := appendOne(ctx, store, CourseDefined{"c1", 1}, domain.AppendCondition{FailIfEventsMatch: domain.NewQuery(domain.OfTypes("Never"))}); err != nil {
					return err
				}
				return errFull
			}).ThenError(errFull)
		}, "failed as wanted, but recorded"},
		{"a boundary that is wider", func(t testing.TB) {
			free(t).Then(StudentSubscribed{"s2", "c1"}).Boundary(domain.OfTypes("CourseDefined").Tagged("course:c1"))
		}, "the boundary has StudentSubscribed{course:c1}, which is not expected"},
		{"a boundary that is narrower", func(t testing.TB) {
			free(t).Then(StudentSubscribed{"s2", "c1"}).Boundary(domain.Tagged("course:c1"))
		}, "the boundary lacks {course:c1}"},
		{"a rival that is refused", func(t testing.TB) {
			free(t).Against(Subscribe{"s1", "c1"}.Decide).Then(StudentSubscribed{"s2", "c1"})
		}, "the rival recorded nothing, so there is nothing to meet (error: the student has subscribed before)"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := try(t, tt.test)
			if !r.Failed() || !strings.Contains(r.Text(), tt.says) {
				t.Errorf("failed: %v, want it to say %q:\n%s", r.Failed(), tt.says, r.Text())
			}
		})
	}
}

func TestATestThatMakesNoSenseFails(t *testing.T) {
	t.Parallel()
	broken := decisiontest.Stored(domain.Event{Type: "Broken", Data: []byte(`{`)})
	tests := []struct {
		name string
		test func(t testing.TB)
		says string
	}{
		{"a command without an expectation", func(t testing.TB) { decisiontest.Given(t).When(createInvoice) }, "a command was never run"},
		{"an expectation of no events", func(t testing.TB) { decisiontest.Given(t).When(createInvoice).Then() }, "say ThenNothing"},
		{"an expectation of no error", func(t testing.TB) { decisiontest.Given(t).When(createInvoice).ThenError(nil) }, "ThenError without an error"},
		{"a nil event in the past", func(t testing.TB) { decisiontest.Given(t, nil).When(createInvoice).ThenNothing() }, "event 1 of the past"},
		{"a nil event expected", func(t testing.TB) { decisiontest.Given(t).When(createInvoice).Then(nil) }, "expected event 1"},
		{"a past that no store takes", func(t testing.TB) { decisiontest.Given(t, broken).When(createInvoice).ThenNothing() }, "cannot store the past"},
		{"a past out of order", func(t testing.TB) {
			decisiontest.Given(t, decisiontest.Ago(time.Minute, InvoiceCreated{1}), decisiontest.Ago(time.Hour, InvoiceCreated{2})).
				When(createInvoice).ThenNothing()
		}, "event 1 of the past, InvoiceCreated, is 1m0s old and precedes one that is 1h0m0s old: give events oldest first"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := try(t, tt.test)
			if !r.Failed() || !strings.Contains(r.Text(), tt.says) {
				t.Errorf("failed: %v, want it to say %q:\n%s", r.Failed(), tt.says, r.Text())
			}
			if strings.Count(r.Text(), "decisiontest:") != 1 {
				t.Errorf("want one report:\n%s", r.Text())
			}
		})
	}
}

func TestRecordedEventsCanBeLookedAt(t *testing.T) {
	t.Parallel()
	recorded := decisiontest.Given(t, CourseDefined{"c1", 1}).
		When(Subscribe{"s1", "c1"}.Decide, application.By("ada")).
		Then(StudentSubscribed{"s1", "c1"}).
		Recorded()
	if len(recorded) != 1 {
		t.Fatalf("recorded %d events, want 1", len(recorded))
	}
	e := recorded[0]
	if e.Position != 2 || e.Metadata.UserID != "ada" || !e.RecordedAt.Equal(decisiontest.Noon) || !e.Metadata.OccurredAt.Equal(decisiontest.Noon) {
		t.Errorf("recorded %+v, want position 2, by ada, at noon", e)
	}
}

func TestTheAgeOfAnEventIsThatOfTheNextOneThatHasAnAge(t *testing.T) {
	t.Parallel()
	var times []string
	decisiontest.Given(t, InvoiceCreated{1}, decisiontest.Ago(2*time.Hour, InvoiceCreated{2}), InvoiceCreated{3}, decisiontest.Ago(time.Hour, InvoiceCreated{4}), InvoiceCreated{5}).
		When(func(d *application.Decision) error {
			all := decision.New([]string(nil)).With(decision.OnSequenced(func(s []string, i InvoiceCreated, e domain.SequencedEvent) []string {
				return append(s, fmt.Sprintf("%d:%v", i.Number, decisiontest.Noon.Sub(e.RecordedAt)))
			}))
			err := d.Load(all)
			times = all.State()
			return errors.Join(err, errFull)
		}).
		ThenError(errFull)
	if got, want := strings.Join(times, " "), "1:2h0m0s 2:2h0m0s 3:1h0m0s 4:1h0m0s 5:0s"; got != want {
		t.Errorf("ages = %s, want %s", got, want)
	}
}

func TestAFailureOfARefusedCommandShowsWhatItWouldHaveBeenGuardedBy(t *testing.T) {
	t.Parallel()
	r := try(t, func(t testing.TB) {
		decisiontest.Given(t, InvoiceCreated{7}, CourseDefined{"c1", 0}).
			Noise(CourseDefined{"c2", 1}).
			When(func(d *application.Decision) error {
				if err := d.Load(SeatsLeft("c1"), nextInvoice()); err != nil {
					return err
				}
				return errFull
			}).
			ThenNothing()
	})
	const want = `
  condition 0: none of CourseDefined|StudentSubscribed{course:c1} after position 3
  condition 1: none of InvoiceCreated after position 3
  nothing was appended
  ended with the error: the course is full
the boundary
  CourseDefined|StudentSubscribed{course:c1}
  InvoiceCreated
stored in between, would it have conflicted?
  yes, condition 1: InvoiceCreated []
  yes, condition 0: CourseDefined [course:c1]
  no  CourseDefined [course:c2]`
	if got := r.Text(); !strings.HasSuffix(got, want) {
		t.Errorf("the kit says\n%s\nwant at its end%s", got, want)
	}
}

func TestAFailureOfACommandThatLoadsNothingSaysNothingOfConditions(t *testing.T) {
	t.Parallel()
	r := try(t, func(t testing.TB) {
		decisiontest.Given(t).Noise(CourseDefined{"c2", 1}).
			When(func(*application.Decision) error { return errFull }).
			ThenNothing()
	})
	if got, want := r.Text(), "ended with the error: the course is full\nthe boundary: nothing"; !strings.HasSuffix(got, want) {
		t.Errorf("the kit says\n%s\nwant at its end\n%s", got, want)
	}
}

func TestAFailureShowsTheWholeBoundary(t *testing.T) {
	t.Parallel()
	r := try(t, func(t testing.TB) {
		decisiontest.Given(t, decisiontest.Ago(time.Hour, CourseDefined{"c1", 2}), StudentSubscribed{"s1", "c1"}).
			Noise(CourseDefined{"c2", 1}).
			When(Subscribe{"s2", "c1"}.Decide).
			Then(StudentSubscribed{"s3", "c1"})
	})
	const want = `decisiontest: recorded:
  StudentSubscribed [course:c1 student:s2] {"student":"s2","course":"c1"}
wanted:
  StudentSubscribed [course:c1 student:s3] {"student":"s3","course":"c1"}

the past
  1 CourseDefined [course:c1] {"course":"c1","capacity":2}, 1h0m0s ago
  2 StudentSubscribed [course:c1 student:s1] {"student":"s1","course":"c1"}
  3 CourseDefined [course:c2] {"course":"c2","capacity":1} (noise)
the decision, at 2001-01-01 12:00:00 UTC
  read CourseDefined|StudentSubscribed{course:c1} or StudentSubscribed{course:c1 student:s2} up to position 3: 2 events
    model of int for CourseDefined|StudentSubscribed{course:c1}
      state before: 0
      folded 1 CourseDefined [course:c1]
      folded 2 StudentSubscribed [course:c1 student:s1]
      state after:  1
    model of bool for StudentSubscribed{student:s2 course:c1}
      state before: false
      state after:  false
  condition 0: none of CourseDefined|StudentSubscribed{course:c1} or StudentSubscribed{course:c1 student:s2} after position 3
  appends StudentSubscribed [course:c1 student:s2] {"student":"s2","course":"c1"}
the boundary
  CourseDefined|StudentSubscribed{course:c1}
  StudentSubscribed{course:c1 student:s2}
stored in between, would it have conflicted?
  yes, condition 0: StudentSubscribed [course:c1 student:s2]
  yes, condition 0: CourseDefined [course:c1]
  yes, condition 0: StudentSubscribed [course:c1 student:s1]
  no  CourseDefined [course:c2]`
	if got := r.Text(); got != want {
		t.Errorf("the kit says\n%s\nwant\n%s", got, want)
	}
}
