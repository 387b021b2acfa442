package ports

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/opossum-go/opossum/domain"
)

// ErrProjectionBusy reports a projection that somebody else runs, in this process
// or in another one. It becomes free when that one releases it or dies.
var ErrProjectionBusy = errors.New("opossum: projection is run by somebody else")

// ErrCheckpoint reports a commit that does not begin at the checkpoint: somebody
// else has moved it, or there is no such copy any more. Nothing was written.
// Look the projection up again and go on from where it is.
var ErrCheckpoint = errors.New("opossum: projection's checkpoint is not where the commit begins")

// ErrProjectionStopped reports a projection that stopped at an event it could not
// apply. Every [ProjectionStoppedError] is one.
var ErrProjectionStopped = errors.New("opossum: projection is stopped")

// ProjectionStore keeps what projections are made of: their states and, with them,
// how far each projection has come. Both change in one step, whatever crashes.
//
// A projection has a live copy, which readers see, and while it is made anew a
// shadow beside it, which they do not see. [ProjectionWriter.Swap] makes the
// shadow the live copy.
//
// Names of projections are those that [ValidateProjectionName] allows; every
// method refuses others with [domain.ErrInvalid]. After the store is closed every
// method returns [ErrClosed], writers are released and waiting ends. Safe for
// concurrent use.
type ProjectionStore interface {
	ProjectionReader

	// Acquire makes the caller the only one who writes the projection, among all
	// processes that use the store, until the writer is released or its process
	// dies. It does not wait: [ErrProjectionBusy] says that somebody else is at it.
	Acquire(ctx context.Context, name string) (ProjectionWriter, error)
}

// ProjectionReader reads the live copies of projections. A projection that was
// never built reads as one without states. Each method sees one moment of the
// projection; a swap or commit changes all of what it returns or nothing.
// Safe for concurrent use, also beside a writer and in other processes.
type ProjectionReader interface {
	// Projection tells how far a projection is. One that is not known has neither
	// copy; that is no error.
	Projection(ctx context.Context, name string) (ProjectionInfo, error)

	// Projections tells about every projection that has a copy, sorted by name.
	Projections(ctx context.Context) ([]ProjectionInfo, error)

	// State returns the state with the given key. Found is false when there is none.
	// What [ValidateStateKey] refuses is refused here too.
	State(ctx context.Context, name, key string) (state ProjectionState, found bool, err error)

	// States yields the selected states in the order of their keys, byte by byte,
	// all of one moment. An error is yielded with a zero state and ends the sequence.
	// Breaking out of the loop frees everything. It may be ranged over several times;
	// each time is a moment of its own.
	States(ctx context.Context, name string, selection StateSelection) iter.Seq2[ProjectionState, error]

	// CountStates returns the number of states that carry all of the given tags; of
	// all states without tags.
	CountStates(ctx context.Context, name string, tags ...domain.Tag) (int, error)

	// Parked returns the events that the live copy has set aside, by position.
	Parked(ctx context.Context, name string) ([]ParkedEvent, error)

	// Await returns nil as soon as the live copy's checkpoint is at position or past
	// it, whoever moves it there, and the copy is of the given signature; an empty
	// signature stands for any. It returns a [*ProjectionStoppedError] when the
	// projection has stopped before that: in the shadow when there is one, which is to
	// take the place of the live copy, otherwise in the live copy. A copy of another
	// signature does not count as stopped, since another one will follow it. It returns
	// the context's error when that ends first. Position 0 only waits until there is a live copy.
	//
	// A live copy that stopped at its checkpoint or before it, see [ProjectionFailure],
	// has come to no position but 0: what it took into account is not what the store holds.
	Await(ctx context.Context, name, signature string, position domain.Position) error
}

// ProjectionWriter writes one projection. It belongs to one goroutine.
type ProjectionWriter interface {
	// Begin makes a new, empty shadow at checkpoint 0, made by the definition with
	// the given signature. A shadow that was there is dropped.
	Begin(ctx context.Context, signature string) error

	// Load returns the states that a copy has of the given keys; keys without a state
	// are absent from the result, and a copy that does not exist has none.
	Load(ctx context.Context, which Copy, keys []string) (map[string]ProjectionState, error)

	// States yields all states of a copy in the order of their keys, of one moment; a
	// copy that does not exist has none.
	// No other method of the writer is called while it is ranged over, except another
	// States.
	States(ctx context.Context, which Copy) iter.Seq2[ProjectionState, error]

	// Commit changes a copy in one step: all of batch or nothing, together with the
	// checkpoint. It returns [ErrCheckpoint] when the copy's checkpoint is not
	// batch.After or the copy does not exist. After another error the outcome is
	// unknown: look the checkpoint up.
	//
	// What was committed may be lost again when the power is cut, but only states and
	// checkpoint together, and only the last commits: the events are applied again.
	Commit(ctx context.Context, which Copy, batch ProjectionBatch) error

	// Swap makes the shadow the live copy, in one step, and drops the old one.
	// It returns [ErrCheckpoint] when there is no shadow.
	Swap(ctx context.Context) error

	// Drop removes the shadow, if there is one.
	Drop(ctx context.Context) error

	// Release lets others run the projection. The writer is of no use afterwards:
	// its methods return [ErrClosed]. A second Release does nothing.
	Release() error
}

// Copy names one of the two copies of a projection.
type Copy uint8

// The copies of a projection.
const (
	// Live is the copy that readers see.
	Live Copy = iota
	// Shadow is the copy that is being made anew.
	Shadow
)

// String returns "live" or "shadow".
func (c Copy) String() string {
	switch c {
	case Live:
		return "live"
	case Shadow:
		return "shadow"
	}
	return fmt.Sprintf("copy %d", uint8(c))
}

// ProjectionInfo tells how far a projection is.
type ProjectionInfo struct {
	Name string
	// Live and Shadow are nil when there is no such copy.
	Live, Shadow *CopyInfo
}

// Passed is the rule of [ProjectionReader.Await]: it reports whether what is waited
// for has come about, and returns a [*ProjectionStoppedError] when it does not come
// about by itself.
func (i ProjectionInfo) Passed(signature string, position domain.Position) (bool, error) {
	of := func(c *CopyInfo) bool { return c != nil && (signature == "" || c.Signature == signature) }
	if of(i.Live) && i.Live.passed(position) {
		return true, nil
	}
	next := i.Shadow // what passes the position, if anything does
	if next == nil {
		next = i.Live
	}
	if of(next) && next.Failure != nil {
		return false, &ProjectionStoppedError{Projection: i.Name, Failure: *next.Failure}
	}
	return false, nil
}

// passed reports whether the copy has taken the events up to position into account.
func (c *CopyInfo) passed(position domain.Position) bool {
	ofOtherEvents := c.Failure != nil && c.Failure.Position <= c.Checkpoint
	return c.Checkpoint >= position && (position == 0 || !ofOtherEvents)
}

// CopyInfo tells how far a copy is.
type CopyInfo struct {
	// Signature names the definition that made the copy. A copy of another signature
	// is made anew.
	Signature string
	// Checkpoint is the last position that the copy has taken into account; 0 for
	// none.
	Checkpoint domain.Position
	// EventID is what the last commit said about the event at Checkpoint; empty for
	// nothing.
	EventID string
	// Parked is the number of events set aside.
	Parked int
	// Failure is the event at which the projection stopped, nil when it did not.
	Failure *ProjectionFailure
}

// ProjectionFailure says at which event a projection stopped and why.
//
// An event that could not be applied lies past the checkpoint. A failure at the
// checkpoint or before it says that the copy was made of events that the store does
// not hold any more, as after a backup was restored.
type ProjectionFailure struct {
	Position domain.Position `json:"position"`
	// Type is empty when it is not about one event of the store.
	Type  string    `json:"type"`
	Error string    `json:"error"`
	At    time.Time `json:"at"`
}

// ParkedEvent is an event that a projection set aside instead of applying it.
type ParkedEvent struct {
	Position domain.Position
	Type     string
	// Error is why, in the words of the last attempt.
	Error string
	// Attempts is how often it was tried.
	Attempts int
	// At is when it was set aside or last tried, in UTC.
	At time.Time
}

// ProjectionState is one state of a projection. All of it follows from the events
// alone, so that a rebuild makes the same one.
type ProjectionState struct {
	// Key names the state within its projection: 1 to [MaxStateKeyBytes] bytes of
	// UTF-8 without NUL.
	Key string
	// Data is the state as JSON.
	Data json.RawMessage
	// Tags are what queries find the state by: sorted, without duplicates.
	Tags []domain.Tag
	// Version is the number of events that were applied to the state, from 1. A state
	// that was deleted and comes again begins at 1 again.
	Version int
	// CreatedAt and UpdatedAt are when the first and the last of these events were
	// recorded, in UTC.
	CreatedAt, UpdatedAt time.Time
	// Position is the position of the last of these events.
	Position domain.Position
}

// StateSelection narrows what [ProjectionReader.States] yields. The zero value
// selects everything.
type StateSelection struct {
	// Tags must all be carried by a state.
	Tags []domain.Tag
	// After skips the states up to and including this key, in the direction of the
	// read; empty skips nothing. It is the last key of the page before.
	After string
	// Limit is the most states to yield; 0 means no limit, a negative one is invalid.
	Limit int
	// Backwards yields the last key first.
	Backwards bool
}

// Validate returns a [*domain.ValidationError] when Limit is negative or a tag is
// invalid.
func (s StateSelection) Validate() error {
	if s.Limit < 0 {
		return &domain.ValidationError{Field: "selection.limit", Value: strconv.Itoa(s.Limit), Rule: "must not be negative, 0 means no limit"}
	}
	_, err := domain.PrepareTags(s.Tags)
	return err
}

// ProjectionBatch is one step of a copy. A key occurs once, in Put or in Delete, and
// a position once, in Park or in Unpark.
type ProjectionBatch struct {
	// After is where the checkpoint has to be, UpTo where it is afterwards. They may
	// be equal; UpTo is never less than After.
	After, UpTo domain.Position
	// EventID is the id of the event at UpTo, by which is found out later whether the
	// events are still those that the copy was made from. Empty says that it is not
	// known; a copy then has none, whatever it had before.
	EventID string
	// Put are states to write, in place of those with the same keys.
	Put []ProjectionState
	// Delete are keys whose states go; a key without a state is no error.
	Delete []string
	// Park are events to set aside, in place of those set aside at the same
	// positions; Unpark are positions to take out of the list.
	Park   []ParkedEvent
	Unpark []domain.Position
	// Failure is why the projection stops here. Nil says that it does not.
	Failure *ProjectionFailure
}

// ProjectionStoppedError says where a projection stopped.
// errors.Is(err, [ErrProjectionStopped]) holds.
type ProjectionStoppedError struct {
	Projection string
	Failure    ProjectionFailure
}

// Error names the projection, the event and why it could not be applied.
func (e *ProjectionStoppedError) Error() string {
	var of string
	if e.Failure.Type != "" {
		of = " (" + e.Failure.Type + ")"
	}
	return fmt.Sprintf("projection %q is stopped at position %d%s: %s", e.Projection, e.Failure.Position, of, e.Failure.Error)
}

// Unwrap returns [ErrProjectionStopped].
func (e *ProjectionStoppedError) Unwrap() error { return ErrProjectionStopped }

// Limits of projections.
const (
	// MaxProjectionNameBytes is the most bytes in a projection's name.
	MaxProjectionNameBytes = 64
	// MaxStateKeyBytes is the most bytes in the key of a state.
	MaxStateKeyBytes = 512
)

// ValidateProjectionName returns a [*domain.ValidationError] or
// [*domain.LimitError] for a name that is not 1 to [MaxProjectionNameBytes] of a-z,
// 0-9, '-' and '_', beginning with a letter or digit, and for one that is the name
// of a device on Windows. Every other name is a file name on every system.
func ValidateProjectionName(name string) error {
	const field = "projection name"
	if len(name) > MaxProjectionNameBytes {
		return &domain.LimitError{Field: field, Limit: "MaxProjectionNameBytes", Value: len(name), Max: MaxProjectionNameBytes}
	}
	if !projectionName.MatchString(name) {
		return &domain.ValidationError{
			Field: field, Value: fmt.Sprintf("%q", name), Rule: "must be a-z, 0-9, '-' and '_', beginning with a letter or digit",
		}
	}
	if deviceName.MatchString(name) {
		return &domain.ValidationError{Field: field, Value: fmt.Sprintf("%q", name), Rule: "must not be the name of a device on Windows"}
	}
	return nil
}

var (
	projectionName = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]*$`)
	deviceName     = regexp.MustCompile(`^(con|prn|aux|nul|com[0-9]|lpt[0-9])$`)
)

// ValidateStateKey returns a [*domain.ValidationError] or [*domain.LimitError] for a
// key that is not 1 to [MaxStateKeyBytes] bytes of UTF-8 without NUL.
func ValidateStateKey(key string) error {
	const field = "state key"
	switch {
	case key == "":
		return &domain.ValidationError{Field: field, Value: `""`, Rule: "must not be empty"}
	case len(key) > MaxStateKeyBytes:
		return &domain.LimitError{Field: field, Limit: "MaxStateKeyBytes", Value: len(key), Max: MaxStateKeyBytes}
	case !utf8.ValidString(key) || strings.IndexByte(key, 0) >= 0:
		return &domain.ValidationError{Field: field, Value: fmt.Sprintf("%.80q", key), Rule: "must be valid UTF-8 without NUL"}
	}
	return nil
}
