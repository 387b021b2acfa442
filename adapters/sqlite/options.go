package sqlite

import (
	"log/slog"
	"time"

	"github.com/opossum-go/opossum/domain"
)

const defaultPollInterval = 10 * time.Millisecond

// firstPoll is how soon Await looks a second time.
const firstPoll = time.Millisecond

// Options tunes projections in SQLite files. The zero Options is valid.
type Options struct {
	// PollInterval is the longest time between two looks of an Await at a projection
	// that another process or handle runs. It begins with looks a millisecond apart.
	// Commits of the same handle are seen at once. Zero means 10 ms.
	PollInterval time.Duration
	// Logger is told what was cleaned up and what could not be. Nil means silence.
	Logger *slog.Logger
}

// withDefaults returns a checked copy with the zero fields filled in.
func (o Options) withDefaults() (Options, error) {
	if o.PollInterval < 0 {
		return o, &domain.ValidationError{Field: "Options.PollInterval", Value: o.PollInterval.String(), Rule: "must not be negative; 0 means the default"}
	}
	if o.PollInterval == 0 {
		o.PollInterval = defaultPollInterval
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o, nil
}
