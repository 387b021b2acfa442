package decision_test

import (
	"testing"

	"github.com/opossum-go/opossum/adapters/memory"
	"github.com/opossum-go/opossum/decision"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/internal/observe"
)

func TestAnObserverIsToldWhatEachModelFolded(t *testing.T) {
	t.Parallel()
	store := &memory.Store{}
	var stored []domain.Event
	for _, e := range []decision.Event{CourseDefined{"c1", 3}, StudentSubscribed{"s1", "c2"}, StudentSubscribed{"s1", "c1"}} {
		encoded, err := decision.Encode(e)
		if err != nil {
			t.Fatal(err)
		}
		stored = append(stored, encoded)
	}
	if _, err := store.Append(t.Context(), stored); err != nil {
		t.Fatal(err)
	}

	var loads []observe.Load
	ctx := observe.With(t.Context(), func(l observe.Load) { loads = append(loads, l) })
	mine := decision.New(0, student("s1")).With(decision.On(func(n int, _ StudentSubscribed) int { return n + 1 }))
	condition, err := decision.Load(ctx, store, SeatsLeft("c1"), mine)
	if err != nil {
		t.Fatal(err)
	}
	if len(loads) != 1 || len(loads[0].Models) != 2 {
		t.Fatalf("told of %+v, want one load of two models", loads)
	}
	if got := loads[0].Condition; got.After != condition.After || got.FailIfEventsMatch.String() != condition.FailIfEventsMatch.String() {
		t.Errorf("told of the condition %v, want %v", got, condition)
	}
	for i, want := range []struct {
		before, after string
		folded        []domain.Position
	}{
		{"0", "2", []domain.Position{1, 3}},
		{"0", "2", []domain.Position{2, 3}},
	} {
		m := loads[0].Models[i]
		if m.Before != want.before || m.After != want.after || len(m.Folded) != len(want.folded) {
			t.Fatalf("model %d went from %s to %s by %d events, want %+v", i, m.Before, m.After, len(m.Folded), want)
		}
		for n, position := range want.folded {
			if m.Folded[n].Position != position {
				t.Errorf("model %d folded position %d as event %d, want %d", i, m.Folded[n].Position, n, position)
			}
		}
	}
}

func TestALoadThatFailsIsNotObserved(t *testing.T) {
	t.Parallel()
	ctx := observe.With(t.Context(), func(l observe.Load) { t.Errorf("told of %+v", l) })
	if _, err := decision.Load(ctx, &memory.Store{}); err == nil {
		t.Error("a load of nothing succeeds")
	}
}
