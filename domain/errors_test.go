package domain_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/opossum-go/opossum/domain"
)

func TestErrorsSayWhatTheyAre(t *testing.T) {
	t.Parallel()
	invalid := &domain.ValidationError{Field: "events[0].type", Value: `""`, Rule: "must not be empty"}
	silent := &domain.ValidationError{Field: "events", Rule: "must hold at least one event"}
	limit := &domain.LimitError{Field: "events", Limit: "MaxBatchEvents", Value: 10_001, Max: domain.MaxBatchEvents}
	tests := []struct {
		name      string
		err       error
		text      string
		overLimit bool
	}{
		{"a validation error names field, value and rule", invalid, `opossum: invalid events[0].type "": must not be empty`, false},
		{"a validation error without a value names field and rule", silent, "opossum: invalid events: must hold at least one event", false},
		{"a limit error names limit, value and maximum", limit, "opossum: events is over the limit MaxBatchEvents: 10001, at most 10000", true},
		{"ErrLimit is a kind of ErrInvalid", domain.ErrLimit, "opossum: invalid: over a limit", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := tt.err.Error(); got != tt.text {
				t.Errorf("text = %q, want %q", got, tt.text)
			}
			wrapped := fmt.Errorf("append: %w", tt.err)
			if !errors.Is(wrapped, domain.ErrInvalid) {
				t.Errorf("errors.Is(%v, ErrInvalid) = false", wrapped)
			}
			if got := errors.Is(wrapped, domain.ErrLimit); got != tt.overLimit {
				t.Errorf("errors.Is(%v, ErrLimit) = %v, want %v", wrapped, got, tt.overLimit)
			}
		})
	}
}

func TestErrorsCarryTheirFacts(t *testing.T) {
	t.Parallel()
	_, err := domain.PrepareEvents([]domain.Event{{Type: "A"}, {Type: "B", Tags: []domain.Tag{""}}})
	var invalid *domain.ValidationError
	if !errors.As(err, &invalid) {
		t.Fatalf("error %v is no *ValidationError", err)
	}
	if invalid.Field != "events[1].tags[0]" {
		t.Errorf("Field = %q, want events[1].tags[0]", invalid.Field)
	}

	_, err = domain.PrepareEvents(make([]domain.Event, domain.MaxBatchEvents+1))
	var limit *domain.LimitError
	if !errors.As(err, &limit) {
		t.Fatalf("error %v is no *LimitError", err)
	}
	want := domain.LimitError{Field: "events", Limit: "MaxBatchEvents", Value: domain.MaxBatchEvents + 1, Max: domain.MaxBatchEvents}
	if *limit != want {
		t.Errorf("limit error = %+v, want %+v", *limit, want)
	}
}
