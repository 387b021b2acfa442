package decision_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/opossum-go/opossum/decision"
	"github.com/opossum-go/opossum/domain"
)

// Paid loses its amount: it has its JSON form from the time that it embeds.
type Paid struct {
	time.Time
	Amount int
}

func (Paid) EventType() string  { return "Paid" }
func (Paid) Tags() []domain.Tag { return nil }

// Weighed has a field that JSON does not see.
type Weighed struct {
	ID    string
	grams int
}

func (Weighed) EventType() string  { return "Weighed" }
func (Weighed) Tags() []domain.Tag { return nil }

// Counted reads itself, and leaves out nothing that it is asked for.
type Counted struct{ n int }

func (Counted) EventType() string  { return "Counted" }
func (Counted) Tags() []domain.Tag { return nil }

func (c *Counted) UnmarshalJSON(data []byte) error { return json.Unmarshal(data, &c.n) }

func TestAnEventThatIsNotStoredWholeIsRefused(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		event decision.Event
		says  string
	}{
		{Weighed{ID: "1", grams: 500}, `event "Weighed": decision_test.Weighed is not stored whole: decision_test.Weighed.grams is not exported`},
		{Weighed{}, "decision_test.Weighed.grams is not exported"},
		{&Weighed{}, "decision_test.Weighed.grams is not exported"},
		{Paid{time.Now(), 7}, "decision_test.Paid.Amount would be lost"},
		{Counted{7}, "decision_test.Counted.n is not exported"},
	} {
		if _, err := decision.Encode(tt.event); !errors.Is(err, domain.ErrInvalid) || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("Encode(%#v) = %v, want ErrInvalid that says %q", tt.event, err, tt.says)
		}
	}
}

func TestAHandlerForAnEventThatDoesNotComeBackWholeIsRefused(t *testing.T) {
	t.Parallel()
	err := decision.Fold(nil, decision.New(0).With(decision.On(func(n int, e Weighed) int { return n + e.grams })))
	if says := "decision_test.Weighed.grams is not exported"; !errors.Is(err, decision.ErrModel) || !strings.Contains(err.Error(), says) {
		t.Errorf("Fold = %v, want ErrModel that says %q", err, says)
	}
	if _, err := decision.NewCodec(decision.Kind[Paid]()); !errors.Is(err, decision.ErrModel) {
		t.Errorf("NewCodec = %v, want ErrModel", err)
	}
}

func TestATypeThatReadsItselfHasAHandler(t *testing.T) {
	t.Parallel()
	m := decision.New(0).With(decision.On(func(n int, e Counted) int { return n + e.n }))
	if err := decision.Fold([]domain.SequencedEvent{{Event: domain.Event{Type: "Counted", Data: []byte("7")}}}, m); err != nil || m.State() != 7 {
		t.Errorf("Fold = %d, %v, want 7", m.State(), err)
	}
}
