package domain

import (
	"errors"
	"fmt"
	"strconv"
	"unicode/utf8"
)

// ErrInvalid reports input that breaks a rule of this package. Nothing was
// written; the same input is refused every time. Every [ValidationError] and
// every [LimitError] is one.
var ErrInvalid = errors.New("opossum: invalid")

// ErrLimit reports input that is larger than a published limit. It is a kind of
// [ErrInvalid].
var ErrLimit = fmt.Errorf("%w: over a limit", ErrInvalid)

// ValidationError says which field broke which rule. errors.Is(err, ErrInvalid)
// holds.
type ValidationError struct {
	// Field is the path to the value, such as events[2].tags[0].
	Field string
	// Value is the offending value, quoted and shortened; empty when it says nothing.
	Value string
	// Rule is what a valid value looks like.
	Rule string
}

// Error names field, value and rule.
func (e *ValidationError) Error() string {
	if e.Value == "" {
		return fmt.Sprintf("opossum: invalid %s: %s", e.Field, e.Rule)
	}
	return fmt.Sprintf("opossum: invalid %s %s: %s", e.Field, e.Value, e.Rule)
}

// Unwrap returns [ErrInvalid].
func (e *ValidationError) Unwrap() error { return ErrInvalid }

// LimitError says which limit was exceeded. errors.Is(err, ErrLimit) and
// errors.Is(err, ErrInvalid) hold.
type LimitError struct {
	// Field is the path to the value, such as events[2].type.
	Field string
	// Limit is the name of the constant in this package, such as MaxTypeBytes.
	Limit string
	// Value is what was given, Max the most that is accepted, both in the limit's unit.
	Value, Max int
}

// Error names the limit, the value and the maximum.
func (e *LimitError) Error() string {
	return fmt.Sprintf("opossum: %s is over the limit %s: %d, at most %d", e.Field, e.Limit, e.Value, e.Max)
}

// Unwrap returns [ErrLimit].
func (e *LimitError) Unwrap() error { return ErrLimit }

// shown quotes a value for an error, cut to a length that fits one line.
func shown(s string) string {
	const most = 40
	if len(s) > most {
		cut := most
		for cut > 0 && !utf8.RuneStart(s[cut]) {
			cut--
		}
		return strconv.Quote(s[:cut]) + "…"
	}
	return strconv.Quote(s)
}
