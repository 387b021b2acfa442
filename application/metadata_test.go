package application_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/opossum-go/opossum/adapters/memory"
	"github.com/opossum-go/opossum/application"
	"github.com/opossum-go/opossum/domain"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.FixedZone("", 3600))

func TestWhatTheMetadataOfAnEventSays(t *testing.T) {
	t.Parallel()
	earlier := noon.Add(-time.Hour)
	tests := []struct {
		name    string
		options []application.Option
		given   domain.Metadata
		want    domain.Metadata
	}{
		{
			name: "without options: one new id names the command and the conversation",
			want: domain.Metadata{ID: "id-2", OccurredAt: noon, OperationID: "id-1", CorrelationID: "id-1"},
		},
		{
			name:    "a command id names both",
			options: []application.Option{application.CommandID("k1")},
			want:    domain.Metadata{ID: "id-1", OccurredAt: noon, OperationID: "k1", CorrelationID: "k1"},
		},
		{
			name:    "user, correlation and causation are carried",
			options: []application.Option{application.CommandID("k1"), application.By("ada"), application.Correlation("talk"), application.Causation("reason")},
			want:    domain.Metadata{ID: "id-1", OccurredAt: noon, OperationID: "k1", CorrelationID: "talk", CausationID: "reason", UserID: "ada"},
		},
		{
			name:    "a cause passes its conversation on",
			options: []application.Option{application.CausedBy(domain.Metadata{ID: "e1", CorrelationID: "talk", CausationID: "older", UserID: "bob"})},
			want:    domain.Metadata{ID: "id-2", OccurredAt: noon, OperationID: "id-1", CorrelationID: "talk", CausationID: "e1"},
		},
		{
			name:    "a cause without a conversation starts one",
			options: []application.Option{application.CausedBy(domain.Metadata{ID: "e1"})},
			want:    domain.Metadata{ID: "id-2", OccurredAt: noon, OperationID: "id-1", CorrelationID: "e1", CausationID: "e1"},
		},
		{
			name:    "the later option wins",
			options: []application.Option{application.By("ada"), nil, application.By("bob"), application.CommandID("k1"), application.CommandID("k2")},
			want:    domain.Metadata{ID: "id-1", OccurredAt: noon, OperationID: "k2", CorrelationID: "k2", UserID: "bob"},
		},
		{
			name:    "fields given with the event win, the others stay",
			options: []application.Option{application.CommandID("k1"), application.By("ada")},
			given:   domain.Metadata{OccurredAt: earlier, Values: map[string]string{"till": "3"}, CausationID: "scan"},
			want:    domain.Metadata{ID: "id-1", OccurredAt: earlier, OperationID: "k1", CorrelationID: "k1", CausationID: "scan", UserID: "ada", Values: map[string]string{"till": "3"}},
		},
		{
			name:    "all fields can be given",
			options: []application.Option{application.CommandID("k1")},
			given:   domain.Metadata{ID: "a", OccurredAt: earlier, OperationID: "b", CorrelationID: "c", CausationID: "d", UserID: "e"},
			want:    domain.Metadata{ID: "a", OccurredAt: earlier, OperationID: "b", CorrelationID: "c", CausationID: "d", UserID: "e"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			store := &memory.Store{}
			options := append([]application.Option{application.WithClock(fixedClock(noon)), application.WithIDs(&countingIDs{})}, tt.options...)
			_, err := application.Decide(t.Context(), store, func(d *application.Decision) error {
				return d.RecordWith(tt.given, CourseDefined{"c1", 1})
			}, options...)
			if err != nil {
				t.Fatal(err)
			}
			got := allEvents(t, store)[0].Metadata
			if !got.OccurredAt.Equal(tt.want.OccurredAt) {
				t.Errorf("OccurredAt = %v, want %v", got.OccurredAt, tt.want.OccurredAt)
			}
			got.OccurredAt = tt.want.OccurredAt
			if !reflect.DeepEqual(got, tt.want) {
				t.Errorf("metadata = %+v, want %+v", got, tt.want)
			}
		})
	}
}

func TestADecisionKnowsItsMetadataTimeAttemptAndContext(t *testing.T) {
	t.Parallel()
	store := aCourse(t, 5)
	clock := &steppingClock{now: noon}
	var times []time.Time
	var operations []string
	_, err := application.Decide(t.Context(), store, overtaken(t, store, 1, func(d *application.Decision) error {
		if d.Context() != t.Context() {
			t.Error("Context is not the caller's")
		}
		if d.Attempt() != len(times)+1 {
			t.Errorf("Attempt = %d, want %d", d.Attempt(), len(times)+1)
		}
		if !d.Now().Equal(d.Now()) || !d.Metadata().OccurredAt.Equal(d.Now()) {
			t.Error("the time of an attempt is not one instant")
		}
		if d.Metadata().ID != "" {
			t.Errorf("the decision has the id %q, which is for the events to have", d.Metadata().ID)
		}
		times = append(times, d.Now())
		operations = append(operations, d.Metadata().OperationID)
		return Subscribe{"s1", "c1"}.Decide(d)
	}), application.WithClock(clock), quick(2))
	if err != nil {
		t.Fatal(err)
	}
	if len(times) != 2 || !times[1].After(times[0]) {
		t.Errorf("times of the attempts = %v, want a new instant for each", times)
	}
	if len(operations) != 2 || operations[0] != operations[1] || operations[0] == "" {
		t.Errorf("operation ids of the attempts = %v, want one for the command", operations)
	}
}

func TestEachEventHasAnIDOfItsOwn(t *testing.T) {
	t.Parallel()
	store := &memory.Store{}
	_, err := application.Decide(t.Context(), store, func(d *application.Decision) error {
		return d.Record(CourseDefined{"c1", 1}, CourseDefined{"c2", 1})
	})
	if err != nil {
		t.Fatal(err)
	}
	events := allEvents(t, store)
	if a, b := events[0].Metadata.ID, events[1].Metadata.ID; a == "" || a == b {
		t.Errorf("ids = %q, %q, want two", a, b)
	}
}

// steppingClock goes on by a second each time it is asked.
type steppingClock struct{ now time.Time }

func (c *steppingClock) Now() time.Time {
	c.now = c.now.Add(time.Second)
	return c.now
}
