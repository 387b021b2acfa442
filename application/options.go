package application

import (
	"cmp"
	"fmt"
	"log/slog"
	"time"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/internal/system"
	"github.com/opossum-go/opossum/ports"
)

// CommandTagPrefix is what the tag begins with that [CommandID] adds to events. It
// is reserved: an event whose own tags begin with it would count as the trace of a
// command, so [Decision.Record] refuses it.
const CommandTagPrefix = "cmd:"

// CommandTag returns the tag that the events of the command with this id carry.
func CommandTag(id string) domain.Tag { return domain.NewTag("cmd", id) }

// Option changes how a command is run. Of two options that set the same thing the
// later one wins.
type Option func(*settings)

// Retry says how often and how fast an attempt that lost is repeated. The pause
// before attempt n+1 is a random time between 0 and InitialDelay · 2ⁿ⁻¹, but not
// more than MaxDelay: full jitter, so that those who lost to each other do not
// meet again.
type Retry struct {
	// MaxAttempts is the most attempts in all. 1 means no repetition, zero 10.
	MaxAttempts int
	// InitialDelay is the longest pause before the second attempt. Zero means 5ms.
	InitialDelay time.Duration
	// MaxDelay is the longest pause of all. Zero means 500ms.
	MaxDelay time.Duration
}

// Attempt is one run of the deciding function and its append.
type Attempt struct {
	// Number is 1 for the first attempt.
	Number int
	// Err is how the attempt ended, nil when the command was carried out.
	Err error
	// Conflict is what the attempt lost to, nil when it did not lose.
	Conflict *ports.ConflictError
	// Delay is the pause before the next attempt, zero when there is none.
	Delay time.Duration
}

// WithClock sets the clock. The default is the machine's.
func WithClock(c ports.Clock) Option { return func(s *settings) { s.clock = c } }

// WithIDs sets the source of event and correlation ids. The default makes UUIDs
// of version 7.
func WithIDs(ids ports.IDs) Option { return func(s *settings) { s.ids = ids } }

// WithLogger sets where conflicts (level debug) and, by an [App], executed
// commands (one line each) are logged. The default is silence.
func WithLogger(l *slog.Logger) Option { return func(s *settings) { s.logger = l } }

// WithRetry sets how attempts that lost are repeated.
func WithRetry(r Retry) Option { return func(s *settings) { s.retry = r } }

// CommandID makes the command idempotent: with one id it is carried out at most
// once. The events get the tag [CommandTag](id), which counts as one of their
// tags, and the id as their OperationID. The id has to be unique among the
// commands of the store whatever their type, such as a UUID made by whoever sends
// the command; with its prefix it must be a valid tag. An empty id is an error,
// not the absence of the option.
func CommandID(id string) Option {
	return func(s *settings) { s.commandID, s.idempotent = id, true }
}

// By sets the UserID of the events.
func By(user string) Option { return func(s *settings) { s.metadata.UserID = user } }

// Correlation sets the CorrelationID of the events. The default is the command
// id, or a new id when there is none.
func Correlation(id string) Option {
	return func(s *settings) { s.metadata.CorrelationID = id }
}

// Causation sets the CausationID of the events.
func Causation(id string) Option { return func(s *settings) { s.metadata.CausationID = id } }

// CausedBy says that the command follows from the event with the given metadata:
// its id becomes the CausationID, its CorrelationID is passed on. An event that
// belongs to no conversation starts one with its id.
func CausedBy(cause domain.Metadata) Option {
	return func(s *settings) {
		s.metadata.CausationID = cause.ID
		s.metadata.CorrelationID = cmp.Or(cause.CorrelationID, cause.ID)
	}
}

// OnAttempt calls f at the end of every attempt, before the pause that follows,
// in the goroutine of the caller.
func OnAttempt(f func(Attempt)) Option { return func(s *settings) { s.onAttempt = f } }

// settings is what the options of one call amount to.
type settings struct {
	clock      ports.Clock
	ids        ports.IDs
	logger     *slog.Logger
	retry      Retry
	commandID  string
	idempotent bool
	metadata   domain.Metadata
	onAttempt  func(Attempt)
}

// collect applies the options and fills in what they left open.
func collect(options []Option) settings {
	var s settings
	for _, o := range options {
		if o != nil {
			o(&s)
		}
	}
	if s.clock == nil {
		s.clock = system.Clock{}
	}
	if s.ids == nil {
		s.ids = system.UUIDs{}
	}
	if s.logger == nil {
		s.logger = slog.New(slog.DiscardHandler)
	}
	if s.onAttempt == nil {
		s.onAttempt = func(Attempt) {}
	}
	return s
}

// complete checks the settings and makes them ready for one call.
func (s *settings) complete() error {
	if s.retry.MaxAttempts < 0 || s.retry.InitialDelay < 0 || s.retry.MaxDelay < 0 {
		return fmt.Errorf("application: %w", &domain.ValidationError{
			Field: "retry", Value: fmt.Sprintf("%+v", s.retry), Rule: "must not have negative fields; zero means the default",
		})
	}
	s.retry.MaxAttempts = cmp.Or(s.retry.MaxAttempts, 10)
	s.retry.InitialDelay = cmp.Or(s.retry.InitialDelay, 5*time.Millisecond)
	s.retry.MaxDelay = cmp.Or(s.retry.MaxDelay, 500*time.Millisecond)
	s.retry.InitialDelay = min(s.retry.InitialDelay, s.retry.MaxDelay)
	if s.idempotent {
		if err := s.commandQuery().Validate(); err != nil {
			return fmt.Errorf("application: command id %q makes no valid tag: %w", s.commandID, err)
		}
		s.metadata.OperationID = s.commandID
	} else {
		s.metadata.OperationID = s.ids.NewID()
	}
	s.metadata.CorrelationID = cmp.Or(s.metadata.CorrelationID, s.metadata.OperationID)
	return nil
}

// commandQuery matches the events that the command recorded the first time.
func (s *settings) commandQuery() domain.Query {
	return domain.NewQuery(domain.Tagged(CommandTag(s.commandID)))
}
