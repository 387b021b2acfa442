package powertest_test

import (
	"errors"
	"iter"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/internal/powertest"
)

var (
	first  = powertest.BatchID{Writer: 1, Lane: 0, Number: 0}
	second = powertest.BatchID{Writer: 1, Lane: 1, Number: 0}
	third  = powertest.BatchID{Writer: 2, Lane: 0, Number: 7}
)

// write returns what a store holds after the appends of batches.
func write(t *testing.T, batches ...powertest.Batch) []domain.SequencedEvent {
	t.Helper()
	var stored []domain.SequencedEvent
	for _, batch := range batches {
		events, err := batch.Events()
		if err != nil {
			t.Fatal(err)
		}
		for _, event := range events {
			stored = append(stored, domain.SequencedEvent{Position: domain.Position(len(stored) + 1), Event: event})
		}
	}
	return stored
}

func sequence(events []domain.SequencedEvent, err error) iter.Seq2[domain.SequencedEvent, error] {
	return func(yield func(domain.SequencedEvent, error) bool) {
		for _, event := range events {
			if !yield(event, nil) {
				return
			}
		}
		if err != nil {
			yield(domain.SequencedEvent{}, err)
		}
	}
}

func TestAStoreIsJudgedByWhatItsWritersSaid(t *testing.T) {
	t.Parallel()
	a, b, c := powertest.Batch{ID: first, Size: 2}, powertest.Batch{ID: second, Size: 3}, powertest.Batch{ID: third, Size: 1}
	shared := func(batch powertest.Batch, after domain.Position) powertest.Batch {
		batch.Shared, batch.After = "shared:1", after
		return batch
	}
	tried := map[powertest.BatchID]int{first: 2, second: 3, third: 1}
	said := func(id powertest.BatchID, positions domain.Positions) powertest.Expectation {
		return powertest.Expectation{Tried: tried, Acknowledged: map[powertest.BatchID]domain.Positions{id: positions}}
	}
	tests := []struct {
		name     string
		stored   []domain.SequencedEvent
		err      error
		expected powertest.Expectation
		want     string // part of the objection; "" when there is none
	}{
		{name: "an empty store of which nothing was said is right"},
		{name: "what was tried may be there", stored: write(t, a, b), expected: powertest.Expectation{Tried: tried}},
		{name: "what was acknowledged is there", stored: write(t, a, b, c), expected: said(second, domain.Positions{First: 3, Last: 5})},
		{name: "where it was stored may be unknown", stored: write(t, a, b, c), expected: said(second, domain.Positions{})},
		{
			name: "what was acknowledged must not be lost", stored: write(t, a), expected: said(second, domain.Positions{First: 3, Last: 5}),
			want: "1 of 1 acknowledged batches are lost: 1-1-0",
		},
		{name: "what was acknowledged must not move", stored: write(t, a, b), expected: said(second, domain.Positions{First: 1, Last: 3}), want: "is at 3 to 5"},
		{name: "what nobody appended must not be there", stored: write(t, a), want: "nobody appended"},
		{
			name: "what was refused must not be there", stored: write(t, a),
			expected: powertest.Expectation{Tried: tried, Refused: map[powertest.BatchID]bool{first: true}}, want: "said that it is not stored",
		},
		{name: "a batch must not be cut at the end of the store", stored: write(t, a, b)[:4], expected: powertest.Expectation{Tried: tried}, want: "torn"},
		{
			name: "a batch must not be cut before another", stored: append(write(t, a, b)[:4], place(write(t, c), 5)...),
			expected: powertest.Expectation{Tried: tried}, want: "torn",
		},
		{name: "a batch must not lack its begin", stored: place(write(t, a, b)[1:], 1), expected: powertest.Expectation{Tried: tried}, want: "begins at position 1 with event 1"},
		{name: "a batch must not be there twice", stored: write(t, a, b, a), expected: powertest.Expectation{Tried: tried}, want: "at 6 again"},
		{
			name: "positions must have no hole", stored: append(write(t, a), place(write(t, c), 4)...),
			expected: powertest.Expectation{Tried: tried}, want: "position 2 is followed by 4",
		},
		{name: "conditions that were true at their place are right", stored: write(t, shared(a, 0), shared(b, 2)), expected: powertest.Expectation{Tried: tried}},
		{
			name: "a condition must be true at its place", stored: write(t, shared(a, 0), shared(b, 1)),
			expected: powertest.Expectation{Tried: tried}, want: "demands no shared:1 after 1, and there is one at 2",
		},
		{name: "what was shown is there", stored: write(t, a), expected: powertest.Expectation{Tried: tried, Shown: 2}},
		{name: "what was shown must not be lost", stored: write(t, a), expected: powertest.Expectation{Tried: tried, Shown: 3}, want: "readers had seen 3"},
		{name: "what cannot be read is wrong", stored: write(t, a), err: errors.New("unreadable"), expected: powertest.Expectation{Tried: tried}, want: "unreadable"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			found, err := tt.expected.Judge(sequence(tt.stored, tt.err))
			switch {
			case tt.want == "" && err != nil:
				t.Errorf("Judge() = %v", err)
			case tt.want == "" && len(found.Events) != len(tt.stored):
				t.Errorf("Judge() found %d events of %d", len(found.Events), len(tt.stored))
			case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
				t.Errorf("Judge() = %v, want that it says %q", err, tt.want)
			}
		})
	}
}

// place moves events to the positions from first on.
func place(events []domain.SequencedEvent, first domain.Position) []domain.SequencedEvent {
	for i := range events {
		events[i].Position = first + domain.Position(i)
	}
	return events
}

func TestAWitnessExpectsWhatItHeard(t *testing.T) {
	var w powertest.Witness
	hear := func(r powertest.Report) {
		t.Helper()
		if err := w.Hear(r); err != nil {
			t.Fatal(err)
		}
	}
	a, b := powertest.Batch{ID: first, Size: 2}, powertest.Batch{ID: second, Size: 3}
	hear(powertest.Report{Kind: powertest.Tried, Batch: first, Size: 2})
	hear(powertest.Report{Kind: powertest.Acknowledged, Batch: first, Positions: domain.Positions{First: 1, Last: 2}})
	before := w.Expectation()
	hear(powertest.Report{Kind: powertest.Tried, Batch: second, Size: 3})
	if _, err := before.Judge(sequence(write(t, a, b), nil)); err == nil {
		t.Error("what was tried after the expectation was taken is part of it")
	}
	if _, err := before.Until(w.Expectation()).Judge(sequence(write(t, a, b), nil)); err != nil {
		t.Error(err)
	}
	if _, err := w.Expectation().Judge(sequence(nil, nil)); err == nil {
		t.Error("an empty store is right although a batch was acknowledged")
	}

	// After a look at the store, what is not in it must not come later.
	found, err := w.Expectation().Judge(sequence(write(t, a), nil))
	if err != nil {
		t.Fatal(err)
	}
	w.Settle(found.Batches)
	if _, err := w.Expectation().Judge(sequence(write(t, a, b), nil)); err == nil {
		t.Error("a batch came although it had been found missing")
	}
	for _, r := range []powertest.Report{
		{Kind: powertest.Tried, Batch: first}, {Kind: powertest.Acknowledged, Batch: third}, {Kind: powertest.Refused, Batch: third}, {Kind: "odd"},
	} {
		if err := w.Hear(r); err == nil {
			t.Errorf("Hear(%+v) = nil, want that it makes no sense", r)
		}
	}
}

func TestDrawnBatchesAreValidAppends(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	sharedOnes := 0
	for number := range 200 {
		batch := powertest.DrawBatch(powertest.BatchID{Number: number}, random)
		events, err := batch.Events()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := domain.PrepareEvents(events); err != nil {
			t.Errorf("batch %d: %v", number, err)
		}
		if err := domain.ValidateConditions(batch.Conditions()); err != nil {
			t.Errorf("batch %d: %v", number, err)
		}
		if batch.Shared != "" {
			sharedOnes++
		}
	}
	if sharedOnes < 20 || sharedOnes > 100 {
		t.Errorf("%d of 200 batches are shared, want about a quarter", sharedOnes)
	}
}
