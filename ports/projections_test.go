package ports_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

func TestProjectionNamesAreFileNamesOnEverySystem(t *testing.T) {
	t.Parallel()
	longest := strings.Repeat("n", ports.MaxProjectionNameBytes)
	for _, name := range []string{"a", "0", "stock", "due-list", "a_b", "9-lives", "com", "com10", "lpt", "nul0", "console", longest} {
		if err := ports.ValidateProjectionName(name); err != nil {
			t.Errorf("ValidateProjectionName(%q) = %v, want nil", name, err)
		}
	}
	for _, name := range []string{
		"", "A", "Stock", "-a", "_a", "a b", "a.b", "a/b", `a\b`, "..", "ä", "a\n", "a\x00", "\xff", "con", "prn", "aux", "nul", "com0", "com9", "lpt1",
	} {
		err := ports.ValidateProjectionName(name)
		if _, ok := errors.AsType[*domain.ValidationError](err); !ok || !errors.Is(err, domain.ErrInvalid) {
			t.Errorf("ValidateProjectionName(%q) = %v, want a *domain.ValidationError", name, err)
		}
	}
	if err := ports.ValidateProjectionName(longest + "n"); !errors.Is(err, domain.ErrLimit) {
		t.Errorf("ValidateProjectionName of %d bytes = %v, want domain.ErrLimit", len(longest)+1, err)
	}
}

func TestStateKeysAreTextOfALimitedLength(t *testing.T) {
	t.Parallel()
	longest := strings.Repeat("ü", ports.MaxStateKeyBytes/2)
	for _, key := range []string{" ", "a", "A", "'", "%", "\n", "\x01", "ä", "\U0001f9ab", "a/b", longest} {
		if err := ports.ValidateStateKey(key); err != nil {
			t.Errorf("ValidateStateKey(%q) = %v, want nil", key, err)
		}
	}
	for _, key := range []string{"", "\x00", "a\x00", "\xff", "a\xe2\x82"} {
		err := ports.ValidateStateKey(key)
		if _, ok := errors.AsType[*domain.ValidationError](err); !ok || !errors.Is(err, domain.ErrInvalid) {
			t.Errorf("ValidateStateKey(%q) = %v, want a *domain.ValidationError", key, err)
		}
	}
	if err := ports.ValidateStateKey(longest + "k"); !errors.Is(err, domain.ErrLimit) {
		t.Errorf("ValidateStateKey of %d bytes = %v, want domain.ErrLimit", len(longest)+1, err)
	}
}

func TestASelectionHasValidTagsAndNoNegativeLimit(t *testing.T) {
	t.Parallel()
	tooMany := make([]domain.Tag, domain.MaxTags+1)
	for n := range tooMany {
		tooMany[n] = domain.Tag(fmt.Sprint("tag", n))
	}
	for _, selection := range []ports.StateSelection{
		{}, {Limit: 1}, {After: "a", Backwards: true}, {Tags: []domain.Tag{"b", "a", "b"}}, {Tags: tooMany[1:]},
	} {
		if err := selection.Validate(); err != nil {
			t.Errorf("Validate(%.80v) = %v, want nil", selection, err)
		}
	}
	for _, selection := range []ports.StateSelection{{Limit: -1}, {Tags: []domain.Tag{""}}, {Tags: []domain.Tag{"a", "\xff"}}, {Tags: tooMany}} {
		if err := selection.Validate(); !errors.Is(err, domain.ErrInvalid) {
			t.Errorf("Validate(%.80v) = %v, want domain.ErrInvalid", selection, err)
		}
	}
}

func TestABatchIsValidatedAsAWhole(t *testing.T) {
	t.Parallel()
	at := func(year int) time.Time { return time.Date(year, 6, 1, 12, 0, 0, 0, time.UTC) }
	state := func(key string, change func(s *ports.ProjectionState)) ports.ProjectionBatch {
		s := ports.ProjectionState{Key: key, Data: json.RawMessage(`{"n":1}`), Tags: []domain.Tag{"a", "b"}, Version: 1, CreatedAt: at(2031), UpdatedAt: at(2031), Position: 7}
		change(&s)
		return ports.ProjectionBatch{Put: []ports.ProjectionState{{Key: "sound", Data: json.RawMessage("null"), Version: 1}, s}}
	}
	same := func(*ports.ProjectionState) {}
	tests := []struct {
		name  string
		batch ports.ProjectionBatch
		want  string // part of the error, "" for none
	}{
		{"nothing", ports.ProjectionBatch{}, ""},
		{"a step in place", ports.ProjectionBatch{After: 7, UpTo: 7}, ""},
		{"a step backwards", ports.ProjectionBatch{After: 7, UpTo: 6}, "invalid batch.upTo 6: must not be less than batch.after, which is 7"},
		{"a state", state("k", same), ""},
		{"a state without tags", state("k", func(s *ports.ProjectionState) { s.Tags = []domain.Tag{} }), ""},
		{"an empty key", state("", same), "batch.put[1]: opossum: invalid state key"},
		{"a key twice", state("sound", same), `batch.put[1] "sound": must not put a key a second time`},
		{"no data", state("k", func(s *ports.ProjectionState) { s.Data = nil }), `data of state "k"`},
		{"data that is not JSON", state("k", func(s *ports.ProjectionState) { s.Data = json.RawMessage("{") }), `invalid data of state "k" "{": must be one JSON value`},
		{"data that is not UTF-8", state("k", func(s *ports.ProjectionState) { s.Data = json.RawMessage("\"\xff\"") }), "in valid UTF-8"},
		{"unsorted tags", state("k", func(s *ports.ProjectionState) { s.Tags = []domain.Tag{"b", "a"} }), `["b" "a"]: must be sorted, without duplicates`},
		{"a tag twice", state("k", func(s *ports.ProjectionState) { s.Tags = []domain.Tag{"a", "a"} }), "must be sorted, without duplicates"},
		{"an invalid tag", state("k", func(s *ports.ProjectionState) { s.Tags = []domain.Tag{"a", "\xff"} }), `state "k": opossum: invalid tags[1]`},
		{"version 0", state("k", func(s *ports.ProjectionState) { s.Version = 0 }), `invalid version of state "k" 0: must be at least 1`},
		{"a time in the year 9999", state("k", func(s *ports.ProjectionState) { s.CreatedAt = at(9999) }), ""},
		{"no times at all", state("k", func(s *ports.ProjectionState) { s.CreatedAt, s.UpdatedAt = time.Time{}, time.Time{} }), ""},
		{"a creation in the year 10000", state("k", func(s *ports.ProjectionState) { s.CreatedAt = at(10_000) }), `state "k": opossum: invalid createdAt`},
		{"an update in the year 0", state("k", func(s *ports.ProjectionState) { s.UpdatedAt = at(0) }), `state "k": opossum: invalid updatedAt`},
		{"deletions", ports.ProjectionBatch{Delete: []string{"a", "b"}}, ""},
		{"a deletion twice", ports.ProjectionBatch{Delete: []string{"a", "b", "a"}}, `batch.delete[2] "a"`},
		{"a deletion of nothing", ports.ProjectionBatch{Delete: []string{"a", ""}}, "batch.delete[1]: opossum: invalid state key"},
		{"a key put and deleted", ports.ProjectionBatch{Put: state("k", same).Put, Delete: []string{"k"}}, `batch.delete[0] "k"`},
		{"parked and unparked", ports.ProjectionBatch{Park: []ports.ParkedEvent{{Position: 1}, {Position: 2}}, Unpark: []domain.Position{3}}, ""},
		{"parked nowhere", ports.ProjectionBatch{Park: []ports.ParkedEvent{{Position: 1}, {}}}, "invalid batch.park[1].position 0"},
		{"parked twice", ports.ProjectionBatch{Park: []ports.ParkedEvent{{Position: 1}, {Position: 1}}}, "invalid batch.park[1].position 1"},
		{"parked in the year 10000", ports.ProjectionBatch{Park: []ports.ParkedEvent{{Position: 1, At: at(10_000)}}}, "invalid batch.park[0].at"},
		{"parked and unparked at once", ports.ProjectionBatch{Park: []ports.ParkedEvent{{Position: 1}}, Unpark: []domain.Position{1}}, "invalid batch.unpark[0] 1"},
		{"unparked twice", ports.ProjectionBatch{Unpark: []domain.Position{1, 2, 1}}, "invalid batch.unpark[2] 1"},
		{"a failure", ports.ProjectionBatch{Failure: &ports.ProjectionFailure{At: at(2031)}}, ""},
		{"a failure in the year 0", ports.ProjectionBatch{Failure: &ports.ProjectionFailure{At: at(0)}}, "invalid batch.failure.at"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := tt.batch.Validate()
			if tt.want == "" {
				if err != nil {
					t.Errorf("Validate() = %v, want nil", err)
				}
				return
			}
			if !errors.Is(err, domain.ErrInvalid) || !strings.Contains(fmt.Sprint(err), tt.want) {
				t.Errorf("Validate() = %v, want domain.ErrInvalid that says %q", err, tt.want)
			}
		})
	}
}

func TestErrorsAndCopiesSayWhatTheyAre(t *testing.T) {
	t.Parallel()
	var err error = &ports.ProjectionStoppedError{Projection: "stock", Failure: ports.ProjectionFailure{Position: 7, Type: "Counted", Error: "no shelf"}}
	if got, want := err.Error(), `projection "stock" is stopped at position 7 (Counted): no shelf`; got != want || !errors.Is(err, ports.ErrProjectionStopped) {
		t.Errorf("the error is %q, stopped: %v; want %q", got, errors.Is(err, ports.ErrProjectionStopped), want)
	}
	err = &ports.ProjectionStoppedError{Projection: "stock", Failure: ports.ProjectionFailure{Position: 7, Error: "other events"}}
	if got, want := err.Error(), `projection "stock" is stopped at position 7: other events`; got != want {
		t.Errorf("the error without a type is %q, want %q", got, want)
	}
	for which, want := range map[ports.Copy]string{ports.Live: "live", ports.Shadow: "shadow", 7: "copy 7"} {
		if which.String() != want {
			t.Errorf("copy %d is called %q, want %q", uint8(which), which, want)
		}
	}
}
