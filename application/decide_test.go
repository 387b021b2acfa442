package application_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/opossum-go/opossum/adapters/memory"
	"github.com/opossum-go/opossum/application"
	"github.com/opossum-go/opossum/decision"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

func TestDecideAppendsWhatWasRecorded(t *testing.T) {
	t.Parallel()
	store := aCourse(t, 2)
	result, err := application.Decide(t.Context(), store, func(d *application.Decision) error {
		if err := d.Record(StudentSubscribed{"s1", "c1"}); err != nil {
			return err
		}
		return d.Record(StudentSubscribed{"s2", "c1"}, StudentSubscribed{"s3", "c1"})
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := (domain.Positions{First: 2, Last: 4}); result.Positions != want || result.Attempts != 1 || result.Repeated {
		t.Errorf("result = %+v, want positions %v in one attempt", result, want)
	}
	for i, e := range allEvents(t, store)[1:] {
		if want := fmt.Sprintf(`{"student":"s%d","course":"c1"}`, i+1); string(e.Data) != want {
			t.Errorf("position %d holds %s, want %s", e.Position, e.Data, want)
		}
	}
}

func TestARefusalIsReturnedAsItIsAndAppendsNothing(t *testing.T) {
	t.Parallel()
	store := aCourse(t, 0)
	result, err := application.Decide(t.Context(), store, func(d *application.Decision) error {
		if err := d.Record(StudentSubscribed{"s1", "c1"}); err != nil {
			return err
		}
		return errFull
	})
	if err != errFull { //nolint:errorlint // it is this very error
		t.Errorf("error = %v, want errFull itself", err)
	}
	if result.Attempts != 1 || result.Positions.Len() != 0 {
		t.Errorf("result = %+v, want one attempt and no positions", result)
	}
	if n := len(allEvents(t, store)); n != 1 {
		t.Errorf("%d events stored, want only the course", n)
	}
}

func TestADecisionThatRecordsNothingAppendsNothing(t *testing.T) {
	t.Parallel()
	store := &spy{Store: aCourse(t, 2)}
	result, err := application.Decide(t.Context(), store, func(d *application.Decision) error {
		d.RequireNone(domain.All())
		return d.Load(SeatsLeft("c1"))
	})
	if err != nil || result.Positions != (domain.Positions{}) || result.Attempts != 1 {
		t.Errorf("Decide = %+v, %v, want no positions and no error", result, err)
	}
	if store.appends != 0 {
		t.Errorf("%d appends, want none", store.appends)
	}
}

func TestTheAppendHasOneConditionForEachReadAndEachAbsence(t *testing.T) {
	t.Parallel()
	store := &spy{Store: aCourse(t, 2)}
	_, err := application.Decide(t.Context(), store, func(d *application.Decision) error {
		if err := d.Load(SeatsLeft("c1"), Takes("s1", "c1")); err != nil {
			return err
		}
		// Something unrelated moves the head between the two reads.
		mustAppend(t, store.Store, CourseDefined{"c9", 1})
		if err := d.Load(SeatsLeft("c2")); err != nil {
			return err
		}
		d.RequireNone(domain.NewQuery(domain.Tagged("seat:1")))
		return d.Record(StudentSubscribed{"s1", "c1"})
	}, application.CommandID("k1"))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range store.conditions[0] {
		got = append(got, fmt.Sprintf("%d %s", c.After, c.FailIfEventsMatch))
	}
	want := []string{
		"1 CourseDefined|StudentSubscribed{course:c1} or StudentSubscribed{course:c1 student:s1}",
		"2 CourseDefined|StudentSubscribed{course:c2}",
		"0 {seat:1}",
		"0 {cmd:k1}",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("conditions =\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestADecisionThatLoadedNothingIsAppendedWithoutCondition(t *testing.T) {
	t.Parallel()
	store := &spy{Store: &memory.Store{}}
	_, err := application.Decide(t.Context(), store, func(d *application.Decision) error {
		return d.Record(CourseDefined{"c1", 1})
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(store.conditions) != 1 || len(store.conditions[0]) != 0 {
		t.Errorf("conditions = %v, want one append with none", store.conditions)
	}
}

func TestEachLoadGuardsFromItsOwnReadOn(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		between  decision.Event // appended between the first and the second load
		attempts int
	}{
		{"what the first load missed is a conflict", StudentSubscribed{"s9", "c1"}, 2},
		{"what the second load has seen is none", StudentSubscribed{"s9", "c2"}, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			store := aCourse(t, 5)
			mustAppend(t, store, CourseDefined{"c2", 5})
			result, err := application.Decide(t.Context(), store, func(d *application.Decision) error {
				first, second := SeatsLeft("c1"), SeatsLeft("c2")
				if err := d.Load(first); err != nil {
					return err
				}
				if d.Attempt() == 1 {
					mustAppend(t, store, tt.between)
				}
				if err := d.Load(second); err != nil {
					return err
				}
				return d.Record(StudentSubscribed{"s1", "c1"}, StudentSubscribed{"s1", "c2"})
			}, quick(3))
			if err != nil || result.Attempts != tt.attempts {
				t.Errorf("Decide = %+v, %v, want %d attempts", result, err, tt.attempts)
			}
		})
	}
}

func TestAnAttemptIsNeverAppendedInPart(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		do   func(d *application.Decision)
		is   error
	}{
		{"a load without models", func(d *application.Decision) { _ = d.Load() }, decision.ErrModel},
		{"a nil event", func(d *application.Decision) { _ = d.Record(nil) }, domain.ErrInvalid},
		{"the zero query", func(d *application.Decision) { d.RequireNone(domain.Query{}) }, domain.ErrInvalid},
		{"one id for two events", func(d *application.Decision) {
			_ = d.RecordWith(domain.Metadata{ID: "x"}, CourseDefined{"c2", 1}, CourseDefined{"c3", 1})
		}, domain.ErrInvalid},
	}
	for _, tt := range tests {
		for _, refusal := range []error{nil, errFull} {
			t.Run(fmt.Sprintf("%s, function returns %v", tt.name, refusal), func(t *testing.T) {
				t.Parallel()
				store := aCourse(t, 2)
				_, err := application.Decide(t.Context(), store, func(d *application.Decision) error {
					if err := d.Record(StudentSubscribed{"s1", "c1"}); err != nil {
						return err
					}
					tt.do(d)
					return refusal
				})
				if !errors.Is(err, tt.is) || (refusal != nil && !errors.Is(err, refusal)) {
					t.Errorf("error = %v, want %v and %v", err, tt.is, refusal)
				}
				if n := len(allEvents(t, store)); n != 1 {
					t.Errorf("%d events stored, want only the course", n)
				}
			})
		}
	}
}

func TestADecisionIsOverWhenItsFunctionHasReturned(t *testing.T) {
	t.Parallel()
	var kept *application.Decision
	store := aCourse(t, 2)
	if _, err := application.Decide(t.Context(), store, func(d *application.Decision) error {
		kept = d
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if err := kept.Load(SeatsLeft("c1")); !errors.Is(err, application.ErrDecisionOver) {
		t.Errorf("Load = %v, want ErrDecisionOver", err)
	}
	if err := kept.Record(CourseDefined{"c2", 1}); !errors.Is(err, application.ErrDecisionOver) {
		t.Errorf("Record = %v, want ErrDecisionOver", err)
	}
}

func TestWhatTheStoreRefusesIsReturnedAtOnce(t *testing.T) {
	t.Parallel()
	for _, refusal := range []error{ports.ErrLockTimeout, ports.ErrReadOnly, ports.ErrUnknownOutcome, errors.New("on fire")} {
		t.Run(refusal.Error(), func(t *testing.T) {
			t.Parallel()
			store := &spy{Store: aCourse(t, 2), append: func(int, func() error) error { return refusal }}
			result, err := application.Decide(t.Context(), store, Subscribe{"s1", "c1"}.Decide)
			if !errors.Is(err, refusal) || result.Attempts != 1 || store.appends != 1 {
				t.Errorf("Decide = %+v, %v after %d appends, want %v after one", result, err, store.appends, refusal)
			}
		})
	}
	t.Run("an invalid event", func(t *testing.T) {
		t.Parallel()
		store := &spy{Store: aCourse(t, 2)}
		result, err := application.Decide(t.Context(), store, func(d *application.Decision) error {
			return d.Record(CourseDefined{Course: ""})
		})
		if !errors.Is(err, domain.ErrInvalid) || result.Attempts != 1 {
			t.Errorf("Decide = %+v, %v, want ErrInvalid in one attempt", result, err)
		}
	})
}

func TestNothingIsDoneWhenTheContextHasEnded(t *testing.T) {
	t.Parallel()
	why := errors.New("the user left")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(why)
	store := &spy{Store: aCourse(t, 2)}
	result, err := application.Decide(ctx, store, func(*application.Decision) error {
		t.Error("the function ran")
		return nil
	}, application.CommandID("k1"))
	if !errors.Is(err, context.Canceled) || !errors.Is(err, why) {
		t.Errorf("error = %v, want context.Canceled and its cause", err)
	}
	if result.Attempts != 0 || store.reads != 0 {
		t.Errorf("%d attempts, %d reads, want none", result.Attempts, store.reads)
	}
}

func TestAContextThatEndsDuringTheFunctionPreventsTheAppend(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	store := aCourse(t, 2)
	result, err := application.Decide(ctx, store, func(d *application.Decision) error {
		defer cancel()
		return Subscribe{"s1", "c1"}.Decide(d)
	})
	if !errors.Is(err, context.Canceled) || result.Attempts != 1 {
		t.Errorf("Decide = %+v, %v, want context.Canceled after one attempt", result, err)
	}
	if n := len(allEvents(t, store)); n != 1 {
		t.Errorf("%d events stored, want only the course", n)
	}
}

func TestWrongOptionsAreRefusedBeforeAnythingIsDone(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		option application.Option
		says   string
	}{
		{"negative attempts", application.WithRetry(application.Retry{MaxAttempts: -1}), "retry"},
		{"a negative initial delay", application.WithRetry(application.Retry{InitialDelay: -1}), "retry"},
		{"a negative maximal delay", application.WithRetry(application.Retry{MaxDelay: -1}), "retry"},
		{"an empty command id", application.CommandID(""), `command id ""`},
		{"a command id with NUL", application.CommandID("a\x00b"), "command id"},
		{"a command id longer than a tag", application.CommandID(strings.Repeat("x", domain.MaxTagBytes)), "MaxTagBytes"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			store := &spy{Store: aCourse(t, 2)}
			_, err := application.Decide(t.Context(), store, Subscribe{"s1", "c1"}.Decide, tt.option)
			if !errors.Is(err, domain.ErrInvalid) || !strings.Contains(fmt.Sprint(err), tt.says) {
				t.Errorf("error = %v, want ErrInvalid that says %q", err, tt.says)
			}
			if store.reads+store.appends != 0 {
				t.Errorf("%d reads, %d appends, want none", store.reads, store.appends)
			}
		})
	}
}
