package ports

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/samber/lo"

	"github.com/opossum-go/opossum/domain"
)

// ErrConflict reports that an append condition did not hold. Nothing was
// written; reading again and deciding again is always safe. Every
// [ConflictError] is one.
var ErrConflict = errors.New("opossum: append condition failed")

// ErrLockTimeout reports that another process held the store's append lock for
// longer than the caller was willing to wait. Nothing was written; trying again
// is safe.
var ErrLockTimeout = errors.New("opossum: lock timeout")

// ErrCorrupt reports stored data that is not what was written. The store goes on
// neither reading past it nor appending to it. Every [CorruptError] is one.
var ErrCorrupt = errors.New("opossum: corrupt")

// ErrClosed reports the use of a store after its Close, or of the writer of a
// projection after its Release.
var ErrClosed = errors.New("opossum: store is closed")

// ErrReadOnly reports an append to a store that was opened for reading.
var ErrReadOnly = errors.New("opossum: store is read-only")

// ErrUnknownOutcome reports an append that failed after its write had begun: the
// events may be stored or not, all of them or none. Read before repeating it: a
// read through the same store that begins afterwards and returns no error settles
// it, which means that it shows the events or they will never be stored. Or make
// the append conditional on a query that its own events match.
var ErrUnknownOutcome = errors.New("opossum: outcome of the append is unknown")

// ConflictError says what broke an append condition. errors.Is(err, ErrConflict)
// holds.
type ConflictError struct {
	// Condition is the index of the failed condition, from 0: the first that failed.
	Condition int
	// After is the condition's own bound: the caller had seen everything up to here.
	After domain.Position
	// Position, Type and Tags describe the first matching event past After.
	Position domain.Position
	Type     string
	Tags     []domain.Tag
}

// Error names the condition and the event that made it fail.
func (e *ConflictError) Error() string {
	tags := lo.Map(e.Tags, func(t domain.Tag, _ int) string { return plain(string(t)) })
	return fmt.Sprintf("%v: condition %d expected no match after position %d, but position %d is %s [%s]",
		ErrConflict, e.Condition, e.After, e.Position, plain(e.Type), strings.Join(tags, " "))
}

// Unwrap returns [ErrConflict].
func (e *ConflictError) Unwrap() error { return ErrConflict }

// CorruptError says where stored data is damaged. errors.Is(err, ErrCorrupt)
// holds.
type CorruptError struct {
	// File is the path of the damaged file.
	File string
	// Offset is where the damage was noticed, in bytes from the start of File.
	Offset int64
	// Position is the first event affected, 0 when it is not known.
	Position domain.Position
	// Want and Got say what was expected there and what was found.
	Want, Got string
}

// Error names file, offset, want and got.
func (e *CorruptError) Error() string {
	where := fmt.Sprintf("%s at byte %d", e.File, e.Offset)
	if e.Position > 0 {
		where += fmt.Sprintf(" (position %d)", e.Position)
	}
	return fmt.Sprintf("%v: %s: want %s, got %s", ErrCorrupt, where, e.Want, e.Got)
}

// Unwrap returns [ErrCorrupt].
func (e *CorruptError) Unwrap() error { return ErrCorrupt }

// plain returns text as it is when it can be shown on any terminal, and quoted
// when it holds control characters or quotes.
func plain(text string) string {
	if quoted := strconv.Quote(text); quoted[1:len(quoted)-1] != text {
		return quoted
	}
	return text
}
