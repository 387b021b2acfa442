package decision_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/opossum-go/opossum/decision"
	"github.com/opossum-go/opossum/domain"
)

func TestFold(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		events []decision.Event
		want   int
	}{
		{name: "of nothing leaves the initial state", want: 0},
		{name: "applies events in their order", events: []decision.Event{CourseDefined{"c1", 3}, StudentSubscribed{"s1", "c1"}, StudentSubscribed{"s2", "c1"}}, want: 1},
		{name: "lets a later event overrule an earlier one", events: []decision.Event{StudentSubscribed{"s1", "c1"}, CourseDefined{"c1", 3}}, want: 3},
		{name: "skips other tags", events: []decision.Event{CourseDefined{"c1", 3}, StudentSubscribed{"s1", "c2"}}, want: 3},
		{name: "skips other types", events: []decision.Event{CourseDefined{"c1", 3}, InvoiceCreated{1}}, want: 3},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			seats := SeatsLeft("c1")
			if err := decision.Fold(sequenced(t, tt.events...), seats); err != nil {
				t.Fatal(err)
			}
			if seats.State() != tt.want {
				t.Errorf("state = %d, want %d", seats.State(), tt.want)
			}
		})
	}
}

func TestFoldDemandsEveryTagOfAModel(t *testing.T) {
	t.Parallel()
	both := func() *decision.Model[int] {
		return decision.New(0, student("s1"), course("c1")).With(
			decision.On(func(n int, _ StudentSubscribed) int { return n + 1 }))
	}
	events := sequenced(t, StudentSubscribed{"s1", "c2"}, StudentSubscribed{"s2", "c1"}, StudentSubscribed{"s1", "c1"})
	m := both()
	if err := decision.Fold(events, m); err != nil {
		t.Fatal(err)
	}
	if m.State() != 1 {
		t.Errorf("state = %d, want 1: only the event with both tags", m.State())
	}
}

func TestFoldAppliesAnEventOnceEvenIfItsTagsAreNoSet(t *testing.T) {
	t.Parallel()
	events := sequenced(t, StudentSubscribed{"s1", "c1"}, InvoiceCreated{4})
	events[0].Tags = append(events[0].Tags, course("c1"), course("c1"))
	events[1].Tags = []domain.Tag{"", ""}
	seats, invoices := SeatsLeft("c1"), decision.New(0).With(decision.On(func(n int, _ InvoiceCreated) int { return n + 1 }))
	if err := decision.Fold(events, seats, invoices); err != nil {
		t.Fatal(err)
	}
	if seats.State() != -1 || invoices.State() != 1 {
		t.Errorf("states = %d, %d, want -1, 1", seats.State(), invoices.State())
	}
}

func TestAModelFoldsOnce(t *testing.T) {
	t.Parallel()
	events := sequenced(t, CourseDefined{"c1", 3}, StudentSubscribed{"s1", "c1"})
	seats := SeatsLeft("c1")
	if err := decision.Fold(events, seats); err != nil {
		t.Fatal(err)
	}
	if err := decision.Fold(events, seats); !errors.Is(err, decision.ErrModelUsed) {
		t.Errorf("second Fold = %v, want ErrModelUsed", err)
	}
	if seats.State() != 2 {
		t.Errorf("state after the refused second fold = %d, want 2", seats.State())
	}
}

func TestFoldSaysWhatLoadSays(t *testing.T) {
	t.Parallel()
	if err := decision.Fold(nil); !errors.Is(err, decision.ErrModel) {
		t.Errorf("Fold without models = %v, want ErrModel", err)
	}
	for name, model := range map[string]decision.Loadable{"with tags": SeatsLeft("c1"), "without tags": NextInvoice()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			events := []domain.SequencedEvent{
				{Position: 8, Event: domain.Event{Type: "CourseDefined", Tags: []domain.Tag{course("c1")}, Data: []byte(`7`)}},
				{Position: 9, Event: domain.Event{Type: "InvoiceCreated", Data: []byte(`7`)}},
			}
			var wrong *decision.DecodeError
			if err := decision.Fold(events, model); !errors.As(err, &wrong) {
				t.Errorf("Fold error = %v, want a *DecodeError", err)
			}
		})
	}
}

func TestOnSequencedSeesWhatTheStoreKnows(t *testing.T) {
	t.Parallel()
	log := decision.New("", course("c1")).With(
		decision.OnSequenced(func(s string, e CourseDefined, at domain.SequencedEvent) string {
			return s + fmt.Sprintf("%d seats at position %d, %s, by %s;", e.Capacity, at.Position, at.RecordedAt.Format("15:04:05"), at.Metadata.UserID)
		}))
	events := sequenced(t, CourseDefined{"c1", 3}, CourseDefined{"c1", 4})
	events[1].Metadata.UserID = "ada"
	if err := decision.Fold(events, log); err != nil {
		t.Fatal(err)
	}
	want := "3 seats at position 1, 00:00:00, by ;4 seats at position 2, 00:00:01, by ada;"
	if log.State() != want {
		t.Errorf("state = %q, want %q", log.State(), want)
	}
}

func TestTheQueryOfAModelFollowsFromItsHandlers(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		model decision.Loadable
		want  string
	}{
		{"types and tags", SeatsLeft("c1"), "CourseDefined|StudentSubscribed{course:c1}"},
		{"types only", NextInvoice(), "InvoiceCreated"},
		{"several tags", decision.New(0, student("s1"), course("c1")).With(decision.On(func(n int, _ StudentSubscribed) int { return n })), "StudentSubscribed{course:c1 student:s1}"},
		{"handlers added later", decision.New(0).With(decision.On(func(n int, _ InvoiceCreated) int { return n })).With(decision.On(func(n int, _ CourseDefined) int { return n })), "CourseDefined|InvoiceCreated"},
		{"no handlers select nothing", decision.New(0, course("c1")), "no query"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := tt.model.Query().String(); got != tt.want {
				t.Errorf("query = %s, want %s", got, tt.want)
			}
		})
	}
}

func TestAbsentDataIsTheZeroEvent(t *testing.T) {
	t.Parallel()
	m := decision.New(0).With(decision.On(func(n int, e InvoiceCreated) int { return n + 1 + e.Number }))
	events := []domain.SequencedEvent{
		{Position: 1, Event: domain.Event{Type: "InvoiceCreated"}},
		{Position: 2, Event: domain.Event{Type: "InvoiceCreated", Data: []byte("null")}},
		{Position: 3, Event: domain.Event{Type: "InvoiceCreated", Data: []byte(`{"unheard":"of"}`)}},
	}
	if err := decision.Fold(events, m); err != nil {
		t.Fatal(err)
	}
	if m.State() != 3 {
		t.Errorf("state = %d, want 3", m.State())
	}
}
