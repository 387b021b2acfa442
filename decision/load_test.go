package decision_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/opossum-go/opossum/adapters/memory"
	"github.com/opossum-go/opossum/decision"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

func TestLoadOfAnEmptyStoreGivesTheInitialStateAndAConditionFromTheStart(t *testing.T) {
	t.Parallel()
	seats := SeatsLeft("c1")
	condition, err := decision.Load(t.Context(), &memory.Store{}, seats)
	if err != nil {
		t.Fatal(err)
	}
	if seats.State() != 0 {
		t.Errorf("state = %d, want the initial 0", seats.State())
	}
	if condition.After != 0 {
		t.Errorf("After = %d, want 0", condition.After)
	}
	if got, want := condition.FailIfEventsMatch.String(), "CourseDefined|StudentSubscribed{course:c1}"; got != want {
		t.Errorf("query = %s, want %s", got, want)
	}
}

func TestLoadFoldsIntoEachModelOnlyWhatItsOwnQueryMatches(t *testing.T) {
	t.Parallel()
	store := &memory.Store{}
	mustAppend(t, store,
		CourseDefined{"c1", 10}, CourseDefined{"c2", 20},
		StudentSubscribed{"s1", "c1"}, StudentSubscribed{"s1", "c2"}, StudentSubscribed{"s2", "c1"},
		InvoiceCreated{7})

	c1, c2, c3 := SeatsLeft("c1"), SeatsLeft("c2"), SeatsLeft("c3")
	s1, s2 := CoursesOf("s1"), CoursesOf("s2")
	invoice := NextInvoice()
	condition, err := decision.Load(t.Context(), store, c1, c2, c3, s1, s2, invoice)
	if err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprint(c1.State(), c2.State(), c3.State(), s1.State(), s2.State(), invoice.State())
	if want := "8 19 0 map[c1:true c2:true] map[c1:true] 8"; got != want {
		t.Errorf("states = %s, want %s", got, want)
	}
	if condition.After != 6 {
		t.Errorf("After = %d, want the head 6", condition.After)
	}
	for _, m := range []decision.Loadable{c1, c2, c3, s1, s2, invoice} {
		for _, item := range m.Query().Items() {
			if !strings.Contains(condition.FailIfEventsMatch.String(), item.String()) {
				t.Errorf("the condition %s does not cover %s", condition.FailIfEventsMatch, item)
			}
		}
	}
}

func TestLoadReadsOnceHoweverManyModels(t *testing.T) {
	t.Parallel()
	store := &memory.Store{}
	var models []decision.Loadable
	for i := range 300 {
		id := fmt.Sprintf("c%d", i)
		mustAppend(t, store, CourseDefined{id, i})
		models = append(models, SeatsLeft(id))
	}
	reader := &countingReader{Reader: store}
	if _, err := decision.Load(t.Context(), reader, models...); err != nil {
		t.Fatal(err)
	}
	if reader.reads != 1 {
		t.Errorf("%d reads, want 1", reader.reads)
	}
	for i, m := range models {
		if got := m.(*decision.Model[int]).State(); got != i {
			t.Errorf("course %d has %d seats, want %d", i, got, i)
		}
	}
}

func TestLoadTakesTheHeadAsAfterEvenWhenNothingMatched(t *testing.T) {
	t.Parallel()
	store := &memory.Store{}
	mustAppend(t, store, CourseDefined{"other", 1}, CourseDefined{"another", 1})
	condition, err := decision.Load(t.Context(), store, SeatsLeft("c1"))
	if err != nil {
		t.Fatal(err)
	}
	if condition.After != 2 {
		t.Errorf("After = %d, want the head 2", condition.After)
	}
}

func TestTheConditionOfALoad(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name      string
		meanwhile decision.Event
		conflict  bool
	}{
		{name: "holds when nothing was appended meanwhile"},
		{name: "holds when something unrelated was appended", meanwhile: StudentSubscribed{"s9", "c9"}},
		{name: "holds when a related type without the tag was appended", meanwhile: CourseDefined{"c9", 3}},
		{name: "fails when the first model's boundary was touched", meanwhile: StudentSubscribed{"s9", "c1"}, conflict: true},
		{name: "fails when the second model's boundary was touched", meanwhile: StudentSubscribed{"s1", "c9"}, conflict: true},
		{name: "fails when a model without tags was touched", meanwhile: InvoiceCreated{1}, conflict: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			store := &memory.Store{}
			mustAppend(t, store, CourseDefined{"c1", 5})
			condition, err := decision.Load(t.Context(), store, SeatsLeft("c1"), CoursesOf("s1"), NextInvoice())
			if err != nil {
				t.Fatal(err)
			}
			if tt.meanwhile != nil {
				mustAppend(t, store, tt.meanwhile)
			}
			event, err := decision.Encode(StudentSubscribed{"s1", "c1"})
			if err != nil {
				t.Fatal(err)
			}
			_, err = store.Append(t.Context(), []domain.Event{event}, condition)
			if errors.Is(err, ports.ErrConflict) != tt.conflict {
				t.Errorf("append error = %v, want a conflict: %v", err, tt.conflict)
			}
		})
	}
}

func TestLoadRefusesWhatItCannotGuard(t *testing.T) {
	t.Parallel()
	used := SeatsLeft("c1")
	if err := decision.Fold(nil, used); err != nil {
		t.Fatal(err)
	}
	same := SeatsLeft("c1")
	var none *decision.Model[int]
	tests := []struct {
		name   string
		models []decision.Loadable
		is     error
		says   string
	}{
		{"no model", nil, decision.ErrModel, "no model"},
		{"a nil interface", []decision.Loadable{nil}, decision.ErrModel, "model 0 is nil"},
		{"a nil model", []decision.Loadable{SeatsLeft("c1"), none}, decision.ErrModel, "model 1: "},
		{"a model without handlers", []decision.Loadable{decision.New(0, course("c1"))}, decision.ErrModel, "model of int for {course:c1} has no handlers"},
		{"a model that was used", []decision.Loadable{used}, decision.ErrModelUsed, "build models inside"},
		{"one model twice", []decision.Loadable{same, same}, decision.ErrModel, "model 1 is given twice"},
		{"a forgotten id", []decision.Loadable{SeatsLeft("")}, domain.ErrInvalid, "CourseDefined|StudentSubscribed"},
		{
			"two handlers for one type",
			[]decision.Loadable{SeatsLeft("c1").With(decision.On(func(n int, _ CourseDefined) int { return n }))},
			decision.ErrModel, `two handlers for the event type "CourseDefined"`,
		},
		{
			"a handler without a function",
			[]decision.Loadable{decision.New(0).With(decision.On[int, CourseDefined](nil))},
			decision.ErrModel, "the handler for decision_test.CourseDefined has no function",
		},
		{
			"a sequenced handler without a function",
			[]decision.Loadable{decision.New(0).With(decision.OnSequenced[int, CourseDefined](nil))},
			decision.ErrModel, "the handler for decision_test.CourseDefined has no function",
		},
		{
			"the zero handler",
			[]decision.Loadable{SeatsLeft("c1").With(decision.Handler[int]{})},
			decision.ErrModel, "zero Handler",
		},
		{
			"a handler for a pointer",
			[]decision.Loadable{decision.New(0).With(decision.On(func(n int, _ *CourseDefined) int { return n }))},
			decision.ErrModel, "event type *decision_test.CourseDefined is a pointer, use decision_test.CourseDefined",
		},
		{
			"a handler for the interface",
			[]decision.Loadable{decision.New(0).With(decision.On(func(n int, _ decision.Event) int { return n }))},
			decision.ErrModel, "decision.Event is an interface",
		},
		{
			"an event whose type name depends on its value",
			[]decision.Loadable{decision.New(0).With(decision.On(func(n int, _ named) int { return n }))},
			decision.ErrModel, "EventType of the zero decision_test.named returns an empty name",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			reader := &countingReader{Reader: &memory.Store{}}
			_, err := decision.Load(t.Context(), reader, tt.models...)
			if !errors.Is(err, tt.is) || !strings.Contains(fmt.Sprint(err), tt.says) {
				t.Errorf("Load error = %v, want %v that says %q", err, tt.is, tt.says)
			}
			if reader.reads != 0 {
				t.Errorf("Load read %d times before it refused", reader.reads)
			}
		})
	}
}

func TestARefusedLoadLeavesTheGoodModelsUsable(t *testing.T) {
	t.Parallel()
	seats, used := SeatsLeft("c1"), SeatsLeft("c1")
	if _, err := decision.Load(t.Context(), &memory.Store{}, seats, decision.New(0)); !errors.Is(err, decision.ErrModel) {
		t.Fatalf("Load error = %v, want ErrModel", err)
	}
	if err := decision.Fold(nil, used); err != nil {
		t.Fatal(err)
	}
	if _, err := decision.Load(t.Context(), &memory.Store{}, seats, used); !errors.Is(err, decision.ErrModelUsed) {
		t.Fatalf("Load error = %v, want ErrModelUsed", err)
	}
	if _, err := decision.Load(t.Context(), &memory.Store{}, seats); err != nil {
		t.Errorf("Load of a model that was never read = %v", err)
	}
}

func TestAModelThatManyLoadAtOnceIsLoadedOnce(t *testing.T) {
	t.Parallel()
	store := &memory.Store{}
	mustAppend(t, store, CourseDefined{"c1", 5}, StudentSubscribed{"s1", "c1"})
	seats := SeatsLeft("c1")
	errs := make([]error, 8)
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() { _, errs[i] = decision.Load(t.Context(), store, seats) })
	}
	wg.Wait()
	loaded := 0
	for _, err := range errs {
		if err == nil {
			loaded++
		} else if !errors.Is(err, decision.ErrModelUsed) {
			t.Errorf("Load error = %v, want ErrModelUsed", err)
		}
	}
	if loaded != 1 || seats.State() != 4 {
		t.Errorf("loaded %d times, state %d, want once, 4", loaded, seats.State())
	}
}

func TestLoadNamesTheEventThatCannotBeDecoded(t *testing.T) {
	t.Parallel()
	store := &memory.Store{}
	mustAppend(t, store, CourseDefined{"c1", 5})
	broken := domain.Event{Type: "CourseDefined", Tags: []domain.Tag{course("c1")}, Data: []byte(`{"capacity":"many"}`)}
	if _, err := store.Append(t.Context(), []domain.Event{broken}); err != nil {
		t.Fatal(err)
	}
	_, err := decision.Load(t.Context(), store, SeatsLeft("c1"))
	var wrong *decision.DecodeError
	if !errors.As(err, &wrong) {
		t.Fatalf("Load error = %v, want a *DecodeError", err)
	}
	if wrong.Position != 2 || wrong.Type != "CourseDefined" || wrong.GoType != "decision_test.CourseDefined" {
		t.Errorf("DecodeError = %+v, want position 2, CourseDefined, decision_test.CourseDefined", wrong)
	}
	for _, part := range []string{`event "CourseDefined" at position 2`, "decision_test.CourseDefined", "capacity"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("error %q does not say %q", err, part)
		}
	}
	var cause *json.UnmarshalTypeError
	if !errors.As(err, &cause) || cause.Field != "capacity" {
		t.Errorf("Load error = %v, want it to wrap what encoding/json said", err)
	}
}

func TestLoadPassesOnWhatTheReadReturns(t *testing.T) {
	t.Parallel()
	closed := &memory.Store{}
	if err := closed.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := decision.Load(t.Context(), closed, SeatsLeft("c1")); !errors.Is(err, ports.ErrClosed) {
		t.Errorf("Load of a closed store = %v, want ErrClosed", err)
	}

	damaged := &damagedReader{}
	if _, err := decision.Load(t.Context(), damaged, SeatsLeft("c1")); !errors.Is(err, ports.ErrCorrupt) {
		t.Errorf("Load with an error among the events = %v, want ErrCorrupt", err)
	}

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := decision.Load(ctx, &memory.Store{}, SeatsLeft("c1")); !errors.Is(err, context.Canceled) {
		t.Errorf("Load with an ended context = %v, want context.Canceled", err)
	}
}

// named is an event that answers only when it has a value.
type named struct{ Name string }

func (e named) EventType() string { return e.Name }
func (named) Tags() []domain.Tag  { return nil }

type countingReader struct {
	ports.Reader
	reads int
}

func (r *countingReader) Read(ctx context.Context, q domain.Query, o ports.ReadOptions) (ports.ReadResult, error) {
	r.reads++
	return r.Reader.Read(ctx, q, o)
}

// damagedReader yields an error after one event.
type damagedReader struct{ ports.Reader }

func (damagedReader) Read(context.Context, domain.Query, ports.ReadOptions) (ports.ReadResult, error) {
	return ports.ReadResult{Head: 2, Events: func(yield func(domain.SequencedEvent, error) bool) {
		first := domain.SequencedEvent{Position: 1, Event: domain.Event{Type: "CourseDefined", Tags: []domain.Tag{course("c1")}}}
		if yield(first, nil) {
			yield(domain.SequencedEvent{}, &ports.CorruptError{File: "f", Want: "a", Got: "b"})
		}
	}}, nil
}
