package ports_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

func TestErrorsSayWhatHappenedAndWhere(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		err      error
		sentinel error
		text     string
	}{
		{
			"a conflict names the condition and the event that broke it",
			&ports.ConflictError{Condition: 1, After: 5, Position: 7, Type: "CourseDefined", Tags: []domain.Tag{"campus:north", "course:c1"}},
			ports.ErrConflict,
			"opossum: append condition failed: condition 1 expected no match after position 5, but position 7 is CourseDefined [campus:north course:c1]",
		},
		{
			"a conflict with an event without tags",
			&ports.ConflictError{Position: 1, Type: "CourseDefined"},
			ports.ErrConflict,
			"opossum: append condition failed: condition 0 expected no match after position 0, but position 1 is CourseDefined []",
		},
		{
			"a conflict with an event that would write on a terminal",
			&ports.ConflictError{Position: 1, Type: "é\x1b[2J", Tags: []domain.Tag{"a\n\"b\""}},
			ports.ErrConflict,
			`opossum: append condition failed: condition 0 expected no match after position 0, but position 1 is "é\x1b[2J" ["a\n\"b\""]`,
		},
		{
			"damage names file, offset, position, want and got",
			&ports.CorruptError{File: "events/1.jsonl", Offset: 812, Position: 9, Want: "checksum 0a", Got: "0b"},
			ports.ErrCorrupt,
			"opossum: corrupt: events/1.jsonl at byte 812 (position 9): want checksum 0a, got 0b",
		},
		{
			"damage at an unknown position leaves the position out",
			&ports.CorruptError{File: "store.json", Want: "format 1", Got: "format 9"},
			ports.ErrCorrupt,
			"opossum: corrupt: store.json at byte 0: want format 1, got format 9",
		},
	}
	sentinels := []error{
		ports.ErrConflict, ports.ErrCorrupt, ports.ErrClosed, ports.ErrLockTimeout,
		ports.ErrReadOnly, ports.ErrUnknownOutcome, domain.ErrInvalid, domain.ErrLimit,
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := tt.err.Error(); got != tt.text {
				t.Errorf("text\n got: %s\nwant: %s", got, tt.text)
			}
			wrapped := fmt.Errorf("append: %w", tt.err)
			for _, sentinel := range sentinels {
				if got, want := errors.Is(wrapped, sentinel), errors.Is(tt.sentinel, sentinel); got != want {
					t.Errorf("errors.Is(%v, %v) = %v, want %v", wrapped, sentinel, got, want)
				}
			}
		})
	}
}

func TestReadOptionsValidate(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		options ports.ReadOptions
		want    string
	}{
		{"accepts the zero value", ports.ReadOptions{}, ""},
		{"accepts a limit", ports.ReadOptions{Limit: 1}, ""},
		{"accepts bounds that exclude everything", ports.ReadOptions{After: 9, Before: 3, Backwards: true}, ""},
		{"refuses a negative limit", ports.ReadOptions{Limit: -1}, "opossum: invalid options.limit: must not be negative; 0 means no limit"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := tt.options.Validate()
			if tt.want == "" {
				if err != nil {
					t.Errorf("Validate() = %v, want no error", err)
				}
				return
			}
			if err == nil || err.Error() != tt.want {
				t.Fatalf("Validate() = %v, want %s", err, tt.want)
			}
			if !errors.Is(err, domain.ErrInvalid) {
				t.Errorf("error %v is not ErrInvalid", err)
			}
		})
	}
}
