package application_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/opossum-go/opossum/adapters/memory"
	"github.com/opossum-go/opossum/application"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

func TestACommandIDIsInTheTagsAndMetadataOfEveryEvent(t *testing.T) {
	t.Parallel()
	store := &memory.Store{}
	_, err := application.Decide(t.Context(), store, func(d *application.Decision) error {
		return d.Record(CourseDefined{"c1", 1}, CourseDefined{"c2", 1})
	}, application.CommandID("k1"))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range allEvents(t, store) {
		if got, want := fmt.Sprint(e.Tags), fmt.Sprintf("[cmd:k1 course:c%d]", e.Position); got != want {
			t.Errorf("tags = %s, want %s", got, want)
		}
		if e.Metadata.OperationID != "k1" || e.Metadata.CorrelationID != "k1" {
			t.Errorf("metadata = %+v, want k1 as operation and correlation", e.Metadata)
		}
	}
	if got := application.CommandTag("k1"); got != application.CommandTagPrefix+"k1" {
		t.Errorf("CommandTag = %q", got)
	}
}

func TestARepeatedCommandGetsTheFirstAnswerWithoutBeingRun(t *testing.T) {
	t.Parallel()
	store := aCourse(t, 1)
	first, err := application.Decide(t.Context(), store, func(d *application.Decision) error {
		if err := (Subscribe{"s1", "c1"}).Decide(d); err != nil {
			return err
		}
		return d.Record(CourseDefined{"c7", 1}, CourseDefined{"c8", 1})
	}, application.CommandID("k1"))
	if err != nil || first.Repeated {
		t.Fatalf("first = %+v, %v", first, err)
	}
	mustAppend(t, store, CourseDefined{"c9", 1})

	second, err := application.Decide(t.Context(), store, func(*application.Decision) error {
		t.Error("the repeated command was run")
		return errFull
	}, application.CommandID("k1"))
	if err != nil {
		t.Fatal(err)
	}
	if !second.Repeated || second.Attempts != 0 || second.Positions != first.Positions || first.Positions.Len() != 3 {
		t.Errorf("second = %+v, want a repetition without an attempt and the positions of %+v", second, first)
	}
	if n := len(allEvents(t, store)); n != 5 {
		t.Errorf("%d events stored, want 5", n)
	}
}

func TestOtherCommandIDsDoNotMeet(t *testing.T) {
	t.Parallel()
	store := aCourse(t, 5)
	for i := range 3 {
		result, err := application.Decide(t.Context(), store, Subscribe{fmt.Sprintf("s%d", i), "c1"}.Decide,
			application.CommandID(fmt.Sprintf("k%d", i)))
		if err != nil || result.Repeated {
			t.Errorf("command k%d = %+v, %v", i, result, err)
		}
	}
}

func TestARefusedCommandAndOneThatRecordsNothingAreDecidedAnew(t *testing.T) {
	t.Parallel()
	store := aCourse(t, 5)
	id := application.CommandID("k1")
	if _, err := application.Decide(t.Context(), store, func(*application.Decision) error { return errFull }, id); !errors.Is(err, errFull) {
		t.Fatal(err)
	}
	if _, err := application.Decide(t.Context(), store, func(*application.Decision) error { return nil }, id); err != nil {
		t.Fatal(err)
	}
	result, err := application.Decide(t.Context(), store, Subscribe{"s1", "c1"}.Decide, id)
	if err != nil || result.Repeated || result.Attempts != 1 {
		t.Errorf("third = %+v, %v, want it carried out", result, err)
	}
}

// The twin of a command, sent by another process, is carried out while the first
// one is between its look-up and its append. However the first one ends, its
// answer is that of the twin.
func TestTheTwinOfACommandIsFoundAtEveryStep(t *testing.T) {
	t.Parallel()
	id := application.CommandID("k1")
	tests := []struct {
		name   string
		decide func(d *application.Decision, twin func()) error
	}{
		{"before the load, which makes the function refuse", func(d *application.Decision, twin func()) error {
			twin()
			return Subscribe{"s1", "c1"}.Decide(d)
		}},
		{"before the load, which makes the function record nothing", func(d *application.Decision, twin func()) error {
			twin()
			if err := (Subscribe{"s1", "c1"}).Decide(d); !errors.Is(err, errTwice) {
				return fmt.Errorf("want errTwice, got %w", err)
			}
			return nil
		}},
		{"after the load, so that the boundary conflicts", func(d *application.Decision, twin func()) error {
			err := Subscribe{"s1", "c1"}.Decide(d)
			twin()
			return err
		}},
		{"with events of other boundaries, so that only the command id conflicts", func(d *application.Decision, twin func()) error {
			twin()
			return d.Record(CourseDefined{"c5", 1})
		}},
	}
	for _, tt := range tests {
		for _, attempts := range []int{1, 5} {
			t.Run(fmt.Sprintf("%s, %d attempts allowed", tt.name, attempts), func(t *testing.T) {
				t.Parallel()
				store := aCourse(t, 5)
				var first application.Result
				runs := 0
				result, err := application.Decide(t.Context(), store, func(d *application.Decision) error {
					runs++
					return tt.decide(d, func() {
						var err error
						if first, err = application.Decide(t.Context(), store, Subscribe{"s1", "c1"}.Decide, id); err != nil {
							t.Error(err)
						}
					})
				}, id, quick(attempts))
				if err != nil {
					t.Fatal(err)
				}
				if !result.Repeated || result.Positions != first.Positions || first.Repeated || first.Positions.First != 2 {
					t.Errorf("result = %+v, want a repetition of %+v", result, first)
				}
				if runs != 1 || result.Attempts != 1 {
					t.Errorf("%d runs, %d attempts, want one", runs, result.Attempts)
				}
				if n := len(allEvents(t, store)); n != 2 {
					t.Errorf("%d events stored, want 2", n)
				}
			})
		}
	}
}

func TestOfManyEqualCommandsOneIsCarriedOut(t *testing.T) {
	t.Parallel()
	const callers = 16
	for round := range 20 {
		store := aCourse(t, 100)
		results := make([]application.Result, callers)
		start := make(chan struct{})
		var wg sync.WaitGroup
		for i := range callers {
			wg.Go(func() {
				<-start
				var err error
				results[i], err = application.Decide(t.Context(), store, Subscribe{"s1", "c1"}.Decide, application.CommandID("k1"),
					application.WithRetry(application.Retry{InitialDelay: time.Microsecond}))
				if err != nil {
					t.Errorf("round %d, caller %d: %v", round, i, err)
				}
			})
		}
		close(start)
		wg.Wait()
		carriedOut := 0
		for _, r := range results {
			if !r.Repeated {
				carriedOut++
			}
			if r.Positions != (domain.Positions{First: 2, Last: 2}) {
				t.Errorf("round %d: positions = %v, want 2", round, r.Positions)
			}
		}
		if carriedOut != 1 || len(allEvents(t, store)) != 2 {
			t.Errorf("round %d: carried out %d times, %d events, want once", round, carriedOut, len(allEvents(t, store))-1)
		}
	}
}

func TestTheCommandTagCountsAsATag(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		tags    int
		options []application.Option
		limited bool
	}{
		{"the most tags without a command id", domain.MaxTags, nil, false},
		{"one less with a command id", domain.MaxTags - 1, []application.Option{application.CommandID("k1")}, false},
		{"the most tags with a command id", domain.MaxTags, []application.Option{application.CommandID("k1")}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := application.Decide(t.Context(), &memory.Store{}, func(d *application.Decision) error {
				return d.Record(manyTags(tt.tags))
			}, tt.options...)
			if errors.Is(err, domain.ErrLimit) != tt.limited || (err != nil) != tt.limited {
				t.Errorf("error = %v, want ErrLimit: %v", err, tt.limited)
			}
		})
	}
}

func TestTheLongestCommandIDIsAccepted(t *testing.T) {
	t.Parallel()
	id := strings.Repeat("x", domain.MaxTagBytes-len(application.CommandTagPrefix))
	for _, repeated := range []bool{false, true} {
		result, err := application.Decide(t.Context(), aCourseWith(t, id, repeated), Subscribe{"s1", "c1"}.Decide, application.CommandID(id))
		if err != nil || result.Repeated != repeated {
			t.Errorf("Decide = %+v, %v, want repeated: %v", result, err, repeated)
		}
	}
}

func aCourseWith(t *testing.T, id string, carriedOut bool) *memory.Store {
	t.Helper()
	store := aCourse(t, 1)
	if carriedOut {
		if _, err := application.Decide(t.Context(), store, Subscribe{"s1", "c1"}.Decide, application.CommandID(id)); err != nil {
			t.Fatal(err)
		}
	}
	return store
}

func TestAnEventWithATagThatIsKeptForCommandsIsRefused(t *testing.T) {
	t.Parallel()
	for _, options := range [][]application.Option{nil, {application.CommandID("k2")}} {
		store := &memory.Store{}
		_, err := application.Decide(t.Context(), store, func(d *application.Decision) error {
			return errors.Join(d.Record(AccountRegistered{"ada"}), d.Record(AccountClosed{"ada"}, marked("k1")))
		}, options...)
		var invalid *domain.ValidationError
		if !errors.As(err, &invalid) || !strings.Contains(err.Error(), `record event 1: opossum: invalid tags[1] "cmd:k1"`) {
			t.Errorf("error = %v, want a *ValidationError that names event and tag", err)
		}
		if n := len(allEvents(t, store)); n != 0 {
			t.Errorf("%d events stored, want none", n)
		}
	}
}

// marked is an event with the tag of a command.
type marked string

func (marked) EventType() string { return "Marked" }
func (m marked) Tags() []domain.Tag {
	return []domain.Tag{"commander:ada", application.CommandTag(string(m))}
}

// manyTags is an event with that many tags.
type manyTags int

func (manyTags) EventType() string { return "ManyTags" }
func (n manyTags) Tags() []domain.Tag {
	tags := make([]domain.Tag, n)
	for i := range tags {
		tags[i] = domain.NewTag("n", fmt.Sprint(i))
	}
	return tags
}

func TestAnUnknownOutcomeOfACommandWithAnID(t *testing.T) {
	t.Parallel()
	broken := errors.New("the disk is gone")
	unknown := fmt.Errorf("some adapter: %w", ports.ErrUnknownOutcome)
	tests := []struct {
		name     string
		append   func(n int, store func() error) error
		read     func(n int) error
		is       []error // nil for success
		attempts int
		events   int
	}{
		{
			name: "is settled by a look when the events were stored",
			append: func(_ int, store func() error) error {
				if err := store(); err != nil {
					return err
				}
				return unknown
			},
			attempts: 1, events: 2,
		},
		{
			name: "is decided again when they were not",
			append: func(n int, store func() error) error {
				if n == 1 {
					return unknown
				}
				return store()
			},
			attempts: 2, events: 2,
		},
		{
			name:   "stays unknown when it is so in every attempt",
			append: func(int, func() error) error { return unknown },
			is:     []error{ports.ErrUnknownOutcome}, attempts: 3, events: 1,
		},
		{
			name: "is settled by a later look when the first one fails",
			append: func(_ int, store func() error) error {
				if err := store(); err != nil {
					return err
				}
				return unknown
			},
			read:     failFrom(3, 3, broken), // look-up, load, [look-up], look-up
			attempts: 1, events: 2,
		},
		{
			name: "is told when nobody can look",
			append: func(_ int, store func() error) error {
				if err := store(); err != nil {
					return err
				}
				return unknown
			},
			read: failFrom(3, 1000, broken),
			is:   []error{ports.ErrUnknownOutcome, broken}, attempts: 1, events: 2,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			memory := aCourse(t, 5)
			store := &spy{Store: memory, append: tt.append, read: tt.read}
			result, err := application.Decide(t.Context(), store, Subscribe{"s1", "c1"}.Decide, application.CommandID("k1"), quick(3))
			if (err == nil) != (tt.is == nil) {
				t.Errorf("error = %v, want %v", err, tt.is)
			}
			for _, is := range tt.is {
				if !errors.Is(err, is) {
					t.Errorf("error = %v, want %v", err, is)
				}
			}
			if result.Attempts != tt.attempts || result.Repeated {
				t.Errorf("result = %+v, want %d attempts and no repetition: it was this very call", result, tt.attempts)
			}
			if err == nil && result.Positions != (domain.Positions{First: 2, Last: 2}) {
				t.Errorf("positions = %v, want 2", result.Positions)
			}
			if n := len(allEvents(t, memory)); n != tt.events {
				t.Errorf("%d events stored, want %d", n, tt.events)
			}
		})
	}
}

func TestAnUnknownOutcomeIsNotForgottenWhenTheContextEnds(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	store := &spy{Store: aCourse(t, 5), append: func(int, func() error) error {
		cancel()
		return ports.ErrUnknownOutcome
	}}
	_, err := application.Decide(ctx, store, Subscribe{"s1", "c1"}.Decide, application.CommandID("k1"), quick(3))
	if !errors.Is(err, ports.ErrUnknownOutcome) || !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v, want ErrUnknownOutcome and context.Canceled", err)
	}
}

func TestARefusalAfterASettledUnknownOutcomeIsARefusal(t *testing.T) {
	t.Parallel()
	memory := aCourse(t, 1)
	store := &spy{Store: memory, append: func(int, func() error) error {
		mustAppend(t, memory, StudentSubscribed{"s2", "c1"}) // and ours was not stored
		return ports.ErrUnknownOutcome
	}}
	result, err := application.Decide(t.Context(), store, Subscribe{"s1", "c1"}.Decide, application.CommandID("k1"), quick(3))
	if !errors.Is(err, errFull) || errors.Is(err, ports.ErrUnknownOutcome) || result.Attempts != 2 {
		t.Errorf("Decide = %+v, %v, want errFull, and nothing unknown, in the second attempt", result, err)
	}
}

func TestAnotherCallThatWasFasterAfterAnUnknownOutcomeIsARepetition(t *testing.T) {
	t.Parallel()
	id := application.CommandID("k1")
	memory := aCourse(t, 5)
	store := &spy{Store: memory, append: func(int, func() error) error {
		if _, err := application.Decide(t.Context(), memory, Subscribe{"s1", "c1"}.Decide, id); err != nil {
			t.Error(err)
		}
		return ports.ErrUnknownOutcome
	}}
	result, err := application.Decide(t.Context(), store, Subscribe{"s1", "c1"}.Decide, id, quick(3))
	if err != nil || !result.Repeated || result.Positions.First != 2 {
		t.Errorf("Decide = %+v, %v, want the repetition of the other call's", result, err)
	}
}

func TestAFailingLookUpEndsTheCommandBeforeItIsRun(t *testing.T) {
	t.Parallel()
	broken := errors.New("the disk is gone")
	store := &spy{Store: aCourse(t, 5), read: failFrom(1, 1, broken)}
	result, err := application.Decide(t.Context(), store, Subscribe{"s1", "c1"}.Decide, application.CommandID("k1"))
	if !errors.Is(err, broken) || result.Attempts != 0 || !strings.Contains(err.Error(), `look up command "k1"`) {
		t.Errorf("Decide = %+v, %v, want the failure before any attempt", result, err)
	}
}

func TestALookUpThatEndsInAnErrorIsNoAnswer(t *testing.T) {
	t.Parallel()
	store := damaged{aCourseWith(t, "k1", true)}
	result, err := application.Decide(t.Context(), store, Subscribe{"s1", "c1"}.Decide, application.CommandID("k1"))
	if !errors.Is(err, ports.ErrCorrupt) || result.Repeated || result.Attempts != 0 {
		t.Errorf("Decide = %+v, %v, want ErrCorrupt and no repetition", result, err)
	}
}

// damaged yields an error behind the events that match.
type damaged struct{ *memory.Store }

func (d damaged) Read(ctx context.Context, q domain.Query, o ports.ReadOptions) (ports.ReadResult, error) {
	read, err := d.Store.Read(ctx, q, o)
	events := read.Events
	read.Events = func(yield func(domain.SequencedEvent, error) bool) {
		for e, err := range events {
			if !yield(e, err) {
				return
			}
		}
		yield(domain.SequencedEvent{}, &ports.CorruptError{File: "f", Want: "a", Got: "b"})
	}
	return read, err
}

// failFrom fails the reads from number first to number last.
func failFrom(first, last int, err error) func(int) error {
	return func(n int) error {
		if n >= first && n <= last {
			return err
		}
		return nil
	}
}
