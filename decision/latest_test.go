package decision_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"github.com/opossum-go/opossum/adapters/memory"
	"github.com/opossum-go/opossum/decision"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

func TestALatestModelIsOneBackwardsReadOfOneEvent(t *testing.T) {
	t.Parallel()
	store := &memory.Store{}
	mustAppend(t, store, InvoiceCreated{1}, InvoiceCreated{2}, CourseDefined{"c1", 5})
	reader := &askedReader{Reader: store}
	next := NextInvoice().Latest()
	condition, err := decision.Load(t.Context(), reader, next)
	if err != nil {
		t.Fatal(err)
	}
	if next.State() != 3 {
		t.Errorf("state = %d, want 3", next.State())
	}
	if want := []ports.ReadOptions{{Backwards: true, Limit: 1}}; !reflect.DeepEqual(reader.options, want) {
		t.Errorf("reads = %+v, want %+v", reader.options, want)
	}
	if want := (domain.AppendCondition{FailIfEventsMatch: NextInvoice().Query(), After: 3}); !reflect.DeepEqual(condition, want) {
		t.Errorf("condition = %+v, want that of the model without Latest: %+v", condition, want)
	}
}

func TestALatestModelFoldsTheLastEventOfAllItsTypesAndNoOther(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		events []decision.Event
		want   int
	}{
		{"nothing leaves the initial state", nil, 0},
		{"nothing that matches leaves the initial state", []decision.Event{CourseDefined{"c2", 7}, InvoiceCreated{1}}, 0},
		{"one event is folded into the initial state", []decision.Event{StudentSubscribed{"s1", "c1"}}, -1},
		{"earlier events of its type are not", []decision.Event{StudentSubscribed{"s1", "c1"}, StudentSubscribed{"s2", "c1"}}, -1},
		{"earlier events of another of its types are not", []decision.Event{CourseDefined{"c1", 7}, StudentSubscribed{"s1", "c1"}}, -1},
		{"later events that do not match are skipped", []decision.Event{CourseDefined{"c1", 7}, CourseDefined{"c2", 8}, InvoiceCreated{1}}, 7},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			store := &memory.Store{}
			for _, e := range tt.events {
				mustAppend(t, store, e)
			}
			loaded, folded := SeatsLeft("c1").Latest(), SeatsLeft("c1").Latest()
			condition, err := decision.Load(t.Context(), store, loaded)
			if err != nil {
				t.Fatal(err)
			}
			if err := decision.Fold(sequenced(t, tt.events...), folded); err != nil {
				t.Fatal(err)
			}
			if loaded.State() != tt.want || folded.State() != tt.want {
				t.Errorf("state = %d by Load, %d by Fold, want %d", loaded.State(), folded.State(), tt.want)
			}
			if want := domain.Position(len(tt.events)); condition.After != want {
				t.Errorf("After = %d, want the head %d", condition.After, want)
			}
		})
	}
}

func TestModelsThatNeedSeveralReadsSeeOneMoment(t *testing.T) {
	t.Parallel()
	for _, before := range [][]decision.Event{nil, {InvoiceCreated{1}, CourseDefined{"c1", 5}, CourseDefined{"c2", 9}}} {
		t.Run(fmt.Sprintf("after %d events", len(before)), func(t *testing.T) {
			t.Parallel()
			store := &memory.Store{}
			for _, e := range before {
				mustAppend(t, store, e)
			}
			head := domain.Position(len(before))
			reader := &askedReader{Reader: store, then: func() {
				mustAppend(t, store, InvoiceCreated{77}, CourseDefined{"c1", 77}, CourseDefined{"c2", 77})
			}}
			next, latest, all := NextInvoice().Latest(), SeatsLeft("c2").Latest(), SeatsLeft("c1")
			condition, err := decision.Load(t.Context(), reader, next, latest, all)
			if err != nil {
				t.Fatal(err)
			}
			got, want := []int{next.State(), latest.State(), all.State()}, []int{1, 0, 0}
			if head > 0 {
				want = []int{2, 9, 5}
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("states = %v, want those of the first read's moment %v", got, want)
			}
			if condition.After != head {
				t.Errorf("After = %d, want the head of the first read %d", condition.After, head)
			}
			if last := reader.options[len(reader.options)-1]; len(reader.options) != 3 || last.Before != head+1 {
				t.Errorf("reads = %+v, want three, the last one bounded by %d", reader.options, head+1)
			}
			if _, err := store.Append(t.Context(), []domain.Event{{Type: "T"}}, condition); !errors.Is(err, ports.ErrConflict) {
				t.Errorf("append = %v, want a conflict with what came between the reads", err)
			}
		})
	}
}

func TestTheConditionOfALatestModelIsAboutAllItsEvents(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name      string
		meanwhile decision.Event
		conflict  bool
	}{
		{"holds when something unrelated was appended", CourseDefined{"c2", 1}, false},
		{"fails when one of its types was appended", CourseDefined{"c1", 1}, true},
		{"fails when another of its types was appended", StudentSubscribed{"s1", "c1"}, true},
		{"fails when the other model was touched", InvoiceCreated{9}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			store := &memory.Store{}
			mustAppend(t, store, CourseDefined{"c1", 5}, InvoiceCreated{1})
			condition, err := decision.Load(t.Context(), store, SeatsLeft("c1").Latest(), NextInvoice().Latest())
			if err != nil {
				t.Fatal(err)
			}
			mustAppend(t, store, tt.meanwhile)
			_, err = store.Append(t.Context(), []domain.Event{{Type: "T"}}, condition)
			if errors.Is(err, ports.ErrConflict) != tt.conflict {
				t.Errorf("append error = %v, want a conflict: %v", err, tt.conflict)
			}
		})
	}
}

func TestALatestModelPassesOnWhatGoesWrong(t *testing.T) {
	t.Parallel()
	store := &memory.Store{}
	mustAppend(t, store, InvoiceCreated{1})
	if _, err := store.Append(t.Context(), []domain.Event{{Type: "InvoiceCreated", Data: []byte(`[]`)}}); err != nil {
		t.Fatal(err)
	}
	var wrong *decision.DecodeError
	if _, err := decision.Load(t.Context(), store, SeatsLeft("c1"), NextInvoice().Latest()); !errors.As(err, &wrong) || wrong.Position != 2 {
		t.Errorf("Load error = %v, want a *DecodeError at position 2", err)
	}
	reader := &askedReader{Reader: store, then: func() { _ = store.Close() }}
	if _, err := decision.Load(t.Context(), reader, SeatsLeft("c1"), NextInvoice().Latest()); !errors.Is(err, ports.ErrClosed) {
		t.Errorf("Load error = %v, want ErrClosed from the second read", err)
	}
	broken := []domain.SequencedEvent{{Position: 4, Event: domain.Event{Type: "InvoiceCreated", Data: []byte(`7`)}}}
	if err := decision.Fold(broken, NextInvoice().Latest()); !errors.As(err, &wrong) || wrong.Position != 4 {
		t.Errorf("Fold error = %v, want a *DecodeError at position 4", err)
	}
}

// A model whose handlers do not look at the state so far has one answer, whether
// it folds everything or the latest event. Whatever is appended between the reads,
// and whatever models are loaded together, Load has to give it, with the condition
// of the moment of its first read.
func TestFoldingTheLatestEventEqualsFoldingEverything(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		store := &memory.Store{}
		appendSome := func(label string) {
			for _, e := range rapid.SliceOfN(anyEvent, 0, 12).Draw(rt, label) {
				mustAppend(t, store, e)
			}
		}
		appendSome("past")
		head, err := store.Head(t.Context())
		if err != nil {
			rt.Fatal(err)
		}
		past := allOf(t, store)

		kinds := rapid.SliceOfN(rapid.IntRange(0, 3), 1, 6).Draw(rt, "kinds")
		latest := rapid.SliceOfN(rapid.Bool(), len(kinds), len(kinds)).Draw(rt, "latest")
		var loaded, everything []decision.Loadable
		for i, kind := range kinds {
			m := last(kind)
			if latest[i] {
				m.Latest()
			}
			loaded, everything = append(loaded, m), append(everything, last(kind))
		}

		reader := &askedReader{Reader: store, then: func() { appendSome("between") }}
		condition, err := decision.Load(t.Context(), reader, loaded...)
		if err != nil {
			rt.Fatal(err)
		}
		if err := decision.Fold(past, everything...); err != nil {
			rt.Fatal(err)
		}
		var query domain.Query
		for i := range loaded {
			got, want := loaded[i].(*decision.Model[string]).State(), everything[i].(*decision.Model[string]).State()
			if got != want {
				rt.Errorf("%v, latest %v: state %q, want %q", loaded[i], latest[i], got, want)
			}
			query = query.Union(everything[i].Query())
		}
		if condition.After != head || condition.FailIfEventsMatch.String() != query.String() {
			rt.Errorf("condition = %v after %d, want %v after %d", condition.FailIfEventsMatch, condition.After, query, head)
		}
	})
}

var anyEvent = rapid.Custom(func(t *rapid.T) decision.Event {
	c := rapid.SampledFrom([]string{"c1", "c2"}).Draw(t, "course")
	s := rapid.SampledFrom([]string{"s1", "s2"}).Draw(t, "student")
	n := rapid.IntRange(0, 99).Draw(t, "number")
	return rapid.SampledFrom([]decision.Event{CourseDefined{c, n}, StudentSubscribed{s, c}, InvoiceCreated{n}}).Draw(t, "event")
})

// last returns a model that answers which event came last, of several boundaries.
func last(kind int) *decision.Model[string] {
	defined := decision.OnSequenced(func(_ string, e CourseDefined, at domain.SequencedEvent) string { return fmt.Sprint(at.Position, e) })
	subscribed := decision.OnSequenced(func(_ string, e StudentSubscribed, at domain.SequencedEvent) string {
		return fmt.Sprint(at.Position, e)
	})
	invoiced := decision.OnSequenced(func(_ string, e InvoiceCreated, at domain.SequencedEvent) string { return fmt.Sprint(at.Position, e) })
	switch kind {
	case 0:
		return decision.New("none", course("c1")).With(defined, subscribed)
	case 1:
		return decision.New("none", student("s1"), course("c2")).With(subscribed)
	case 2:
		return decision.New("none").With(invoiced)
	default:
		return decision.New("none").With(subscribed, invoiced)
	}
}

func allOf(t *testing.T, store ports.Reader) []domain.SequencedEvent {
	t.Helper()
	result, err := store.Read(t.Context(), domain.All(), ports.ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var events []domain.SequencedEvent
	for e, err := range result.Events {
		if err != nil {
			t.Fatal(err)
		}
		events = append(events, e)
	}
	return events
}

// askedReader remembers how it was read and calls then after each read.
type askedReader struct {
	ports.Reader
	options []ports.ReadOptions
	then    func()
}

func (r *askedReader) Read(ctx context.Context, q domain.Query, o ports.ReadOptions) (ports.ReadResult, error) {
	r.options = append(r.options, o)
	result, err := r.Reader.Read(ctx, q, o)
	if r.then != nil {
		r.then()
	}
	return result, err
}
