package ports

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/opossum-go/opossum/domain"
)

// Validate returns an error that is [domain.ErrInvalid] when the batch breaks a
// rule: UpTo is less than After; a key, or a position of Park and Unpark, occurs
// twice; a key is none that [ValidateStateKey] allows; a state's data is not JSON in
// valid UTF-8, its tags are invalid, unsorted or not a set, or its version is less
// than 1; a parked position is 0; a time is not in the years 1 to 9999.
//
// Every store calls it before it looks at anything else, so that all of them refuse
// the same batches and write nothing of them.
func (b ProjectionBatch) Validate() error {
	if b.UpTo < b.After {
		return &domain.ValidationError{
			Field: "batch.upTo", Value: b.UpTo.String(), Rule: fmt.Sprintf("must not be less than batch.after, which is %d", b.After),
		}
	}
	if err := b.validateStates(); err != nil {
		return err
	}
	if err := b.validateParked(); err != nil {
		return err
	}
	if b.Failure != nil {
		return validateTime("batch.failure.at", b.Failure.At)
	}
	return nil
}

func (b ProjectionBatch) validateStates() error {
	seen := make(map[string]struct{}, len(b.Put)+len(b.Delete))
	for i := range b.Put {
		if err := b.Put[i].validate(); err != nil {
			return fmt.Errorf("batch.put[%d]: %w", i, err)
		}
		seen[b.Put[i].Key] = struct{}{}
		if len(seen) != i+1 {
			return &domain.ValidationError{Field: fmt.Sprintf("batch.put[%d]", i), Value: quoted(b.Put[i].Key), Rule: "must not put a key a second time"}
		}
	}
	for i, key := range b.Delete {
		if err := ValidateStateKey(key); err != nil {
			return fmt.Errorf("batch.delete[%d]: %w", i, err)
		}
		seen[key] = struct{}{}
		if len(seen) != len(b.Put)+i+1 {
			return &domain.ValidationError{
				Field: fmt.Sprintf("batch.delete[%d]", i), Value: quoted(key), Rule: "must not be a key that the batch puts or deletes already",
			}
		}
	}
	return nil
}

func (b ProjectionBatch) validateParked() error {
	seen := make(map[domain.Position]struct{}, len(b.Park)+len(b.Unpark))
	for i, parked := range b.Park {
		field := fmt.Sprintf("batch.park[%d]", i)
		if parked.Position == 0 {
			return &domain.ValidationError{Field: field + ".position", Value: "0", Rule: "must be the position of an event, from 1"}
		}
		seen[parked.Position] = struct{}{}
		if len(seen) != i+1 {
			return &domain.ValidationError{Field: field + ".position", Value: parked.Position.String(), Rule: "must not be parked a second time"}
		}
		if err := validateTime(field+".at", parked.At); err != nil {
			return err
		}
	}
	for i, position := range b.Unpark {
		seen[position] = struct{}{}
		if len(seen) != len(b.Park)+i+1 {
			return &domain.ValidationError{
				Field: fmt.Sprintf("batch.unpark[%d]", i), Value: position.String(), Rule: "must not be a position that the batch parks or unparks already",
			}
		}
	}
	return nil
}

func (s *ProjectionState) validate() error {
	if err := ValidateStateKey(s.Key); err != nil {
		return err
	}
	if !utf8.Valid(s.Data) || !json.Valid(s.Data) {
		return &domain.ValidationError{Field: "data of state " + quoted(s.Key), Value: quoted(string(s.Data)), Rule: "must be one JSON value in valid UTF-8"}
	}
	if len(s.Tags) > 0 {
		set, err := domain.PrepareTags(s.Tags)
		if err != nil {
			return fmt.Errorf("state %s: %w", quoted(s.Key), err)
		}
		if !slices.Equal(set, s.Tags) {
			return &domain.ValidationError{Field: "tags of state " + quoted(s.Key), Value: fmt.Sprintf("%.80q", s.Tags), Rule: "must be sorted, without duplicates"}
		}
	}
	if s.Version < 1 {
		return &domain.ValidationError{Field: "version of state " + quoted(s.Key), Value: strconv.Itoa(s.Version), Rule: "must be at least 1"}
	}
	if err := validateTime("createdAt", s.CreatedAt); err != nil {
		return fmt.Errorf("state %s: %w", quoted(s.Key), err)
	}
	if err := validateTime("updatedAt", s.UpdatedAt); err != nil {
		return fmt.Errorf("state %s: %w", quoted(s.Key), err)
	}
	return nil
}

// validateTime refuses what RFC 3339 cannot write in UTC.
func validateTime(field string, at time.Time) error {
	if year := at.UTC().Year(); year < 1 || year > 9999 {
		return &domain.ValidationError{Field: field, Value: at.String(), Rule: "must be in the years 1 to 9999"}
	}
	return nil
}

// quoted cuts a text to what an error can show.
func quoted(text string) string { return fmt.Sprintf("%.80q", text) }
