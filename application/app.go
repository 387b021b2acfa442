package application

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"slices"
	"time"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// App carries out commands: it knows, by the Go type of a command, the function
// that decides it. Set it up with [Handle] and [App.Use] first; from then on
// Execute is safe for concurrent use.
type App struct {
	store      Store
	defaults   []Option
	handlers   map[reflect.Type]Handler
	middleware []Middleware
}

// Handler carries out a command.
type Handler func(ctx context.Context, command any, options ...Option) (Result, error)

// Middleware wraps a handler: it may look at the command and the result, add
// options, or refuse.
type Middleware func(next Handler) Handler

// New returns an App on a store. The defaults come before the options of every
// [App.Execute].
func New(store Store, defaults ...Option) *App {
	return &App{store: store, defaults: slices.Clone(defaults), handlers: make(map[reflect.Type]Handler)}
}

// Handle registers the function that decides commands of type C, which is run as
// by [Decide] once the command is valid: every rule in its validator tags holds.
// C may be a struct, a pointer to one, or any other type, which then has no rules.
//
// Handle panics when C is registered already, is an interface type, or has tags, or
// holds structs with tags, that the validator does not understand: these are
// mistakes in the program. A rule that is known and does not fit its field, such as
// "min=x" after another rule, may show only with a command: Execute then fails.
func Handle[C any](app *App, decide func(*Decision, C) error) {
	typ := reflect.TypeFor[C]()
	if decide == nil {
		panic(fmt.Sprintf("application: Handle for %v without a function", typ))
	}
	if typ.Kind() == reflect.Interface {
		panic(fmt.Sprintf("application: Handle for the interface type %v, commands are found by their concrete type", typ))
	}
	if _, twice := app.handlers[typ]; twice {
		panic(fmt.Sprintf("application: Handle called twice for %v", typ))
	}
	mustHaveRules(typ)
	app.handlers[typ] = func(ctx context.Context, command any, options ...Option) (Result, error) {
		c, ok := command.(C)
		if !ok {
			return Result{}, fmt.Errorf("application: middleware replaced a command of type %v by a %T", typ, command)
		}
		if err := validate(ctx, command); err != nil {
			return Result{}, err
		}
		return Decide(ctx, app.store, func(d *Decision) error { return decide(d, c) }, options...)
	}
}

// Use adds middleware around every command. What is added first is outermost.
// Middleware sees a command before it is validated.
func (a *App) Use(middleware ...Middleware) { a.middleware = append(a.middleware, middleware...) }

// Execute carries out a command: it finds the function for exactly the command's
// Go type, runs the middleware, validates the command, and decides as [Decide]
// does. Each command leaves one line in the log of [WithLogger].
//
// Errors: an [*UnknownCommandError], a [*ValidationError], those of Decide.
func (a *App) Execute(ctx context.Context, command any, options ...Option) (Result, error) {
	options = slices.Concat(a.defaults, options)
	start := time.Now()
	result, err := a.dispatch(ctx, command, options)
	a.log(ctx, command, options, result, err, time.Since(start))
	return result, err
}

func (a *App) dispatch(ctx context.Context, command any, options []Option) (Result, error) {
	handler, known := a.handlers[reflect.TypeOf(command)]
	if !known {
		return Result{}, &UnknownCommandError{Command: fmt.Sprintf("%T", command), Known: a.known()}
	}
	for _, m := range slices.Backward(a.middleware) {
		handler = m(handler)
	}
	return handler(ctx, command, options...)
}

func (a *App) known() []string {
	var names []string
	for typ := range a.handlers {
		names = append(names, typ.String())
	}
	slices.Sort(names)
	return names
}

func (a *App) log(ctx context.Context, command any, options []Option, result Result, err error, took time.Duration) {
	level, outcome := slog.LevelInfo, outcomeOf(result, err)
	attrs := []slog.Attr{
		slog.String("command", fmt.Sprintf("%T", command)),
		slog.String("outcome", outcome),
		slog.Int("attempts", result.Attempts),
		slog.Uint64("first", uint64(result.Positions.First)),
		slog.Uint64("last", uint64(result.Positions.Last)),
		slog.Duration("duration", took),
	}
	if err != nil {
		attrs = append(attrs, slog.String("error", err.Error()))
		if outcome == "failed" || outcome == "unknown" || outcome == "conflict" {
			level = slog.LevelWarn
		}
	}
	collect(options).logger.LogAttrs(ctx, level, "command", attrs...)
}

// outcomeOf names the end of a command in one word.
func outcomeOf(result Result, err error) string {
	switch {
	case err == nil && result.Repeated:
		return "repeated"
	case err == nil && result.Positions.Len() == 0:
		return "nothing"
	case err == nil:
		return "recorded"
	case errors.Is(err, ports.ErrUnknownOutcome):
		return "unknown"
	case result.refused:
		return "refused"
	case errors.Is(err, ports.ErrConflict):
		return "conflict"
	case errors.Is(err, domain.ErrInvalid), errors.Is(err, ErrUnknownCommand):
		return "invalid"
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return "cancelled"
	default:
		return "failed"
	}
}
