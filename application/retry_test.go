package application_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/opossum-go/opossum/adapters/memory"
	"github.com/opossum-go/opossum/application"
	"github.com/opossum-go/opossum/decision"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// overtaken lets somebody else subscribe to c1 in each of the first n attempts,
// after it has loaded.
func overtaken(t *testing.T, store *memory.Store, n int, decide func(*application.Decision) error) func(*application.Decision) error {
	return func(d *application.Decision) error {
		err := decide(d)
		if d.Attempt() <= n {
			mustAppend(t, store, StudentSubscribed{fmt.Sprintf("other%d", d.Attempt()), "c1"})
		}
		return err
	}
}

func TestAnAttemptThatLosesIsMadeAgainOnFreshFacts(t *testing.T) {
	t.Parallel()
	store := aCourse(t, 10)
	var seen []int
	result, err := application.Decide(t.Context(), store, overtaken(t, store, 2, func(d *application.Decision) error {
		seats := SeatsLeft("c1")
		if err := d.Load(seats); err != nil {
			return err
		}
		seen = append(seen, seats.State())
		return d.Record(StudentSubscribed{"s1", "c1"})
	}), quick(5))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprint(seen), "[10 9 8]"; got != want {
		t.Errorf("seats seen by the attempts = %s, want %s", got, want)
	}
	if result.Attempts != 3 || result.Positions.First != 4 || result.Positions.Len() != 1 {
		t.Errorf("result = %+v, want position 4 in the third attempt", result)
	}
	if len(result.Conflicts) != 2 || result.Conflicts[0].Position != 2 || result.Conflicts[1].Position != 3 {
		t.Errorf("conflicts = %v, want the events at 2 and 3", result.Conflicts)
	}
}

func TestALoserOfTheLastSeatIsRefusedByTheRule(t *testing.T) {
	t.Parallel()
	store := aCourse(t, 1)
	result, err := application.Decide(t.Context(), store, overtaken(t, store, 1, Subscribe{"s1", "c1"}.Decide), quick(5))
	if !errors.Is(err, errFull) || errors.Is(err, ports.ErrConflict) {
		t.Errorf("error = %v, want errFull and no conflict", err)
	}
	if result.Attempts != 2 || len(result.Conflicts) != 1 {
		t.Errorf("result = %+v, want two attempts and one conflict", result)
	}
}

func TestARetryCannotFoldIntoAnOldState(t *testing.T) {
	t.Parallel()
	store := aCourse(t, 10)
	outside := SeatsLeft("c1")
	result, err := application.Decide(t.Context(), store, overtaken(t, store, 1, func(d *application.Decision) error {
		if err := d.Load(outside); err != nil {
			return err
		}
		return d.Record(StudentSubscribed{"s1", "c1"})
	}), quick(5))
	if !errors.Is(err, decision.ErrModelUsed) {
		t.Errorf("error = %v, want ErrModelUsed", err)
	}
	if result.Attempts != 2 {
		t.Errorf("%d attempts, want the mistake to end the second", result.Attempts)
	}
	if n := len(allEvents(t, store)); n != 2 {
		t.Errorf("%d events stored, want 2: nothing of the losing attempts", n)
	}
}

func TestNothingOfALosingAttemptIsAppendedLater(t *testing.T) {
	t.Parallel()
	store := aCourse(t, 10)
	_, err := application.Decide(t.Context(), store, overtaken(t, store, 1, func(d *application.Decision) error {
		if err := d.Load(SeatsLeft("c1")); err != nil {
			return err
		}
		return d.Record(StudentSubscribed{fmt.Sprintf("attempt%d", d.Attempt()), "c1"})
	}), quick(5))
	if err != nil {
		t.Fatal(err)
	}
	events := allEvents(t, store)
	if len(events) != 3 || !strings.Contains(string(events[2].Data), "attempt2") {
		t.Errorf("stored %v, want the course, the other, and the second attempt", events)
	}
}

func TestAttemptsAreUsedUpExactly(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		retry application.Retry
		want  int
	}{
		{"one", application.Retry{MaxAttempts: 1, InitialDelay: 1, MaxDelay: 1}, 1},
		{"four", application.Retry{MaxAttempts: 4, InitialDelay: 1, MaxDelay: 1}, 4},
		{"ten by default", application.Retry{InitialDelay: 1, MaxDelay: 1}, 10},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			store := aCourse(t, 100)
			result, err := application.Decide(t.Context(), store,
				overtaken(t, store, 1000, Subscribe{"s1", "c1"}.Decide), application.WithRetry(tt.retry))
			var conflict *ports.ConflictError
			if !errors.Is(err, ports.ErrConflict) || !errors.As(err, &conflict) {
				t.Fatalf("error = %v, want a conflict", err)
			}
			if result.Attempts != tt.want || len(result.Conflicts) != tt.want {
				t.Errorf("%d attempts, %d conflicts, want %d", result.Attempts, len(result.Conflicts), tt.want)
			}
			if last := domain.Position(1 + tt.want); conflict.Position != last {
				t.Errorf("the error names position %d, want the last conflict at %d", conflict.Position, last)
			}
			if want := fmt.Sprintf("gave up after attempt %d", tt.want); !strings.Contains(err.Error(), want) {
				t.Errorf("error %q does not say %q", err, want)
			}
		})
	}
}

func TestEveryAttemptIsVisible(t *testing.T) {
	t.Parallel()
	store := aCourse(t, 2)
	var got []string
	_, err := application.Decide(t.Context(), store, overtaken(t, store, 2, Subscribe{"s1", "c1"}.Decide),
		application.WithRetry(application.Retry{InitialDelay: time.Microsecond}),
		application.OnAttempt(func(a application.Attempt) {
			lost := "-"
			if a.Conflict != nil {
				lost = fmt.Sprintf("%s@%d", a.Conflict.Type, a.Conflict.Position)
			}
			got = append(got, fmt.Sprintf("%d %s conflict=%v full=%v pause=%v",
				a.Number, lost, errors.Is(a.Err, ports.ErrConflict), errors.Is(a.Err, errFull), a.Delay > time.Millisecond))
		}))
	if !errors.Is(err, errFull) {
		t.Fatal(err)
	}
	want := []string{
		"1 StudentSubscribed@2 conflict=true full=false pause=false",
		"2 StudentSubscribed@3 conflict=true full=false pause=false",
		"3 - conflict=false full=true pause=false",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("attempts =\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestPausesGrowExponentiallyWithFullJitterUpToTheCap(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		retry := application.Retry{MaxAttempts: 8, InitialDelay: 100 * time.Millisecond, MaxDelay: time.Second}
		bounds := []time.Duration{100, 200, 400, 800, 1000, 1000, 1000} // ms, before attempts 2 to 8
		const rounds = 200
		low, high := make([]int, len(bounds)), make([]int, len(bounds))
		for range rounds {
			store := aCourse(t, 1000)
			var pauses []time.Duration
			start := time.Now()
			_, err := application.Decide(t.Context(), store, overtaken(t, store, 1000, Subscribe{"s1", "c1"}.Decide),
				application.WithRetry(retry),
				application.OnAttempt(func(a application.Attempt) { pauses = append(pauses, a.Delay) }))
			if !errors.Is(err, ports.ErrConflict) {
				t.Fatal(err)
			}
			if len(pauses) != 8 || pauses[7] != 0 {
				t.Fatalf("pauses = %v, want seven, and none after the last attempt", pauses)
			}
			var sum time.Duration
			for i, pause := range pauses[:7] {
				sum += pause
				most := bounds[i] * time.Millisecond
				if pause < 0 || pause > most {
					t.Fatalf("pause %d is %v, want at most %v", i+1, pause, most)
				}
				if pause < most/4 {
					low[i]++
				}
				if pause > most*3/4 {
					high[i]++
				}
			}
			if waited := time.Since(start); waited != sum {
				t.Fatalf("waited %v, want the announced %v", waited, sum)
			}
		}
		// Full jitter uses the whole range: a quarter of the pauses below the first
		// quarter, a quarter above the third. Fewer than 10 of 200 is impossible.
		for i := range bounds {
			if low[i] < 10 || high[i] < 10 {
				t.Errorf("pause %d: %d of %d in the lowest and %d in the highest quarter, want about %d each", i+1, low[i], rounds, high[i], rounds/4)
			}
		}
	})
}

func TestTheDefaultPausesAreShort(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := aCourse(t, 1000)
		var pauses []time.Duration
		_, err := application.Decide(t.Context(), store, overtaken(t, store, 1000, Subscribe{"s1", "c1"}.Decide),
			application.OnAttempt(func(a application.Attempt) { pauses = append(pauses, a.Delay) }))
		if !errors.Is(err, ports.ErrConflict) {
			t.Fatal(err)
		}
		most := 5 * time.Millisecond
		for i, pause := range pauses {
			if pause > most {
				t.Errorf("pause %d is %v, want at most %v", i+1, pause, most)
			}
			most = min(2*most, 500*time.Millisecond)
		}
	})
}

func TestTheCapHoldsForTheFirstPauseToo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for _, retry := range []application.Retry{
			{InitialDelay: time.Hour, MaxDelay: time.Millisecond},
			{InitialDelay: time.Hour}, // the default cap
		} {
			most := cmp.Or(retry.MaxDelay, 500*time.Millisecond)
			store := aCourse(t, 1000)
			decide := overtaken(t, store, 1000, Subscribe{"s1", "c1"}.Decide)
			_, err := application.Decide(t.Context(), store, decide, application.WithRetry(retry),
				application.OnAttempt(func(a application.Attempt) {
					if a.Delay > most {
						t.Errorf("%+v: pause %d is %v, want at most %v", retry, a.Number, a.Delay, most)
					}
				}))
			if !errors.Is(err, ports.ErrConflict) {
				t.Error(err)
			}
		}
	})
}

func TestAnEndingContextEndsAPause(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		why := errors.New("closing time")
		ctx, cancel := context.WithCancelCause(t.Context())
		store := aCourse(t, 1000)
		attempts := 0
		done := make(chan error)
		go func() {
			_, err := application.Decide(ctx, store, overtaken(t, store, 1000, func(d *application.Decision) error {
				attempts++
				return Subscribe{"s1", "c1"}.Decide(d)
			}), application.WithRetry(application.Retry{InitialDelay: 1000 * time.Hour, MaxDelay: 1000 * time.Hour}))
			done <- err
		}()
		synctest.Wait() // the call is in its first pause
		cancel(why)
		err := <-done
		if !errors.Is(err, context.Canceled) || !errors.Is(err, why) {
			t.Errorf("error = %v, want context.Canceled and its cause", err)
		}
		if errors.Is(err, ports.ErrConflict) || !strings.Contains(err.Error(), "append condition failed") {
			t.Errorf("error = %v, want it to mention the conflict without being one", err)
		}
		if attempts != 1 {
			t.Errorf("%d attempts, want 1", attempts)
		}
	})
}

func TestADeadlineBoundsAllAttempts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		store := aCourse(t, 1_000_000)
		start := time.Now()
		result, err := application.Decide(ctx, store, overtaken(t, store, 1_000_000, Subscribe{"s1", "c1"}.Decide),
			application.WithRetry(application.Retry{MaxAttempts: 10_000, InitialDelay: time.Second, MaxDelay: time.Second}))
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error = %v, want context.DeadlineExceeded", err)
		}
		if waited := time.Since(start); waited != 3*time.Second {
			t.Errorf("ended after %v, want exactly the 3s", waited)
		}
		if result.Attempts == 0 || len(result.Conflicts) != result.Attempts {
			t.Errorf("result = %+v, want a conflict for each attempt", result)
		}
	})
}

func TestRequireNone(t *testing.T) {
	t.Parallel()
	t.Run("accepts the first", func(t *testing.T) {
		t.Parallel()
		_, err := application.Decide(t.Context(), &memory.Store{}, defineCourse("c1"))
		if err != nil {
			t.Error(err)
		}
	})
	t.Run("gives up as soon as the existing event is known", func(t *testing.T) {
		t.Parallel()
		store := &spy{Store: aCourse(t, 1)}
		result, err := application.Decide(t.Context(), store, defineCourse("c1"), quick(10))
		var conflict *ports.ConflictError
		if !errors.As(err, &conflict) || conflict.Position != 1 || conflict.Type != "CourseDefined" {
			t.Errorf("error = %v, want a conflict with the course at position 1", err)
		}
		if result.Attempts != 2 || len(result.Conflicts) != 2 || store.appends != 1 {
			t.Errorf("%d attempts, %d conflicts, %d appends, want 2, 2, 1", result.Attempts, len(result.Conflicts), store.appends)
		}
	})
	t.Run("goes on when the next attempt requires something else", func(t *testing.T) {
		t.Parallel()
		store := aCourse(t, 1)
		mustAppend(t, store, CourseDefined{"c2", 1}, CourseDefined{"c3", 1})
		result, err := application.Decide(t.Context(), store, func(d *application.Decision) error {
			return defineCourse(fmt.Sprintf("c%d", d.Attempt()))(d)
		}, quick(10))
		if err != nil || result.Attempts != 4 {
			t.Errorf("Decide = %+v, %v, want the fourth attempt to find a free id", result, err)
		}
	})
}

func defineCourse(id string) func(*application.Decision) error {
	return func(d *application.Decision) error {
		d.RequireNone(domain.NewQuery(domain.OfTypes("CourseDefined").Tagged(course(id))))
		return d.Record(CourseDefined{id, 1})
	}
}

func TestAConflictWithoutDetailsIsRetriedToo(t *testing.T) {
	t.Parallel()
	store := &spy{Store: aCourse(t, 2), append: func(n int, store func() error) error {
		if n == 1 {
			return fmt.Errorf("some adapter: %w", ports.ErrConflict)
		}
		return store()
	}}
	result, err := application.Decide(t.Context(), store, Subscribe{"s1", "c1"}.Decide, quick(2))
	if err != nil || result.Attempts != 2 || len(result.Conflicts) != 1 || result.Conflicts[0] == nil {
		t.Errorf("Decide = %+v, %v, want success in the second attempt and an empty conflict", result, err)
	}
}

func TestOneCourseIsFilledToTheLastSeatAndNotBeyond(t *testing.T) {
	t.Parallel()
	const seats, students = 5, 24
	store := aCourse(t, seats)
	var wg sync.WaitGroup
	errs := make([]error, students)
	for i := range students {
		wg.Go(func() {
			_, errs[i] = application.Decide(t.Context(), store, Subscribe{fmt.Sprintf("s%d", i), "c1"}.Decide,
				application.WithRetry(application.Retry{MaxAttempts: 1000, InitialDelay: time.Microsecond, MaxDelay: time.Millisecond}))
		})
	}
	wg.Wait()
	got := 0
	for i, err := range errs {
		switch {
		case err == nil:
			got++
		case !errors.Is(err, errFull):
			t.Errorf("student %d: %v, want errFull", i, err)
		}
	}
	if got != seats || len(allEvents(t, store)) != 1+seats {
		t.Errorf("%d subscriptions, %d events, want %d seats taken", got, len(allEvents(t, store)), seats)
	}
}
