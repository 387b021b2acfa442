package application_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/opossum-go/opossum/adapters/memory"
	"github.com/opossum-go/opossum/application"
	"github.com/opossum-go/opossum/decision"
	"github.com/opossum-go/opossum/domain"
)

// User names are unique; a name that was given up is free again after three days.
// Invoice numbers have neither gaps nor duplicates.

type AccountRegistered struct {
	Name string `json:"name"`
}

func (AccountRegistered) EventType() string    { return "AccountRegistered" }
func (e AccountRegistered) Tags() []domain.Tag { return []domain.Tag{username(e.Name)} }

type AccountClosed struct {
	Name string `json:"name"`
}

func (AccountClosed) EventType() string    { return "AccountClosed" }
func (e AccountClosed) Tags() []domain.Tag { return []domain.Tag{username(e.Name)} }

type UsernameChanged struct {
	Old string `json:"old"`
	New string `json:"new"`
}

func (UsernameChanged) EventType() string    { return "UsernameChanged" }
func (e UsernameChanged) Tags() []domain.Tag { return []domain.Tag{username(e.Old), username(e.New)} }

func username(name string) domain.Tag { return domain.NewTag("username", name) }

const day = 24 * time.Hour

func Claimed(name string, now time.Time) *decision.Model[bool] {
	retained := func(at domain.SequencedEvent) bool { return now.Sub(at.Metadata.OccurredAt) <= 3*day }
	return decision.New(false, username(name)).With(
		decision.On(func(bool, AccountRegistered) bool { return true }),
		decision.OnSequenced(func(_ bool, _ AccountClosed, at domain.SequencedEvent) bool { return retained(at) }),
		decision.OnSequenced(func(_ bool, e UsernameChanged, at domain.SequencedEvent) bool {
			return e.New == name || retained(at)
		}))
}

var errClaimed = errors.New("the username is claimed")

func register(name string) func(*application.Decision) error {
	return func(d *application.Decision) error {
		claimed := Claimed(name, d.Now())
		if err := d.Load(claimed); err != nil {
			return err
		}
		if claimed.State() {
			return errClaimed
		}
		return d.Record(AccountRegistered{name})
	}
}

func TestAUsernameIsRegisteredWhenItIsFree(t *testing.T) {
	t.Parallel()
	type aged struct {
		event decision.Event
		days  time.Duration
	}
	tests := []struct {
		name  string
		given []aged
		want  error
	}{
		{"a new one", nil, nil},
		{"another one", []aged{{AccountRegistered{"u2"}, 0}}, nil},
		{"a claimed one", []aged{{AccountRegistered{"u1"}, 0}}, errClaimed},
		{"closed three days ago", []aged{{AccountRegistered{"u1"}, 4}, {AccountClosed{"u1"}, 3}}, errClaimed},
		{"closed four days ago", []aged{{AccountRegistered{"u1"}, 4}, {AccountClosed{"u1"}, 4}}, nil},
		{"changed three days ago", []aged{{AccountRegistered{"u1"}, 4}, {UsernameChanged{"u1", "u2"}, 3}}, errClaimed},
		{"changed four days ago", []aged{{AccountRegistered{"u1"}, 4}, {UsernameChanged{"u1", "u2"}, 4}}, nil},
		{"the one another was changed to", []aged{{AccountRegistered{"u2"}, 9}, {UsernameChanged{"u2", "u1"}, 9}}, errClaimed},
		{"registered again after it was free", []aged{{AccountRegistered{"u1"}, 9}, {AccountClosed{"u1"}, 8}, {AccountRegistered{"u1"}, 1}}, errClaimed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			store := &memory.Store{}
			for _, g := range tt.given {
				_, err := application.Decide(t.Context(), store, func(d *application.Decision) error {
					return d.RecordWith(domain.Metadata{OccurredAt: noon.Add(-g.days * day)}, g.event)
				})
				if err != nil {
					t.Fatal(err)
				}
			}
			_, err := application.Decide(t.Context(), store, register("u1"), application.WithClock(fixedClock(noon)))
			if !errors.Is(err, tt.want) {
				t.Errorf("error = %v, want %v", err, tt.want)
			}
		})
	}
}

type InvoiceCreated struct {
	Number int `json:"number"`
}

func (InvoiceCreated) EventType() string { return "InvoiceCreated" }
func (e InvoiceCreated) Tags() []domain.Tag {
	return []domain.Tag{domain.NewTag("invoice", fmt.Sprint(e.Number))}
}

func NextInvoice() *decision.Model[int] {
	return decision.New(1).With(decision.On(func(_ int, e InvoiceCreated) int { return e.Number + 1 }))
}

func createInvoice(d *application.Decision) error {
	next := NextInvoice()
	if err := d.Load(next); err != nil {
		return err
	}
	return d.Record(InvoiceCreated{next.State()})
}

func TestInvoicesCreatedAtTheSameTimeAreNumberedWithoutGapOrDuplicate(t *testing.T) {
	t.Parallel()
	const clerks, each = 8, 10
	store := &memory.Store{}
	var wg sync.WaitGroup
	for range clerks {
		wg.Go(func() {
			for range each {
				_, err := application.Decide(t.Context(), store, createInvoice,
					application.WithRetry(application.Retry{MaxAttempts: 1000, InitialDelay: time.Microsecond, MaxDelay: time.Millisecond}))
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	events := allEvents(t, store)
	if len(events) != clerks*each {
		t.Errorf("%d invoices, want %d", len(events), clerks*each)
	}
	for i, e := range events {
		if want := fmt.Sprintf(`{"number":%d}`, i+1); string(e.Data) != want {
			t.Fatalf("invoice at position %d is %s, want %s", e.Position, e.Data, want)
		}
	}
}
