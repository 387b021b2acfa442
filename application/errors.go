package application

import (
	"errors"
	"fmt"
	"strings"

	"github.com/samber/lo"

	"github.com/opossum-go/opossum/domain"
)

// ErrDecisionOver reports the use of a [Decision] after the function it was given
// to had returned.
var ErrDecisionOver = errors.New("application: the decision is over, use it only inside the deciding function")

// ErrUnknownCommand reports a command of a Go type that the [App] has no function
// for. Every [UnknownCommandError] is one.
var ErrUnknownCommand = errors.New("application: unknown command")

// UnknownCommandError names the Go type of the command and the known ones.
// errors.Is(err, ErrUnknownCommand) holds.
type UnknownCommandError struct {
	// Command is the Go type of the command, such as library.LendBook.
	Command string
	// Known are the Go types that the App knows, sorted.
	Known []string
}

// Error names the unknown and the known types.
func (e *UnknownCommandError) Error() string {
	return fmt.Sprintf("%v %s, known are: %s", ErrUnknownCommand, e.Command, strings.Join(e.Known, ", "))
}

// Unwrap returns [ErrUnknownCommand].
func (e *UnknownCommandError) Unwrap() error { return ErrUnknownCommand }

// ValidationError says which fields of a command break their rules.
// errors.Is(err, domain.ErrInvalid) holds. Nothing was read or written.
type ValidationError struct {
	// Command is the Go type of the command.
	Command string
	// Fields are the broken rules, in the order of the fields.
	Fields []FieldError
}

// FieldError is one broken rule.
type FieldError struct {
	// Field is the path to the field, such as items[2].quantity: the name in its
	// json tag, or else its Go name.
	Field string
	// Rule is the rule as the command's type states it, such as required or min=1.
	Rule string
	// Value is what was given, as text, shortened.
	Value string
}

// Error names the command and each field with its rule and value.
func (e *ValidationError) Error() string {
	parts := lo.Map(e.Fields, func(f FieldError, _ int) string {
		return fmt.Sprintf("%s breaks the rule %q, it is %s", f.Field, f.Rule, f.Value)
	})
	return fmt.Sprintf("application: invalid %s: %s", e.Command, strings.Join(parts, "; "))
}

// Unwrap returns [domain.ErrInvalid].
func (e *ValidationError) Unwrap() error { return domain.ErrInvalid }
